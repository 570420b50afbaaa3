/* Comparisons over seeds: Student's own example, made-up scores in 40 digits, and what must hold by construction. */
#include "estimate/paired.h"
#include "base/memory.h"
#include "check.h"
#include "num/incomplete.h"

static bool near(double value, double truth) { return fabs(value - truth) <= 1e-12 * fabs(truth); }
#define CHECK_CLOSE(value, truth)                                                                            \
    CHECK(near((value), (truth)), "%.17g, want %.17g", (double)(value), (double)(truth))

static void shares(void) { /* mpmath 1.2.1, 40 digits: loggamma, betainc, gammainc */
    CHECK_CLOSE(temper_ln_gamma(0.5), 0.57236494292470009);
    CHECK_NEAR(temper_ln_gamma(1), 0, 1e-14);
    CHECK_CLOSE(temper_ln_gamma(1e-3), 6.9071788853838537);
    CHECK_CLOSE(temper_ln_gamma(3.7), 1.4280723266653881);
    CHECK_CLOSE(temper_ln_gamma(250.5), 1131.2840013322552);
    CHECK_CLOSE(temper_beta_share(2, 3, 0.25, 0.75), 0.26171875);
    CHECK_CLOSE(temper_beta_share(0.5, 0.5, 0.1, 0.9), 0.20483276469913345);
    CHECK_CLOSE(temper_beta_share(150, 3, 0.97, 0.03), 0.16272424951841667);
    CHECK_CLOSE(temper_beta_share(2.5, 40, 0.3, 0.7), 0.99997732311729392);
    CHECK(temper_beta_share(2, 3, 0, 1) == 0 && temper_beta_share(2, 3, 1, 0) == 1, "ends");
    CHECK_CLOSE(temper_gamma_share(0.5, 0.1), 0.34527915398142297);
    CHECK_CLOSE(temper_gamma_share(3, 2.5), 0.45618688411667048);
    CHECK_CLOSE(temper_gamma_share(3, 9), 0.99376780489362268);
    CHECK_CLOSE(temper_gamma_share(60, 75), 0.96692651908869533);
}

static void tails(
    void) { /* betainc and gammainc of mpmath; quantiles by bisection in 40 digits; the classic tables agree */
    static const double tail[][3] = {{0, 3, 1},
                                     {1e-3, 5, 0.99924078677219765},
                                     {2.5, 4, 0.066766544811988145},
                                     {-2.5, 4, 0.066766544811988145},
                                     {12.7, 1, 0.05002432768934416},
                                     {2, 1000, 0.04577034649325164},
                                     {40, 9, 1.8982998449339826e-11},
                                     {1.3, 2.7, 0.29345264370384541}};
    for (int k = 0; k < 8; k++) CHECK_CLOSE(temper_student_tail(tail[k][0], tail[k][1]), tail[k][2]);
    static const double student[][3] = {{0.975, 1, 12.706204736174705},
                                        {0.975, 2, 4.3026527297494639},
                                        {0.975, 4, 2.7764451051977944},
                                        {0.6, 5, 0.26718086570414513},
                                        {0.975, 9.37, 2.2486134263594288},
                                        {0.9995, 3, 12.923978636687483},
                                        {0.5, 3, 0},
                                        {0.975, 1000, 1.9623390808264085},
                                        {0.025, 4, -2.7764451051977944}};
    for (int k = 0; k < 9; k++)
        CHECK_CLOSE(temper_student_quantile(student[k][0], student[k][1]), student[k][2]);
    static const double chi2[][3] = {{0.025, 1, 0.00098206911717525591}, {0.975, 1, 5.023886187314889},
                                     {0.025, 4, 0.48441855708792981},    {0.975, 4, 11.143286781877797},
                                     {0.025, 9.5, 2.9706959389980198},   {0.975, 120, 152.21140272515154}};
    for (int k = 0; k < 6; k++) CHECK_CLOSE(temper_chi2_quantile(chi2[k][0], chi2[k][1]), chi2[k][2]);
    CHECK_CLOSE(temper_f_quantile(0.975, 4, 4), 9.6045298847228637);
    CHECK_CLOSE(temper_f_quantile(0.025, 9, 4), 0.21195069324827011);
    CHECK_CLOSE(temper_f_quantile(0.975, 2, 19), 4.5075279951686817);
}

/* Hours of sleep gained by two drugs over the same ten patients: Student 1908; R's `sleep`. */
static const double sleep1[10] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2};
static const double sleep2[10] = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};

static void student(void) {
    temper_paired c;
    CHECK_OK(temper_paired_compare(sleep1, sleep2, 10, &c));
    /* R: t.test(extra ~ group, paired = TRUE): t = 4.0621, df = 9, p-value = 0.002833, interval 0.7001142 2.4598858 */
    CHECK_NEAR(c.difference / c.error, 4.0621, 5e-5);
    CHECK_NEAR(c.p, 0.002833, 5e-7);
    CHECK_NEAR(c.low, 0.7001142, 5e-8);
    CHECK_NEAR(c.high, 2.4598858, 5e-8);
    CHECK_CLOSE(c.difference, 1.58);
    CHECK_CLOSE(c.p, 0.0028328901973842727); /* the same in mpmath */
    CHECK_CLOSE(c.effect, 0.77410176307339711);
    CHECK_CLOSE(c.effect_low, 0.25615401035550966);
    CHECK_CLOSE(c.effect_high, 1.4085113837324193);
    CHECK_NEAR(c.a, 0.75, 1e-15);
    CHECK_NEAR(c.b, 2.33, 1e-15);
    CHECK_OK(temper_welch_compare(sleep1, 10, sleep2, 10, &c));
    /* R: t.test(extra ~ group): t = 1.8608, df = 17.776, p-value = 0.07939, interval −0.2054832 3.3654832 */
    CHECK_NEAR(c.difference / c.error, 1.8608, 5e-5);
    CHECK_NEAR(c.p, 0.07939, 5e-6);
    CHECK_NEAR(c.low, -0.2054832, 5e-8);
    CHECK_NEAR(c.high, 3.3654832, 5e-8);
    CHECK_CLOSE(c.effect, 0.7965700492479579);
    CHECK_CLOSE(c.effect_low, -0.1465238307866321);
    CHECK_CLOSE(c.effect_high, 1.8108058483719243);
}

static const double sgd[5] = {0.981, 0.984, 0.979, 0.987, 0.982},
                    sam[5] = {0.988, 0.989, 0.987, 0.990, 0.984};

static void unequal(void) { /* mpmath, 40 digits, formulas written out again */
    temper_paired c, back;
    CHECK_OK(temper_paired_compare(sgd, sam, 5, &c));
    CHECK(near(c.low, 0.001834365521916684) && near(c.high, 0.008165634478083316), "%.17g %.17g", c.low,
          c.high);
    CHECK(fabs(c.p - 0.01182597565826494) < 1e-14, "%.17g", c.p);
    CHECK_NEAR(c.effect, 1.5998319816066012, 1e-12);
    CHECK_OK(temper_welch_compare(sgd, 5, sam, 4, &c));
    CHECK(c.n == 4, "%d", c.n);
    CHECK_NEAR(c.p, 0.0089858635446965168, 1e-14);
    CHECK_NEAR(c.low, 0.0021460567122130334, 1e-14);
    CHECK_NEAR(c.effect, 2.1478771107286355, 1e-11);
    CHECK_NEAR(c.effect_low, 0.35788973443532475, 1e-11);
    CHECK_NEAR(c.effect_high, 4.6952559155588774, 1e-11);
    CHECK_OK(temper_welch_compare(sam, 4, sgd, 5, &back)); /* the other way round is the mirror image */
    CHECK(back.difference == -c.difference && back.p == c.p && back.effect == -c.effect, "mirror");
    CHECK(back.effect_low == -c.effect_high && back.effect_high == -c.effect_low, "mirror of the interval");
}

static void degenerate(void) {
    static const double same[3] = {1, 1, 1}, up[3] = {2, 2, 2}, a[3] = {1, 2, 4}, b[3] = {1.5, 2.5, 4.5};
    temper_paired c;
    CHECK_OK(temper_paired_compare(same, same, 3, &c));
    CHECK(c.p == 1 && c.difference == 0 && c.low == 0 && isnan(c.effect), "p %g", c.p);
    CHECK_OK(temper_paired_compare(same, up, 3, &c));
    CHECK(c.p == 0.25 && c.low == 1 && c.high == 1 && isnan(c.effect), "p %g", c.p);
    static const double dust[3] = {1 + 2e-16, 1 - 1e-16, 1}; /* rounding is no difference */
    CHECK_OK(temper_paired_compare(same, dust, 3, &c));
    CHECK(c.p == 1 && c.difference == 0, "p %g of rounding errors", c.p);
    CHECK_OK(temper_welch_compare(same, 3, up, 3, &c));
    CHECK(c.p == 0.25 && c.low == 1, "p %g", c.p);
    CHECK_OK(temper_paired_compare(a, b, 3, &c)); /* a shift without scatter has a size */
    CHECK(c.p == 0.25 && c.effect > 0 && c.effect_low < c.effect, "p %g, %g", c.p, c.effect);
    CHECK_OK(temper_paired_compare(a, b, 1, &c));
    CHECK(c.difference == 0.5 && isnan(c.error) && isnan(c.p) && isnan(c.low) && isnan(c.effect), "one pair");
    CHECK_OK(temper_welch_compare(a, 1, b, 3, &c));
    CHECK(isnan(c.p) && isnan(c.high), "one number");
    CHECK_FAILS(temper_paired_compare(a, b, 0, &c), TEMPER_BAD_OPTION, "at least 1");
    CHECK_FAILS(temper_welch_compare(a, 3, b, 0, &c), TEMPER_BAD_OPTION, "nb=0");
}

static void holm(void) {
    /* R: p.adjust(c(0.01, 0.04, 0.03, 0.005), "holm") is 0.03 0.06 0.06 0.02: 3·0.01; max(1·0.04, 2·0.03); 2·0.03; 4·0.005 */
    double p[5] = {0.01, 0.04, NAN, 0.03, 0.005}, q[3] = {0.6, 0.5, 0.6};
    CHECK_OK(temper_holm(p, 5));
    CHECK_NEAR(p[0], 0.03, 1e-17);
    CHECK_NEAR(p[1], 0.06, 1e-17);
    CHECK(isnan(p[2]), "no test stays none: %g", p[2]);
    CHECK_NEAR(p[3], 0.06, 1e-17);
    CHECK_NEAR(p[4], 0.02, 1e-17);
    CHECK_OK(temper_holm(q, 3));
    CHECK(q[0] == 1 && q[1] == 1 && q[2] == 1, "never above 1");
    CHECK_OK(temper_holm(q, 0));
    temper_alloc_fail_at(1);
    CHECK(temper_holm(q, 3) == TEMPER_NO_MEMORY, "out of memory is said");
    temper_alloc_fail_at(0);
}

static void deviations(void) { /* mpmath */
    double s, low, high;
    temper_deviation(sgd, 5, &s, &low, &high);
    CHECK_NEAR(s, 0.0030495901363953812, 1e-15);
    CHECK_NEAR(low, 0.0018271105114910775, 1e-15);
    CHECK_NEAR(high, 0.008763166918068313, 1e-15);
    temper_deviation(sgd, 1, &s, &low, &high);
    CHECK(isnan(s) && isnan(low), "one seed has no deviation");
    temper_ratio r = temper_deviation_ratio(sleep1, sleep2, 10);
    CHECK_CLOSE(r.ratio, 0.89350020593080587);
    CHECK_CLOSE(r.low, 0.55499739159536536);
    CHECK_CLOSE(r.high, 1.438461928088563);
    r = temper_deviation_ratio_free(sleep1, 10, sleep2, 10);
    CHECK_CLOSE(r.low, 0.44530552827304913);
    CHECK_CLOSE(r.high, 1.7927974554784119);
    r = temper_deviation_ratio_free(sgd, 5, sam, 4);
    CHECK_NEAR(r.ratio, 2.3622023622035433, 1e-11);
    CHECK_NEAR(r.low, 0.60787537240052916, 1e-11);
    CHECK_NEAR(r.high, 7.4621664287203408, 1e-11);
    CHECK(isnan(temper_deviation_ratio(sgd, sam, 2).ratio), "two pairs");
    static const double flat[4] = {1, 1, 1, 1};
    CHECK(isnan(temper_deviation_ratio(sgd, flat, 4).ratio) &&
              isnan(temper_deviation_ratio_free(flat, 4, sgd, 5).low),
          "no scatter, no ratio");
}

int main(void) {
    RUN(shares);
    RUN(tails);
    RUN(student);
    RUN(unequal);
    RUN(degenerate);
    RUN(holm);
    RUN(deviations);
    return check_end();
}
