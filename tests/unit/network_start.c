/* Initial weights: the laws they are said to have, addresses, orthogonality. */
#include <math.h>
#include <stdlib.h>
#include "check.h"
#include "network/network.h"
#include "temper/network.h"

static const temper_network_io mnist = {784, 1, 28, 28, 10}, digits = {64, 1, 8, 8, 10},
                               tokens = {64, 0, 0, 0, 10};
static const temper_stream stream = {20251125, 3};

typedef struct {
    temper_network *network;
    float *theta;
} begun;

static begun start(const char *model, const temper_network_io *io, temper_init init, double scale) {
    begun b = {0};
    if (temper_network_create(&b.network, model, io, &(temper_objective){0})) {
        printf("%s\n", temper_message());
        exit(1);
    }
    b.theta = malloc((size_t)temper_network_parameters(b.network) * sizeof *b.theta);
    for (int64_t k = 0; k < temper_network_parameters(b.network); k++) b.theta[k] = NAN;
    temper_network_start(b.network, init, scale, stream, b.theta);
    return b;
}

static void drop(begun *b) {
    free(b->theta);
    temper_network_free(b->network);
}

static const net_node *node_of(const begun *b, int i) { return &b->network->graph->node[i]; }

/* Mean 0 and this variance within 4.5 σ; `fourth` is the fourth moment over variance²: 3 for a normal, 9/5 for a uniform
 * law, which sets the error of the variance. */
static void has_law(const begun *b, int i, double variance, double fourth) {
    const net_node *node = node_of(b, i);
    const float *w = b->theta + node->weight;
    double n = (double)node->weights, mean = 0, square = 0, four = 0, top = 0;
    for (int64_t k = 0; k < node->weights; k++) {
        double x = (double)w[k];
        mean += x / n, square += x * x / n, four += x * x * x * x / n;
        top = fmax(top, fabs(x));
    }
    CHECK_NEAR(mean, 0, 4.5 * sqrt(variance / n));
    CHECK_NEAR(square / variance, 1, 4.5 * sqrt((fourth - 1) / n));
    CHECK_NEAR(four / (square * square), fourth,
               4.5 * sqrt(fourth < 2 ? 4.0 / n : 100 / n)); /* tells the two apart */
    if (fourth < 2) CHECK(top <= sqrt(3 * variance) * 1.000001, "%g", top);
    for (int64_t k = 0; k < node->biases; k++) CHECK(b->theta[node->bias + k] == 0, "bias of node %d", i);
}

static void laws(void) {
    begun b = start("mlp:256,128", &mnist, TEMPER_INIT_AUTO, 1);
    has_law(&b, 1, 2.0 / 784, 3), has_law(&b, 3, 2.0 / 256, 3), has_law(&b, 5, 2.0 / 138, 1.8);
    drop(&b);
    b = start("mlp:256,128,activation=tanh", &mnist, TEMPER_INIT_AUTO, 0.5);
    has_law(&b, 1, 0.25 * 2.0 / 1040, 1.8);
    drop(&b);
    b = start("mlp:256,128", &mnist, TEMPER_INIT_XAVIER, 1);
    has_law(&b, 1, 2.0 / 1040, 1.8);
    drop(&b);
    b = start("mlp:256,128,activation=tanh", &mnist, TEMPER_INIT_HE, 2);
    has_law(&b, 3, 4 * 2.0 / 256, 3);
    drop(&b);
    b = start("mlp:256,128", &mnist, TEMPER_INIT_GAUSSIAN, 0.1);
    has_law(&b, 1, 0.01, 3), has_law(&b, 5, 0.01, 3);
    drop(&b);
    b = start("lenet5", &mnist, TEMPER_INIT_AUTO, 1);
    has_law(&b, 4, 2.0 / 150, 3); /* 6 × 5 × 5 in */
    drop(&b);
    b = start("lenet5", &mnist, TEMPER_INIT_XAVIER, 1);
    has_law(&b, 4, 2.0 / (150 + 400), 1.8); /* 16 × 5 × 5 out */
    drop(&b);
    b = start("graph:embedding 50 16; position; dense 48; attention 4; global_pool; dense outputs", &tokens,
              TEMPER_INIT_AUTO, 1);
    has_law(&b, 1, 1.0 / 16, 3), has_law(&b, 2, 1.0 / 16, 3), has_law(&b, 3, 2.0 / 64, 1.8);
    drop(&b);
}

/* auto looks through norms, pools and sums for the function behind a layer. */
static void functions(void) {
    begun b = start(
        "graph:conv 64 3 plain=yes; batch_norm; max_pool 2; relu; save a; conv 64 3 pad=1; add a; gelu; flatten; "
        "dense 200; dropout 0.5; tanh; dense 200; layer_norm; dense outputs",
        &digits, TEMPER_INIT_AUTO, 1);
    has_law(&b, 5, 2.0 / 576, 3);    /* conv before add, gelu */
    has_law(&b, 9, 2.0 / 776, 1.8);  /* 64·3·3 to 200 before tanh */
    has_law(&b, 12, 2.0 / 400, 1.8); /* no function before the next weights */
    const net_node *norm = node_of(&b, 2), *layer = node_of(&b, 13);
    for (int64_t k = 0; k < 64; k++)
        CHECK(b.theta[norm->weight + k] == 1 && b.theta[norm->bias + k] == 0, "batch norm");
    for (int64_t k = 0; k < 200; k++)
        CHECK(b.theta[layer->weight + k] == 1 && b.theta[layer->bias + k] == 0, "layer norm");
    for (int64_t k = 0; k < temper_network_parameters(b.network); k++)
        CHECK(isfinite(b.theta[k]), "hole at %lld", (long long)k);
    drop(&b);
    /* Who reads counts, not who stands next: the first dense layer meets the relu behind the sum. */
    b = start("graph:save x; dense 200; save b; from x; tanh; dense 200; add b; relu; dense outputs", &tokens,
              TEMPER_INIT_AUTO, 1);
    has_law(&b, 1, 2.0 / 64, 3);
    drop(&b);
}

/* The columns of W [m][n] are a frame, or its rows are: the largest error of QᵀQ − length². */
static double unlike_frame(const begun *b, int i, double length) {
    const net_node *node = node_of(b, i);
    int64_t m = node->fan_in, n = node->weights / m;
    const float *w = b->theta + node->weight;
    double worst = 0;
    bool high = m >= n;
    for (int64_t j = 0; j < (high ? n : m); j++)
        for (int64_t k = 0; k <= j; k++) {
            double sum = 0;
            for (int64_t r = 0; r < (high ? m : n); r++)
                sum += high ? (double)w[r * n + j] * (double)w[r * n + k]
                            : (double)w[j * n + r] * (double)w[k * n + r];
            worst = fmax(worst, fabs(sum - (j == k ? length * length : 0)));
        }
    return worst;
}

static void orthogonal(void) {
    begun b = start("mlp:90,150,activation=tanh", &mnist, TEMPER_INIT_ORTHOGONAL, 1);
    CHECK_NEAR(unlike_frame(&b, 1, 1), 0, 1e-6);
    CHECK_NEAR(unlike_frame(&b, 3, 1), 0, 1e-6); /* 90 × 150: its rows */
    CHECK_NEAR(unlike_frame(&b, 5, 1), 0, 1e-6);
    drop(&b);
    b = start("graph:conv 8 3; relu; dense 64; relu; dense outputs", &digits, TEMPER_INIT_ORTHOGONAL, 3);
    CHECK_NEAR(unlike_frame(&b, 1, 3 * sqrt(2)), 0, 2e-5);
    CHECK_NEAR(unlike_frame(&b, 4, 3 * sqrt(2)), 0, 2e-5);
    CHECK_NEAR(unlike_frame(&b, 6, 3), 0, 1e-5);
    drop(&b);
    temper_network_io wide = {.features = 200,
                              .outputs = 10}; /* one turn of Gram–Schmidt is off by 5e-7 or more */
    b = start("graph:dense 200; tanh; dense outputs", &wide, TEMPER_INIT_ORTHOGONAL, 1);
    CHECK_NEAR(unlike_frame(&b, 1, 1), 0, 2e-7);
    drop(&b);
    /* By Haar's measure: the trace of a square one has variance 1, whatever its size. 400 of 6 × 6. */
    double mean = 0, square = 0;
    temper_network_io six = {.features = 6, .outputs = 6};
    temper_network *network;
    float theta[42];
    CHECK_OK(temper_network_create(&network, "perceptron", &six, &(temper_objective){0}));
    for (uint32_t c = 0; c < 400; c++) {
        double trace = 0;
        temper_network_start(network, TEMPER_INIT_ORTHOGONAL, 1, (temper_stream){5, c}, theta);
        for (int j = 0; j < 6; j++) trace += (double)theta[7 * j];
        mean += trace / 400, square += trace * trace / 400;
    }
    CHECK_NEAR(mean, 0, 4.5 / 20);
    CHECK_NEAR(square, 1, 4.5 * sqrt(2.0 / 400));
    temper_network_free(network);
}

/* Weight k of node i is one draw with one address. */
static void addresses(void) {
    begun a = start("mlp:31,21", &digits, TEMPER_INIT_HE, 1),
          b = start("mlp:31,50,21", &digits, TEMPER_INIT_HE, 1);
    CHECK(!memcmp(a.theta, b.theta, (64 * 31 + 31) * sizeof(float)),
          "a layer behind changes nothing before it");
    const net_node *node = node_of(&a, 3);
    for (int64_t k = 0; k < node->weights; k++) {
        float want = (float)(sqrt(2 / 31.0) * temper_normal(stream, TEMPER_FOR_INITIAL, 3, k));
        CHECK(a.theta[node->weight + k] == want, "weight %lld", (long long)k);
    }
    drop(&b);
    b = start("mlp:31,21", &digits, TEMPER_INIT_HE, 1);
    CHECK(!memcmp(a.theta, b.theta, (size_t)temper_network_parameters(a.network) * sizeof(float)),
          "the same again");
    temper_network_start(b.network, TEMPER_INIT_HE, 1, (temper_stream){stream.seed, stream.chain + 1},
                         b.theta);
    double product = 0; /* chains know nothing of each other: Σ w w'/(σ² n) has deviation 1/√n */
    for (int64_t k = 0; k < 1984; k++) product += (double)a.theta[k] * (double)b.theta[k] * 32 / 1984;
    CHECK_NEAR(product, 0, 4.5 / sqrt(1984));
    drop(&a), drop(&b);
}

int main(void) {
    RUN(laws);
    RUN(functions);
    RUN(orthogonal);
    RUN(addresses);
    return check_end();
}
