/* Every allocation of every kind of job fails once: the job says so, leaves no block behind, and the next one works. */
#include "run_rig.h"
#include "temper/parallel.h"

/* k runs to the number of allocations, in strides that keep this test short. */
static void each(const char *verb, const char *const *options, int64_t stride) {
    char truth[17], hash[17];
    temper_alloc_fail_at(0);
    CHECK_OK(rig_run(verb, options, truth));
    int64_t all = temper_alloc_count(), live = temper_alloc_live();
    CHECK(all > 10, "%lld allocations", (long long)all);
    for (int64_t k = 1; k <= all; k += k < 200 ? 1 : stride) {
        temper_alloc_fail_at(k);
        temper_status bad = rig_run(verb, options, NULL);
        temper_alloc_fail_at(0);
        CHECK(bad == TEMPER_NO_MEMORY || bad == TEMPER_OK, "%s, allocation %lld: status %d, %s", verb,
              (long long)k, bad, temper_message());
        CHECK(temper_alloc_live() == live, "%s, allocation %lld: %lld blocks left", verb, (long long)k,
              (long long)(temper_alloc_live() - live));
        if (check_bad) break;
    }
    CHECK_OK(rig_run(verb, options, hash));
    CHECK(!strcmp(hash, truth), "%s, want %s", hash, truth);
}

static void sample(void) {
    const char *options[] = {"system",      "ising:dims=4x4",
                             "temperature", "2,3",
                             "sweeps",      "120",
                             "chains",      "2",
                             "observe",     "energy,overlap,heat_capacity",
                             "theory",      "yes",
                             "plot",        "yes",
                             NULL};
    each("sample", options, 7);
}

static void exchange(void) {
    const char *options[] = {"system", "sk:n=12",  "temperature",      "1,2,3", "sweeps",
                             "20",     "ensemble", "exchange:adapt=2", NULL};
    each("sample", options, 7);
}

static void reweight(void) {
    const char *options[] = {
        "system", "ising:dims=4x4", "temperature", "2,3",     "sweeps",         "60", "chains", "2", "theory",
        "yes",    "reweight",       "2.2,2.6",     "observe", "energy,overlap", NULL};
    each("sample", options, 7);
}

static void free_energy(void) {
    const char *options[] = {"system", "ising:dims=3x3", "temperature", "2", "sweeps",
                             "60",     "free_energy",    "yes",         NULL};
    each("sample", options, 29);
}

static void anneal(void) {
    const char *options[] = {"system", "sk:n=12", "reads", "4", "ensemble", "anneal:steps=20", NULL};
    each("anneal", options, 7);
}

static void directory(void) {
    const char *options[] = {"system", "ising:dims=4x4", "temperature", "2",   "sweeps", "20",
                             "out",    rig_folder,       "force",       "yes", NULL};
    const char *resume[] = {"run", rig_folder, NULL};
    each("sample", options, 7);
    each("resume", resume, 7);
}

static void theory(void) {
    const char *options[] = {"theory", "ising2d:dims=4x4", NULL};
    temper_job *job;
    temper_report *report;
    int64_t live = temper_alloc_live();
    for (int64_t k = 1;; k++) {
        temper_alloc_fail_at(k);
        temper_status bad = temper_job_create(&job, "theory");
        if (!bad) bad = temper_job_set(job, options[0], options[1]);
        if (!bad) bad = temper_job_run(job, NULL, &report);
        bool over = k > temper_alloc_count();
        temper_alloc_fail_at(0);
        if (!bad) temper_report_free(report);
        if (job) temper_job_free(job);
        CHECK(bad == TEMPER_NO_MEMORY || over, "allocation %lld: status %d", (long long)k, bad);
        CHECK(temper_alloc_live() == live, "allocation %lld: blocks left", (long long)k);
        if (over || check_bad) break;
    }
}

int main(void) {
    temper_threads(1); /* so that the k-th allocation is always the same one */
    rig_begin();
    RUN(sample);
    RUN(exchange);
    RUN(reweight);
    RUN(free_energy);
    RUN(anneal);
    RUN(directory);
    RUN(theory);
    rig_end();
    return check_end();
}
