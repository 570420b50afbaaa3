/* Every method with every machine: it teaches it or says in a sentence why not; the weights are finite and the same on any number of threads;
 * memory that runs out anywhere leaves nothing behind. */
#include <stdlib.h>
#include "options.h"

enum { N = 8, COLUMNS = 6, UPDATES = 3 };

static const temper_method_type *method_now;
static const temper_machine_type *machine_now;

static void specimen(const temper_about *about, char *text, size_t size) {
    snprintf(text, size, "%s%s%s", about->name, *about->specimen ? ":" : "", about->specimen);
}

/* The machine's specimen for rows that it can have: plain ones, categories, or rows with labels. */
static temper_status make_machine(temper_machine **machine) {
    static const temper_machine_io io[] = {
        {.columns = COLUMNS}, {.columns = COLUMNS, .states = 3}, {.columns = COLUMNS, .classes = 2}};
    char text[256];
    temper_status bad = TEMPER_OK;
    specimen(&machine_now->about, text, sizeof text);
    for (int k = 0; k < 3; k++)
        if (!(bad = temper_machine_create(machine, text, &io[k])) || bad == TEMPER_NO_MEMORY) return bad;
    return bad;
}

static float legal(const temper_machine *machine, int i, int j) {
    const uint32_t word = temper_word((temper_stream){5, 0}, TEMPER_FOR_TESTS, i, j);
    if (machine->io.classes && j == COLUMNS - 1) return (float)(i % machine->io.classes);
    switch (machine->type->visible(machine->self)) {
    case TEMPER_BINARY: return (float)(word >> 31);
    case TEMPER_SPIN: return word >> 31 ? 1 : -1;
    case TEMPER_POTTS: return (float)temper_below(word, (uint32_t)machine->io.states);
    default: return (float)(word >> 16) / 65536;
    }
}

typedef struct {
    float X[N * COLUMNS];
    temper_machine *machine;
    temper_method *method;
    temper_lesson *lesson;
} school;

static temper_status open(school *s) {
    char text[256];
    *s = (school){.machine = NULL};
    specimen(&method_now->about, text, sizeof text);
    temper_status bad = make_machine(&s->machine);
    if (!bad) bad = temper_method_create(&s->method, text);
    if (bad) return bad;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < COLUMNS; j++) s->X[i * COLUMNS + j] = legal(s->machine, i, j);
    temper_lesson_plan plan = {.rows = {N, COLUMNS, s->X, NULL}, .batch = 4, .stream = {3, 0}, .rate = 0.01};
    bad = temper_machine_start(s->machine, &plan.rows, plan.stream);
    if (!bad) bad = temper_lesson_create(&s->lesson, s->machine, s->method, &plan);
    return bad ? bad : temper_lesson_learn(s->lesson, UPDATES);
}

static void shut(school *s) {
    temper_lesson_free(s->lesson);
    temper_method_free(s->method);
    temper_machine_free(s->machine);
}

static bool refuses_politely(temper_status bad) {
    const bool polite = (bad == TEMPER_CANNOT || bad == TEMPER_BAD_OPTION || bad == TEMPER_BAD_DATA) &&
                        strlen(temper_message()) > 20;
    CHECK(polite, "%s with %s: status %d: %s", method_now->about.name, machine_now->about.name, bad,
          temper_message());
    return polite;
}

static void threads_change_nothing(void) {
    school one, three;
    CHECK_OK(temper_threads(1));
    temper_status bad = open(&one);
    if (bad) {
        refuses_politely(bad);
        shut(&one);
        return;
    }
    CHECK_OK(temper_threads(3));
    CHECK_OK(open(&three));
    CHECK(one.lesson->clock == three.lesson->clock && (one.lesson->clock == UPDATES || one.lesson->done),
          "%d updates", (int)one.lesson->clock);
    for (int64_t p = 0; p < one.machine->parameters; p++)
        CHECK(isfinite(one.machine->theta[p]) && one.machine->theta[p] == three.machine->theta[p],
              "%s teaches %s: weight %d is %g and %g", method_now->about.name, machine_now->about.name,
              (int)p, (double)one.machine->theta[p], (double)three.machine->theta[p]);
    for (int k = 0; k < one.lesson->models; k++)
        CHECK(
            !memcmp(one.lesson->model[k]->state, three.lesson->model[k]->state, one.lesson->model[k]->bytes),
            "%s teaches %s: chains of flock %d", method_now->about.name, machine_now->about.name, k);
    shut(&one), shut(&three);
    CHECK_OK(temper_threads(0));
}

static void memory_runs_out(void) {
    const int64_t live = temper_alloc_live();
    int64_t at = 1;
    for (; at < 5000; at++) {
        school s;
        temper_alloc_fail_at(at);
        temper_status bad = open(&s);
        const bool reached = temper_alloc_count() >= at;
        temper_alloc_fail_at(0);
        shut(&s);
        if (!reached) break;
        CHECK(bad == TEMPER_NO_MEMORY, "%s teaches %s: allocation %d: status %d: %s", method_now->about.name,
              machine_now->about.name, (int)at, bad, temper_message());
        if (bad != TEMPER_NO_MEMORY) break;
    }
    CHECK(temper_alloc_live() == live, "%s teaches %s: %d blocks left", method_now->about.name,
          machine_now->about.name, (int)(temper_alloc_live() - live));
}

static void the_head_is_whole(void) {
    temper_method *method, *again;
    char text[256];
    refuses_bad_options(&method_now->about);
    specimen(&method_now->about, text, sizeof text);
    CHECK_OK(temper_method_create(&method, text));
    if (!method) return;
    CHECK_OK(temper_method_create(&again, method->text));
    CHECK(again && !strcmp(again->text, method->text), "%s", method->text);
    CHECK(!method_now->step != !method_now->solve, "%s: a step or a solution, one of them", text);
    CHECK(*method_now->about.reference, "%s: no paper", text);
    temper_method_free(method), temper_method_free(again);
}

int main(void) {
    for (int m = 0; temper_list_method[m]; m++) {
        method_now = temper_list_method[m];
        check_run(method_now->about.name, the_head_is_whole);
        for (int k = 0; temper_list_machine[k]; k++) {
            char name[128];
            machine_now = temper_list_machine[k];
            snprintf(name, sizeof name, "%s teaches %s", method_now->about.name, machine_now->about.name);
            check_run(name, threads_change_nothing);
            check_run(name, memory_runs_out);
        }
    }
    return check_end();
}
