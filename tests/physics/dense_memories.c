/* Dense memories hold more patterns than units: powers, exponentials, attention; and digits called back from damaged images. */
#include <stdlib.h>
#include "check.h"
#include "temper/temper.h"

static temper_memory_score at(const temper_memory_plan *plan, int64_t patterns) {
    temper_memory_score score = {0};
    CHECK_OK(temper_memory_test(plan, patterns, &score));
    printf("  %-28s N=%lld P=%lld wrong %.2f: m = %.4f ± %.4f, all right %.3f\n",
           plan->rule ? plan->rule : "hebb", (long long)score.n, (long long)patterns, plan->flipped,
           score.mean, score.error, score.recalled);
    return score;
}

/* F = z³: P_max ∝ N² (Krotov and Hopfield 2016). At these N what is left of smaller orders lowers the exponent by some hundredths: it rises from
 * 1.83 (N = 24 … 64) over 1.92 (24 … 128) towards 2. */
static void cubic_memories_hold_the_square_of_their_units(void) {
    static const int64_t sizes[] = {32, 48, 64, 96};
    temper_memory_law law;
    int64_t limit[4];
    temper_memory_plan plan = {.trials = 24, .probes = 4, .rule = "polynomial:degree=3", .stream = {2, 0}};
    CHECK_OK(temper_memory_scaling(&plan, 0.9, sizes, 4, limit, &law));
    printf("  limits %lld, %lld, %lld, %lld: exponent %.3f ± %.3f\n", (long long)limit[0],
           (long long)limit[1], (long long)limit[2], (long long)limit[3], law.exponent, law.error);
    CHECK_NEAR(law.exponent, 2, 0.1 + 2 * law.error);
    CHECK(limit[3] > 5 * 96, "%lld patterns", (long long)limit[3]);
}

/* N = 64, P = 2N: one update of every unit brings the pattern back from a tenth of wrong bits, where Hebb's rule loses it from any start. */
static void exponential_and_continuous_memories_retrieve_where_hebb_fails(void) {
    temper_memory_plan plan = {.n = 64, .trials = 20, .probes = 10, .sweeps = 1, .stream = {3, 0}};
    CHECK(at(&plan, 128).mean < 0.6, "Hebb recalls at α = 2");
    for (int r = 0; r < 2; r++) {
        plan.rule = r ? "continuous:sharpness=1" : "exponential";
        plan.flipped = 0;
        CHECK(at(&plan, 128).recalled == 1, "%s loses a pattern", plan.rule);
        plan.flipped = 0.1;
        CHECK(at(&plan, 128).recalled >= 0.99, "%s: not back by one update", plan.rule);
    }
    plan.trials = 3, plan.probes = 20; /* 64 patterns for each unit */
    CHECK(at(&plan, 4096).recalled >= 0.95, "continuous memory with P = 64 N");
}

static int64_t nearest(const float *X, int64_t rows, int64_t n, const float *cue) {
    double best = -INFINITY;
    int64_t at = 0;
    for (int64_t k = 0; k < rows; k++) {
        double sum = 0;
        for (int64_t i = 0; i < n; i++) sum -= (double)((cue[i] - X[k * n + i]) * (cue[i] - X[k * n + i]));
        if (sum > best) best = sum, at = k;
    }
    return at;
}

/* Images of handwritten digits, stored as ±1 by the pseudo-inverse and as they are in a continuous memory; 30 % of the pixels are wrong in the cue.
 * Two thin digits may differ in so few pixels that the damage makes one into the other: the continuous memory gives the row nearest to the cue, and
 * one of thirty is the wrong one. */
static void digits_come_back_from_damage(void) {
    enum { IMAGES = 30 };
    temper_dataset *set = NULL;
    if (temper_dataset_create(&set, "mnist:part=test,folder=" TEMPER_SOURCE_DIR "/../shared/data/mnist"))
        SKIP("no MNIST: %s", temper_message());
    int64_t n = set->data.features;
    float *X = malloc((size_t)(IMAGES * n) * sizeof *X), *room = malloc((size_t)(12 * n) * sizeof *room);
    for (int model = 0; model < 2; model++) {
        float most = 0;
        for (int64_t k = 0; k < IMAGES * n; k++) most = set->data.X[k] > most ? set->data.X[k] : most;
        for (int64_t k = 0; k < IMAGES * n; k++) {
            float x = set->data.X[k] / most;
            X[k] = model ? 2 * x - 1 : x > 0.5f ? 1 : -1;
        }
        temper_rows_view rows = {IMAGES, n, X, NULL};
        temper_memory *memory;
        int right = 0;
        double overlap = 0;
        CHECK_OK(temper_memory_store(&memory, &rows, model ? "continuous:sharpness=1" : "pseudo_inverse"));
        for (int k = 0; k < IMAGES; k++) {
            temper_recall recall;
            temper_retrieval how = {.sweeps = 10, .trail = room + n};
            temper_memory_corrupt(X + k * n, n, 0.3, (temper_stream){4, 0}, k, room);
            int64_t like = nearest(X, IMAGES, n, room);
            CHECK_OK(temper_memory_retrieve(memory, room, &how, room, &recall));
            right += recall.exact && recall.nearest == k;
            overlap += recall.overlap / IMAGES;
            CHECK(recall.exact && (!model || recall.nearest == like),
                  "image %d: row %lld came back, %lld is nearest", k, (long long)recall.nearest,
                  (long long)like);
            CHECK(!memcmp(room, how.trail + recall.sweeps * n, (size_t)n * sizeof *room), "the trail's end");
        }
        printf("  %s: %d of %d images back from 30 %% wrong pixels, overlap %.4f\n", memory->machine->text,
               right, IMAGES, overlap);
        CHECK(right >= IMAGES - 2, "%d of %d", right, IMAGES);
        temper_memory_free(memory);
    }
    free(X);
    free(room);
    temper_dataset_free(set);
}

int main(void) {
    RUN(cubic_memories_hold_the_square_of_their_units);
    RUN(exponential_and_continuous_memories_retrieve_where_hebb_fails);
    RUN(digits_come_back_from_damage);
    return check_end();
}
