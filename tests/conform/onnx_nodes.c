/* Every node test of ONNX itself (Debian's libonnx-testdata) whose operator temper reads: the model of one node becomes a network, and its outputs
 * for input_0.pb are those of output_0.pb to 1e-5. The tests give all inputs of a node from outside; those behind the first are put into the graph
 * as initializers (messages that follow each other are one message). What temper's layers cannot say is refused with a sentence that names the
 * operator; those are counted, and each operator must pass somewhere. */
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include "base/memory.h"
#include "base/text.h"
#include "check.h"
#include "data/onnx.h"
#include "data/onnx_write.h"
#include "temper/onnx.h"

static const char *const folders[] = {"node", "simple", "pytorch-operator", "pytorch-converted"};
static const char *root = "/usr/share/libonnx-testdata/data";

typedef struct {
    const char *type;
    bool some; /* is there a test of it that temper can hold? */
    int passed, refused;
} operator;

static operator ops[] = {{"Gemm", true, 0, 0},
                         {"MatMul", true, 0, 0},
                         {"Conv", true, 0, 0},
                         {"BatchNormalization", true, 0, 0},
                         {"LayerNormalization", true, 0, 0},
                         {"Add", true, 0, 0},
                         {"Sub", true, 0, 0},
                         {"Mul", false, 0, 0},
                         {"Div", false, 0, 0},
                         {"Relu", true, 0, 0},
                         {"LeakyRelu", true, 0, 0},
                         {"Tanh", true, 0, 0},
                         {"Sigmoid", true, 0, 0},
                         {"Softplus", true, 0, 0},
                         {"Softmax", true, 0, 0},
                         {"LogSoftmax", true, 0, 0},
                         {"MaxPool", true, 0, 0},
                         {"AveragePool", true, 0, 0},
                         {"GlobalAveragePool", true, 0, 0},
                         {"Flatten", true, 0, 0},
                         {"Reshape", true, 0, 0},
                         {"Transpose", false, 0, 0},
                         {"Squeeze", true, 0, 0},
                         {"Unsqueeze", true, 0, 0},
                         {"Identity", true, 0, 0},
                         {"Dropout", true, 0, 0},
                         {"Cast", false, 0, 0},
                         {"ReduceMean", false, 0, 0},
                         {"Slice", false, 0, 0},
                         {"Pad", false, 0, 0},
                         {"Gather", false, 0, 0},
                         {"Concat", false, 0, 0}};
enum { OPS = sizeof ops / sizeof *ops };

typedef struct {
    char *data;
    size_t length;
} blob;

static bool read_blob(const char *folder, const char *test, const char *name, blob *b) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s/%s/%s", root, folder, test, name);
    return temper_read_file(path, 1 << 28, &b->data, &b->length) == TEMPER_OK;
}

/* ModelProto ▸ graph ▸ initializer: input k. */
static void add_initializer(temper_text *model, temper_token name, blob tensor) {
    temper_text t = {0}, graph = {0};
    char *copy = calloc(name.length + 1, 1);
    memcpy(copy, name.at, name.length);
    temper_text_bytes(&t, tensor.data, tensor.length);
    temper_wire_text(&t, 8, copy); /* the last name counts */
    temper_wire_inner(&graph, 5, &t);
    temper_wire_inner(model, 7, &graph);
    free(copy);
}

static operator* find_op(temper_token type) {
    for (int k = 0; k < OPS; k++)
        if (temper_onnx_is(type, ops[k].type)) return &ops[k];
    return NULL;
}

/* ln softmax and softmax are the loss's: the truth is made of temper's outputs here. */
static void last_softmax(const char *type, float *z, int64_t rows, int64_t n) {
    for (int64_t r = 0; r < rows; r++, z += n) {
        double sum = 0, top = -INFINITY;
        for (int64_t k = 0; k < n; k++) top = fmax(top, z[k]);
        for (int64_t k = 0; k < n; k++) sum += exp(z[k] - top);
        for (int64_t k = 0; k < n; k++)
            z[k] = (float)(*type == 'L' ? z[k] - top - log(sum) : exp(z[k] - top) / sum);
    }
}

/* Predictions of the model for the rows of x, beside y. */
static bool compare(const char *test, const operator* op, temper_model *model, const temper_onnx_tensor *x,
                    const temper_onnx_tensor *y) {
    const int64_t rows = x->dims ? x->shape[0] : 0, outputs = temper_network_outputs(model->network);
    float *X = malloc((size_t)x->count * sizeof *X), *Y = malloc((size_t)y->count * sizeof *Y),
          *Z = malloc((size_t)(rows * outputs + 1) * sizeof *Z);
    int64_t *row = malloc((size_t)(rows + 1) * sizeof *row), wrong = 0;
    for (int64_t i = 0; i < rows; i++) row[i] = i;
    CHECK(temper_onnx_floats(x, X) && temper_onnx_floats(y, Y), "%s: numbers", test);
    temper_samples samples = {.n = rows, .features = model->io.features, .X = X};
    CHECK(rows * model->io.features == x->count && rows * outputs == y->count, "%s: sizes", test);
    if (rows * model->io.features != x->count || rows * outputs != y->count) return false;
    CHECK_OK(temper_network_predict(model->network, &samples, NULL, row, rows, model->theta,
                                    model->statistics, Z));
    if (strstr(op->type, "oftmax")) last_softmax(op->type, Z, rows, outputs);
    for (int64_t k = 0; k < y->count; k++) {
        bool right = Z[k] == Y[k] || fabs(Z[k] - Y[k]) <= 1e-5 * fmax(1, fabs(Y[k]));
        wrong += !right;
        CHECK(right || wrong > 1, "%s: number %lld of %lld is %.9g, want %.9g", test, (long long)k,
              (long long)y->count, (double)Z[k], (double)Y[k]);
    }
    free(X), free(Y), free(Z), free(row);
    return !wrong;
}

static bool is_float(const blob *b, temper_onnx_tensor *t) {
    return temper_onnx_tensor_view(t, (temper_bytes){"pb", b->data, b->length}) == TEMPER_OK &&
           (t->kind == TEMPER_ONNX_F32 || t->kind == TEMPER_ONNX_F64 || t->kind == TEMPER_ONNX_F16);
}

/* true: a test of an operator that is read. */
static void one_test(const char *folder, const char *test) {
    blob model = {0}, input = {0}, output = {0};
    temper_onnx onnx = {0};
    temper_onnx_tensor x, y;
    if (!read_blob(folder, test, "model.onnx", &model)) return;
    operator* op = NULL;
    if (temper_onnx_view(&onnx, (temper_bytes){"model.onnx", model.data, model.length}) == TEMPER_OK) {
        const temper_onnx_node *last = &onnx.node[onnx.nodes - 1];
        bool one = true;
        for (int k = 0; k + 1 < onnx.nodes; k++) one &= temper_onnx_is(onnx.node[k].type, "Constant");
        op = one ? find_op(last->type) : NULL;
    }
    bool there = op && read_blob(folder, test, "test_data_set_0/input_0.pb", &input) &&
                 read_blob(folder, test, "test_data_set_0/output_0.pb", &output);
    if (there && is_float(&input, &x) && is_float(&output, &y)) {
        temper_text whole = {0};
        temper_model read = {0};
        temper_text_bytes(&whole, model.data, model.length);
        for (int k = 1; k < onnx.inputs; k++) {
            char name[64];
            blob more = {0};
            snprintf(name, sizeof name, "test_data_set_0/input_%d.pb", k);
            if (read_blob(folder, test, name, &more)) add_initializer(&whole, onnx.input[k].name, more);
            temper_release(more.data);
        }
        temper_status bad = temper_onnx_parse(&read, test, whole.data, whole.length, NULL);
        if (!bad) {
            op->passed += compare(test, op, &read, &x, &y);
        } else {
            op->refused++;
            CHECK(strstr(temper_message(), op->type) || strstr(temper_message(), "the graph has") ||
                      strstr(temper_message(), "no shape") ||
                      strstr(temper_message(), "nothing that depends") ||
                      strstr(temper_message(), "a sequence"),
                  "%s: %s", test, temper_message());
            if (getenv("TEMPER_ONNX_SHOW")) printf("  %s\n", temper_message());
        }
        temper_model_clear(&read);
        temper_text_clear(&whole);
    }
    temper_onnx_clear(&onnx);
    temper_release(model.data), temper_release(input.data), temper_release(output.data);
}

static void every_node(void) {
    char path[256];
    int passed = 0, refused = 0;
    for (size_t f = 0; f < sizeof folders / sizeof *folders; f++) {
        snprintf(path, sizeof path, "%s/%s", root, folders[f]);
        struct dirent **entry;
        int n = scandir(path, &entry, NULL, alphasort);
        if (n < 0) SKIP("no test data of ONNX (Debian: libonnx-testdata) in %s", root);
        for (int k = 0; k < n; k++) {
            if (entry[k]->d_name[0] != '.') one_test(folders[f], entry[k]->d_name);
            free(entry[k]);
        }
        free(entry);
    }
    for (int k = 0; k < OPS; k++) {
        printf("  %-20s %3d right, %3d refused\n", ops[k].type, ops[k].passed, ops[k].refused);
        CHECK(ops[k].passed > 0 || !ops[k].some, "no test of %s passed", ops[k].type);
        passed += ops[k].passed, refused += ops[k].refused;
    }
    printf("  together %d right, %d refused by name\n", passed, refused);
}

int main(int argc, char **argv) {
    if (argc > 1) root = argv[1];
    RUN(every_node);
    return check_end();
}
