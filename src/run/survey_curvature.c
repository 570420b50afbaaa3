/* measure --what curvature: eigenpairs at both ends, trace, Frobenius norm, density of states, index and gradient norm of a network (or a
 * potential) where it stands, all over the same rows, each with its error. */
#include <math.h>
#include "base/memory.h"
#include "run/curvature_report.h"

static temper_status find_pairs(temper_curvature_found *f, temper_operator *A) {
    const temper_settings *s = f->survey->s;
    int64_t top = s->pairs < A->dim ? s->pairs : A->dim, bottom = top / 2;
    if (bottom > A->dim - top) bottom = A->dim - top;
    temper_survey_phase(f->survey, "eigenpairs", "products");
    temper_ends_plan plan = {.which = bottom ? TEMPER_BOTH_ENDS : TEMPER_LARGEST,
                             .pairs = top + bottom,
                             .bottom = bottom,
                             .tolerance = s->tolerance};
    return temper_ends_find(A, &plan, &f->survey->errand, &f->ends);
}

/* Layer by layer: parts ascend, those of one layer lie together. */
static temper_status find_layers(temper_curvature_found *f, temper_operator *A) {
    const temper_part *part;
    const int parts = temper_landscape_parts(f->survey->scene.landscape, &part);
    f->layer = temper_alloc((size_t)parts, sizeof *f->layer);
    f->number = temper_alloc((size_t)parts, sizeof *f->number);
    f->start = temper_alloc((size_t)parts + 1, sizeof *f->start);
    if (!f->layer || !f->number || !f->start) return TEMPER_NO_MEMORY;
    for (int k = 0; k < parts; k++) {
        if (k == 0 || part[k].layer != part[k - 1].layer)
            f->number[f->layers] = part[k].layer, f->start[f->layers++] = part[k].offset;
        f->start[f->layers] = part[k].offset + part[k].length;
    }
    temper_survey_phase(f->survey, "traces of layers", "products");
    return temper_trace_blocks(A, f->survey->s->products, f->layers, f->start, &f->survey->errand, f->layer);
}

/* Only of a Hessian in all coordinates are the energies those of the operator. */
static temper_status find_traces(temper_curvature_found *f, temper_operator *A) {
    temper_survey *survey = f->survey;
    const int64_t products = survey->s->products;
    temper_survey_phase(survey, "trace", "products");
    temper_status bad =
        temper_trace_find(A, &(temper_trace_plan){.products = products}, &survey->errand, &f->trace);
    f->traced = !bad;
    if (!bad && f->each) bad = find_layers(f, A);
    if (bad || !f->whole || !f->hessian) return bad;
    temper_survey_phase(survey, "trace by differences", "directions");
    temper_differences_plan plan = {.directions = products < 100 ? products : 100};
    bad = temper_trace_by_differences(survey->scene.landscape, survey->scene.theta, &plan, &survey->errand,
                                      &f->differences);
    f->differed = !bad;
    return bad == TEMPER_DIVERGED ? TEMPER_OK : bad;
}

/* Eigenvalues below −1e-3 of the largest are told apart from those that are 0 but for the flatness of the bottom. */
static temper_status find_density(temper_curvature_found *f, temper_operator *A) {
    const temper_settings *s = f->survey->s;
    temper_survey_phase(f->survey, "density of states", "products");
    temper_density_plan plan = {.probes = s->probes, .steps = s->lanczos};
    temper_status bad = temper_density_find(A, &plan, &f->survey->errand, &f->density);
    if (bad) return bad;
    const temper_density_of_states *d = &f->density;
    f->shown = true;
    f->threshold = 1e-3 * fmax(fabs(d->node[0]), fabs(d->node[d->n - 1]));
    temper_density_index(d, f->threshold, &f->index);
    return TEMPER_OK;
}

static temper_status find_slope(temper_curvature_found *f) {
    const temper_scene *scene = &f->survey->scene;
    double *grad = temper_alloc((size_t)scene->dim, sizeof *grad), u;
    if (!grad) return TEMPER_NO_MEMORY;
    temper_status bad = temper_landscape_slope(scene->landscape, scene->theta, &u, grad);
    for (int64_t i = 0; i < scene->dim && !bad; i++) f->slope += grad[i] * grad[i];
    f->slope = sqrt(f->slope);
    temper_release(grad);
    return bad;
}

temper_status temper_survey_curvature(temper_survey *survey) {
    const temper_settings *s = survey->s;
    temper_operator *A = NULL;
    temper_curvature_found f = {.survey = survey};
    temper_status bad = temper_survey_operator(survey, &A);
    if (bad) return bad;
    f.name = A->name, f.dim = A->dim;
    f.hessian = !strcmp(A->name, "Hessian");
    f.rows = !strcmp(s->curvature, "ntk");
    f.whole = !f.rows && A->dim == survey->scene.dim;
    f.each = !strcmp(s->layers, "each");
    bad = find_slope(&f);
    if (!bad && s->pairs) bad = find_pairs(&f, A);
    if (!bad && s->products) bad = find_traces(&f, A);
    if (!bad && s->probes) bad = find_density(&f, A);
    f.products = A->products;
    if (!bad) bad = temper_curvature_report(&f);
    temper_operator_free(A);
    temper_ends_clear(&f.ends);
    temper_density_clear(&f.density);
    temper_release(f.layer);
    temper_release(f.number);
    temper_release(f.start);
    return bad;
}
