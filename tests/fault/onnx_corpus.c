/* Hostile and damaged ONNX and npz files: one sentence that names the file, no leak, no crash (run it under the sanitizers), no memory beyond what the
 * file holds. A good file of most operators is cut at every byte, has every bit turned, and is read with every allocation failing. */
#include <stdlib.h>
#include <unistd.h>
#include "base/memory.h"
#include "check.h"
#include "data/npz_write.h"
#include "data/onnx.h"
#include "data/onnx_write.h"
#include "temper/onnx.h"

static const char path[] = "fault_onnx_corpus.onnx", packed[] = "fault_onnx_corpus.npz";

/* The bytes of a good file: convolution, norm, residual sum, pools, dense. */
static char *good(size_t *length) {
    const temper_network_io io = {.features = 32, .channels = 2, .height = 4, .width = 4, .outputs = 3};
    const temper_objective objective = {.loss = TEMPER_CROSS_ENTROPY};
    temper_network *network;
    char *bytes = NULL;
    CHECK_OK(temper_network_create(
        &network,
        "graph:conv 2 3 pad=1 plain=yes; batch_norm; gelu; save a; shortcut 2 stride=1; add a; "
        "max_pool 2; leaky; flatten; dense outputs",
        &io, &objective));
    float theta[512], statistics[16];
    for (int k = 0; k < 512; k++) theta[k] = (float)(k % 7 - 3) / 4;
    for (int k = 0; k < 16; k++) statistics[k] = 1;
    CHECK_OK(temper_onnx_write(path, network, theta, statistics));
    CHECK_OK(temper_read_file(path, 1 << 20, &bytes, length));
    temper_network_free(network);
    unlink(path);
    return bytes;
}

static temper_status parse(const char *bytes, size_t length) {
    temper_model model;
    int64_t live = temper_alloc_live();
    char *copy = malloc(length + 1); /* of exactly its length: the sanitizer sees what is read behind it */
    memcpy(copy, bytes, length);
    temper_status status = temper_onnx_parse(&model, "bad.onnx", copy, length, NULL);
    if (status) CHECK(!model.network && !model.theta && !model.remarks, "left behind");
    temper_model_clear(&model);
    free(copy);
    CHECK(temper_alloc_live() == live, "%lld blocks leak", (long long)(temper_alloc_live() - live));
    return status;
}

static void damaged(void) {
    size_t length = 0;
    char *bytes = good(&length);
    CHECK_OK(parse(bytes, length));
    for (size_t cut = 0; cut < length; cut++) {
        temper_status status = parse(bytes, cut);
        CHECK(status == TEMPER_BAD_DATA || status == TEMPER_CANNOT, "cut at %zu of %zu: status %d", cut,
              length, status);
        CHECK(!strncmp(temper_message(), "bad.onnx: ", 10), "cut at %zu: no file in: %s", cut,
              temper_message());
    }
    int accepted = 0;
    for (size_t bit = 0; bit < 8 * length; bit++) {
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        accepted += parse(bytes, length) == TEMPER_OK;
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    CHECK(accepted > 0, "bits of the numbers may turn");
    temper_release(bytes);
}

static void every_allocation_fails(void) {
    size_t length = 0;
    char *bytes = good(&length);
    temper_model model;
    for (int64_t k = 1;; k++) {
        int64_t live = temper_alloc_live();
        temper_alloc_fail_at(k);
        temper_status status = temper_onnx_parse(&model, "bad.onnx", bytes, length, NULL);
        bool through = temper_alloc_count() < k;
        temper_alloc_fail_at(0);
        CHECK(through || (!model.network && !model.theta && !model.statistics),
              "allocation %lld: left behind", (long long)k);
        temper_model_clear(&model);
        CHECK(through ? status == TEMPER_OK : status == TEMPER_NO_MEMORY, "allocation %lld: status %d, %s",
              (long long)k, status, temper_message());
        CHECK(temper_alloc_live() == live, "allocation %lld leaks", (long long)k);
        if (through || check_bad) break;
    }
    temper_release(bytes);
}

/* ---- files by hand ---- */

/* A model of one node "x" → "y" with an initializer "w"; the pieces may be broken. */
static temper_text model_of(const char *type, const temper_text *tensor, int dims, const int64_t *shape) {
    temper_onnx_graph g = {0};
    temper_text model = {0}, copy = {0};
    temper_onnx_put_node(&g, type, "x w", "y", NULL, 0);
    if (tensor) {
        temper_text_bytes(&copy, tensor->data, tensor->length);
        temper_wire_inner(&g.graph, 5, &copy);
    }
    temper_onnx_put_value(&g, false, "x", dims, shape);
    temper_onnx_put_value(&g, true, "y", dims, shape);
    temper_onnx_put_model(&g, 13, "t", "1", &model);
    return model;
}

static temper_text tensor_of(int dims, const int64_t *shape, int kind, size_t bytes) {
    static const char zeros[64];
    temper_text t = {0}, raw = {0};
    for (int k = 0; k < dims; k++) temper_wire_int(&t, 1, (uint64_t)shape[k]);
    temper_wire_int(&t, 2, (uint64_t)kind);
    temper_wire_text(&t, 8, "w");
    temper_text_bytes(&raw, zeros, bytes);
    temper_wire_inner(&t, 9, &raw);
    return t;
}

static void refused(temper_text model, temper_status code, const char *words) {
    temper_model read;
    CHECK_FAILS(temper_onnx_parse(&read, "bad.onnx", model.data, model.length, NULL), code, words);
    CHECK(strlen(temper_message()) < 600 && !strchr(temper_message(), '\n'), "one sentence");
    temper_text_clear(&model);
}

static void tensors_that_lie(void) {
    static const struct {
        int dims;
        int64_t shape[9];
        int kind;
        size_t bytes;
        const char *words;
    } known[] = {{2, {2, 3}, 1, 20, "its shape asks for 6 numbers, there are 5"},
                 {2, {2, 3}, 1, 23, "and a part of one"},
                 {2, {2, 3}, 7, 24, "its shape asks for 6 numbers, there are 3"},
                 {2, {INT64_C(1) << 40, INT64_C(1) << 40}, 1, 4, "product is below 2^60"},
                 {2, {-1, 3}, 1, 4, "a shape of at most 8 whole numbers"},
                 {9, {1, 1, 1, 1, 1, 1, 1, 1, 1}, 1, 4, "a shape of at most 8 whole numbers"},
                 {1, {1 << 30}, 1, 4, "asks for 1073741824 numbers, there are 1"}};
    const int64_t three = 3;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        temper_text t = tensor_of(known[k].dims, known[k].shape, known[k].kind, known[k].bytes);
        refused(model_of("MatMul", &t, 1, &three), TEMPER_BAD_DATA, known[k].words);
        CHECK(strstr(temper_message(), "bad.onnx: tensor 'w'"), "no name in: %s", temper_message());
        temper_text_clear(&t);
    }
    const int64_t shape[] = {3, 2};
    temper_text t = tensor_of(2, shape, 1, 24);
    temper_wire_int(&t, 14, 1); /* data_location: elsewhere */
    refused(model_of("MatMul", &t, 1, &three), TEMPER_BAD_DATA, "external data");
    temper_text_clear(&t);
    t = tensor_of(2, shape, 8, 24); /* texts */
    refused(model_of("MatMul", &t, 1, &three), TEMPER_CANNOT, "are of type 8; legal are float");
    temper_text_clear(&t);
}

static void graphs_that_cannot_be(void) {
    const int64_t three = 3, shape[] = {3, 2}, image[] = {1, 4, 4};
    temper_text t = tensor_of(2, shape, 1, 24);
    refused(model_of("Erf", &t, 1, &three), TEMPER_CANNOT, "bad.onnx: Erf 'y': no layer of temper does that");
    refused(model_of("Loop", &t, 1, &three), TEMPER_CANNOT, "Loop 'y'");
    refused(model_of("Conv", &t, 3, image), TEMPER_CANNOT,
            "its input 2 is of another rank; legal is a constant with 4 extents");
    refused(model_of("MatMul", NULL, 1, &three), TEMPER_CANNOT, "its input 'w' is made by nobody");
    refused(model_of("MatMul", &t, 1, &shape[1]), TEMPER_CANNOT,
            "its weights are 3x2; legal are those for 2 inputs");
    refused(model_of("\x1b[31m", &t, 1, &three), TEMPER_CANNOT, "?[31m 'y'");
    temper_text_clear(&t);
    temper_onnx_graph g = {0};
    temper_text model = {0};
    temper_onnx_put_node(&g, "Relu", "y", "z", NULL, 0); /* a circle */
    temper_onnx_put_node(&g, "Relu", "z", "y", NULL, 0);
    temper_onnx_put_value(&g, false, "x", 1, &three);
    temper_onnx_put_value(&g, true, "y", 1, &three);
    temper_onnx_put_model(&g, 13, "t", "1", &model);
    refused(model, TEMPER_CANNOT, "made further down");
    model = (temper_text){0};
    temper_onnx_put_node(&g, "Relu", "x", "y", NULL, 0);
    temper_onnx_put_node(&g, "Tanh", "x", "y", NULL, 0);
    temper_onnx_put_value(&g, false, "x", 1, &three);
    temper_onnx_put_value(&g, true, "y", 1, &three);
    temper_onnx_put_model(&g, 13, "t", "1", &model);
    refused(model, TEMPER_BAD_DATA, "two things have the name 'y'");
    refused(
        (temper_text){.data = temper_strdup("\x3a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), .length = 11},
        TEMPER_BAD_DATA, "byte 0: expected a field of the model");
    refused((temper_text){.data = temper_strdup("hello"), .length = 5}, TEMPER_BAD_DATA, "not an ONNX file?");
    refused((temper_text){.data = temper_strdup(""), .length = 0}, TEMPER_BAD_DATA, "found none");
    CHECK(temper_alloc_live() == 0, "%lld blocks leak", (long long)temper_alloc_live());
}

/* Numbers that no product can hold; filters that are said twice, and differently. */
static void numbers_that_lie(void) {
    static const int64_t image[] = {1, 4, 4}, zeros[] = {0, 0, 0, 0}, ends[] = {9, 9, 9, 9},
                         axes[] = {2, 2, 3, 3};
    static const int64_t steps[][4] = {
        {INT64_C(1) << 40, INT64_C(1) << 40, 1, 1}, {255, 255, 255, 255}, {INT64_MIN, 2, 2, 2}};
    for (int k = 0; k < 3; k++) {
        temper_onnx_graph g = {0};
        temper_text model = {0};
        temper_onnx_put_node(&g, "Slice", "x a b c d", "y", NULL, 0);
        temper_onnx_put_wholes(&g, "a", 4, zeros), temper_onnx_put_wholes(&g, "b", 4, ends);
        temper_onnx_put_wholes(&g, "c", 4, axes), temper_onnx_put_wholes(&g, "d", 4, steps[k]);
        temper_onnx_put_value(&g, false, "x", 3, image), temper_onnx_put_value(&g, true, "y", 3, image);
        temper_onnx_put_model(&g, 13, "t", "1", &model);
        refused(model, TEMPER_CANNOT, "Slice 'y': its steps; legal are 1 ... 255");
    }
    static const int64_t filters[] = {1, 1, 2, 2};
    static const float w[4];
    temper_onnx_graph g = {0};
    temper_text model = {0};
    const temper_onnx_setting kernel = {.name = "kernel_shape", .count = 2, .list = {3, 3}};
    temper_onnx_put_node(&g, "Conv", "x w", "y", &kernel, 1);
    temper_onnx_put_floats(&g, "w", 4, filters, w);
    temper_onnx_put_value(&g, false, "x", 3, image), temper_onnx_put_value(&g, true, "y", 3, image);
    temper_onnx_put_model(&g, 13, "t", "1", &model);
    refused(model, TEMPER_CANNOT, "kernel_shape=3, and its filters have 2 rows");
}

/* Things without a name: a token of no bytes may lie nowhere, and nothing is compared there (the sanitizer sees it). */
static void nothing_has_a_name(void) {
    for (int output = 0; output < 2; output++) {
        temper_onnx_graph g = {0};
        temper_text model = {0};
        const int64_t three = 3;
        temper_onnx_put_node(&g, "Relu", "x", "y", NULL, 0);
        temper_wire_inner(&g.graph, output ? 12 : 11, &(temper_text){0});
        temper_onnx_put_value(&g, false, "x", 1, &three);
        if (!output) temper_onnx_put_value(&g, true, "y", 1, &three);
        temper_onnx_put_model(&g, 13, "t", "1", &model);
        refused(model, TEMPER_CANNOT, output ? "gives the output ''" : "has 2 inputs");
    }
}

/* 100,000 nodes are refused before there is room for them. */
static void too_many_nodes(void) {
    temper_text graph = {0}, model = {0};
    for (int k = 0; k < 100000; k++) temper_text_bytes(&graph, "\x0a\0", 2);
    temper_wire_text(&graph, 12, "");
    temper_wire_inner(&model, 7, &graph);
    refused(model, TEMPER_CANNOT, "the graph has 100000 nodes; read are up to 8192");
}

/* ---- npz ---- */

static temper_status read_npz(const char *bytes, size_t length) {
    const temper_network_io io = {.features = 3, .outputs = 2};
    const temper_model_how how = {.text = "perceptron", .io = &io};
    temper_model model;
    int64_t live = temper_alloc_live();
    FILE *f = fopen(packed, "wb");
    CHECK(f && fwrite(bytes, 1, length, f) == length && fclose(f) == 0, "written");
    temper_status status = temper_model_open(&model, packed, &how);
    temper_model_clear(&model);
    CHECK(temper_alloc_live() == live, "leaks");
    return status;
}

static void damaged_npz(void) {
    const int64_t shape[] = {2, 3};
    const float numbers[6] = {1, 2, 3, 4, 5, 6};
    const temper_npz_array array[] = {{"0.weight", 2, shape, numbers}, {"0.bias", 1, shape, numbers}};
    char *bytes = NULL;
    size_t length = 0;
    CHECK_OK(temper_npz_write(packed, array, 2));
    CHECK_OK(temper_read_file(packed, 1 << 20, &bytes, &length));
    CHECK_OK(read_npz(bytes, length));
    for (size_t cut = 1; cut < length; cut += 7)
        CHECK(read_npz(bytes, cut) == TEMPER_BAD_DATA, "cut at %zu", cut);
    for (size_t bit = 0; bit < 8 * length; bit += 37) {
        bytes[bit / 8] ^= (char)(1 << bit % 8);
        read_npz(bytes, length);
        bytes[bit / 8] ^= (char)(1 << bit % 8);
    }
    temper_release(bytes);
    unlink(packed);
}

int main(void) {
    RUN(damaged);
    RUN(every_allocation_fails);
    RUN(tensors_that_lie);
    RUN(graphs_that_cannot_be);
    RUN(numbers_that_lie);
    RUN(nothing_has_a_name);
    RUN(too_many_nodes);
    RUN(damaged_npz);
    return check_end();
}
