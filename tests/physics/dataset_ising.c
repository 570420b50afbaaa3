/* The configurations that the data set `ising` hands out have the energies of the exact solution on the same torus
 * (Kaufman 1949, temper_theory ising2d), the labels of their temperatures, and bits that depend on no thread. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "check.h"
#include "temper/dataset.h"
#include "temper/parallel.h"
#include "temper/theory.h"

enum { L = 8, POINTS = 6, EACH = 400 };

/* Energy per site of a row: −Σ over bonds s s'. */
static double energy(const float *s) {
    double sum = 0;
    for (int i = 0; i < L; i++)
        for (int j = 0; j < L; j++)
            sum -= (double)(s[i * L + j] * (s[(i + 1) % L * L + j] + s[i * L + (j + 1) % L]));
    return sum / (L * L);
}

static double exact(double T) {
    temper_theory *theory;
    double value[64], u = NAN;
    CHECK_OK(temper_theory_create(&theory, "ising2d:dims=8x8"));
    CHECK_OK(temper_theory_at(theory, T, value));
    for (int f = 0; f < temper_theory_fields(theory); f++)
        if (!strcmp(temper_theory_field(theory, f), "energy")) u = value[f];
    temper_theory_free(theory);
    return u;
}

static void energies_are_those_of_the_torus(void) {
    temper_dataset *set;
    CHECK_OK(temper_dataset_create(&set, "ising:L=8,low=1.5,high=4,points=6,each=400,seed=5"));
    const temper_samples *s = &set->data;
    CHECK(s->n == POINTS * EACH && s->width == L && s->classes == 2, "shape");
    for (int k = 0; k < POINTS; k++) {
        double T = 1.5 + 0.5 * k, sum = 0, squares = 0;
        for (int i = 0; i < EACH; i += 20) { /* batches of 20 rows */
            double batch = 0;
            for (int b = 0; b < 20; b++) batch += energy(s->X + (k * EACH + i + b) * s->features) / 20;
            sum += batch, squares += batch * batch;
        }
        double n = EACH / 20, mean = sum / n, error = sqrt((squares / n - mean * mean) / (n - 1));
        CHECK_NEAR(mean, exact(T), 4.5 * error);
        for (int i = 0; i < EACH; i++) CHECK(s->y[k * EACH + i] == (T < 2.269), "label at T = %g", T);
    }
    temper_dataset_free(set);
}

static void a_gap_leaves_out_temperatures(void) {
    temper_dataset *set;
    CHECK_OK(
        temper_dataset_create(&set, "ising:L=4,low=2,high=2.5,points=6,each=3,gap=0.15,label=temperature"));
    const double T[] = {2, 2.1, 2.5}; /* 2.2, 2.3, 2.4 are nearer than 0.15 to 2.269 */
    CHECK(set->data.n == 9, "%d rows", (int)set->data.n);
    for (int i = 0; i < 9; i++) CHECK_NEAR(set->data.t[i], T[i / 3], 1e-12);
    temper_dataset_free(set);
    CHECK_FAILS(temper_dataset_create(&set, "ising:low=2.2,high=2.3,gap=1"), TEMPER_BAD_OPTION,
                "leaves no temperature");
    CHECK_FAILS(temper_dataset_create(&set, "ising:low=3,high=2"), TEMPER_BAD_OPTION, "above high");
}

static void threads_change_nothing(void) {
    char one[65], three[65];
    for (int pass = 0; pass < 2; pass++) {
        temper_dataset *set;
        CHECK_OK(temper_threads(pass ? 3 : 1));
        CHECK_OK(temper_dataset_create(&set, "ising:L=8,points=5,each=20"));
        temper_samples_hash(&set->data, pass ? three : one);
        temper_dataset_free(set);
    }
    CHECK(!strcmp(one, three), "%s and %s", one, three);
}

int main(void) {
    RUN(energies_are_those_of_the_torus);
    RUN(a_gap_leaves_out_temperatures);
    RUN(threads_change_nothing);
    return check_end();
}
