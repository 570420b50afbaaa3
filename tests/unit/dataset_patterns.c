/* Small sets whose distributions are known in closed form: entropies, the rules that patterns obey, both spellings of a size. */
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "temper/dataset.h"

/* Entropy of the rows as a distribution, equal ones counted together, with their weights. */
static double entropy(const temper_samples *s) {
    const size_t bytes = (size_t)s->features * sizeof *s->X;
    double total = 0, H = 0;
    for (int64_t i = 0; i < s->n; i++) total += s->weight ? s->weight[i] : 1;
    for (int64_t i = 0; i < s->n; i++) {
        double same = 0, first = true;
        for (int64_t j = 0; j < s->n; j++) {
            if (memcmp(s->X + i * s->features, s->X + j * s->features, bytes)) continue;
            same += s->weight ? s->weight[j] : 1;
            if (j < i) first = false;
        }
        if (first) H -= same / total * log(same / total);
    }
    return H;
}

static temper_dataset *open(const char *text) {
    temper_dataset *d = NULL;
    CHECK_OK(temper_dataset_create(&d, text));
    return d;
}

/* Optima of the mean log-likelihood: −1.732868, −2.599302 and ln 768 = 6.643790 are those of the reference, computed there by listing. */
static void entropies(void) {
    static const struct {
        const char *text;
        int64_t n, features;
        double H;
    } set[] = {{"bars_and_stripes:n=2", 8, 4, 1.732868},
               {"bars-and-stripes:3", 16, 9, 2.599302},
               {"bars_and_stripes:n=4", 32, 16, 3.379093},
               {"shifter", 768, 19, 6.643790},
               {"parity:4", 8, 4, 2.0794415},
               {"parity:n=3", 4, 3, 1.3862944},
               {"encoder:8", 8, 16, 2.0794415},
               {"dice:mean=4.5,sides=6", 2, 1, 0.6931472},
               {"dice:mean=2.25", 2, 1, 0.5623351},
               {"dice:mean=6", 1, 1, 0}};
    for (size_t k = 0; k < sizeof set / sizeof *set; k++) {
        temper_dataset *d = open(set[k].text);
        if (!d) continue;
        CHECK(d->data.n == set[k].n && d->data.features == set[k].features, "%s: %d rows of %d", set[k].text,
              (int)d->data.n, (int)d->data.features);
        CHECK_NEAR(entropy(&d->data), set[k].H, 6e-7);
        temper_dataset_free(d);
    }
}

static bool lines(const float *x, int n, bool rows) {
    for (int i = 0; i < n * n; i++)
        if (x[i] != x[rows ? i / n * n : i % n]) return false;
    return true;
}

static void bars_are_lines(void) {
    temper_dataset *d = open("bars-and-stripes:4");
    int uniform = 0;
    if (!d) return;
    CHECK(d->data.channels == 1 && d->data.height == 4 && d->data.width == 4, "image");
    for (int i = 0; i < 32; i++) {
        const float *x = d->data.X + 16 * i;
        CHECK(lines(x, 4, i < 16), "row %d", i);
        uniform += lines(x, 4, true) && lines(x, 4, false);
        for (int k = 0; k < 16; k++) CHECK(x[k] == 0 || x[k] == 1, "value %g", (double)x[k]);
    }
    CHECK(uniform == 4, "%d uniform images", uniform);
    temper_dataset_free(d);
}

/* Spins s = 2x − 1 multiply to +1, and no two columns correlate. */
static void parity_hides_from_pairs(void) {
    temper_dataset *d = open("parity:5");
    if (!d) return;
    for (int i = 0; i < 16; i++) {
        double product = 1;
        for (int k = 0; k < 5; k++) product *= 2 * (double)d->data.X[5 * i + k] - 1;
        CHECK(product == 1, "row %d", i);
    }
    for (int a = 0; a < 5; a++)
        for (int b = 0; b < 5; b++) {
            double sum = 0;
            for (int i = 0; i < 16; i++)
                sum += (2 * (double)d->data.X[5 * i + a] - 1) * (2 * (double)d->data.X[5 * i + b] - 1);
            CHECK(sum == (a == b ? 16 : 0), "%d %d: %g", a, b, sum);
        }
    temper_dataset_free(d);
}

static void encoder_points_twice(void) {
    temper_dataset *d = open("encoder:4");
    if (!d) return;
    for (int i = 0; i < 4; i++)
        for (int k = 0; k < 8; k++)
            CHECK(d->data.X[8 * i + k] == (k == i || k == 4 + i), "row %d, column %d", i, k);
    temper_dataset_free(d);
}

/* The label says by how much: bit k of the copy is bit k − shift. */
static void shifter_shifts(void) {
    temper_dataset *d = open("shifter:5");
    if (!d) return;
    for (int i = 0; i < 96; i++) {
        const float *x = d->data.X + 13 * i;
        int shift = x[10] == 1 ? -1 : x[12] == 1 ? 1 : 0;
        CHECK(x[10] + x[11] + x[12] == 1, "label of row %d", i);
        for (int k = 0; k < 5; k++) CHECK(x[5 + k] == x[(k - shift + 5) % 5], "row %d, bit %d", i, k);
    }
    temper_dataset_free(d);
}

static void dice_have_their_mean(void) {
    static const double means[] = {4.5, 1, 6, 3.2, 5.999};
    for (int m = 0; m < 5; m++) {
        char text[64];
        double sum = 0, total = 0;
        snprintf(text, sizeof text, "dice:mean=%.17g,sides=6", means[m]);
        temper_dataset *d = open(text);
        if (!d) continue;
        CHECK(d->data.states == 6, "%d states", (int)d->data.states);
        for (int64_t i = 0; i < d->data.n; i++) {
            CHECK(d->data.X[i] >= 0 && d->data.X[i] <= 5, "category %g", (double)d->data.X[i]);
            sum += d->data.weight[i] * ((double)d->data.X[i] + 1);
            total += d->data.weight[i];
        }
        CHECK_NEAR(sum / total, means[m], 1e-14);
        temper_dataset_free(d);
    }
    temper_dataset *d;
    CHECK_FAILS(temper_dataset_create(&d, "dice:mean=4.5,sides=4"), TEMPER_BAD_OPTION, "mean=4.5");
}

/* One temperature, a lattice that is no square, no labels; both spellings of the square are one set. */
static void ising_of_one_temperature(void) {
    char one[65], two[65];
    temper_dataset *a = open("ising:dims=6x9,T=2.5,each=30"), *b = open("ising:L=6,T=1.5,each=5"),
                   *c = open("ising:dims=6x6,T=1.5,each=5");
    if (!a || !b || !c) return;
    CHECK(a->data.n == 30 && a->data.features == 54 && a->data.height == 6 && a->data.width == 9, "shape");
    CHECK(!a->data.y && !a->data.t && !a->data.classes && !a->data.outputs, "no labels");
    for (int k = 0; k < 30 * 54; k++) CHECK(fabsf(a->data.X[k]) == 1, "spin %g", (double)a->data.X[k]);
    temper_samples_hash(&b->data, one);
    temper_samples_hash(&c->data, two);
    CHECK(!strcmp(one, two), "%s and %s", one, two);
    temper_dataset_free(a), temper_dataset_free(b), temper_dataset_free(c);
    temper_dataset *turned = open("ising:dims=6x6,T=2.5,each=30,orient=yes"),
                   *plain = open("ising:dims=6x6,T=2.5,each=30");
    int up = 0, flipped = 0;
    for (int i = 0; i < 30; i++) {
        double M = 0, same = 0;
        for (int j = 0; j < 36; j++) {
            M += turned->data.X[36 * i + j];
            same += turned->data.X[36 * i + j] == plain->data.X[36 * i + j];
        }
        up += M >= 0;
        flipped += same == 0;
        CHECK(same == 0 || same == 36, "row %d: %g sites as before", i, same);
    }
    CHECK(up == 30 && flipped > 0 && flipped < 30, "%d up, %d flipped", up, flipped);
    temper_dataset_free(turned), temper_dataset_free(plain);
    CHECK_FAILS(temper_dataset_create(&a, "ising:dims=16,T=2"), TEMPER_BAD_OPTION, "two of 2");
    CHECK_FAILS(temper_dataset_create(&a, "ising:dims=4x4x4"), TEMPER_BAD_OPTION, "two of 2");
    CHECK_FAILS(temper_dataset_create(&a, "ising:T=0.001"), TEMPER_BAD_OPTION, "0.01");
}

/* A bare number is the first option's value; nothing else is taken without a name. */
static void bare_sizes(void) {
    temper_dataset *d = open("parity:5"), *e = open("ising:4,T=2,each=2");
    if (!d || !e) return;
    CHECK(!strcmp(d->text, "parity:n=5"), "%s", d->text);
    CHECK(e->data.features == 16 && e->data.n == 2, "rest of the options");
    temper_dataset_free(d), temper_dataset_free(e);
    static const struct {
        const char *text, *words;
    } refused[] = {{"parity:x", "not of the form"},       {"parity:5,n=5", "given twice"},
                   {"parity:5,6", "not of the form"},     {"parity:5.5", "whole number"},
                   {"parity:99", "legal range 1 … 20"},   {"parity:5,", "end with a comma"},
                   {"bars-and-stripes:0", "legal range"}, {"spirals:noise", "not of the form"},
                   {"parity:n=", "whole number"},         {"parity:n", "not of the form"}};
    for (size_t k = 0; k < sizeof refused / sizeof *refused; k++)
        CHECK_FAILS(temper_dataset_create(&d, refused[k].text), TEMPER_BAD_OPTION, refused[k].words);
}

static void memory_runs_out(void) {
    static const char *const sets[] = {"bars-and-stripes:2", "parity:3",
                                       "encoder:3",          "shifter:3",
                                       "dice:sides=6",       "ising:dims=2x3,T=2,each=2,burn=1"};
    for (size_t k = 0; k < sizeof sets / sizeof *sets; k++) {
        int64_t live = temper_alloc_live(), at = 1;
        for (; at < 10000; at++) {
            temper_dataset *d;
            temper_alloc_fail_at(at);
            temper_status bad = temper_dataset_create(&d, sets[k]);
            const bool reached = temper_alloc_count() >= at;
            temper_alloc_fail_at(0);
            if (!reached) {
                CHECK_OK(bad);
                temper_dataset_free(d);
                break;
            }
            CHECK(bad == TEMPER_NO_MEMORY && !d, "%s: allocation %d: status %d", sets[k], (int)at, bad);
        }
        CHECK(temper_alloc_live() == live, "%s: %d blocks left", sets[k], (int)(temper_alloc_live() - live));
    }
}

int main(void) {
    RUN(entropies);
    RUN(bars_are_lines);
    RUN(parity_hides_from_pairs);
    RUN(encoder_points_twice);
    RUN(shifter_shifts);
    RUN(dice_have_their_mean);
    RUN(ising_of_one_temperature);
    RUN(bare_sizes);
    RUN(memory_runs_out);
    return check_end();
}
