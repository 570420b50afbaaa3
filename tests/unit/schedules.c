/* Adaptive schedules and warm-up: while a rate or a temperature is still on its way up nothing is at rest and nothing has been measured, so
 * they begin to adapt with the first epoch that lies behind it. */
#include "check.h"
#include "temper/dynamics.h"

/* The first epoch, of ten in a run of 100 steps, after which the factor is not 1 any more; 0: none. Both sides of the relation are equal. */
static int adapts_in(const char *text) {
    temper_schedule *s;
    double plan[TEMPER_PLAN_MAX] = {1};
    int when = 0;
    CHECK_OK(temper_schedule_create(&s, text));
    for (int k = 1; s && k <= 10 && !when; k++) {
        const temper_thermometer sums = {.steps = 10, .energy = 10, .theta_grad = 1, .fdr_right = 1};
        const temper_epoch epoch = {.sums = &sums,
                                    .dim = 8,
                                    .samples = 100,
                                    .rate = 0.1,
                                    .temperature = 1,
                                    .step = 10 * k,
                                    .steps = 100};
        s->type->adapt(s->self, plan, &epoch);
        if (plan[0] != 1) when = k;
    }
    temper_schedule_free(s);
    return when;
}

static void adapting_begins_after_the_warm_up(void) {
    CHECK(adapts_in("fdr:least=1") == 1, "fdr: %d", adapts_in("fdr:least=1"));
    CHECK(adapts_in("fdr:least=1,warm=0.5") == 6, "fdr: %d", adapts_in("fdr:least=1,warm=0.5"));
    CHECK(adapts_in("fdr:least=3,warm=0.55") == 9, "fdr: %d", adapts_in("fdr:least=3,warm=0.55"));
    CHECK(adapts_in("speed") == 1, "speed: %d", adapts_in("speed"));
    CHECK(adapts_in("speed:warm=0.5") == 6, "speed: %d", adapts_in("speed:warm=0.5"));
    CHECK(adapts_in("speed:warm=1") == 0, "speed: %d", adapts_in("speed:warm=1"));
}

int main(void) {
    RUN(adapting_begins_after_the_warm_up);
    return check_end();
}
