/* Calibration, refusal and disagreement. Values by numpy and mpmath with other algorithms (np.digitize, bisection, counting of pairs,
 * eigenvalues), from the formulas of the papers. */
#include "estimate/certainty.h"
#include "base/memory.h"
#include "check.h"

/* Forty rows of three classes from whole numbers, so that Python holds the same bits: p_k ∝ (1 + (7i + 13k² + 5ik) mod 23)³. Rows i and
 * i + 23 are equal: ties. The label is the decision, but one further where i mod 4 = 1, and where i mod 7 = 3. */
enum { N = 40, C = 3 };
static double p[N * C];
static int32_t y[N];
static const temper_forecast forty = {N, C, 0, p, y, NULL}, none = {0, C, 0, p, y, NULL};

static void fill(void) {
    for (int i = 0; i < N; i++) {
        double w[C], sum = 0;
        int best = 0;
        for (int k = 0; k < C; k++) {
            int u = 1 + (7 * i + 13 * k * k + 5 * i * k) % 23;
            sum += w[k] = u * u * u;
            if (w[k] > w[best]) best = k;
        }
        for (int k = 0; k < C; k++) p[i * C + k] = w[k] / sum;
        y[i] = (best + (i % 4 == 1) + (i % 7 == 3)) % 3;
    }
}

static void calibration(void) {
    double ece;
    CHECK_OK(temper_ece_adaptive(&forty, &ece));
    CHECK_NEAR(ece, 0.2569240792451892, 1e-15);
    CHECK_NEAR(temper_ece_classwise(&forty), 0.16782983128886028, 1e-15);
    CHECK_OK(temper_ece_adaptive(&none, &ece));
    CHECK(isnan(ece) && isnan(temper_ece_classwise(&none)), "no rows: %g", ece);
    /* By hand: fewer rows than bins; each is a bin of its own: (|1 − 0.9| + |0 − 0.6|)/2. Classwise: bins of p_0 (0.9: 0.1, 0.6: 0.6) and of
     * p_1 (0.1, 0.4 likewise): the mean of (0.1 + 0.6)/2 twice. */
    static const double two[4] = {0.9, 0.1, 0.6, 0.4};
    static const int32_t came[2] = {0, 1};
    const temper_forecast small = {2, 2, 0, two, came, NULL};
    CHECK_OK(temper_ece_adaptive(&small, &ece));
    CHECK_NEAR(ece, 0.35, 1e-15);
    CHECK_NEAR(temper_ece_classwise(&small), 0.35, 1e-15);
    /* 1/15 belongs to the first bin, as 0 does: |1 − 1/15| in class 0; 1/15 + 1/2 in class 1; 1/2 in class 2 */
    static const double edge[6] = {1.0 / 15, 14.0 / 15, 0, 0, 0.5, 0.5};
    const temper_forecast edges = {2, 3, 0, edge, (const int32_t[]){1, 0}, NULL};
    CHECK_NEAR(temper_ece_classwise(&edges), 1.0 / 3, 1e-15);
    temper_alloc_fail_at(1);
    CHECK(temper_ece_adaptive(&forty, &ece) == TEMPER_NO_MEMORY && isnan(ece), "out of memory is said");
    temper_alloc_fail_at(0);
}

static void tempering(void) {
    double value[TEMPER_MARKS], q[N * C], tau = temper_tempering_fit(&forty);
    CHECK_NEAR(tau, 2.4036964407367699, 1e-13); /* bisection of the slope in 30 digits */
    memcpy(q, p, sizeof q);
    temper_tempering_apply(tau, N, C, q);
    const temper_forecast cooled = {N, C, 0, q, y, NULL};
    temper_forecast_marks(&cooled, value);
    CHECK_NEAR(value[1], 0.9341166640739861, 1e-14);
    CHECK_NEAR(temper_tempering_fit(&cooled), 1, 1e-12); /* nothing is left to scale */
    temper_forecast_marks(&forty, value);
    CHECK_NEAR(value[1], 1.0789698622168555, 1e-14);
    for (int k = 0; k < N * C; k += C) CHECK_NEAR(q[k] + q[k + 1] + q[k + 2], 1, 1e-15);
    /* By hand: odds 4 : 1 at τ = 2 are 2 : 1 */
    double odds[2] = {0.8, 0.2};
    temper_tempering_apply(2, 1, 2, odds);
    CHECK_NEAR(odds[0], 2.0 / 3, 1e-15);
}

static void
tempering_ends(void) { /* rows that want all or nothing stop at the ends; nothing asks for nothing */
    static const double sure[4] = {0.6, 0.4, 0.4, 0.6}, zero[2] = {1, 0};
    const temper_forecast right = {2, 2, 0, sure, (const int32_t[]){0, 1}, NULL};
    const temper_forecast wrong = {2, 2, 0, sure, (const int32_t[]){1, 0}, NULL};
    const temper_forecast fool = {1, 2, 0, zero, (const int32_t[]){1}, NULL};
    const temper_forecast flat = {1, 2, 0, (const double[]){0.5, 0.5}, (const int32_t[]){1}, NULL};
    CHECK_NEAR(temper_tempering_fit(&right), 1.0 / 64, 1e-9);
    CHECK_NEAR(temper_tempering_fit(&wrong), 64, 1e-6);
    CHECK_NEAR(temper_tempering_fit(&fool), 64, 1e-6);
    double tau = temper_tempering_fit(&flat); /* every τ is as good */
    CHECK(tau >= 1.0 / 64 && tau <= 64, "%g", tau);
    CHECK(temper_tempering_fit(&none) == 1, "no rows");
}

static void refusal(void) {
    static const double coverage[5] = {0.01, 0.5, 0.8, 0.9, 1};
    double at[5], aurc;
    CHECK_OK(temper_refusal(&forty, 5, coverage, at, &aurc));
    CHECK_NEAR(aurc, 0.4227454070046224, 1e-15);
    CHECK_NEAR(at[0], 0, 0); /* one row, which is wrong */
    CHECK_NEAR(at[1], 0.65, 1e-15);
    CHECK_NEAR(at[2], 0.59375, 1e-15);
    CHECK_NEAR(at[3], 22.0 / 36, 1e-15);
    CHECK_NEAR(at[4], 0.625, 1e-15);
    /* By hand: confidences 0.9, 0.8, 0.7; the second is wrong: errors 0, 1/2, 1/3 */
    static const double three[6] = {0.7, 0.3, 0.2, 0.8, 0.9, 0.1};
    const temper_forecast small = {3, 2, 0, three, (const int32_t[]){0, 0, 0}, NULL};
    CHECK_OK(temper_refusal(&small, 0, NULL, NULL, &aurc));
    CHECK_NEAR(aurc, (0 + 1.0 / 2 + 1.0 / 3) / 3, 1e-15);
    CHECK_OK(temper_refusal(&none, 1, coverage, at, &aurc));
    CHECK(isnan(aurc) && isnan(at[0]), "no rows");
    CHECK_FAILS(temper_refusal(&small, 1, (const double[]){0}, at, &aurc), TEMPER_BAD_OPTION, "coverage=0");
    CHECK_FAILS(temper_refusal(&small, 1, (const double[]){1.01}, at, &aurc), TEMPER_BAD_OPTION, "0 < c");
    temper_alloc_fail_at(1);
    CHECK(temper_refusal(&small, 0, NULL, NULL, &aurc) == TEMPER_NO_MEMORY, "out of memory is said");
    temper_alloc_fail_at(0);
}

static void detection(void) {
    double in[20], out[23], area;
    for (int i = 0; i < N; i++) {
        double top = fmax(p[i * C], fmax(p[i * C + 1], p[i * C + 2]));
        if (i % 2)
            out[i / 2] = top;
        else
            in[i / 2] = top;
    }
    for (int k = 0; k < 3; k++) out[20 + k] = in[k]; /* more ties */
    CHECK_OK(temper_auroc(in, 20, out, 23, &area));
    CHECK_NEAR(area, 0.4717391304347826, 1e-15);
    CHECK_OK(temper_auroc(out, 23, in, 20, &area));
    CHECK_NEAR(area, 1 - 0.4717391304347826, 1e-15);
    CHECK_OK(temper_auroc((const double[]){3, 2}, 2, (const double[]){1, 2}, 2,
                          &area)); /* 3 wins of 4, one draw: by hand */
    CHECK_NEAR(area, 0.875, 0);
    CHECK_OK(temper_auroc(in, 0, out, 3, &area));
    CHECK(isnan(area), "an empty set");
    CHECK_OK(temper_auroc((const double[]){NAN}, 1, out, 3, &area));
    CHECK(isnan(area), "no number");
    temper_alloc_fail_at(1);
    CHECK(temper_auroc(in, 20, out, 23, &area) == TEMPER_NO_MEMORY, "out of memory is said");
    temper_alloc_fail_at(0);
}

static void
disagreement(void) { /* rows 0 … 9, 10 … 19 and 20 … 29 are three members' forecasts of ten rows */
    temper_disagreement d;
    temper_disagreement_of(p, 3, 10, C, &d);
    CHECK_NEAR(d.total, 0.9854356652575902, 1e-14);
    CHECK_NEAR(d.aleatoric, 0.6455873844339135, 1e-14);
    CHECK_NEAR(d.epistemic, 0.3398482808236767, 1e-14);
    CHECK_NEAR(d.churn, 0.7, 1e-15);
    CHECK_NEAR(d.effective, 1.5044543955087009, 1e-13); /* (Σλ)²/Σλ² of the matrix of overlaps */
    /* By hand: two members that are sure of different classes: ln 2 of mutual information, two opinions; equal members: none, one */
    static const double apart[4] = {1, 0, 0, 1}, equal[4] = {0.3, 0.7, 0.3, 0.7};
    temper_disagreement_of(apart, 2, 1, 2, &d);
    CHECK_NEAR(d.total, 0.6931471805599453, 1e-15);
    CHECK(d.aleatoric == 0 && d.churn == 1 && d.effective == 2, "%g %g %g", d.aleatoric, d.churn,
          d.effective);
    temper_disagreement_of(equal, 2, 1, 2, &d);
    CHECK_NEAR(d.epistemic, 0, 1e-16);
    CHECK(d.churn == 0, "%g", d.churn);
    CHECK_NEAR(d.effective, 1, 1e-15);
    temper_disagreement_of(p, 1, 10, C, &d);
    CHECK(isnan(d.total) && isnan(d.churn) && isnan(d.effective), "one member");
}

int main(void) {
    fill();
    RUN(calibration);
    RUN(tempering);
    RUN(tempering_ends);
    RUN(refusal);
    RUN(detection);
    RUN(disagreement);
    return check_end();
}
