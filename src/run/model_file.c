#include "run/model_file.h"
#include <math.h>
#include <string.h>
#include "base/json.h"
#include "base/memory.h"

static const char schema[] = "temper.network.file/1";
static const char *const losses[] = {"cross_entropy", "squared", "gaussian", "hinge"};

static bool labels(temper_loss loss) { return loss == TEMPER_CROSS_ENTROPY || loss == TEMPER_HINGE; }

static void numbers(temper_json *json, const char *name, const double *x, int64_t n) {
    temper_json_open(json, name, '[');
    for (int64_t k = 0; k < n; k++) temper_json_real(json, NULL, x[k]);
    temper_json_close(json, ']');
}

temper_status temper_model_file_print(const temper_model_file *f, temper_text *text) {
    temper_json json = {0};
    int64_t columns = f->scaling.features + f->scaling.outputs;
    temper_json_open(&json, NULL, '{');
    temper_json_string(&json, "schema", schema);
    temper_json_string(&json, "model", f->model);
    temper_json_string(&json, "loss", losses[f->loss]);
    temper_json_int(&json, "features", f->io.features);
    temper_json_int(&json, "channels", f->io.channels);
    temper_json_int(&json, "height", f->io.height);
    temper_json_int(&json, "width", f->io.width);
    temper_json_int(&json, "outputs", f->io.outputs);
    temper_json_int(&json, "first", f->first);
    temper_json_int(&json, "members", f->members);
    temper_json_int(&json, "samples", f->samples);
    numbers(&json, "shift", f->scaling.shift, columns);
    numbers(&json, "scale", f->scaling.scale, columns);
    if (f->loss == TEMPER_SQUARED) numbers(&json, "noise", f->noise, f->members * f->io.outputs);
    temper_json_close(&json, '}');
    temper_text_bytes(&json.text, "\n", 1);
    *text = json.text;
    return text->failed ? TEMPER_NO_MEMORY : TEMPER_OK;
}

typedef struct { /* the tree of the file; `bad` keeps the first failure */
    const char *path;
    const temper_json_node *tree;
    temper_status bad;
} reader;

static const temper_json_node *need(reader *r, const char *name, temper_json_kind kind, const char *what) {
    const temper_json_node *node = r->bad ? NULL : temper_json_member(r->tree, name);
    if (!r->bad && (!node || node->kind != kind))
        r->bad = temper_fail(TEMPER_BAD_DATA, "%s: \"%s\" must be %s", r->path, name, what);
    return r->bad ? NULL : node;
}

static int64_t whole(reader *r, const char *name, int64_t low) {
    const temper_json_node *node = need(r, name, TEMPER_JSON_NUMBER, "a whole number");
    if (!node) return 0;
    if (!(node->number >= (double)low && node->number <= 1e9 && node->number == floor(node->number)))
        r->bad = temper_fail(TEMPER_BAD_DATA, "%s: \"%s\" = %.9g is not a whole number in %lld … 1e9",
                             r->path, name, node->number, (long long)low);
    return r->bad ? 0 : (int64_t)node->number;
}

static double *array(reader *r, const char *name, int64_t n) {
    const temper_json_node *node = need(r, name, TEMPER_JSON_ARRAY, "a list of numbers");
    double *x = NULL;
    if (!node) return NULL;
    if (node->count != n)
        r->bad = temper_fail(TEMPER_BAD_DATA, "%s: \"%s\" has %d numbers, %lld are needed", r->path, name,
                             node->count, (long long)n);
    else if (!(x = temper_alloc((size_t)n, sizeof *x)))
        r->bad = TEMPER_NO_MEMORY;
    int64_t k = 0;
    for (const temper_json_node *at = node->child; x && at; at = at->next, k++) {
        if (at->kind != TEMPER_JSON_NUMBER && !r->bad)
            r->bad =
                temper_fail(TEMPER_BAD_DATA, "%s: \"%s\" has something that is no number", r->path, name);
        x[k] = at->number;
    }
    return x;
}

static void read_tree(reader *r, temper_model_file *f) {
    const temper_json_node *name = need(r, "schema", TEMPER_JSON_STRING, schema);
    if (name && strcmp(name->string, schema))
        r->bad = temper_fail(TEMPER_BAD_DATA, "%s: is not %s", r->path, schema);
    const temper_json_node *model = need(r, "model", TEMPER_JSON_STRING, "text");
    const temper_json_node *loss = need(r, "loss", TEMPER_JSON_STRING, "text");
    int kind = 0;
    while (loss && kind < 4 && strcmp(loss->string, losses[kind])) kind++;
    if (kind == 4)
        r->bad = temper_fail(TEMPER_BAD_DATA, "%s: there is no loss '%.40s'", r->path, loss->string);
    f->loss = (temper_loss)(kind & 3);
    f->io = (temper_network_io){whole(r, "features", 1), whole(r, "channels", 0), whole(r, "height", 0),
                                whole(r, "width", 0), whole(r, "outputs", 1)};
    f->first = whole(r, "first", 0), f->members = whole(r, "members", 1), f->samples = whole(r, "samples", 1);
    double pixels = (double)f->io.channels * (double)f->io.height * (double)f->io.width; /* up to 1e27 */
    if (!r->bad && f->io.channels && pixels != (double)f->io.features)
        r->bad = temper_fail(TEMPER_BAD_DATA, "%s: channels × height × width are not the features", r->path);
    f->scaling.features = f->io.features;
    f->scaling.outputs = labels(f->loss) ? 0 : f->io.outputs;
    int64_t columns = f->scaling.features + f->scaling.outputs;
    f->scaling.shift = array(r, "shift", columns);
    f->scaling.scale = array(r, "scale", columns);
    for (int64_t k = 0; k < columns && !r->bad; k++)
        if (!(f->scaling.scale[k] > 0))
            r->bad = temper_fail(TEMPER_BAD_DATA, "%s: \"scale\" has a number that is not above 0", r->path);
    if (f->loss == TEMPER_SQUARED) f->noise = array(r, "noise", f->members * f->io.outputs);
    if (!r->bad && !(f->model = temper_strdup(model->string))) r->bad = TEMPER_NO_MEMORY;
}

temper_status temper_model_file_read(temper_model_file *f, const char *path, const char *text,
                                     size_t length) {
    temper_json_node *tree = NULL;
    *f = (temper_model_file){0};
    temper_status bad = temper_json_read(text, length, &tree);
    if (bad == TEMPER_BAD_DATA) return temper_fail(bad, "%s: %s", path, temper_message());
    if (bad) return bad;
    reader r = {path, tree, TEMPER_OK};
    if (tree->kind == TEMPER_JSON_OBJECT)
        read_tree(&r, f);
    else
        r.bad = temper_fail(TEMPER_BAD_DATA, "%s: is not one JSON object", path);
    temper_release(tree);
    return r.bad;
}

void temper_model_file_clear(temper_model_file *f) {
    temper_release(f->model);
    temper_release(f->noise);
    temper_scaling_clear(&f->scaling);
    *f = (temper_model_file){0};
}
