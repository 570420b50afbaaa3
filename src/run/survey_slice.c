/* temper landscape --what slice: a grid of the loss and more along a few directions, and the curvature beside it, since a picture alone deceives: along
 * a random direction the loss bends as tr H/P, whatever the extreme eigenvalues are. */
#include "run/survey_slice.h"
#include <math.h>
#include <string.h>
#include "base/memory.h"
#include "run/saving.h"

/* ---- which fields ---- */

static const struct {
    const char *word;
    unsigned bits;
    bool networks; /* only there */
} asked[] = {{"loss", 1u << TEMPER_FIELD_LOSS, false},
             {"error", 1u << TEMPER_FIELD_WRONG, true},
             {"test_loss", 1u << TEMPER_FIELD_TEST_LOSS, true},
             {"test_error", 1u << TEMPER_FIELD_TEST_LOSS | 1u << TEMPER_FIELD_TEST_WRONG, true},
             {"gradient", 1u << TEMPER_FIELD_GRADIENT, false},
             {"top", 1u << TEMPER_FIELD_TOP, false},
             {"bottom", 1u << TEMPER_FIELD_BOTTOM, false},
             {"principal", 1u << TEMPER_FIELD_UPPER | 1u << TEMPER_FIELD_LOWER, false},
             {"mean", 1u << TEMPER_FIELD_MEAN, false}};
enum { ASKED = sizeof asked / sizeof *asked };

static temper_status add_field(const char *word, size_t length, bool network, unsigned *fields) {
    const char *names[ASKED];
    char wrong[40];
    for (int k = 0; k < ASKED; k++) {
        names[k] = asked[k].word;
        if (strlen(asked[k].word) != length || strncmp(word, asked[k].word, length)) continue;
        if (network || !asked[k].networks) *fields |= asked[k].bits;
        return TEMPER_OK;
    }
    snprintf(wrong, sizeof wrong, "%.*s", (int)(length < 39 ? length : 39), word);
    const char *near = temper_nearest(wrong, names, ASKED);
    return temper_fail(
        TEMPER_BAD_OPTION,
        "landscape: fields=%s is none of loss, error, test_loss, test_error, gradient, top, bottom, principal, "
        "mean%s%s%s",
        wrong, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* What the data cannot tell is left out: errors of numbers, test rows where there are none. */
static temper_status read_fields(const temper_survey *survey, unsigned *fields) {
    const temper_scene *scene = &survey->scene;
    temper_status bad = TEMPER_OK;
    *fields = 1u << TEMPER_FIELD_LOSS;
    for (const char *at = survey->s->fields; *at && !bad; at += *at == ',') {
        size_t length = strcspn(at, ",");
        bad = add_field(at, length, scene->network != NULL, fields);
        at += length;
    }
    bool counts = scene->labels && !survey->s->precise;
    if (scene->network && !survey->s->precise) *fields |= 1u << TEMPER_FIELD_LOSS_ERROR;
    if (!counts) *fields &= ~(1u << TEMPER_FIELD_WRONG | 1u << TEMPER_FIELD_TEST_WRONG);
    if (!scene->tests) *fields &= ~(1u << TEMPER_FIELD_TEST_LOSS | 1u << TEMPER_FIELD_TEST_WRONG);
    return bad;
}

/* ---- the grid, with stops ---- */

typedef struct {
    temper_slice *slice;
    int64_t shape[TEMPER_SHAPE];
} keeper;

static void shape(const void *owner, int64_t out[TEMPER_SHAPE]) {
    memcpy(out, ((const keeper *)owner)->shape, sizeof((const keeper *)owner)->shape);
}
static bool adopt(void *owner, const int64_t stored[TEMPER_SHAPE]) {
    return !memcmp(stored, ((keeper *)owner)->shape, sizeof((keeper *)owner)->shape);
}
static temper_status body(void *owner, temper_pass *pass) {
    size_t bytes;
    void *state = temper_slice_state(((keeper *)owner)->slice, &bytes);
    temper_pass_carry(pass, state, bytes);
    return pass->saving || pass->failed ? TEMPER_OK : temper_slice_restored(((keeper *)owner)->slice);
}

/* Steps of about two seconds, so that a stop loses no more. */
static int64_t next_step(int64_t n, double seconds) {
    double by = seconds > 0 ? 2 / seconds : 4;
    by = by > 4 ? 4 : by < 0.25 ? 0.25 : by;
    double next = (double)n * by;
    return next < 8 ? 8 : next > 1e7 ? 10000000 : (int64_t)next;
}

static temper_status fill(temper_survey *survey, temper_slice *slice, const temper_slice_plan *plan,
                          const char *name) {
    temper_desk *desk = survey->desk;
    keeper k = {
        slice,
        {plan->axes, plan->axis[0].n, plan->axis[1].n, plan->axis[2].n, plan->fields, plan->refine, 0, 0}};
    temper_saved saved = {.name = name,
                          .magic = "temperSL",
                          .version = 1,
                          .owner = &k,
                          .shape = shape,
                          .adopt = adopt,
                          .body = body};
    bool done = false, found = false;
    int64_t step = 16;
    temper_status bad = desk->resuming && desk->folder ? temper_saved_read(&saved, desk, &found) : TEMPER_OK;
    if (!bad && found) bad = temper_desk_go_on(desk);
    temper_survey_phase(survey, "slice", "points");
    while (!bad && !done) {
        double begun = temper_clock();
        bad = temper_slice_step(slice, step, &survey->errand, &done);
        step = next_step(step, temper_clock() - begun);
        if (!desk->folder || (bad && bad != TEMPER_STOPPED)) continue;
        if (bad || (!done && temper_desk_save_due(desk))) {
            temper_status lost = temper_saved_write(&saved, desk);
            if (lost) return lost;
        }
    }
    return bad;
}

/* ---- beside it ---- */

/* What a random direction of this rule bends by on average. The rule gives each filter its length and leaves chance the direction within, so entries are
 * uncorrelated, of variance s_i² = ‖θ_f‖²/n_f where filters are what counts, and E dᵀHd = Σ_i s_i² H_ii = Σ_f (‖θ_f‖²/n_f) tr H_ff. Signs
 * under the same rule become ±s_i: Hutchinson's probes of that sum, of less variance than d itself. */
static temper_status usual(temper_cut *cut, temper_survey *survey, int k) {
    enum { PROBES = 30 };
    temper_scene *scene = &survey->scene;
    const temper_bearing *of = &cut->bundle.bearing[k];
    const int64_t P = scene->dim;
    const double *d = cut->bundle.direction + k * P;
    double mean = 0, square = 0, *z = temper_alloc(2, (size_t)P * sizeof *z), *Hz = z + P;
    if (!z) return TEMPER_NO_MEMORY;
    temper_status bad = TEMPER_OK;
    for (int64_t n = 1; n <= PROBES && !bad; n++) {
        double form = 0, length = 0, before = mean;
        temper_direction_random(survey->errand.stream, 1000 + n, P, z);
        for (int64_t i = 0; i < P; i++) z[i] = d[i] == 0 ? 0 : z[i] < 0 ? -1 : 1; /* what is held stays */
        temper_direction_normalise(scene->landscape, scene->theta, (temper_direction_norm)of->norm_rule,
                                   (temper_direction_bias)of->bias_rule, z);
        bad = temper_operator_apply(cut->H, 1, z, Hz);
        for (int64_t i = 0; i < P; i++) form += z[i] * Hz[i], length += z[i] * z[i];
        mean += (form / length - mean) / (double)n;
        square += (form / length - before) * (form / length - mean);
        if (survey->errand.stop && *survey->errand.stop) bad = TEMPER_STOPPED;
    }
    cut->usual[k] = mean, cut->usual_error[k] = sqrt(square / (PROBES - 1) / PROBES);
    temper_release(z);
    return bad;
}

/* Axes with one rule share their answer. */
static temper_status look_for_usual(temper_cut *cut, temper_survey *survey) {
    temper_status bad = TEMPER_OK;
    for (int k = 0; k < cut->bundle.axes && !bad; k++) {
        const temper_bearing *b = cut->bundle.bearing;
        if (strcmp(b[k].word, "random")) continue;
        int l = 0;
        while (l < k &&
               (isnan(cut->usual[l]) || b[l].norm_rule != b[k].norm_rule || b[l].bias_rule != b[k].bias_rule))
            l++;
        if (l < k)
            cut->usual[k] = cut->usual[l], cut->usual_error[k] = cut->usual_error[l];
        else
            bad = usual(cut, survey, k);
    }
    return bad;
}

/* Ends of the spectrum that the directions brought along. */
static void take_ends(temper_cut *cut) {
    cut->top = cut->bottom = NAN;
    for (int k = 0; k < cut->bundle.axes; k++) {
        const temper_bearing *b = &cut->bundle.bearing[k];
        if (b->turn == 0 && isfinite(b->eigenvalue)) cut->top = b->eigenvalue;
        if (b->turn == 1 && isfinite(b->eigenvalue) && !strcmp(b->word, "hessian"))
            cut->bottom = b->eigenvalue;
    }
}

static temper_status look_beside(temper_cut *cut, temper_survey *survey) {
    temper_scene *scene = &survey->scene;
    temper_survey_phase(survey, "curvature", "products");
    take_ends(cut);
    for (int k = 0; k < SLICE_AXES; k++) cut->usual[k] = cut->usual_error[k] = NAN;
    cut->trace = (temper_trace){
        .value = NAN, .error = NAN, .low = NAN, .high = NAN, .frobenius = NAN, .frobenius_error = NAN};
    temper_status bad = temper_landscape_operator(scene->landscape, TEMPER_HESSIAN, scene->theta,
                                                  survey->errand.stream, &cut->H);
    if (bad == TEMPER_CANNOT) bad = TEMPER_OK; /* no curvature, no numbers */
    if (!bad)
        bad = temper_slice_beside(scene->landscape, cut->H, scene->theta, cut->bundle.axes,
                                  cut->bundle.direction, cut->beside);
    if (!bad && cut->H) bad = look_for_usual(cut, survey);
    if (bad || !cut->H) return bad;
    temper_trace_plan plan = {.products = 30};
    bad = temper_trace_find(cut->H, &plan, &survey->errand, &cut->trace);
    bool whole = !strcmp(survey->s->layers, "all") && isfinite(cut->top) && isfinite(cut->bottom);
    if (bad || whole || (cut->view.points < 200 && scene->dim > 600))
        return bad; /* known, or dearer than the slice */
    temper_ends ends = {0};
    temper_ends_plan both = {
        .which = TEMPER_BOTH_ENDS, .pairs = scene->dim > 1 ? 2 : 1, .tolerance = 1e-3, .most = 100};
    bad = temper_ends_find(cut->H, &both, &survey->errand, &ends);
    if (!bad) cut->top = ends.value[0], cut->bottom = ends.value[ends.pairs - 1];
    temper_ends_clear(&ends);
    return bad;
}

temper_status temper_cut_make(temper_cut *cut, temper_survey *survey, const char *words, const char *name) {
    temper_slice_plan plan = {
        .theta = survey->scene.theta, .refine = (int)survey->s->refine, .stream = survey->errand.stream};
    temper_status bad = read_fields(survey, &plan.fields);
    if (!bad) bad = temper_bundle_make(&cut->bundle, survey, words);
    if (bad) return bad;
    plan.direction = cut->bundle.direction, plan.axes = cut->bundle.axes;
    for (int k = 0; k < plan.axes; k++) plan.axis[k] = cut->bundle.axis[k];
    bad = temper_slice_create(&cut->slice, survey->scene.landscape, &plan);
    if (!bad) bad = fill(survey, cut->slice, &plan, name);
    if (bad) return bad;
    cut->view = temper_slice_look(cut->slice);
    bad = look_beside(cut, survey);
    int64_t n[SLICE_AXES];
    for (int k = 0; k < cut->view.axes; k++) n[k] = cut->view.axis[k].n;
    return bad ? bad
               : temper_merge_tree_find(cut->view.axes, n, cut->view.field[TEMPER_FIELD_LOSS], &cut->tree);
}

void temper_cut_clear(temper_cut *cut) {
    temper_bundle_clear(&cut->bundle);
    temper_slice_free(cut->slice);
    temper_operator_free(cut->H);
    temper_merge_tree_clear(&cut->tree);
    *cut = (temper_cut){0};
}

temper_status temper_survey_slice(temper_survey *survey) {
    temper_cut cut = {0};
    temper_status bad = temper_cut_make(&cut, survey, NULL, "slice.state");
    if (!bad) {
        temper_cut_json(&cut, &survey->json);
        temper_cut_text(&cut, &survey->text);
        temper_cut_page(&cut, &survey->page);
        if (survey->desk->folder) bad = temper_cut_files(&cut, survey, "slice");
    }
    temper_cut_clear(&cut);
    return bad;
}
