/* Curvature measured, and a landscape looked at through temper/view.h, when memory is short, when the job is stopped, and where there is no
 * curvature: said, and no block left behind. */
#include "run_rig.h"
#include "temper/parallel.h"
#include "temper/view.h"

static const char *train[] = {"data",  "spirals", "model", "mlp:2",    "epochs", "2",   "batch", "100",
                              "seeds", "2",       "out",   rig_folder, "force",  "yes", NULL};
static char out[96];

/* Of the whole matrix at once, and by random vectors in a folder with figures and files. */
static const char *dense[] = {"run", rig_folder, "what", "curvature", "rows", "20", "products",
                              "30",  "layers",   "each", "probes",    "2",    NULL};
static const char *random_vectors[] = {
    "run", rig_folder, "what", "curvature", "rows", "9",   "operator", "ntk",   "products", "16", "probes",
    "2",   "lanczos",  "6",    "pairs",     "2",    "out", out,        "force", "yes",      NULL};

static void each(const char *const *options) {
    CHECK_OK(rig_run("measure", options, NULL));
    temper_alloc_fail_at(0);
    CHECK_OK(rig_run("measure", options, NULL));
    int64_t all = temper_alloc_count(), live = temper_alloc_live(), stride = all / 200 + 1;
    CHECK(all > 50, "%lld allocations", (long long)all);
    for (int64_t k = 1; k <= all; k += k < 60 || k > all - 200 ? 1 : stride) {
        temper_alloc_fail_at(k);
        temper_status bad = rig_run("measure", options, NULL);
        temper_alloc_fail_at(0);
        CHECK(bad == TEMPER_NO_MEMORY || bad == TEMPER_OK, "allocation %lld of %lld: status %d, %s",
              (long long)k, (long long)all, bad, temper_message());
        CHECK(temper_alloc_live() == live, "allocation %lld: %lld blocks left", (long long)k,
              (long long)(temper_alloc_live() - live));
        if (check_bad) break;
    }
}

static void short_of_memory(void) {
    CHECK_OK(rig_run("train", train, NULL));
    each(dense);
    each(random_vectors);
}

/* Whatever is wrong, nothing is left. */
static void refused(const char *const *options, temper_status status, const char *words) {
    int64_t live = temper_alloc_live();
    CHECK_FAILS(rig_run("measure", options, NULL), status, words);
    CHECK(temper_alloc_live() == live, "%s: %lld blocks left", words,
          (long long)(temper_alloc_live() - live));
}

static void stopped_or_refused(void) {
    static const char *const nowhere[] = {"potential", "sqrt(x - 90) + y^2", "what", "curvature", NULL},
                             *const rows[] = {"run", rig_folder, "what", "curvature", "operator",
                                              "ntk", "layers",   "0",    NULL},
                             *const kind[] = {"potential", "x^2",    "what", "curvature",
                                              "operator",  "fisher", NULL},
                             *const silent[] = {"run", rig_folder, "what", "flatness", "layers", "0", NULL},
                             *const other[] = {"run", rig_folder, "what", "llc", "operator", "fisher", NULL},
                             *const every[] = {"run", rig_folder, "what", "flatness", "layers", "each", NULL};
    refused(nowhere, TEMPER_DIVERGED, "not finite");
    refused(rows, TEMPER_CANNOT, "lives on rows");
    refused(kind, TEMPER_CANNOT, "Hessian alone");
    refused(silent, TEMPER_BAD_OPTION, "all of the coordinates");
    refused(other, TEMPER_BAD_OPTION, "no operator but the Hessian");
    refused(every, TEMPER_BAD_OPTION, "layers=each");
    rig_stop = 1;
    refused(dense, TEMPER_STOPPED, "nothing was written");
    refused(random_vectors, TEMPER_STOPPED, "stopped");
    rig_stop = 0;
}

/* ---- temper/view.h ---- */

static temper_status look(const char *const *options, temper_view **view) {
    temper_job *job;
    temper_status bad = temper_job_create(&job, "landscape");
    for (int k = 0; !bad && options[k]; k += 2) bad = temper_job_set(job, options[k], options[k + 1]);
    if (!bad) bad = temper_view_open(view, job);
    temper_job_free(job); /* the view goes on without */
    return bad;
}

static void view(void) {
    static const char *const run[] = {"run", rig_folder, "rows", "30", "member", "1", NULL},
                             *const nothing[] = {"rows", "3", NULL};
    temper_view *v = NULL, *none = NULL;
    CHECK_OK(look(run, &v));
    if (!v) return;
    temper_landscape *l = temper_view_landscape(v);
    const int64_t P = temper_landscape_dim(l);
    double *theta = calloc((size_t)(2 * P), sizeof *theta), *first = theta + P, u, here, moved;
    CHECK(temper_landscape_samples(l) == 30, "%d rows", (int)temper_landscape_samples(l));
    CHECK_OK(temper_view_weights(v, 1, -1, theta));
    CHECK(!memcmp(theta, temper_view_theta(v), (size_t)P * sizeof *theta), "one stands elsewhere");
    CHECK_OK(temper_view_weights(v, 0, -1, first));
    CHECK(memcmp(theta, first, (size_t)P * sizeof *theta) != 0, "members are alike");
    CHECK_OK(temper_landscape_energy(l, theta, &here));
    CHECK_OK(temper_landscape_energy(l, first, &u));
    CHECK_OK(temper_view_move(v, first));
    l = temper_view_landscape(v); /* a move makes another one */
    CHECK_OK(temper_landscape_energy(l, temper_view_theta(v), &moved));
    CHECK(moved == u && u != here, "after the move %g, there %g, here %g", moved, u, here);
    CHECK_FAILS(temper_view_weights(v, 2, -1, theta), TEMPER_BAD_OPTION, "member=2");
    CHECK_FAILS(temper_view_weights(v, 0, 1000, theta), TEMPER_BAD_OPTION, "sample");
    temper_view_free(v), free(theta);
    CHECK_FAILS(look(nothing, &none), TEMPER_BAD_OPTION, "of what?");
    CHECK(!none, "a view of nothing");
    temper_job *other;
    CHECK_OK(temper_job_create(&other, "measure"));
    CHECK_FAILS(temper_view_open(&none, other), TEMPER_BAD_OPTION, "must be 'landscape'");
    temper_job_free(other);
    temper_view_free(NULL);
    const int64_t live = temper_alloc_live();
    temper_status bad = TEMPER_NO_MEMORY;
    for (int k = 1; bad && k < 2000; k++) {
        temper_view *made = NULL;
        temper_alloc_fail_at(k);
        bad = look(run, &made);
        temper_alloc_fail_at(0);
        CHECK(bad == TEMPER_OK || bad == TEMPER_NO_MEMORY, "allocation %d: %d", k, bad);
        temper_view_free(made);
        CHECK(temper_alloc_live() == live, "allocation %d: blocks are left", k);
        if (check_bad) break;
    }
    CHECK_OK(bad);
}

int main(void) {
    rig_begin();
    snprintf(out, sizeof out, "%s-out", rig_folder);
    CHECK_OK(temper_threads(1));
    RUN(short_of_memory);
    RUN(stopped_or_refused);
    RUN(view);
    rig_end();
    return check_end();
}
