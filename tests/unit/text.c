#define _POSIX_C_SOURCE 200809L
#include "base/text.h"
#include <errno.h>
#include <float.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/memory.h"
#include "check.h"
#include "temper/stream.h"

static void grows(void) {
    temper_text text = {0};
    for (int i = 0; i < 1000; i++) temper_text_add(&text, "%d,", i % 10);
    temper_text_add(&text, "%0500d", 7);
    CHECK(text.length == 2500 && strlen(text.data) == 2500 && text.data[2499] == '7', "%zu", text.length);
    char *taken = temper_text_take(&text);
    CHECK(taken && memcmp(taken, "0,1,2,", 6) == 0 && text.data == NULL && text.length == 0, "handed over");
    temper_release(taken);
    taken = temper_text_take(&text);
    CHECK(taken && *taken == 0, "an empty text is a string");
    temper_release(taken);
}

static void fails_softly(void) {
    for (int64_t k = 1; k <= 4; k++) {
        int64_t live = temper_alloc_live();
        temper_text text = {0};
        temper_alloc_fail_at(k);
        for (int i = 0; i < 60; i++) temper_text_add(&text, "0123456789");
        temper_text_add(&text, "%0300d", 1);
        CHECK(text.failed, "allocation %d failed", (int)k);
        CHECK(temper_text_take(&text) == NULL && temper_alloc_live() == live, "nothing is left");
    }
    temper_alloc_fail_at(0);
}

static void check_real(double x, const char *want) {
    temper_text text = {0};
    temper_text_real(&text, x);
    CHECK(strcmp(text.data, want) == 0, "%s, want %s", text.data, want);
    temper_text_clear(&text);
}

/* Shortest forms as Python's repr knows them. */
static void shortest_reals(void) {
    check_real(0.1, "0.1");
    check_real(2.269, "2.269");
    check_real(1.0 / 3, "0.3333333333333333");
    check_real(0.1 + 0.2, "0.30000000000000004");
    check_real(1e22, "1e+22");
    check_real(100, "100");
    check_real(-0.0, "-0");
    check_real(DBL_MAX, "1.7976931348623157e+308");
    check_real(0x1p-1074, "5e-324");
    check_real(INFINITY, "inf");
    check_real(-INFINITY, "-inf");
    check_real(-NAN, "nan");
}

static void reals_come_back(void) {
    temper_stream stream = {1, 0};
    for (int64_t i = 0; i < 100000; i++) {
        uint32_t words[4];
        double x, back;
        temper_block(stream, TEMPER_FOR_TESTS, 0, i, words);
        memcpy(&x, words, sizeof x); /* every pattern of bits */
        if (!isfinite(x)) continue;
        temper_text text = {0};
        temper_text_real(&text, x);
        CHECK(temper_read_real(text.data, text.length, &back) && memcmp(&x, &back, sizeof x) == 0, "%a: %s",
              x, text.data);
        temper_text_clear(&text);
    }
}

static void strict_reals(void) {
    static const char *const good[] = {"0",    "-0.5",    "+1",  "1.",   ".5",     "1e3",
                                       "1E-3", "1.5e+10", "inf", "-inf", "1e-400", "007"};
    static const double value[] = {0, -0.5, 1, 1, 0.5, 1000, 0.001, 1.5e10, INFINITY, -INFINITY, 0, 7};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        double x = 99;
        CHECK(temper_read_real(good[i], strlen(good[i]), &x) && x == value[i], "%s: %g", good[i], x);
    }
    static const char *const bad[] = {"",      " 1",  "1 ", "nan", "NAN", "0x10",  "1e",
                                      "1e+",   ".",   "-",  "+-1", "1,5", "1.5.2", "infinity",
                                      "1e999", "--1", "1f", "e5",  "Inf"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        double x = 99;
        CHECK(!temper_read_real(bad[i], strlen(bad[i]), &x) && x == 99, "'%s' was read as %g", bad[i], x);
    }
    double x;
    CHECK(temper_read_real("12345", 2, &x) && x == 12, "stops at its length: %g", x);
}

static void strict_ints(void) {
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0},
                {"-7", -7},
                {"+7", 7},
                {"1e6", 1000000},
                {"1.5e3", 1500},
                {"120e-1", 12},
                {"3.0", 3},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN},
                {"9.223372036854775807e18", INT64_MAX},
                {"9007199254740993", 9007199254740993},
                {"0e99999999", 0},
                {"0.0", 0},
                {"1000000e-6", 1}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t x = 99;
        CHECK(temper_read_int(good[i].text, strlen(good[i].text), &x) && x == good[i].value, "%s: %lld",
              good[i].text, (long long)x);
    }
    static const char *const bad[] = {"",
                                      "-",
                                      "1.5",
                                      "1e-1",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "1e19",
                                      "inf",
                                      "0x1",
                                      "1e999999999999",
                                      " 1",
                                      "1 ",
                                      "15e-1",
                                      "1e",
                                      "92233720368547758070"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t x = 99;
        CHECK(!temper_read_int(bad[i], strlen(bad[i]), &x) && x == 99, "'%s' was read as %lld", bad[i],
              (long long)x);
    }
}

static void no_locale(void) {
    if (!setlocale(LC_ALL, "de_DE.UTF-8")) SKIP("no locale de_DE.UTF-8, which has a decimal comma");
    double x = 0;
    bool read = temper_read_real("0.5", 3, &x);
    temper_text text = {0};
    temper_text_real(&text, 0.25);
    temper_text_add(&text, " %g", 1.5);
    setlocale(LC_ALL, "C");
    CHECK(read && x == 0.5, "%g", x);
    CHECK(strcmp(text.data, "0.25 1.5") == 0, "%s", text.data);
    temper_text_clear(&text);
}

static void nearest(void) {
    static const char *const names[] = {"ising",      "potts", "hopfield",    "boltzmann",
                                        "metropolis", "J",     "temperature", "temporal"};
    static const struct {
        const char *wrong, *near;
    } cases[] = {{"isnig", "ising"},
                 {"icing", "ising"},
                 {"hopfeild", "hopfield"},
                 {"metro", "metropolis"},
                 {"bolzman", "boltzmann"},
                 {"temp", NULL}, /* two begin so */
                 {"tempera", "temperature"},
                 {"xyz", NULL},
                 {"", NULL},
                 {"q", NULL},
                 {"potts", "potts"},
                 {"temprature", "temperature"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *got = temper_nearest(cases[i].wrong, names, 8);
        CHECK(got == cases[i].near || (got && cases[i].near && strcmp(got, cases[i].near) == 0), "%s: %s",
              cases[i].wrong, got ? got : "none");
    }
    char endless[200];
    memset(endless, 'a', sizeof endless);
    endless[sizeof endless - 1] = 0;
    CHECK(temper_nearest(endless, names, 8) == NULL, "too long to be a name");
}

static char folder[64];
static const char *in_folder(const char *name) {
    static char path[2][128];
    static int turn;
    turn ^= 1;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

static bool holds(const char *path, const char *want) {
    char *data;
    size_t length;
    if (temper_read_file(path, 1000000, &data, &length) != TEMPER_OK) return false;
    bool same = length == strlen(want) && memcmp(data, want, length + 1) == 0;
    temper_release(data);
    return same;
}

static void files_go_out_and_in(void) {
    const char *path = in_folder("a");
    CHECK_OK(temper_write_file(path, "first", 5));
    CHECK(holds(path, "first"), "%s", temper_message());
    CHECK_OK(temper_write_file(path, "", 0));
    CHECK(holds(path, ""), "empty, and a NUL behind it");
    CHECK(access(in_folder("a.new"), F_OK) != 0, "no scratch file is left");
    char *data;
    size_t length;
    CHECK_OK(temper_write_file(path, "12345", 5));
    CHECK_FAILS(temper_read_file(path, 4, &data, &length), TEMPER_BAD_DATA, "4 bytes");
    CHECK(data == NULL, "nothing to release");
    CHECK_OK(temper_read_file(path, 5, &data, &length));
    temper_release(data);
    CHECK(chdir(folder) == 0, "chdir");
    CHECK_OK(temper_write_file("bare", "x", 1));
    CHECK(holds("bare", "x"), "a path without a folder");
}

static void files_that_cannot(void) {
    char *data;
    size_t length;
    CHECK_FAILS(temper_read_file(in_folder("none"), 10, &data, &length), TEMPER_BAD_FILE, "No such file");
    CHECK_FAILS(temper_read_file(folder, 10, &data, &length), TEMPER_BAD_FILE, "directory");
    CHECK_FAILS(temper_write_file(in_folder("no/where"), "x", 1), TEMPER_BAD_FILE, "no/where");
    CHECK(mkdir(in_folder("d"), 0700) == 0, "mkdir");
    CHECK_FAILS(temper_write_file(in_folder("d"), "x", 1), TEMPER_BAD_FILE, "replace");
    CHECK(access(in_folder("d.new"), F_OK) != 0, "no scratch file is left");
}

/* A file size limit stands in for a full disk: the first write is short, the next one fails. */
static void full_disk_keeps_the_old(void) {
    static char large[100000];
    const char *path = in_folder("kept");
    struct rlimit before, small;
    CHECK_OK(temper_write_file(path, "old", 3));
    getrlimit(RLIMIT_FSIZE, &before);
    small = before, small.rlim_cur = 5000;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    temper_status status = temper_write_file(path, large, sizeof large);
    setrlimit(RLIMIT_FSIZE, &before);
    CHECK_FAILS(status, TEMPER_BAD_FILE, strerror(EFBIG));
    CHECK(holds(path, "old"), "the old content");
    CHECK(access(in_folder("kept.new"), F_OK) != 0, "no scratch file is left");
}

static void cells(void) {
    temper_text text = {0};
    const double x[] = {1.23456, -0.0, NAN, INFINITY, -INFINITY};
    for (int k = 0; k < 5; k++) temper_text_cell(&text, 6, 3, x[k]);
    CHECK(!strcmp(text.data, "   1.23      0      –      ∞     −∞"), "'%s'", text.data);
    temper_text_clear(&text);
}

int main(void) {
    snprintf(folder, sizeof folder, "/tmp/temper_text_XXXXXX");
    if (!mkdtemp(folder)) return 1;
    RUN(cells);
    RUN(grows);
    RUN(fails_softly);
    RUN(shortest_reals);
    RUN(reals_come_back);
    RUN(strict_reals);
    RUN(strict_ints);
    RUN(no_locale);
    RUN(nearest);
    RUN(files_go_out_and_in);
    RUN(files_that_cannot);
    RUN(full_disk_keeps_the_old);
    const char *const left[] = {"a", "bare", "kept"};
    for (int i = 0; i < 3; i++) unlink(in_folder(left[i]));
    rmdir(in_folder("d"));
    CHECK(rmdir(folder) == 0, "a file is left in %s", folder);
    return check_end();
}
