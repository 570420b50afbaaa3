/* Splits and scalings: counts by hand, shuffles against their documented addresses, uniformity over seeds. */
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "temper/dataset.h"
#include "temper/stream.h"

/* Every row once, ascending within its part. */
static void is_partition(const temper_parts *p, const temper_samples *s) {
    char *seen = calloc((size_t)s->n, 1);
    int64_t total = 0;
    for (int part = 0; part < TEMPER_PARTS; part++) {
        total += p->n[part];
        for (int64_t k = 0; k < p->n[part]; k++) {
            CHECK(p->row[part][k] >= 0 && p->row[part][k] < s->n && !seen[p->row[part][k]]++,
                  "part %d row %lld", part, (long long)p->row[part][k]);
            if (k > 0) CHECK(p->row[part][k - 1] < p->row[part][k], "part %d does not ascend", part);
        }
    }
    CHECK(total == s->n, "%lld of %lld rows", (long long)total, (long long)s->n);
    free(seen);
}

static int64_t count_class(const temper_parts *p, const temper_samples *s, int part, int c) {
    int64_t count = 0;
    for (int64_t k = 0; k < p->n[part]; k++) count += s->y[p->row[part][k]] == c;
    return count;
}

/* 7, 5 and 2 rows of three classes; test 0.25 of 14 is 3.5, so 4: floors 1, 1, 0 and remainders 0.75, 0.25, 0.5 give 2, 1, 1;
 * validation 0.5 is 7: floors 3, 2, 1 and remainders 0.5, 0.5, 0 give 4, 2, 1 (ties to the lower class). */
static void shares_of_classes(void) {
    int32_t y[14] = {0, 1, 0, 1, 0, 2, 0, 1, 0, 1, 0, 1, 0, 2};
    temper_samples s = {.n = 14, .features = 1, .y = y, .classes = 3};
    const int64_t truth[3][3] = {{1, 2, 0}, {4, 2, 1}, {2, 1, 1}};
    for (uint64_t seed = 0; seed < 20; seed++) {
        temper_parts p;
        CHECK_OK(temper_parts_build(&p, &s, 0.5, 0.25, seed));
        is_partition(&p, &s);
        for (int part = 0; part < 3; part++)
            for (int c = 0; c < 3; c++)
                CHECK(count_class(&p, &s, part, c) == truth[part][c], "part %d class %d: %lld", part, c,
                      (long long)count_class(&p, &s, part, c));
        temper_parts_clear(&p);
    }
}

/* Ten classes of one row each: the test takes the first four, so validation has to take the next four. */
static void tiny_classes(void) {
    int32_t y[10] = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
    temper_samples s = {.n = 10, .features = 1, .y = y, .classes = 10};
    temper_parts p;
    CHECK_OK(temper_parts_build(&p, &s, 0.4, 0.4, 1));
    is_partition(&p, &s);
    CHECK(p.n[TEMPER_TEST] == 4 && p.row[TEMPER_TEST][0] == 6 && p.n[TEMPER_VALIDATION] == 4 &&
              p.row[TEMPER_VALIDATION][0] == 2 && p.n[TEMPER_TRAIN] == 2,
          "%d %d", (int)p.n[TEMPER_TEST], (int)p.n[TEMPER_VALIDATION]);
    temper_parts_clear(&p);
}

static void of_digits(void) {
    temper_dataset *d;
    temper_parts p, q;
    temper_status bad = temper_dataset_create(&d, "digits");
    if (bad == TEMPER_CANNOT) SKIP("built without zlib");
    CHECK_OK(bad);
    CHECK_OK(temper_parts_build(&p, &d->data, 0.1, 0.2, 1));
    is_partition(&p, &d->data);
    CHECK(p.n[TEMPER_TEST] == 359 && p.n[TEMPER_VALIDATION] == 180 && p.n[TEMPER_TRAIN] == 1258,
          "359.4, 179.7, the rest");
    static const int size[10] = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};
    for (int c = 0; c < 10; c++) {
        CHECK(fabs((double)count_class(&p, &d->data, TEMPER_TEST, c) - 0.2 * size[c]) < 1,
              "class %d of the test", c);
        CHECK(fabs((double)count_class(&p, &d->data, TEMPER_VALIDATION, c) - 0.1 * size[c]) < 1, "class %d",
              c);
    }
    CHECK_OK(temper_parts_build(&q, &d->data, 0.1, 0.2, 1));
    CHECK(!memcmp(p.row[TEMPER_TEST], q.row[TEMPER_TEST], 359 * sizeof(int64_t)), "one seed, one split");
    temper_parts_clear(&q);
    CHECK_OK(temper_parts_build(&q, &d->data, 0.1, 0.2, 2));
    CHECK(memcmp(p.row[TEMPER_TEST], q.row[TEMPER_TEST], 359 * sizeof(int64_t)),
          "another seed, another split");
    temper_parts_clear(&q);
    temper_parts_clear(&p);
    temper_dataset_free(d);
}

/* The documented addresses, by hand: the word for place k of the deck has the index k. */
static void addresses(void) {
    temper_samples s = {.n = 5, .features = 1};
    temper_parts p;
    for (uint64_t seed = 0; seed < 30; seed++) {
        int deck[5] = {0, 1, 2, 3, 4};
        for (int k = 4; k > 0; k--) {
            uint32_t word =
                temper_word((temper_stream){seed, 0}, TEMPER_FOR_INITIAL, INT64_C(0x73706c6974), k);
            int j = (int)(((uint64_t)word * (uint64_t)(k + 1)) >> 32), old = deck[k];
            deck[k] = deck[j], deck[j] = old;
        }
        CHECK_OK(temper_parts_build(&p, &s, 0.2, 0.2, seed));
        CHECK(p.n[2] == 1 && p.row[2][0] == deck[0] && p.n[1] == 1 && p.row[1][0] == deck[1], "seed %d",
              (int)seed);
        temper_parts_clear(&p);
    }
}

/* Each of the 30 ordered pairs (test row, validation row) of 6 rows has the probability 1/30: χ² of 29 degrees has mean 29
 * and variance 58. */
static void uniform_over_seeds(void) {
    enum { SEEDS = 30000 };
    temper_samples s = {.n = 6, .features = 1};
    int seen[36] = {0};
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        temper_parts p;
        CHECK_OK(temper_parts_build(&p, &s, 1.0 / 6, 1.0 / 6, seed));
        seen[6 * p.row[TEMPER_TEST][0] + p.row[TEMPER_VALIDATION][0]]++;
        temper_parts_clear(&p);
    }
    double chi2 = 0;
    for (int k = 0; k < 36; k++) {
        double d = seen[k] - SEEDS / 30.0;
        if (k % 7 == 0)
            CHECK(seen[k] == 0, "a row in two parts");
        else
            chi2 += d * d / (SEEDS / 30.0);
    }
    CHECK_NEAR(chi2, 29, 4.5 * sqrt(58));
}

static void held_back(void) {
    temper_samples s = {.n = 10, .features = 1, .held = 3};
    temper_parts p;
    CHECK_OK(temper_parts_build(&p, &s, 0.5, 0.9, 1));
    is_partition(&p, &s);
    CHECK(p.n[TEMPER_TEST] == 3 && p.row[TEMPER_TEST][0] == 7 && p.n[TEMPER_VALIDATION] == 4,
          "3.5 of 7 is 4");
    temper_parts_clear(&p);
}

static void refusals(void) {
    temper_samples s = {.n = 10, .features = 1};
    temper_parts p;
    CHECK_FAILS(temper_parts_build(&p, &s, 0.6, 0.6, 1), TEMPER_BAD_OPTION, "together at most 1");
    CHECK_FAILS(temper_parts_build(&p, &s, -0.1, 0.6, 1), TEMPER_BAD_OPTION, "shares in 0 … 1");
    CHECK_FAILS(temper_parts_build(&p, &s, NAN, 0.6, 1), TEMPER_BAD_OPTION, "legal");
    CHECK_FAILS(temper_parts_build(&p, &s, 0.5, 0.5, 1), TEMPER_BAD_OPTION, "none is left to train on");
    CHECK(!p.row[0] && !p.row[1] && !p.row[2], "nothing is kept");
    CHECK_OK(temper_parts_build(&p, &s, 0, 0, 1));
    CHECK(p.n[0] == 10 && p.n[1] == 0 && p.n[2] == 0, "all of it");
    temper_parts_clear(&p);
    s.held = 10;
    CHECK_FAILS(temper_parts_build(&p, &s, 0, 0, 1), TEMPER_BAD_OPTION, "none is left");
}

/* Columns 0: 1, 3, 5 → mean 3, variance 8/3; 1: constant; 2: a row that is not for training must not count. */
static void scaling_by_hand(void) {
    float X[] = {1, 7, 0, 1000, 7, 9999, 3, 7, 2, 5, 7, 4};
    double t[] = {10, -1e6, 20, 30};
    const int64_t train[] = {0, 2, 3};
    temper_samples s = {.n = 4, .features = 3, .X = X, .t = t, .outputs = 1};
    temper_scaling k;
    CHECK_OK(temper_scaling_build(&k, TEMPER_SCALING_STANDARD, &s, train, 3));
    CHECK_NEAR(k.shift[0], 3, 1e-15);
    CHECK_NEAR(k.scale[0], sqrt(3.0 / 8), 1e-15);
    CHECK(k.shift[1] == 7 && k.scale[1] == 1, "what does not vary: %g %g", k.shift[1], k.scale[1]);
    CHECK_NEAR(k.shift[2], 2, 1e-15);
    CHECK_NEAR(k.shift[3], 20, 1e-14);
    CHECK_NEAR(k.scale[3], sqrt(3.0 / 200), 1e-15);
    temper_scaling_apply(&k, &s);
    CHECK_NEAR(X[0], -2 * sqrt(3.0 / 8), 1e-7);
    CHECK(X[1] == 0 && X[4] == 0 && X[6] == 0, "means become 0");
    CHECK_NEAR(t[1], (-1e6 - 20) * sqrt(3.0 / 200), 1e-9);
    temper_scaling_clear(&k);
}

static void scaling_to_unit(void) {
    float X[] = {1, 7, 0, 1000, 7, 9999, 3, 7, 2, 5, 7, 4};
    double t[] = {10, 15, 20, 30};
    const int64_t train[] = {0, 2, 3};
    temper_samples s = {.n = 4, .features = 3, .X = X, .t = t, .outputs = 1};
    temper_scaling k;
    CHECK_OK(temper_scaling_build(&k, TEMPER_SCALING_UNIT, &s, train, 3));
    temper_scaling_apply(&k, &s);
    CHECK(X[0] == 0 && X[6] == 0.5f && X[9] == 1 && X[1] == 0 && X[2] == 0 && X[11] == 1 && t[3] == 30,
          "0 … 1");
    temper_scaling_clear(&k);
    CHECK_OK(temper_scaling_build(&k, TEMPER_SCALING_NONE, &s, train, 3));
    temper_scaling_apply(&k, &s);
    CHECK(X[6] == 0.5f && X[9] == 1, "none changes nothing");
    temper_scaling_clear(&k);
    CHECK_FAILS(temper_scaling_build(&k, TEMPER_SCALING_UNIT, &s, train, 0), TEMPER_BAD_OPTION, "at least 1");
}

/* Two channels of 1 × 2 pixels: all pixels of a channel have one mean and one variance. Channel 0 holds 0 2 4 6 (mean 3,
 * variance 5), channel 1 holds 1 1 1 5 (mean 2, variance 3). */
static void scaling_of_images(void) {
    float X[] = {0, 2, 1, 1, 4, 6, 1, 5};
    const int64_t train[] = {0, 1};
    temper_samples s = {.n = 2, .features = 4, .X = X, .channels = 2, .height = 1, .width = 2};
    temper_scaling k;
    CHECK_OK(temper_scaling_build(&k, TEMPER_SCALING_STANDARD, &s, train, 2));
    CHECK(k.shift[0] == 3 && k.shift[1] == 3 && k.shift[2] == 2 && k.shift[3] == 2, "means");
    CHECK_NEAR(1 / (k.scale[1] * k.scale[1]), 5, 1e-14);
    CHECK_NEAR(1 / (k.scale[2] * k.scale[2]), 3, 1e-14);
    temper_scaling_clear(&k);
    CHECK_OK(temper_scaling_build(&k, TEMPER_SCALING_UNIT, &s, train, 2));
    CHECK(k.shift[1] == 0 && k.scale[1] == 1.0 / 6 && k.shift[2] == 1 && k.scale[3] == 0.25, "extremes");
    temper_scaling_clear(&k);
}

/* Constants whose sums round, and a large offset: 10^4 rows, over three chunks. */
static void scaling_without_cancellation(void) {
    enum { N = 10000 };
    static float X[2 * N];
    static double t[N];
    static int64_t train[N];
    temper_samples s = {.n = N, .features = 2, .X = X, .t = t, .outputs = 1};
    temper_scaling k;
    for (int i = 0; i < N; i++) {
        X[2 * i] = 0.1f, X[2 * i + 1] = (float)(1e6 + (i & 1));
        t[i] = 0.1, train[i] = i;
    }
    CHECK_OK(temper_scaling_build(&k, TEMPER_SCALING_STANDARD, &s, train, N));
    CHECK(k.scale[0] == 1 && k.scale[2] == 1, "scales %g %g of constants", k.scale[0], k.scale[2]);
    CHECK(k.shift[0] == 0.1f && k.shift[2] == 0.1, "shifts");
    CHECK_NEAR(k.shift[1], 1e6 + 0.5, 1e-6);
    CHECK_NEAR(k.scale[1], 2, 1e-9);
    temper_scaling_clear(&k);
}

static void every_allocation(void) {
    float X[6] = {1, 2, 3, 4, 5, 6};
    int32_t y[6] = {0, 1, 0, 1, 0, 1};
    const int64_t train[2] = {0, 1};
    temper_samples s = {.n = 6, .features = 1, .X = X, .y = y, .classes = 2};
    for (int what = 0; what < 2; what++)
        for (int64_t turn = 1;; turn++) {
            temper_parts p = {{0}, {0}};
            temper_scaling k = {0};
            int64_t live = temper_alloc_live();
            temper_alloc_fail_at(turn);
            temper_status bad = what ? temper_scaling_build(&k, TEMPER_SCALING_STANDARD, &s, train, 2)
                                     : temper_parts_build(&p, &s, 0.3, 0.3, 1);
            int64_t used = temper_alloc_count();
            temper_alloc_fail_at(0);
            if (turn <= used)
                CHECK(bad == TEMPER_NO_MEMORY && !p.row[0] && !k.shift, "allocation %d: %d", (int)turn, bad);
            temper_parts_clear(&p);
            temper_scaling_clear(&k);
            CHECK(temper_alloc_live() == live, "allocation %d leaks", (int)turn);
            if (turn > used) break;
        }
}

int main(void) {
    RUN(shares_of_classes);
    RUN(tiny_classes);
    RUN(of_digits);
    RUN(addresses);
    RUN(uniform_over_seeds);
    RUN(held_back);
    RUN(refusals);
    RUN(scaling_by_hand);
    RUN(scaling_to_unit);
    RUN(scaling_of_images);
    RUN(scaling_without_cancellation);
    RUN(every_allocation);
    return check_end();
}
