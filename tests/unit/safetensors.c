/* safetensors and npz: files by hand, hostile headers, weights there and back. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/memory.h"
#include "check.h"
#include "data/npz_write.h"
#include "data/safetensors.h"
#include "temper/catalogue.h"
#include "temper/weights.h"

/* A file from its header and `numbers` bytes 0, 1, 2, … */
static temper_bytes file_of(const char *header, size_t numbers, char *room) {
    size_t length = strlen(header);
    for (int k = 0; k < 8; k++) room[k] = (char)(length >> 8 * k);
    memcpy(room + 8, header, length);
    for (size_t k = 0; k < numbers; k++) room[8 + length + k] = (char)k;
    return (temper_bytes){"w.st", room, 8 + length + numbers};
}

static void by_hand(void) {
    static char room[1024];
    temper_tensors t;
    temper_bytes bytes = file_of("{\"b\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[16,24]},"
                                 "\"a\":{\"data_offsets\":[0,16],\"shape\":[2,1],\"dtype\":\"F64\"},"
                                 "\"e\":{\"dtype\":\"F16\",\"shape\":[],\"data_offsets\":[24,26]},"
                                 "\"z\":{\"dtype\":\"I64\",\"shape\":[0,3],\"data_offsets\":[26,26]},"
                                 "\"__metadata__\":{\"model\":\"mlp:3\"}}   ",
                                 26, room);
    double a[2] = {0.1, -3};
    float b[2] = {0.5f, -0.25f}, out[2];
    char *numbers = room + bytes.length - 26;
    memcpy(numbers, a, 16), memcpy(numbers + 16, b, 8), memcpy(numbers + 24, "\x00\xc0", 2); /* −2 */
    CHECK_OK(temper_tensors_view(&t, bytes));
    CHECK(t.tensors == 4 && !strcmp(t.tensor[0].name, "a") && !strcmp(t.tensor[1].name, "b"),
          "order of the file");
    const temper_tensor *e = temper_tensors_find(&t, "e");
    CHECK(e && e->dims == 0 && e->count == 1 && !temper_tensors_find(&t, "c"), "a number");
    temper_tensor_floats(&t, e, out);
    CHECK_NEAR(out[0], -2, 0);
    temper_tensor_floats(&t, temper_tensors_find(&t, "a"), out);
    CHECK(out[0] == 0.1f && out[1] == -3, "doubles");
    temper_tensor_floats(&t, temper_tensors_find(&t, "b"), out);
    CHECK(out[0] == 0.5f && out[1] == -0.25f, "floats");
    CHECK(!strcmp(temper_tensors_note(&t, "model"), "mlp:3") && !temper_tensors_note(&t, "data"), "notes");
    temper_tensors_clear(&t);
}

/* Half precision against its definition: (−1)^s 2^(e−15) (1 + m/1024), e = 0: 2^−14 m/1024. */
static void halves(void) {
    static char room[200000];
    temper_tensors t;
    temper_bytes bytes =
        file_of("{\"h\":{\"dtype\":\"F16\",\"shape\":[65536],\"data_offsets\":[0,131072]}} ", 131072, room);
    for (int k = 0; k < 65536; k++) {
        char *at = room + bytes.length - 131072 + 2 * k;
        at[0] = (char)(k & 255), at[1] = (char)(k >> 8);
    }
    float *out = malloc(65536 * sizeof *out);
    CHECK_OK(temper_tensors_view(&t, bytes));
    temper_tensor_floats(&t, t.tensor, out);
    for (int k = 0; k < 65536; k++) {
        int e = k >> 10 & 31, m = k & 1023, s = k >> 15;
        double want = e == 31 ? (m ? NAN : INFINITY)
                      : e     ? ldexp(1 + m / 1024.0, e - 15)
                              : ldexp(m / 1024.0, -14);
        if (s) want = -want;
        CHECK(isnan(want) ? isnan(out[k]) : (double)out[k] == want && !signbit(out[k]) == !s, "half %d: %g",
              k, (double)out[k]);
    }
    temper_tensors_clear(&t);
    free(out);
    /* bfloat16 is the upper half of a float: 0x4049 is 3.140625 */
    bytes = file_of("{\"h\":{\"dtype\":\"BF16\",\"shape\":[1],\"data_offsets\":[0,2]}} ", 2, room);
    memcpy(room + bytes.length - 2, "\x49\x40", 2);
    float pi;
    CHECK_OK(temper_tensors_view(&t, bytes));
    temper_tensor_floats(&t, t.tensor, &pi);
    CHECK_NEAR(pi, 3.140625, 0);
    temper_tensors_clear(&t);
}

#define T(name, dtype, shape, range)                                                                         \
    "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":" range "}"

static void hostile(void) {
    static const struct {
        const char *header;
        size_t numbers;
        const char *words;
    } known[] = {
        {"[]", 0, "byte 8: expected '{'"},
        {" {}", 0, "byte 8: expected '{'"},
        {"{\"a\":1", 0, "w.st: header: json: line 1"},
        {"{}", 4, "the tensors end at byte 0, but there are 4"},
        {"{\"a\":1}", 0, "tensor 'a': expected an object of dtype, shape and data_offsets"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "expected an object of dtype"},
        {"{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offset\":[0,4]}}", 4, "expected an object of dtype"},
        {"{" T("a", "F31", "[1]", "[0,4]") "}", 4, "a dtype of F64"},
        {"{" T("a", "F32", "[-1]", "[0,4]") "}", 4, "shape of at most 8 whole"},
        {"{" T("a", "F32", "[1.5]", "[0,4]") "}", 4, "shape of at most 8 whole"},
        {"{" T("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", 4, "shape of at most 8 whole"},
        {"{" T("a", "F32", "[4294967296,4294967296]", "[0,4]") "}", 4, "product is below 2^60"},
        {"{" T("a", "F32", "[9223372036854775807,2]", "[0,4]") "}", 4, "product is below 2^60"},
        {"{" T("a", "F32", "[1]", "[0,4,4]") "}", 4, "data_offsets [from, to]"},
        {"{" T("a", "F32", "[1]", "[4,0]") "}", 4, "data_offsets [from, to]"},
        {"{" T("a", "F32", "[1]", "[0,\"4\"]") "}", 4, "data_offsets [from, to]"},
        {"{" T("a", "F32", "[1]", "[0,18446744073709551620]") "}", 4, "data_offsets [from, to]"},
        {"{" T("a", "F32", "[2]", "[0,8]") "}", 4, "ends at byte 8, there are 4 (truncated"},
        {"{" T("a", "F32", "[2]", "[0,4]") "}", 4, "its shape needs 8 bytes, its data_offsets span 4"},
        {"{" T("a", "F32", "[1]", "[4,8]") "}", 8, "there is a gap"},
        {"{" T("a", "F32", "[1]", "[0,4]") "," T("b", "F32", "[1]", "[0,4]") "}", 8, "they overlap"},
        {"{" T("a", "F32", "[2]", "[0,8]") "," T("b", "F32", "[1]", "[4,8]") "}", 8, "they overlap"},
        {"{" T("a", "F32", "[1]", "[0,4]") "," T("b", "F32", "[1]", "[8,12]") "}", 12, "there is a gap"},
        {"{" T("a", "F32", "[1]", "[0,4]") "}", 8, "end at byte 4, but there are 8"},
        {"{" T("a", "F32", "[1]", "[0,4]") "," T("a", "F32", "[1]", "[4,8]") "}", 8, "json: line 1"},
        {"{\"__metadata__\":{\"a\":1}}", 0, "an object of texts"},
        {"{\"__metadata__\":[]}", 0, "an object of texts"},
    };
    static char room[4096];
    temper_tensors t;
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        CHECK_FAILS(temper_tensors_view(&t, file_of(known[k].header, known[k].numbers, room)),
                    TEMPER_BAD_DATA, known[k].words);
        CHECK(strstr(temper_message(), "w.st"), "no name in: %s", temper_message());
        CHECK(!t.tensor && !t.tree, "left behind");
    }
    CHECK_FAILS(temper_tensors_view(&t, (temper_bytes){"w.st", "\0\0\0", 3}), TEMPER_BAD_DATA,
                "expected 8 bytes");
    CHECK_FAILS(temper_tensors_view(&t, (temper_bytes){"w.st", "\x10\0\0\0\0\0\0\0{}", 10}), TEMPER_BAD_DATA,
                "truncated file");
    CHECK_FAILS(temper_tensors_view(&t, (temper_bytes){"w.st", "\0\0\0\0\0\0\0\x80{}", 10}), TEMPER_BAD_DATA,
                "up to 100000000");
    CHECK_FAILS(temper_tensors_view(&t, (temper_bytes){"w.st", "\0\0\0\0\0\0\0\0", 8}), TEMPER_BAD_DATA,
                "expected '{'");
}

/* A good file cut anywhere, or with any bit of its header turned, is refused or still right: never a crash. */
static void damaged(void) {
    static char room[1024], torn[1024];
    temper_bytes whole =
        file_of("{" T("a", "F32", "[1]", "[0,4]") "," T("b", "F64", "[2]", "[4,20]") "}", 20, room);
    temper_tensors t;
    for (size_t length = 0; length < whole.length; length++) {
        temper_bytes cut = {"w.st", room, length};
        CHECK(temper_tensors_view(&t, cut) == TEMPER_BAD_DATA, "cut at %zu", length);
    }
    for (size_t bit = 0; bit < 8 * (whole.length - 20); bit++) {
        memcpy(torn, room, whole.length);
        torn[bit / 8] = (char)(torn[bit / 8] ^ 1 << bit % 8);
        if (!temper_tensors_view(&t, (temper_bytes){"w.st", torn, whole.length})) {
            CHECK(t.tensors == 2 &&
                      t.tensor[0].to - t.tensor[0].from + t.tensor[1].to - t.tensor[1].from == 20,
                  "bit %zu", bit);
            temper_tensors_clear(&t);
        }
    }
}

/* ---- weights of a network ---- */

static const temper_network_io image = {64, 1, 8, 8, 10};
static char folder[64] = "/tmp/temper_weights_XXXXXX";

static const char *in_folder(const char *name) {
    static char path[4][128];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(path[turn], sizeof path[turn], "%s/%s", folder, name);
    return path[turn];
}

typedef struct {
    temper_network *network;
    float *theta, *statistics;
    size_t bytes, more;
} weights;

static weights made(const char *model) {
    weights w = {0};
    if (temper_network_create(&w.network, model, &image, &(temper_objective){0}))
        printf("%s\n", temper_message()), exit(1);
    w.bytes = (size_t)temper_network_parameters(w.network) * sizeof(float);
    w.more = (size_t)temper_network_statistics(w.network) * sizeof(float);
    w.theta = calloc(w.bytes + 4, 1), w.statistics = calloc(w.more + 4, 1);
    temper_network_start(w.network, TEMPER_INIT_GAUSSIAN, 1, (temper_stream){1, 1}, w.theta);
    for (size_t k = 0; k < w.more / 4; k++) w.statistics[k] = (float)k + 0.5f;
    return w;
}

static void drop(weights *w) {
    free(w->theta), free(w->statistics);
    temper_network_free(w->network);
}

static void there_and_back(void) {
    static const char *const models[] = {"mlp:7", "mlp:7,norm=batch", "lenet5:pad=2",
                                         "resnet:depth=8,width=2", "transformer:blocks=1,width=8,heads=2"};
    for (int m = 0; m < 5; m++) {
        weights w = made(models[m]), r = made(models[m]);
        const char *path = in_folder("w.safetensors");
        const temper_note notes[] = {{"data", "digits \"quoted\" ü"}, {"hash", "0123"}, {NULL, NULL}};
        memset(r.theta, 0, r.bytes), memset(r.statistics, 0, r.more);
        CHECK_OK(temper_weights_write(path, w.network, w.theta, w.statistics, notes));
        CHECK_OK(temper_weights_read(path, r.network, r.theta, r.statistics));
        CHECK(!memcmp(w.theta, r.theta, w.bytes) && !memcmp(w.statistics, r.statistics, w.more), "%s",
              models[m]);
        char *note;
        CHECK_OK(temper_weights_note(path, "data", &note));
        CHECK(note && !strcmp(note, "digits \"quoted\" ü"), "%s", note);
        temper_free(note);
        CHECK_OK(temper_weights_note(path, "model", &note));
        CHECK(note && !strcmp(note, temper_network_text(w.network)), "%s", note);
        temper_free(note);
        CHECK_OK(temper_weights_note(path, "weather", &note));
        CHECK(!note, "%s", note);
        drop(&w), drop(&r);
    }
}

static void misfits(void) {
    weights w = made("mlp:7"), wide = made("mlp:8"), deep = made("mlp:7,7"), norm = made("mlp:7,norm=batch");
    const char *path = in_folder("w.safetensors");
    float before = 77;
    CHECK_OK(temper_weights_write(path, w.network, w.theta, NULL, NULL));
    wide.theta[0] = before;
    CHECK_FAILS(temper_weights_read(path, wide.network, wide.theta, NULL), TEMPER_BAD_DATA,
                "tensor '0.weight' is 7x64, the network needs 8x64");
    CHECK(wide.theta[0] == before, "untouched");
    CHECK_FAILS(temper_weights_read(path, deep.network, deep.theta, NULL), TEMPER_BAD_DATA,
                "tensor '2.weight' is 10x7, the network needs 7x7");
    CHECK_FAILS(temper_weights_read(path, norm.network, norm.theta, norm.statistics), TEMPER_BAD_DATA,
                "there is no tensor '1.weight' (7)");
    CHECK_OK(temper_weights_write(path, norm.network, norm.theta, norm.statistics, NULL));
    CHECK_FAILS(temper_weights_read(path, w.network, w.theta, NULL), TEMPER_BAD_DATA, "tensor '2.weight'");
    weights short_one = made("perceptron"), long_one = made("graph:flatten; dense outputs; layer_norm");
    CHECK_OK(temper_weights_write(path, long_one.network, long_one.theta, NULL, NULL));
    CHECK_FAILS(temper_weights_read(path, short_one.network, short_one.theta, NULL), TEMPER_BAD_DATA,
                "tensor '1.weight' belongs to no layer of perceptron");
    w.theta[w.bytes / 4 - 1] = NAN; /* in the last array */
    CHECK_OK(temper_weights_write(path, w.network, w.theta, NULL, NULL));
    CHECK_FAILS(temper_weights_read(path, w.network, wide.theta, NULL), TEMPER_BAD_DATA,
                "of tensor '2.bias' is not finite");
    CHECK(wide.theta[0] == before, "untouched");
    CHECK_FAILS(temper_weights_write(in_folder("w.pt"), w.network, w.theta, NULL, NULL), TEMPER_BAD_OPTION,
                ".safetensors or .npz");
    CHECK_FAILS(temper_weights_write("/nowhere/w.npz", w.network, w.theta, NULL, NULL), TEMPER_BAD_FILE,
                "/nowhere/w.npz");
    CHECK_FAILS(temper_weights_read(in_folder("none.safetensors"), w.network, w.theta, NULL), TEMPER_BAD_FILE,
                "none.safetensors");
    CHECK_FAILS(temper_weights_read(in_folder("none.npz"), w.network, w.theta, NULL), TEMPER_BAD_FILE,
                "none.npz");
    drop(&w), drop(&wide), drop(&deep), drop(&norm), drop(&short_one), drop(&long_one);
}

/* Equal weights, equal bytes; aligned for those who map the file. */
static void bytes(void) {
    weights w = made("mlp:7,norm=batch");
    char *one, *two;
    size_t length, again;
    const char *const names[] = {"w.safetensors", "w.npz"};
    for (int k = 0; k < 2; k++) {
        const char *path = in_folder(names[k]);
        CHECK_OK(temper_weights_write(path, w.network, w.theta, w.statistics, NULL));
        CHECK_OK(temper_read_file(path, 1 << 20, &one, &length));
        CHECK_OK(temper_weights_write(path, w.network, w.theta, w.statistics, NULL));
        CHECK_OK(temper_read_file(path, 1 << 20, &two, &again));
        CHECK(length == again && !memcmp(one, two, length), "%s", names[k]);
        if (k == 0) CHECK(((unsigned char)one[0] & 7) == 0, "header of %d bytes", one[0]);
        temper_release(one), temper_release(two);
    }
    drop(&w);
}

static void memory(void) {
    weights w = made("mlp:7,norm=batch");
    int64_t live = temper_alloc_live();
    const char *const names[] = {"m.safetensors", "m.npz"};
    for (int f = 0; f < 2; f++)
        for (int64_t k = 1; k < 1000; k++) {
            char *note = NULL;
            temper_alloc_fail_at(k);
            temper_status bad =
                temper_weights_write(in_folder(names[f]), w.network, w.theta, w.statistics, NULL);
            if (!bad && f == 0)
                bad = temper_weights_read(in_folder(names[f]), w.network, w.theta, w.statistics);
            if (!bad && f == 0) bad = temper_weights_note(in_folder(names[f]), "model", &note);
            bool failed = temper_alloc_count() >= k;
            temper_alloc_fail_at(0);
            temper_free(note);
            CHECK(temper_alloc_live() == live, "allocation %lld leaks", (long long)k);
            if (!failed) break;
            CHECK(bad == TEMPER_NO_MEMORY, "allocation %lld: %d %s", (long long)k, bad, temper_message());
        }
    drop(&w);
}

int main(void) {
    if (!mkdtemp(folder)) return 1;
    RUN(by_hand);
    RUN(halves);
    RUN(hostile);
    RUN(damaged);
    RUN(there_and_back);
    RUN(misfits);
    RUN(bytes);
    RUN(memory);
    const char *const names[] = {"w.safetensors", "w.npz", "m.safetensors", "m.npz"};
    for (int k = 0; k < 4; k++) unlink(in_folder(names[k]));
    rmdir(folder);
    return check_end();
}
