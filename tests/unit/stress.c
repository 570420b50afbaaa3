/* A stress test of invented linear networks: clean scores, temperature scaling, corruptions; the same on any threads, seeds alone as together;
 * wrong input is a sentence. */
#include "stress_rig.h"

static void clean(void) {
    temper_stress s;
    temper_stress_options o = quick();
    double mark[2];
    write_networks(0, SEEDS, SAMPLES);
    run(&o, &s);
    CHECK(s.members == SEEDS && s.samples == SAMPLES && s.tests == parts.n[TEMPER_TEST], "%lld",
          (long long)s.tests);
    CHECK(s.validations == parts.n[TEMPER_VALIDATION], "%lld", (long long)s.validations);
    for (int r = 0; r <= SEEDS; r++) {
        attacked(r < SEEDS ? r : 0, r < SEEDS ? r + 1 : SEEDS, SAMPLES, 0, mark);
        const temper_stress_score *accuracy = temper_stress_clean_named(&s, "accuracy"),
                                  *nll = temper_stress_clean_named(&s, "nll");
        CHECK_NEAR(r < SEEDS ? accuracy->value[r] : accuracy->ensemble, mark[0], 1e-12);
        CHECK_NEAR(r < SEEDS ? nll->value[r] : nll->ensemble, mark[1], 1e-5);
    }
    CHECK(temper_stress_clean_named(&s, "nonsense") == NULL && temper_stress_curve_named(&s, "fgsm") == NULL,
          "?");
    CHECK(isnan(s.corruption_error.mean) && s.curves == 0, "%g", s.corruption_error.mean);
    CHECK(s.foreigns == 1 && !strcmp(s.foreign[0].name, "uniform"), "%d: no images, none turned", s.foreigns);
    CHECK(s.clean[0].deviation > s.clean[0].low && s.clean[0].deviation < s.clean[0].high, "%g",
          s.clean[0].deviation);
    CHECK_NEAR(s.clean[0].deviation, s.clean[0].error * sqrt(SEEDS), 1e-12);
    temper_stress_clear(&s);
}

/* τ comes from the validation rows and nothing else; at the optimum the derivative of the NLL there vanishes. */
static void scaling(void) {
    temper_stress s;
    temper_stress_options o = quick();
    write_networks(0, SEEDS, 1);
    run(&o, &s);
    const temper_stress_score *tau = temper_stress_clean_named(&s, "tau"),
                              *scaled = temper_stress_clean_named(&s, "nll_scaled");
    for (int r = 0; r < SEEDS; r++) {
        double sum[3] = {0, 0, 0}, test = 0; /* NLL of the validation rows at τ e^−h, τ, τ e^h */
        for (int part = TEMPER_VALIDATION; part <= TEMPER_TEST; part++)
            for (int64_t i = 0; i < parts.n[part]; i++) {
                double x[2], p;
                int y;
                row_of(parts.row[part][i], x, &y);
                p = chance(theta[r][0], x, y, NULL);
                double margin = (y ? 1 : -1) * log(p / (1 - p));
                for (int h = -1; h <= 1 && part == TEMPER_VALIDATION; h++)
                    sum[h + 1] += log1p(exp(-margin / (tau->value[r] * exp(0.05 * h))));
                if (part == TEMPER_TEST) test += log1p(exp(-margin / tau->value[r]));
            }
        CHECK(sum[1] < sum[0] && sum[1] < sum[2], "seed %d: %g %g %g", r, sum[0], sum[1], sum[2]);
        CHECK_NEAR(scaled->value[r], test / (double)parts.n[TEMPER_TEST], 1e-5);
    }
    CHECK(isnan(temper_stress_clean_named(&s, "epistemic")->mean),
          "one vector of weights cannot disagree with itself");
    CHECK(temper_stress_clean_named(&s, "epistemic")->ensemble > 0, "%g",
          temper_stress_clean_named(&s, "epistemic")->ensemble);
    temper_stress_clear(&s);
    write_recipe(0);
    run(&o, &s);
    CHECK(isnan(temper_stress_clean_named(&s, "tau")->mean) && strstr(s.notes.data, "no validation rows"),
          "%s", s.notes.data);
    temper_stress_clear(&s);
    write_recipe(0.2);
}

/* Corruptions: what is asked for alone has the numbers that it has among others; the means are over what was asked for. */
static void corruptions(void) {
    temper_stress s, all;
    temper_stress_options o = quick();
    write_networks(0, SEEDS, 1);
    o.corruptions = "all";
    run(&o, &all);
    CHECK(strstr(all.notes.data, "corruptions are of images: left out"), "%s", all.notes.data);
    o.corruptions = "gaussian_noise,missing", o.severities = "2,5";
    run(&o, &s);
    CHECK(s.curves == 2, "%d curves", s.curves);
    double sum = 0;
    for (int c = 0; c < s.curves; c++) {
        const temper_stress_curve *here = &s.curve[c], *there = temper_stress_curve_named(&all, here->name);
        for (int p = 0; p < 2; p++) {
            int q = p ? 4 : 1;
            CHECK(here->at[p] == q + 1 && there->at[q] == q + 1, "severity %g", here->at[p]);
            for (int r = 0; r < SEEDS; r++)
                CHECK(here->score[p][1].value[r] == there->score[q][1].value[r], "%s, %d", here->name, q + 1);
            sum += 1 - here->score[p][0].value[1];
        }
    }
    CHECK_NEAR(s.corruption_error.value[1], sum / 4, 1e-14);
    CHECK_NEAR(s.corruption_rise.value[1], sum / 4 - (1 - s.clean[0].value[1]), 1e-14);
    temper_stress_clear(&s);
    temper_stress_clear(&all);
}

/* The same numbers on 1, 2 and 3 threads; seeds alone as together. */
static void bits(void) {
    temper_stress_options o = temper_stress_preset();
    char hash[17] = "";
    o.corruptions = "gaussian_noise", o.severities = "3", o.epsilon = "0.05", o.weight_noise = "0.1";
    write_networks(0, SEEDS, SAMPLES);
    for (int threads = 3; threads >= 1; threads--) {
        temper_stress s;
        CHECK_OK(temper_threads(threads));
        run(&o, &s);
        CHECK(strlen(s.hash) == 16 && (!*hash || !strcmp(hash, s.hash)), "%s, want %s", s.hash, hash);
        memcpy(hash, s.hash, 17);
        if (threads > 1) temper_stress_clear(&s);
        if (threads > 1) continue;
        temper_stress one;
        write_networks(2, 1, SAMPLES);
        run(&o, &one);
        for (int k = 0; k < 14; k++)
            CHECK(one.clean[k].value[0] == s.clean[k].value[2], "%s alone", one.clean[k].name);
        for (int c = 0; c < one.curves; c++)
            for (int m = 0; m < 3; m++)
                CHECK(one.curve[c].score[0][m].value[0] == s.curve[c].score[0][m].value[2],
                      "%s, mark %d alone", one.curve[c].name, m);
        CHECK(isnan(one.clean[0].error) && isnan(one.disagreement.churn), "%g", one.clean[0].error);
        temper_stress_clear(&one);
        temper_stress_clear(&s);
    }
    CHECK_OK(temper_threads(0));
}

static void fails(temper_stress_options o, temper_status code, const char *words) {
    temper_stress s;
    temper_desk desk = {0};
    CHECK_FAILS(temper_stress_run(folder, &o, &desk, &s), code, words);
    temper_stress_clear(&s);
}

static void sentences(void) {
    temper_stress_options o = quick();
    write_networks(0, 1, 1);
#define WITH(field, text, code, words) o = quick(), o.field = (text), fails(o, code, words)
    WITH(corruptions, "gausian_noise", TEMPER_BAD_OPTION, "did you mean 'gaussian_noise'?");
    WITH(corruptions, "rotation", TEMPER_CANNOT, "rotation");
    WITH(severities, "0", TEMPER_BAD_OPTION, "severities=0: '0' is not a number in 1 … 5");
    WITH(severities, "1.5", TEMPER_BAD_OPTION, "whole numbers");
    WITH(severities, "3,2", TEMPER_BAD_OPTION, "must ascend");
    WITH(attacks, "fgms", TEMPER_BAD_OPTION, "did you mean 'fgsm'?");
    WITH(epsilon, "0.1,x", TEMPER_BAD_OPTION, "'x' is not a number in 0 … 1");
    WITH(weight_noise, "-1", TEMPER_BAD_OPTION, "'-1'");
    WITH(weight_noise, "1,2,3,4,5,6,7,8,9,9.1,9.2,9.3,9.4,9.5,9.6,9.7,9.8", TEMPER_BAD_OPTION,
         "more than 16 numbers");
    WITH(ood, "digits", TEMPER_BAD_DATA, "64 features, the networks take 2");
    WITH(data, "digits", TEMPER_BAD_DATA, "has 64 features, the network was trained on 2");
    WITH(data, "csv:file=nowhere.csv", TEMPER_BAD_FILE, "nowhere.csv");
#undef WITH
    temper_stress s;
    temper_desk desk = {0};
    o = quick();
    CHECK_FAILS(temper_stress_run("/tmp", &o, &desk, &s), TEMPER_BAD_FILE,
                "stress needs the directory of a finished 'temper train --out'");
    temper_stress_clear(&s);
    volatile int stop = 1;
    const temper_watch watch = {NULL, NULL, NULL, &stop};
    temper_desk stopped = {.watch = &watch};
    CHECK_FAILS(temper_stress_run(folder, &o, &stopped, &s), TEMPER_STOPPED, "nothing was written");
    temper_stress_clear(&s);
}

/* Both faces of the results; nothing in them is out of balance. */
static void faces(void) {
    temper_stress s;
    temper_stress_options o = temper_stress_preset();
    temper_report *report;
    temper_text page = {0};
    temper_json_node *tree = NULL;
    write_networks(0, SEEDS, SAMPLES);
    run(&o, &s);
    CHECK_OK(temper_stress_report(&s, &report));
    const char *json = temper_report_json(report);
    CHECK_OK(temper_json_read(json, strlen(json), &tree));
    const temper_json_node *fgsm = temper_json_member(temper_json_member(tree, "attacks"), "fgsm");
    CHECK(fgsm && temper_json_member(fgsm, "accuracy")->count == 4 &&
              temper_json_member(fgsm, "epsilon")->count == 4,
          "fgsm");
    CHECK(temper_json_member(temper_json_member(temper_json_member(tree, "clean"), "nll_scaled"), "values")
                  ->count == SEEDS,
          "clean");
    CHECK(!strcmp(temper_json_member(tree, "hash")->string, s.hash), "hash");
    CHECK_OK(temper_stress_html(&s, "temper stress <run>", temper_report_text(report), &page));
    CHECK(strstr(page.data, "temper stress &lt;run&gt;") && strstr(page.data, "</html>") &&
              !strstr(page.data, "nan"),
          "page");
    for (const char *at = page.data, *more = at; (more = strstr(at, "<svg")); at = more + 1)
        CHECK(strstr(more, "</svg>"), "svg");
    temper_text_clear(&page);
    temper_release(tree);
    temper_report_free(report);
    temper_stress_clear(&s);
}

int main(void) {
    begin();
    RUN(clean);
    RUN(scaling);
    RUN(corruptions);
    RUN(bits);
    RUN(sentences);
    RUN(faces);
    end();
    return check_end();
}
