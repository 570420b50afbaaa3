/* Influence functions of a small nonlinear network against training it again without each of its samples. */
#include "estimate/ranks.h"
#include "small_net.h"
#include "temper/influence.h"

static void a_small_network(void) {
    enum { N = 40, ASKED = 12 };
    small_net s;
    double change[N], exact[N], before, xy = 0, xx = 0, *grad;
    temper_influence_note note;
    temper_ranks r;
    small_net_begin(&s, "graph:dense 3; tanh; dense 1", false, N, ASKED, 1);
    CHECK(small_net_minimise(s.landscape, s.theta), "no minimum");
    grad = calloc((size_t)s.P, sizeof *grad);
    CHECK_OK(temper_rows_slope(&s.task, s.theta, ASKED, s.row + N, true, &before, grad));
    const temper_influence_plan plan = {.precise = true, .tolerance = 1e-8};
    CHECK_OK(temper_influence_find(s.landscape, s.theta, &plan, ASKED, s.row + N, N, s.row, NULL, change,
                                   NULL, &note));
    CHECK(note.converged && note.curvature > 0, "residual %g, curvature %g", note.residual, note.curvature);
    for (int i = 0; i < N; i++) {
        exact[i] = small_net_without(&s, i) - before;
        xy += change[i] * exact[i], xx += change[i] * change[i];
    }
    CHECK_OK(temper_ranks_compare(change, exact, N, (temper_stream){1, 0}, &r));
    printf("  leave-one-out: rank correlation %.3f, slope %.3f over %d rows\n", r.spearman, xy / xx, N);
    CHECK(r.spearman > 0.9, "rank correlation %g", r.spearman);
    CHECK_NEAR(xy / xx, 1, 0.2);
    /* Gauss-Newton lacks what residuals times the outputs' curvature add, which is half of the matrix here: only where there is no minimum. */
    temper_landscape *single;
    temper_ranks other;
    const temper_influence_plan gauss = {.kind = TEMPER_GAUSS_NEWTON, .tolerance = 1e-4};
    CHECK_OK(temper_landscape_of_network(&single, &s.task, NULL, false));
    CHECK_OK(temper_influence_find(single, s.theta, &gauss, ASKED, s.row + N, N, s.row, NULL, change, NULL,
                                   &note));
    xy = xx = 0;
    for (int i = 0; i < N; i++) xy += change[i] * exact[i], xx += change[i] * change[i];
    CHECK_OK(temper_ranks_compare(change, exact, N, (temper_stream){1, 0}, &other));
    printf("  by Gauss-Newton: rank correlation %.3f, slope %.3f\n", other.spearman, xy / xx);
    CHECK(note.converged && other.spearman > 0.5 && other.spearman < r.spearman, "rank correlation %g",
          other.spearman);
    temper_landscape_free(single);
    free(grad);
    small_net_end(&s);
}

int main(void) {
    RUN(a_small_network);
    return check_end();
}
