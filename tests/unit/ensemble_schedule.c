/* Schedules: exact ends, hand-worked middles, files good and hostile, and the range that a system asks for. */
#include "core/schedule.h"
#include <unistd.h>
#include "ensemble_rig.h"

static void ends_are_exact_and_middles_right(void) {
    const double ends[2] = {3.7, 0.1};
    for (int kind = TEMPER_SCHEDULE_LINEAR; kind <= TEMPER_SCHEDULE_GEOMETRIC; kind++)
        for (int n = 2; n < 40; n++) {
            CHECK(temper_schedule_point((temper_schedule_kind)kind, ends, 0, n) == 3.7, "start of %d", n);
            CHECK(temper_schedule_point((temper_schedule_kind)kind, ends, n - 1, n) == 0.1, "end of %d", n);
            for (int k = 1; k < n; k++)
                CHECK(temper_schedule_point((temper_schedule_kind)kind, ends, k, n) <
                          temper_schedule_point((temper_schedule_kind)kind, ends, k - 1, n),
                      "kind %d does not fall at %d of %d", kind, k, n);
        }
    const double four_one[2] = {4, 1}, hot[2] = {INFINITY, 0.5};
    /* By hand: 4 → 1 in three points: 2.5; β = ¼ → 1: β = 5/8, T = 1.6; √(4·1) = 2. */
    CHECK_NEAR(temper_schedule_point(TEMPER_SCHEDULE_LINEAR, four_one, 1, 3), 2.5, 1e-14);
    CHECK_NEAR(temper_schedule_point(TEMPER_SCHEDULE_LINEAR_BETA, four_one, 1, 3), 1.6, 1e-14);
    CHECK_NEAR(temper_schedule_point(TEMPER_SCHEDULE_GEOMETRIC, four_one, 1, 3), 2, 1e-14);
    CHECK_NEAR(temper_schedule_point(TEMPER_SCHEDULE_LINEAR_BETA, hot, 1, 3), 1, 1e-14); /* β = 0 → 2 */
}

static char path[64];

/* Status of reading a file with this content; keeps the first temperature and their number. */
static temper_status read_text(const char *text, size_t length, double *first, int64_t *n) {
    double *T;
    FILE *file = fopen(path, "wb");
    fwrite(text, 1, length, file);
    fclose(file);
    temper_status bad = temper_schedule_read(path, &T, n);
    *first = bad ? NAN : T[0];
    CHECK((bad == 0) == (T != NULL), "T and status disagree");
    temper_release(T);
    unlink(path);
    return bad;
}

static void files(void) {
    snprintf(path, sizeof path, "/tmp/temper_schedule_%ld", (long)getpid());
    static const struct {
        const char *text;
        double first;
        int n;
    } good[] = {{"# hot to cold\n\n3\n 2.5\t\r\n1e-1\n0", 3, 4}, {"inf\n1", INFINITY, 2}, {"1.5", 1.5, 1}};
    static const char *const hostile[] = {"",           "\n\n# only words\n",
                                          "2\n-1\n",    "2\nnan\n",
                                          "2\n1 0.5\n", "2\n0x1p3\n",
                                          "two",        "1\n2,\n",
                                          "-0.5",       "-inf",
                                          "1e999999x",  "\xff\xfe"};
    double first;
    int64_t n, live = temper_alloc_live();
    for (int k = 0; k < 3; k++) {
        CHECK_OK(read_text(good[k].text, strlen(good[k].text), &first, &n));
        CHECK(first == good[k].first && n == good[k].n, "%s: %g, %d values", good[k].text, first, (int)n);
    }
    for (size_t k = 0; k < sizeof hostile / sizeof *hostile; k++)
        CHECK_FAILS(read_text(hostile[k], strlen(hostile[k]), &first, &n), TEMPER_BAD_DATA, path);
    CHECK_FAILS(read_text("1\n\0", 3, &first, &n), TEMPER_BAD_DATA, ":2:");
    CHECK_FAILS(read_text("1\n\n7 8\n", 7, &first, &n), TEMPER_BAD_DATA, ":3:");
    double *T;
    CHECK_FAILS(temper_schedule_read("/no/such/file", &T, &n), TEMPER_BAD_FILE, "/no/such/file");
    for (int64_t k = 1; k < 100; k++) {
        temper_alloc_fail_at(k);
        temper_status bad = read_text("3\n2\n1\n", 6, &first, &n);
        temper_alloc_fail_at(0);
        if (!bad) break;
        CHECK(bad == TEMPER_NO_MEMORY, "%s", temper_message());
    }
    CHECK(temper_alloc_live() == live, "leaks");
}

static void range_of(const char *text, double range[2]) {
    temper_system *system;
    CHECK_OK(temper_system_create(&system, text));
    CHECK_OK(temper_schedule_range("test", system, range));
    temper_system_free(system);
}

/* The 2-D Ising magnet: |ΔH| is 0, 4 or 8 J, all of which random configurations show. */
static void range_of_a_known_system(void) {
    double range[2];
    range_of("ising:dims=16x16", range);
    CHECK_NEAR(range[0], 8 / log(2), 1e-12);
    CHECK_NEAR(range[1], 4 / log(100 * 256.0), 1e-12);
    /* Curie–Weiss: random fields are of order n^−½, the collective one is J; a flip costs 2J − 2J/n… against it. */
    range_of("curie_weiss:n=1024", range);
    CHECK(range[0] > 1.9 / log(2) && range[0] < 2.1 / log(2), "the collective field is not seen: T_hot = %g",
          range[0]);
}

/* Powers of two scale floating-point numbers exactly. */
static void range_follows_the_couplings(void) {
    static const char *const pairs[][2] = {{"ising:dims=8x8,J=1", "ising:dims=8x8,J=8"},
                                           {"sk:n=40,J=1,seed=5", "sk:n=40,J=8,seed=5"},
                                           {"potts:dims=6x6,q=3,J=1", "potts:dims=6x6,q=3,J=8"}};
    for (int k = 0; k < 3; k++) {
        double one[2], eight[2];
        range_of(pairs[k][0], one), range_of(pairs[k][1], eight);
        CHECK(one[0] > one[1] && one[1] > 0, "%s: %g … %g", pairs[k][0], one[0], one[1]);
        for (int e = 0; e < 2; e++)
            CHECK(eight[e] == 8 * one[e], "%s: %.17g is not 8 times %.17g", pairs[k][1], eight[e], one[e]);
    }
}

static void a_system_without_energy_has_no_range(void) {
    temper_system *system;
    double range[2], ends[2] = {2, 1};
    CHECK_OK(temper_system_create(&system, "ising:dims=4x4,J=0"));
    CHECK_FAILS(temper_schedule_range("anneal", system, range), TEMPER_BAD_OPTION, "anneal: no single site");
    CHECK_OK(temper_schedule_fill("anneal", system, ends)); /* not asked for, not worked out */
    CHECK(ends[0] == 2 && ends[1] == 1, "ends that were given have changed");
    temper_system_free(system);
}

int main(void) {
    RUN(ends_are_exact_and_middles_right);
    RUN(files);
    RUN(range_of_a_known_system);
    RUN(range_follows_the_couplings);
    RUN(a_system_without_energy_has_no_range);
    return check_end();
}
