/* Items to the text of a graph, the network, θ and statistics.
 *
 * A text is one chain of layers. Where an item reads something else than the layer before it, that was saved under a name, and the names are
 * used again once their last reader is passed. */
#include <stdio.h>
#include <string.h>
#include "base/memory.h"
#include "network/network_import.h"

typedef struct {
    net_import *im;
    bool used[NET_ITEMS], saved[NET_ITEMS];
    int next[NET_ITEMS]; /* item that is written after it */
    int last[NET_ITEMS]; /* the last reader */
    int name[NET_ITEMS]; /* of what is saved */
    bool taken[NET_ITEMS];
    temper_text text;
} writer;

/* What the output needs, and who reads what last. */
static void follow(writer *w, int output) {
    net_import *im = w->im;
    w->used[output] = true;
    for (int i = output; i > 0; i--) {
        if (!w->used[i]) continue;
        const int reads[2] = {im->item[i].in, im->item[i].other};
        for (int k = 0; k < 2; k++) {
            if (reads[k] < 0) continue;
            w->used[reads[k]] = true;
            if (i > w->last[reads[k]]) w->last[reads[k]] = i;
        }
    }
    for (int i = 0, before = -1; i <= output; i++) {
        if (!w->used[i]) continue;
        if (before >= 0) w->next[before] = i;
        before = i;
    }
    /* Saved is what somebody else than the next layer reads, or what a sum reads as its second. */
    for (int i = 1; i <= output; i++) {
        if (!w->used[i]) continue;
        if (w->next[im->item[i].in] != i) w->saved[im->item[i].in] = true;
        if (im->item[i].other >= 0) w->saved[im->item[i].other] = true;
    }
}

static void word(writer *w, const char *words, int name) {
    temper_text_add(&w->text, "%s", w->text.length ? "; " : "");
    if (name >= 0)
        temper_text_add(&w->text, "%s v%d", words, name);
    else
        temper_text_add(&w->text, "%s", words);
}

static void save(writer *w, int i) {
    int name = 0;
    if (!w->saved[i]) return;
    while (w->taken[name]) name++;
    w->taken[name] = true, w->name[i] = name;
    word(w, "save", name);
}

/* Names of items whose last reader is i are free again. */
static void forget(writer *w, int i) {
    const net_item *item = &w->im->item[i];
    const int reads[2] = {item->in, item->other};
    for (int k = 0; k < 2; k++)
        if (reads[k] >= 0 && w->saved[reads[k]] && w->last[reads[k]] == i)
            w->taken[w->name[reads[k]]] = false;
}

static void write_items(writer *w, int output) {
    int before = 0;
    save(w, 0);
    for (int i = 1; i <= output; i++) {
        const net_item *item = &w->im->item[i];
        if (!w->used[i]) continue;
        if (item->in != before) word(w, "from", w->name[item->in]);
        word(w, item->text, item->other >= 0 ? w->name[item->other] : -1);
        if (item->plain) temper_text_add(&w->text, " plain=yes");
        forget(w, i);
        save(w, i);
        before = i;
    }
}

/* A network must have parameters: where it has none, zeros are added to the data. */
static void add_zeros(writer *w, int output) {
    bool some = false;
    for (int i = 1; i <= output; i++) some |= w->used[i] && w->im->item[i].length[0] > 0;
    if (some) return;
    word(w, "position", -1);
    temper_text_add(&w->im->remarks,
                    "the network has no parameters; a layer 'position' of zeros was put in front\n");
}

static temper_status find_output(net_import *im, int *output, int64_t *outputs) {
    const temper_token name = im->file.output[0].name;
    char room[64];
    for (int v = 0; v < im->values; v++) {
        const net_value *value = &im->value[v];
        if (!temper_onnx_same(value->name, name)) continue;
        if (value->kind != NET_ACTIVITY) break;
        if (value->turned && value->shape[0] > 1 && value->shape[1] > 1)
            return temper_fail(
                TEMPER_CANNOT,
                "%s: the output '%s' is a sequence; legal is a vector, as the mean over tokens",
                im->file.name, temper_onnx_spell(name, room));
        *output = value->item, *outputs = net_import_features(value);
        return TEMPER_OK;
    }
    return temper_fail(TEMPER_CANNOT, "%s: nothing that depends on the data gives the output '%s'",
                       im->file.name, temper_onnx_spell(name, room));
}

static temper_status make_network(net_import *im, const char *text, int64_t outputs, temper_model *model) {
    const net_extent *s = &im->item[0].shape;
    const temper_network_io *io = im->how ? im->how->io : NULL;
    const temper_objective *objective = im->how ? im->how->objective : NULL;
    model->objective.loss = im->softmax || outputs > 1 ? TEMPER_CROSS_ENTROPY : TEMPER_SQUARED;
    if (objective) model->objective = *objective;
    if (model->objective.loss == TEMPER_GAUSSIAN_NLL) outputs /= 2;
    model->io = (temper_network_io){.features = s->channels * s->height * s->width, .outputs = outputs};
    if (s->height * s->width > 1)
        model->io.channels = s->channels, model->io.height = s->height, model->io.width = s->width;
    if (io && io->outputs && io->outputs != outputs)
        return temper_fail(TEMPER_BAD_DATA, "%s: gives %lld numbers, the data ask for %lld", im->file.name,
                           (long long)outputs, (long long)io->outputs);
    return temper_network_create(&model->network, text, &model->io, &model->objective);
}

/* The arrays of the network come in the order of the layers that have any, and so do the parts of the items. */
static temper_status take_numbers(const writer *w, int output, temper_model *model) {
    const int64_t P = temper_network_parameters(model->network),
                  S = temper_network_statistics(model->network);
    temper_array array;
    int k = 0;
    model->theta = temper_alloc((size_t)P, sizeof *model->theta);
    if (S) model->statistics = temper_alloc((size_t)S, sizeof *model->statistics);
    if (!model->theta || (S && !model->statistics)) return TEMPER_NO_MEMORY;
    for (int i = 1; i <= output; i++)
        for (int p = 0; p < NET_PARTS && w->used[i]; p++) {
            const net_item *item = &w->im->item[i];
            if (item->length[p] == 0) continue;
            if (!temper_network_array(model->network, k, &array) || array.length != item->length[p])
                return temper_fail(TEMPER_CANNOT, "%s: the parameters of '%s' do not fit (array %d)",
                                   w->im->file.name, item->text, k);
            temper_network_import(model->network, k++, item->part[p],
                                  array.statistic ? model->statistics : model->theta);
        }
    return TEMPER_OK; /* what is left: the zeros of add_zeros */
}

temper_status net_import_finish(net_import *im, temper_model *model) {
    int output = 0;
    int64_t outputs = 0;
    temper_status bad = find_output(im, &output, &outputs);
    if (bad) return bad;
    writer *w = temper_alloc(1, sizeof *w);
    if (!w) return TEMPER_NO_MEMORY;
    w->im = im;
    follow(w, output);
    add_zeros(w, output);
    write_items(w, output);
    temper_text whole = {0};
    temper_text_add(&whole, "graph:%s", w->text.data ? w->text.data : "");
    if (w->text.failed || whole.failed || im->remarks.failed) bad = TEMPER_NO_MEMORY;
    if (!bad) bad = make_network(im, whole.data, outputs, model);
    if (!bad) bad = take_numbers(w, output, model);
    if (!bad && !(model->remarks = temper_strdup(im->remarks.data ? im->remarks.data : "")))
        bad = TEMPER_NO_MEMORY;
    temper_text_clear(&w->text);
    temper_text_clear(&whole);
    temper_release(w);
    return bad;
}
