/* What a stress test says in words: a few sentences, each with its numbers; '!' begins a warning. */
#include <math.h>
#include "run/stress_bench.h"

/* Confidence against truth, before and after scaling. */
static void confidence(const temper_stress *s, temper_text *text) {
    const temper_stress_score *nll = temper_stress_clean_named(s, "nll"),
                              *ece = temper_stress_clean_named(s, "ece"),
                              *scaled = temper_stress_clean_named(s, "nll_scaled"),
                              *tau = temper_stress_clean_named(s, "tau");
    double sure = 0, right = temper_stress_clean_named(s, "accuracy")->ensemble;
    for (int b = 0; b < TEMPER_BINS; b++)
        if (s->raw.count[b]) sure += s->raw.confidence[b] * (double)s->raw.count[b] / (double)s->tests;
    double chance = 2 * sqrt(fmax(right * (1 - right), 0) / (double)s->tests); /* that so few rows leave */
    bool off = fabs(sure - right) > fmax(0.02, chance);
    temper_text_add(text, "%s the forecasts are %s: mean confidence %.1f %%, right %.1f %%, ECE %.4f\n",
                    off ? "!" : "#",
                    !off           ? "honest about their confidence"
                    : sure > right ? "over-confident"
                                   : "under-confident",
                    100 * sure, 100 * right, ece->ensemble);
    if (!isnan(tau->ensemble))
        temper_text_add(
            text,
            "# temperature scaling (τ = %.3g) takes the NLL of one seed from %.4f to %.4f, of all together from %.4f to %.4f\n",
            tau->ensemble, nll->mean, scaled->mean, nll->ensemble, scaled->ensemble);
}

/* The curve of a kind whose mark 0 is lowest at point p, by the ensemble. */
static void corruptions(const temper_stress *s, temper_text *text) {
    const temper_stress_curve *worst = NULL;
    double sum = 0, clean = s->clean[0].mean;
    int n = 0, p = -1;
    for (int c = 0; c < s->curves; c++) {
        const temper_stress_curve *curve = &s->curve[c];
        if (curve->kind != TEMPER_STRESS_CORRUPTION || !curve->points) continue;
        if (p < 0)
            for (p = 0; p < curve->points - 1 && curve->at[p] < 3;)
                p++; /* severity 3, or the next there is */
        if (!worst || curve->score[p][0].mean < worst->score[p][0].mean) worst = curve;
        sum += curve->score[p][0].mean;
        n++;
    }
    if (!worst) return;
    temper_text_add(
        text, "# corruptions of severity %g cost %.1f points of accuracy on average, %s the most: %.1f\n",
        worst->at[p], 100 * (clean - sum / n), worst->name, 100 * (clean - worst->score[p][0].mean));
    temper_text_add(text,
                    "# mean corruption error %.1f %% of one seed, %.1f %% of all together (clean %.1f %%)\n",
                    100 * s->corruption_error.mean, 100 * s->corruption_error.ensemble, 100 * (1 - clean));
}

static void attacks(const temper_stress *s, temper_text *text) {
    for (int c = 0; c < s->curves; c++) {
        const temper_stress_curve *curve = &s->curve[c];
        if (curve->kind != TEMPER_STRESS_ATTACK || !curve->points) continue;
        int half = -1, last = curve->points - 1;
        for (int p = last; p >= 0; p--)
            if (curve->score[p][0].mean < 0.5 && s->clean[0].mean >= 0.5) half = p;
        if (half >= 0)
            temper_text_add(
                text, "! %s with ε = %g of the range fools one seed more often than not: %.1f %% right\n",
                curve->name, curve->at[half], 100 * curve->score[half][0].mean);
        else
            temper_text_add(text, "# %s with ε = %g of the range leaves one seed %.1f %% right\n",
                            curve->name, curve->at[last], 100 * curve->score[last][0].mean);
    }
}

static void flatness(const temper_stress *s, temper_text *text) {
    const temper_stress_curve *curve = temper_stress_curve_named(s, "weight_noise");
    if (!curve || !curve->points) return;
    int p = 0;
    while (p < curve->points - 1 && curve->at[p] < 0.1 - 1e-12) p++;
    const temper_stress_score *rise = &curve->score[p][2];
    temper_text_add(text, "# weights shaken by σ = %g: the loss on training rows rises by %.3g", curve->at[p],
                    rise->mean);
    if (!isnan(rise->error)) temper_text_add(text, " ± %.1g", rise->error);
    temper_text_add(text, "\n");
}

static void together(const temper_stress *s, temper_text *text) {
    const temper_stress_score *accuracy = &s->clean[0];
    if (s->members == 1) {
        temper_text_add(text, "! one seed has no error bar: train with --seeds 5\n");
        return;
    }
    if (!isnan(s->disagreement.churn))
        temper_text_add(
            text,
            "# two seeds decide differently on %.2f %% of the test rows; the %lld hold %.3f different opinions\n",
            100 * s->disagreement.churn, (long long)s->members, s->disagreement.effective);
    if (s->classes && !isnan(accuracy->deviation))
        temper_text_add(text, "# accuracy varies between seeds by %.2f points (95 %%: %.2f … %.2f)\n",
                        100 * accuracy->deviation, 100 * accuracy->low, 100 * accuracy->high);
}

static void foreigners(const temper_stress *s, temper_text *text) {
    for (int f = 0; f < s->foreigns; f++) {
        double area = s->foreign[f].score[1].ensemble;
        temper_text_add(text,
                        "%s foreign inputs (%s) are told from test rows with an AUROC of %.3f by entropy\n",
                        area < 0.8 ? "!" : "#", s->foreign[f].name, area);
    }
}

static void numbers(const temper_stress *s, temper_text *text) {
    const temper_stress_score *inside = temper_stress_clean_named(s, "coverage_90");
    temper_text_add(text, "%s 90 %% intervals hold %.1f %% of the test targets\n",
                    fabs(inside->ensemble - 0.9) > 0.05 + 2 * sqrt(0.09 / (double)s->tests) ? "!" : "#",
                    100 * inside->ensemble);
    for (int c = 0; c < s->curves; c++) {
        const temper_stress_curve *curve = &s->curve[c];
        if (!curve->points || curve->kind == TEMPER_STRESS_NOISE) continue;
        int last = curve->points - 1;
        temper_text_add(text, "# %s, %s %g: RMSE %.4g, clean %.4g\n", curve->name, curve->axis,
                        curve->at[last], curve->score[last][0].mean, s->clean[0].mean);
    }
}

void temper_stress_judge(temper_stress *s) {
    temper_text *text = &s->verdict;
    if (s->classes) {
        confidence(s, text);
        corruptions(s, text);
        attacks(s, text);
    } else {
        numbers(s, text);
    }
    flatness(s, text);
    together(s, text);
    if (s->classes) foreigners(s, text);
    temper_text_bytes(text, "", 0);
    temper_text_bytes(&s->notes, "", 0);
}
