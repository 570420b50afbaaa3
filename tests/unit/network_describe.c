/* Networks seen from outside: arrays in PyTorch's order, tables of layers, the catalogue. */
#include <stdlib.h>
#include "check.h"
#include "network/network.h"
#include "network/ops.h"
#include "temper/catalogue.h"
#include "temper/network.h"

static const temper_network_io digits = {64, 1, 8, 8, 10}, mnist = {784, 1, 28, 28, 10};

static temper_network *make(const char *model, const temper_network_io *io) {
    temper_network *network = NULL;
    CHECK_OK(temper_network_create(&network, model, io, &(temper_objective){0}));
    return network;
}

/* ---- arrays ---- */

/* PyTorch's order by definition, θ's by graph.h. */
static void arrays(void) {
    temper_network *network = make("graph:conv 3 2 plain=yes; batch_norm; dense outputs", &digits);
    const int64_t P = temper_network_parameters(network);
    float *theta = calloc((size_t)P, sizeof *theta), *back = calloc((size_t)P, sizeof *back),
          *out = calloc((size_t)P, sizeof *out);
    for (int64_t k = 0; k < P; k++) theta[k] = (float)k;
    temper_array a;
    CHECK(temper_network_array(network, 0, &a) && !strcmp(a.name, "0.weight") && a.dims == 4 &&
              a.shape[0] == 3 && a.shape[1] == 1 && a.shape[2] == 2 && a.shape[3] == 2 && a.offset == 0 &&
              !a.statistic,
          "%s", a.name);
    temper_network_export(network, 0, theta, out);
    for (int f = 0; f < 3; f++)
        for (int i = 0; i < 4; i++) CHECK_NEAR(out[f * 4 + i], i * 3 + f, 0);
    CHECK(temper_network_array(network, 3, &a) && !strcmp(a.name, "1.running_mean") && a.statistic &&
              a.offset == 0 && a.length == 3,
          "%s", a.name);
    CHECK(temper_network_array(network, 4, &a) && !strcmp(a.name, "1.running_var") && a.offset == 3, "%s",
          a.name);
    CHECK(temper_network_array(network, 5, &a) && !strcmp(a.name, "3.weight") && a.dims == 2 &&
              a.shape[0] == 10 && a.shape[1] == 147 && a.offset == 12 + 6,
          "%s", a.name);
    temper_network_export(network, 5, theta, out);
    CHECK_NEAR(out[2 * 147 + 5], 18 + 5 * 10 + 2, 0);
    CHECK(temper_network_array(network, 6, &a) && !strcmp(a.name, "3.bias") &&
              !temper_network_array(network, 7, &a) && !temper_network_array(network, -1, &a),
          "%s", a.name);
    int64_t length = 0;
    for (int k = 0; temper_network_array(network, k, &a); k++) {
        if (a.statistic) continue;
        temper_network_export(network, k, theta, out);
        temper_network_import(network, k, out, back);
        length += a.length;
    }
    CHECK(length == P && !memcmp(theta, back, (size_t)P * sizeof *theta), "there and back");
    free(theta), free(back), free(out);
    temper_network_free(network);
}

/* ---- describe ---- */

static void described(void) {
    temper_network *network = make("lenet5", &mnist);
    char *text = NULL;
    CHECK_OK(temper_network_describe(network, 64, true, false, &text));
    CHECK(strstr(text, "   6x28x28") && strstr(text, "conv 16 5") && strstr(text, "61706") &&
              strstr(text, "plan in bytes"),
          "%s", text);
    /* 2 fan_in + 1 for each number: 4704 · 51, 1600 · 301, dense 2·in·out + out; pools 4 for each number, relu 1 */
    const double flops = 4704 * 51.0 + 4704 + 1176 * 4 + 1600 * 301.0 + 1600 + 400 * 4 + 120 * 801.0 + 120 +
                         84 * 241.0 + 84 + 10 * 169.0;
    double sum = 0;
    for (int i = 1; i < network->graph->nodes; i++)
        sum += network->graph->node[i].op->flops ? network->graph->node[i].op->flops(&network->graph->node[i])
                                                 : 0;
    CHECK_NEAR(sum, flops, 0);
    temper_free(text);
    CHECK_OK(temper_network_describe(network, 64, true, true, &text));
    CHECK(strstr(text, "\"schema\": \"temper.network/1\"") && strstr(text, "\"parameters\": 61706"), "%s",
          text);
    temper_free(text);
    CHECK_FAILS(temper_network_describe(network, 0, true, true, &text), TEMPER_BAD_OPTION, "batch=0");
    temper_network_free(network);
}

/* Every layer and model of the catalogue is there, with a text. */
static void listed(void) {
    CHECK(temper_entry("layers", 23) && !temper_entry("layers", 24), "layers");
    CHECK(temper_entry("models", 6) && !temper_entry("models", 7), "models");
    char *text = NULL;
    CHECK_OK(temper_describe_text("conv", &text));
    CHECK(strstr(text, "stride"), "%s", text);
    temper_free(text);
    for (int k = 0; net_ops[k]; k++) {
        bool known = !strcmp(net_ops[k]->name, "pointwise");
        for (int i = 0; temper_entry("layers", i); i++)
            known |= !strcmp(temper_entry("layers", i)->name, net_ops[k]->name);
        CHECK(known, "op %s has no layer", net_ops[k]->name);
    }
}

int main(void) {
    RUN(arrays);
    RUN(described);
    RUN(listed);
    return check_end();
}
