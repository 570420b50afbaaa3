#include "temper/status.h"
#include <locale.h>
#include <pthread.h>
#include <stdlib.h>
#include "check.h"

static void empty_at_first(void) { CHECK(strcmp(temper_message(), "") == 0, "%s", temper_message()); }

static void code_and_sentence(void) {
    CHECK(temper_fail(TEMPER_BAD_OPTION, "ising: J=%g, %s", 1.5, "so") == TEMPER_BAD_OPTION,
          "the code comes back");
    CHECK(strcmp(temper_message(), "ising: J=1.5, so") == 0, "%s", temper_message());
}

/* The old sentence may be part of the new one. */
static void wraps_itself(void) {
    temper_fail(TEMPER_BAD_DATA, "inner");
    temper_fail(TEMPER_BAD_DATA, "outer: %s", temper_message());
    CHECK(strcmp(temper_message(), "outer: inner") == 0, "%s", temper_message());
}

/* 510 bytes and then a character of two bytes: it must not be halved. */
static void truncation(void) {
    char text[2000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    temper_fail(TEMPER_BAD_DATA, "%s", text);
    CHECK(strlen(temper_message()) == 511, "%zu bytes", strlen(temper_message()));
    memcpy(text + 510, "\xC3\xA9", 2);
    temper_fail(TEMPER_BAD_DATA, "%s", text);
    CHECK(strlen(temper_message()) == 510, "%zu bytes", strlen(temper_message()));
}

static void *other(void *unused) {
    CHECK(strcmp(temper_message(), "") == 0, "another thread's sentence: %s", temper_message());
    temper_fail(TEMPER_BAD_FILE, "theirs");
    return unused;
}

static void one_per_thread(void) {
    pthread_t thread;
    temper_fail(TEMPER_BAD_DATA, "mine");
    CHECK(pthread_create(&thread, NULL, other, NULL) == 0, "thread");
    pthread_join(thread, NULL);
    CHECK(strcmp(temper_message(), "mine") == 0, "%s", temper_message());
}

static void no_locale(void) {
    const char *path = getenv("LOCPATH"); /* a locale with a decimal comma, where one is installed */
    if (!setlocale(LC_ALL, "de_DE.UTF-8")) SKIP("no locale de_DE.UTF-8 (LOCPATH=%s)", path ? path : "");
    temper_fail(TEMPER_BAD_OPTION, "J=%g", 0.5);
    setlocale(LC_ALL, "C");
    CHECK(strcmp(temper_message(), "J=0.5") == 0, "%s", temper_message());
}

int main(void) {
    RUN(empty_at_first);
    RUN(code_and_sentence);
    RUN(wraps_itself);
    RUN(truncation);
    RUN(one_per_thread);
    RUN(no_locale);
    return check_end();
}
