/* Persistent contrastive divergence, or stochastic maximum likelihood (Younes 1989; Tieleman 2008): the model's chains go on from where
 * the last update left them, k sweeps each time. While θ moves slowly beside them they stay near the model's distribution; at a constant
 * rate they lag behind in the end, which is when the rate should fall. */
#include "core/lesson_chains.h"

typedef struct {
    int64_t k, settle;
    int start;
} pcd;

enum { RANDOM, DATA };

static temper_status suits(const void *self, const temper_machine *machine) {
    (void)self;
    return temper_suits_chains("pcd", machine);
}

static temper_status begin(const void *self, temper_lesson *lesson) {
    return ((const pcd *)self)->start == DATA ? temper_lesson_seat(lesson, lesson->model[0]) : TEMPER_OK;
}

static temper_status step(const void *self, temper_lesson *lesson) {
    const pcd *m = self;
    temper_lesson_settle(lesson, m->settle);
    temper_lesson_sweep(lesson->model[0], m->k);
    return TEMPER_OK;
}

static const temper_option options[] = {
    {"k", TEMPER_INT, offsetof(pcd, k), "1", 1, 1e9, NULL, "sweeps", "of the chains before each update"},
    {"start", TEMPER_CHOICE, offsetof(pcd, start), "random", 0, 0, "random|data", NULL,
     "where chains begin: every unit at random, or at training rows"},
    {"settle", TEMPER_INT, offsetof(pcd, settle), "-1", -1, 1e9, NULL, "sweeps",
     "of hidden units before the statistics of the data; -1: 0 where they are summed out, else 10"},
    {0}};

const temper_method_type temper_method_pcd = {
    .about = {"pcd",
              "persistent contrastive divergence: chains of the model that never restart, k sweeps each",
              "Tieleman, ICML 2008, 1064; Younes, Probab. Theory Relat. Fields 82, 625 (1989)",
              "k=2,start=data", options, sizeof(pcd)},
    .suits = suits,
    .begin = begin,
    .step = step,
};
