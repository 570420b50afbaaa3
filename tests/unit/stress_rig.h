/* Invented linear networks z = W x + b on an invented table, in a directory as a training run leaves it: a stress test of them can be worked out
 * by hand. */
#ifndef TEMPER_STRESS_RIG_H
#define TEMPER_STRESS_RIG_H

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

static inline void begin(void) {
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

static inline void end(void) {
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

#endif
