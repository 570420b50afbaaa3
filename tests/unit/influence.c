/* Slopes of rows, inputs and weights against plain ones; influence functions of linear models against training again. */
#include <stdlib.h>
#include "base/memory.h"
#include "small_net.h"
#include "temper/influence.h"
#include "temper/parallel.h"

static const temper_errand errand = {.stream = {5, 200}};

static double loss_of_asked(const small_net *s, const double *theta) {
    double u, *grad = calloc((size_t)s->P, sizeof *grad);
    CHECK_OK(temper_rows_slope(&s->task, theta, s->n - s->rows, s->row + s->rows, true, &u, grad));
    free(grad);
    return u;
}

/* With leverage linear regression is exact: one asked row has ℓ = r²/2, and r moves by change/r, so its loss by change + change²/4ℓ. */
static void linear_regression(void) {
    enum { N = 30 };
    small_net s;
    double change[N], plain[N], self[N], worst = 0, plain_worst = 0;
    temper_influence_note note;
    small_net_begin(&s, "graph:dense 1", false, N, 1, INFINITY);
    CHECK(small_net_minimise(s.landscape, s.theta), "no minimum");
    temper_influence_plan plan = {.precise = true, .leverage = true, .tolerance = 1e-10};
    double before = loss_of_asked(&s, s.theta);
    CHECK_OK(temper_influence_find(s.landscape, s.theta, &plan, 1, s.row + N, N, s.row, &errand, change, self,
                                   &note));
    CHECK(note.converged && note.residual < 1e-9 && note.curvature > 0, "residual %g", note.residual);
    plan.leverage = false;
    CHECK_OK(temper_influence_find(s.landscape, s.theta, &plan, 1, s.row + N, N, s.row, &errand, plain, NULL,
                                   &note));
    for (int i = 0; i < N; i++) {
        double exact = small_net_without(&s, i) - before;
        worst = fmax(worst, fabs(change[i] + change[i] * change[i] / (4 * before) - exact));
        plain_worst = fmax(plain_worst, fabs(plain[i] + plain[i] * plain[i] / (4 * before) - exact));
        CHECK(self[i] > 0, "row %d: %g", i, self[i]);
    }
    CHECK(worst < 1e-9 && plain_worst > 1e-5, "off by %g, without leverage by %g", worst, plain_worst);
    small_net_end(&s);
}

/* Exact to second order: halving every change (twice the rows, each of them there twice) makes the error a quarter … so off/change goes as 1/N. */
static double off_by(int64_t N, bool labels) {
    enum { ASKED = 6, MOST = 200 };
    small_net s;
    double change[MOST], worst = 0, largest = 0;
    temper_influence_note note;
    small_net_begin(&s, labels ? "graph:dense 2" : "graph:dense 1", labels, N, ASKED, 1);
    CHECK(small_net_minimise(s.landscape, s.theta), "no minimum");
    const temper_influence_plan plan = {.precise = true, .tolerance = 1e-10};
    double before = loss_of_asked(&s, s.theta);
    int64_t first = N < 20 ? N : 20;
    CHECK_OK(temper_influence_find(s.landscape, s.theta, &plan, ASKED, s.row + N, first, s.row, &errand,
                                   change, NULL, &note));
    for (int64_t i = 0; i < first; i++) {
        double exact = small_net_without(&s, i) - before;
        worst = fmax(worst, fabs(change[i] - exact)), largest = fmax(largest, fabs(exact));
    }
    small_net_end(&s);
    return worst / largest;
}

static void second_order(void) {
    for (int labels = 0; labels < 2; labels++) {
        double few = off_by(25, labels), many = off_by(200, labels);
        CHECK(few < 0.5 && many < few / 3, "%s: off by %g with 25 rows, %g with 200",
              labels ? "logistic" : "linear", few, many);
    }
}

/* ---- slopes ---- */

static void rows_one_by_one(void) {
    small_net s;
    double norm[40], loss[40], first[40], u, sum = 0;
    small_net_begin(&s, "mlp:5", true, 40, 3, 0.5);
    double *grad = calloc((size_t)(2 * s.P), sizeof *grad), *mean = grad + s.P;
    for (int threads = 1; threads <= 3; threads++) {
        CHECK_OK(temper_threads(threads));
        CHECK_OK(temper_row_slopes(&s.task, s.theta, 40, s.row, &errand, norm, loss));
        if (threads == 1) memcpy(first, norm, sizeof norm);
        CHECK(!memcmp(first, norm, sizeof norm), "%d threads", threads);
    }
    CHECK_OK(temper_threads(0));
    for (int64_t i = 0; i < 40; i++) {
        double square = 0;
        CHECK_OK(temper_rows_slope(&s.task, s.theta, 1, &i, true, &u, grad));
        for (int64_t k = 0; k < s.P; k++) square += grad[k] * grad[k], mean[k] += grad[k] / 40;
        CHECK_NEAR(norm[i], sqrt(square), 1e-5 * (1 + sqrt(square)));
        CHECK_NEAR(loss[i], u, 1e-5);
        sum += u / 40;
    }
    CHECK_OK(temper_rows_slope(&s.task, s.theta, 40, s.row, true, &u, grad)); /* without the prior */
    CHECK_NEAR(u, sum, 1e-12);
    for (int64_t k = 0; k < s.P; k++) CHECK_NEAR(grad[k], mean[k], 1e-12);
    free(grad);
    small_net_end(&s);
}

static void inputs_and_weights(void) {
    enum { IN = 3, N = 40 };
    small_net s;
    double size[IN], size_error[IN], mean[IN], mean_error[IN];
    float *slope = calloc(N * IN, sizeof *slope), *theta;
    small_net_begin(&s, "mlp:5", true, N, 3, INFINITY);
    theta = calloc((size_t)s.P, sizeof *theta);
    for (int64_t k = 0; k < s.P; k++) theta[k] = (float)s.theta[k];
    CHECK_OK(temper_network_slope(s.network, &s.data, NULL, s.row, N, theta, NULL, slope, NULL));
    CHECK_OK(temper_input_slopes(&s.task, s.theta, size, size_error, mean, mean_error));
    for (int f = 0; f < IN; f++) {
        double a = 0, b = 0, aa = 0;
        for (int i = 0; i < N; i++) {
            double x = (double)slope[i * IN + f];
            a += fabs(x) / N, b += x / N, aa += x * x / N;
        }
        CHECK_NEAR(size[f], a, 1e-12);
        CHECK_NEAR(mean[f], b, 1e-12);
        CHECK_NEAR(size_error[f], sqrt((aa - a * a) / (N - 1)), 1e-9);
        CHECK_NEAR(mean_error[f], sqrt((aa - b * b) / (N - 1)), 1e-9);
    }
    /* weights: the diagonal of the Hessian by unit vectors */
    double *room = calloc((size_t)(6 * s.P), sizeof *room), *first = room, *second = first + s.P,
           *error = second + s.P, *v = error + s.P, *Hv = v + s.P, *grad = Hv + s.P, u;
    temper_operator *H;
    CHECK_OK(temper_weight_worth(s.landscape, s.theta, 400, &errand, first, second, error));
    CHECK_OK(temper_landscape_operator(s.landscape, TEMPER_HESSIAN, s.theta, errand.stream, &H));
    CHECK_OK(temper_landscape_slope(s.landscape, s.theta, &u, grad));
    for (int64_t k = 0; k < s.P; k++) {
        v[k] = 1;
        CHECK_OK(temper_operator_apply(H, 1, v, Hv));
        v[k] = 0;
        CHECK_NEAR(first[k], fabs(s.theta[k] * grad[k]), 1e-12);
        CHECK_NEAR(second[k], Hv[k] * s.theta[k] * s.theta[k] / 2, 5 * error[k] + 1e-9);
    }
    temper_operator_free(H);
    free(room), free(slope), free(theta);
    small_net_end(&s);
}

static void questions_that_make_no_sense(void) {
    small_net s;
    double change, norm;
    temper_influence_note note;
    int64_t far = 1000;
    small_net_begin(&s, "mlp:5", true, 20, 3, 1);
    const temper_influence_plan minus = {.damping = -1}, kind = {.kind = TEMPER_NTK},
                                lever = {.leverage = true};
    CHECK_FAILS(
        temper_influence_find(s.landscape, s.theta, &minus, 1, s.row, 1, s.row, NULL, &change, NULL, &note),
        TEMPER_BAD_OPTION, "damping=-1");
    CHECK_FAILS(
        temper_influence_find(s.landscape, s.theta, &kind, 1, s.row, 1, s.row, NULL, &change, NULL, &note),
        TEMPER_BAD_OPTION, "kind=5");
    CHECK_FAILS(
        temper_influence_find(s.landscape, s.theta, &lever, 1, s.row, 1, s.row, NULL, &change, NULL, &note),
        TEMPER_CANNOT, "leverage");
    CHECK_FAILS(temper_row_slopes(&s.task, s.theta, 1, &far, NULL, &norm, NULL), TEMPER_BAD_DATA, "1000");
    small_net_end(&s);
}

static void without_memory(void) {
    small_net s;
    double change[2], norm[20], size[3], *worth;
    temper_influence_note note;
    const temper_influence_plan plan = {.damping = 0.1, .precise = true, .most = 5};
    small_net_begin(&s, "mlp:2", true, 20, 3, 1);
    worth = calloc((size_t)(3 * s.P), sizeof *worth);
    int64_t live = temper_alloc_live();
    temper_status bad = TEMPER_NO_MEMORY;
    CHECK_OK(temper_threads(1));
    for (int64_t k = 1; bad && k < 4000; k++) {
        temper_alloc_fail_at(k);
        bad =
            temper_influence_find(s.landscape, s.theta, &plan, 1, s.row, 2, s.row, NULL, change, NULL, &note);
        if (!bad) bad = temper_row_slopes(&s.task, s.theta, 20, s.row, NULL, norm, NULL);
        if (!bad) bad = temper_input_slopes(&s.task, s.theta, size, NULL, NULL, NULL);
        if (!bad)
            bad = temper_weight_worth(s.landscape, s.theta, 2, NULL, worth, worth + s.P, worth + 2 * s.P);
        temper_alloc_fail_at(0);
        /* looks in double that find no memory are NaN: the product or the slope is then not finite */
        CHECK(!bad || bad == TEMPER_NO_MEMORY || bad == TEMPER_DIVERGED, "allocation %lld: %d", (long long)k,
              bad);
        CHECK(temper_alloc_live() == live, "allocation %lld: leaks", (long long)k);
    }
    CHECK_OK(temper_threads(0));
    CHECK_OK(bad);
    free(worth);
    small_net_end(&s);
}

int main(void) {
    RUN(linear_regression);
    RUN(second_order);
    RUN(rows_one_by_one);
    RUN(inputs_and_weights);
    RUN(questions_that_make_no_sense);
    RUN(without_memory);
    return check_end();
}
