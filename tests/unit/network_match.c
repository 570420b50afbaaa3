/* Weights under the names of somebody else's modules: by shape, by number, by place in the file, or not at all. */
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "check.h"
#include "data/npz_write.h"
#include "temper/onnx.h"

enum { LAYERS = 3, WIDTH = 3, EACH = WIDTH * WIDTH + WIDTH };
static const char path[] = "unit_network_match.npz";

/* Layer k of the file has this name, and the numbers 100 k, 100 k + 1, … */
static temper_status open_named(const char *const names[LAYERS], temper_model *model) {
    static const int64_t weight[] = {WIDTH, WIDTH}, bias[] = {WIDTH};
    char text[2 * LAYERS][40];
    float numbers[LAYERS * EACH];
    temper_npz_array array[2 * LAYERS];
    for (int k = 0; k < LAYERS; k++) {
        float *at = numbers + k * EACH;
        for (int i = 0; i < EACH; i++) at[i] = (float)(100 * k + i);
        snprintf(text[2 * k], sizeof text[0], "%s.weight", names[k]);
        snprintf(text[2 * k + 1], sizeof text[0], "%s.bias", names[k]);
        array[2 * k] = (temper_npz_array){text[2 * k], 2, weight, at};
        array[2 * k + 1] = (temper_npz_array){text[2 * k + 1], 1, bias, at + WIDTH * WIDTH};
    }
    const temper_network_io io = {.features = WIDTH, .outputs = WIDTH};
    CHECK_OK(temper_npz_write(path, array, 2 * LAYERS));
    temper_status status = temper_model_open(model, path, &(temper_model_how){.text = "mlp:3,3", .io = &io});
    unlink(path);
    return status;
}

/* The file's layer order[k] is layer k of the network. */
static void taken(const char *const names[LAYERS], const int order[LAYERS], const char *how) {
    temper_model model;
    CHECK_OK(open_named(names, &model));
    for (int k = 0; model.theta && k < LAYERS; k++) /* a bias lies behind the weights of its layer */
        CHECK(model.theta[k * EACH + WIDTH * WIDTH] == (float)(100 * order[k] + WIDTH * WIDTH),
              "layer %d of '%s', '%s', '%s': bias %g", k, names[0], names[1], names[2],
              (double)model.theta[k * EACH + WIDTH * WIDTH]);
    CHECK(model.remarks && strstr(model.remarks, how), "not '%s': %s", how, model.remarks);
    temper_model_clear(&model);
}

static void refused(const char *const names[LAYERS]) {
    temper_model model;
    CHECK_FAILS(open_named(names, &model), TEMPER_BAD_DATA, "which is which layer is not clear");
    temper_model_clear(&model);
}

static void by_number(void) {
    taken((const char *[]){"fc10", "fc9", "fc11"}, (int[]){1, 0, 2}, "by its shape and its number");
    taken((const char *[]){"a.3.x", "a.1.x", "a.02.x"}, (int[]){1, 2, 0}, "by its shape and its number");
}

/* Names that are in no order of their own: the file's is somebody's. */
static void by_place(void) {
    taken((const char *[]){"stem", "body", "head"}, (int[]){0, 1, 2}, "by its place in the file");
    taken((const char *[]){"in", "out", "last"}, (int[]){0, 1, 2}, "by its place in the file");
}

/* The alphabet's order says nothing of layers. */
static void not_clear(void) {
    refused((const char *[]){"body", "head", "stem"});
    refused((const char *[]){"decoder", "encoder", "head"});
}

static void nothing_leaks(void) {
    CHECK(temper_alloc_live() == 0, "%lld blocks", (long long)temper_alloc_live());
}

int main(void) {
    RUN(by_number);
    RUN(by_place);
    RUN(not_clear);
    RUN(nothing_leaks);
    return check_end();
}
