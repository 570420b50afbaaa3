/* A stress test of invented linear networks z = W x + b on an invented table, where every answer can be worked out by hand: what the attacker
 * of strength ε shows, what shaken weights say, what temperature scaling finds. The same on any threads, and seeds alone as together. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/memory.h"
#include "base/text.h"
#include "check.h"
#include "estimate/certainty.h"
#include "run/model_file.h"
#include "run/stress.h"
#include "temper/parallel.h"

enum { ROWS = 240, SEEDS = 3, SAMPLES = 2, P = 6 };
static char folder[64];
static temper_dataset *data;
static temper_parts parts;
static float theta[SEEDS][SAMPLES][P]; /* as temper keeps them: see weight() */
static temper_network *network;
static double low[2], range[2];

static double noise(int64_t step, int64_t k) {
    return temper_normal((temper_stream){5, 0}, TEMPER_FOR_TESTS, step, k);
}

static void path_of(char *path, const char *name) { snprintf(path, 160, "%s/%s", folder, name); }

static void put(const char *name, const temper_text *text) {
    char path[160];
    path_of(path, name);
    CHECK_OK(temper_write_file(path, text->data, text->length));
}

/* Two clouds that overlap. */
static void write_table(void) {
    temper_text text = {0};
    for (int64_t i = 0; i < ROWS; i++) {
        int label = (int)(i % 2);
        temper_text_add(&text, "%.6f,%.6f,c%d\n", 2 * noise(i, 0) + (label ? 1.5 : -1.5),
                        noise(i, 1) + (label ? 5 : 4), label);
    }
    put("table.csv", &text);
    temper_text_clear(&text);
}

static void write_recipe(double validation) {
    temper_text text = {0};
    temper_text_add(
        &text,
        "schema = \"temper.recipe/1\"\nverb = \"train\"\n[options]\ndata = \"csv:file=%s/table.csv\"\n"
        "dynamics = \"sgd\"\nvalidation = %.2f\ntest = 0.4\nsplit_seed = 3\n",
        folder, validation);
    put("recipe.toml", &text);
    temper_text_clear(&text);
}

/* The weights of a run: seeds `from` …, all in one array each. */
static void write_networks(int from, int seeds, int samples) {
    char path[160];
    double shift[2] = {0.5, 4}, scale[2] = {0.5, 1};
    temper_text text = {0};
    temper_model_file file = {.model = (char *)temper_network_text(network),
                              .io = {.features = 2, .outputs = 2},
                              .loss = TEMPER_CROSS_ENTROPY,
                              .first = from,
                              .members = seeds,
                              .samples = samples,
                              .scaling = {2, 0, shift, scale}};
    CHECK_OK(temper_model_file_print(&file, &text));
    put("network.json", &text);
    temper_text_clear(&text);
    path_of(path, "weights");
    mkdir(path, 0777);
    for (int r = 0; r < seeds; r++)
        for (int k = 0; k < samples; k++)
            CHECK_OK(temper_model_weights_write(path, network, (temper_model_place){from + r, k, samples},
                                                theta[from + r][k], NULL));
}

/* Better than guessing: the first feature tells the classes apart. */
static void draw_weights(int64_t step, float *w) {
    float out[4];
    temper_array array;
    for (int k = 0; temper_network_array(network, k, &array); k++) {
        for (int i = 0; i < (int)array.length; i++) out[i] = (float)noise(step, array.offset + i);
        if (array.dims == 2)
            out[0] -= 1.5f, out[2] += 1.5f, out[3] += step % 2 ? 2.f : -1.f; /* the second: opinions differ */
        temper_network_import(network, k, out, w);
    }
}

static void begin(void) {
    char text[160];
    snprintf(folder, sizeof folder, "/tmp/temperXXXXXX");
    if (!mkdtemp(folder)) abort();
    write_table();
    write_recipe(0.2);
    snprintf(text, sizeof text, "csv:file=%s/table.csv", folder);
    CHECK_OK(temper_dataset_create(&data, text));
    CHECK_OK(temper_parts_build(&parts, &data->data, 0.2, 0.4, 3));
    temper_network_io io = {.features = 2, .outputs = 2};
    CHECK_OK(temper_network_create(&network, "graph:dense 2", &io,
                                   &(temper_objective){.loss = TEMPER_CROSS_ENTROPY}));
    CHECK(temper_network_parameters(network) == P, "%lld", (long long)temper_network_parameters(network));
    for (int r = 0; r < SEEDS; r++)
        for (int k = 0; k < SAMPLES; k++) draw_weights(1000 + r * SAMPLES + k, theta[r][k]);
    for (int f = 0; f < 2; f++) {
        low[f] = INFINITY, range[f] = -INFINITY;
        for (int64_t i = 0; i < parts.n[TEMPER_TRAIN]; i++) {
            double x = data->data.X[parts.row[TEMPER_TRAIN][i] * 2 + f];
            low[f] = fmin(low[f], x), range[f] = fmax(range[f], x);
        }
        range[f] -= low[f];
    }
}

static void end(void) {
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    if (system(command)) printf("  %s stays\n", folder);
    temper_parts_clear(&parts);
    temper_dataset_free(data);
    temper_network_free(network);
}

/* W[class][feature] and b[class] of one vector of weights. */
static void matrix(const float *w, double W[2][2], double b[2]) {
    float out[4];
    temper_array array;
    for (int k = 0; temper_network_array(network, k, &array); k++) {
        temper_network_export(network, k, w, out);
        for (int i = 0; i < (int)array.length; i++) *(array.dims == 2 ? &W[i / 2][i % 2] : &b[i]) = out[i];
    }
}

/* p(class 1 | x) of one vector of weights; slope[2]: of ln(1+e^−m) with respect to x, of label y. */
static double chance(const float *w, const double x[2], int y, double slope[2]) {
    const double shift[2] = {0.5, 4}, scale[2] = {0.5, 1};
    double W[2][2], b[2], z[2];
    matrix(w, W, b);
    for (int c = 0; c < 2; c++)
        z[c] = b[c] + W[c][0] * (x[0] - shift[0]) * scale[0] + W[c][1] * (x[1] - shift[1]) * scale[1];
    double p = 1 / (1 + exp(z[0] - z[1]));
    for (int f = 0; f < 2 && slope; f++) slope[f] = (p - y) * (W[1][f] - W[0][f]) * scale[f];
    return p;
}

/* The mean forecast of seeds from … to, and the gradient of its −ln p_y by the chain rule: −∇p_y/p_y. */
static double mixture(int from, int to, int samples, const double x[2], int y, double slope[2]) {
    double sum = 0, towards[2] = {0, 0};
    for (int r = from; r < to; r++)
        for (int k = 0; k < samples; k++) {
            double g[2], p = chance(theta[r][k], x, y, g), own = y ? p : 1 - p;
            sum += p;
            for (int f = 0; f < 2; f++) towards[f] -= own * g[f]; /* ∇p_y = −p_y ∇ℓ */
        }
    double p = sum / ((to - from) * samples);
    for (int f = 0; f < 2 && slope; f++) slope[f] = -towards[f];
    return p;
}

static void row_of(int64_t i, double x[2], int *y) {
    for (int f = 0; f < 2; f++) x[f] = data->data.X[i * 2 + f];
    *y = data->data.y[i];
}

/* Accuracy and NLL on the test rows, each moved by ε·range·sign(slope). */
static void attacked(int from, int to, int samples, double epsilon, double mark[2]) {
    mark[0] = mark[1] = 0;
    int64_t n = parts.n[TEMPER_TEST];
    for (int64_t i = 0; i < n; i++) {
        double x[2], g[2], p;
        int y;
        row_of(parts.row[TEMPER_TEST][i], x, &y);
        mixture(from, to, samples, x, y, g);
        for (int f = 0; f < 2; f++) x[f] += epsilon * range[f] * (g[f] > 0 ? 1 : g[f] < 0 ? -1 : 0);
        p = mixture(from, to, samples, x, y, NULL);
        mark[0] += (p > 0.5) == y;
        mark[1] -= log(y ? p : 1 - p);
    }
    mark[0] /= (double)n, mark[1] /= (double)n;
}

static temper_stress_options quick(void) {
    temper_stress_options o = temper_stress_preset();
    o.corruptions = "none", o.attacks = "none", o.weight_noise = "none";
    return o;
}

static void run(const temper_stress_options *o, temper_stress *s) {
    temper_desk desk = {0};
    CHECK_OK(temper_stress_run(folder, o, &desk, s));
}

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

/* A linear network's gradient has the same signs everywhere along the way: FGSM is worked out by hand, and PGD ends in the same corner. Of
 * mixtures FGSM is still by hand. */
static void attacks(void) {
    temper_stress s;
    temper_stress_options o = quick();
    o.attacks = "fgsm,pgd", o.epsilon = "0,0.02,0.1", o.rows = 0;
    const double epsilon[3] = {0, 0.02, 0.1};
    for (int samples = 1; samples <= SAMPLES; samples++) {
        write_networks(0, SEEDS, samples);
        run(&o, &s);
        const temper_stress_curve *fgsm = temper_stress_curve_named(&s, "fgsm"),
                                  *pgd = temper_stress_curve_named(&s, "pgd");
        CHECK(fgsm && pgd && fgsm->points == 3 && !strcmp(fgsm->axis, "epsilon"), "%p", (const void *)fgsm);
        for (int p = 0; p < 3; p++)
            for (int r = 0; r <= SEEDS; r++) {
                double mark[2];
                attacked(r < SEEDS ? r : 0, r < SEEDS ? r + 1 : SEEDS, samples, epsilon[p], mark);
                for (int m = 0; m < 2; m++) {
                    CHECK_NEAR(r < SEEDS ? fgsm->score[p][m].value[r] : fgsm->score[p][m].ensemble, mark[m],
                               m ? 2e-5 : 1e-12);
                    if (samples == 1 && r < SEEDS)
                        CHECK_NEAR(pgd->score[p][m].value[r], mark[m], m ? 2e-5 : 1e-12);
                }
            }
        temper_stress_clear(&s);
    }
}

/* Shaken weights, as the header defines them, by hand. */
static void shaking(void) {
    temper_stress s;
    temper_stress_options o = quick();
    o.weight_noise = "0,0.05,0.1", o.draws = 3, o.rows = 0, o.seed = 17;
    write_networks(1, 2, SAMPLES);
    run(&o, &s);
    const temper_stress_curve *curve = temper_stress_curve_named(&s, "weight_noise");
    const double sigma[3] = {0, 0.05, 0.1};
    float kept[SEEDS][SAMPLES][P];
    memcpy(kept, theta, sizeof kept);
    for (int p = 0; p < 3; p++)
        for (int r = 1; r < 3; r++) {
            double nll = 0, rise = 0;
            for (int j = 0; j < 3; j++) {
                for (int k = 0; k < SAMPLES; k++) {
                    temper_array a;
                    for (int c = 0; temper_network_array(network, c, &a); c++) {
                        double square = 0;
                        for (int64_t i = a.offset; i < a.offset + a.length; i++)
                            square += (double)kept[r][k][i] * kept[r][k][i];
                        for (int64_t i = a.offset; i < a.offset + a.length; i++)
                            theta[r][k][i] = (float)(kept[r][k][i] +
                                                     sigma[p] * sqrt(square / (double)a.length) *
                                                         temper_normal((temper_stream){17, (uint32_t)r},
                                                                       TEMPER_FOR_NOISE, j * SAMPLES + k, i));
                    }
                }
                for (int part = TEMPER_TRAIN; part <= TEMPER_TEST; part += 2)
                    for (int64_t i = 0; i < parts.n[part]; i++) {
                        double x[2];
                        int y;
                        row_of(parts.row[part][i], x, &y);
                        double p1 = mixture(r, r + 1, SAMPLES, x, y, NULL),
                               loss = -log(y ? p1 : 1 - p1) / (double)parts.n[part] / 3;
                        *(part == TEMPER_TEST ? &nll : &rise) += loss;
                    }
                memcpy(theta[r], kept[r], sizeof kept[r]);
                for (int64_t i = 0; i < parts.n[TEMPER_TRAIN]; i++) {
                    double x[2];
                    int y;
                    row_of(parts.row[TEMPER_TRAIN][i], x, &y);
                    double p1 = mixture(r, r + 1, SAMPLES, x, y, NULL);
                    rise += log(y ? p1 : 1 - p1) / (double)parts.n[TEMPER_TRAIN] / 3;
                }
            }
            CHECK_NEAR(curve->score[p][1].value[r - 1], nll, 1e-5);
            CHECK_NEAR(curve->score[p][2].value[r - 1], rise, 1e-5);
        }
    CHECK(curve->score[0][2].mean == 0 && curve->score[2][2].ensemble_error > 0, "%g",
          curve->score[0][2].mean);
    temper_stress_clear(&s);
}

/* The signs that a point belongs to the set, from the mixture over seeds from … to: top probability, −H of the mean, mean H − H of the mean. */
static void signs_of(int from, int to, const double x[2], double sign[3]) {
    double within = 0, p = mixture(from, to, SAMPLES, x, 0, NULL);
    for (int r = from; r < to; r++)
        for (int k = 0; k < SAMPLES; k++) {
            double q = chance(theta[r][k], x, 0, NULL);
            within -= (q * log(q) + (1 - q) * log1p(-q)) / ((to - from) * SAMPLES);
        }
    double whole = -(p * log(p) + (1 - p) * log1p(-p));
    sign[0] = fmax(p, 1 - p), sign[1] = -whole, sign[2] = within - whole;
}

/* Pairs in which the test row looks more at home than the point away[n][2]; by counting all pairs. */
static void pairs(int from, int to, const double (*away)[2], int64_t n, double area[3]) {
    int64_t tests = parts.n[TEMPER_TEST];
    area[0] = area[1] = area[2] = 0;
    for (int64_t i = 0; i < tests; i++) {
        double x[2], in[3], out[3];
        int y;
        row_of(parts.row[TEMPER_TEST][i], x, &y);
        signs_of(from, to, x, in);
        for (int64_t j = 0; j < n; j++) {
            signs_of(from, to, away[j], out);
            for (int k = 0; k < 3; k++) area[k] += (in[k] > out[k]) / (double)(tests * n);
        }
    }
}

static void foreign(void) {
    temper_stress s;
    temper_stress_options o = quick();
    double away[ROWS][2], area[3];
    char text[160];
    int y;
    snprintf(text, sizeof text, "csv:file=%s/table.csv", folder);
    write_networks(0, SEEDS, SAMPLES);
    o.ood = text, o.seed = 9;
    run(&o, &s);
    CHECK(s.foreigns == 2 && strstr(s.foreign[0].name, "csv") && !strcmp(s.foreign[1].name, "uniform"), "%d",
          s.foreigns);
    for (int set = 0; set < 2; set++) {
        for (int64_t i = 0; i < s.tests; i++) {
            if (set == 0) row_of(i * ROWS / s.tests, away[i], &y);
            for (int f = 0; f < 2 && set == 1; f++)
                away[i][f] =
                    low[f] + range[f] * temper_uniform((temper_stream){9, 1}, TEMPER_FOR_NOISE, i, f);
        }
        for (int r = 0; r <= SEEDS; r++) {
            pairs(r < SEEDS ? r : 0, r < SEEDS ? r + 1 : SEEDS, (const double(*)[2])away, s.tests, area);
            for (int k = 0; k < 3; k++) { /* equal rows tie: half of them by hand are lost */
                const temper_stress_score *score = &s.foreign[set].score[k];
                CHECK_NEAR(r < SEEDS ? score->value[r] : score->ensemble, area[k], 0.008);
            }
        }
    }
    temper_stress_clear(&s);
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
    RUN(attacks);
    RUN(shaking);
    RUN(foreign);
    RUN(corruptions);
    RUN(bits);
    RUN(sentences);
    RUN(faces);
    end();
    return check_end();
}
