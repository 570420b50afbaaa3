/* The published model CD25(500) of Salakhutdinov and Murray (2008), cut to its first 10 and 20 hidden units: ln Z by enumeration. The
 * values were computed from the parameters rounded to float32, with NumPy and with a Gray code in C. */
#include <stdlib.h>
#include <time.h>
#include "check.h"
#include "base/memory.h"
#include "core/enumerate.h"
#include "core/pseudo.h"
#include "data/samples.h"
#include "temper/cpu.h"
#include "temper/parallel.h"

enum { V = 784, HIDDEN = 500, UNPACKED = 3154704 };
static float W[V * HIDDEN], cut[V * HIDDEN], b[V], c[HIDDEN];
static bool loaded;

static double number(const char *at) { /* little-endian */
    double x;
    memcpy(&x, at, sizeof x);
    return x;
}

static uint32_t word(const char *at) {
    uint32_t x;
    memcpy(&x, at, sizeof x);
    return x;
}

static char *whole(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    char *data = malloc(8 << 20);
    *length = data ? fread(data, 1, 8 << 20, file) : 0;
    fclose(file);
    return data;
}

/* A MATLAB 5 file: after 128 bytes, elements of type, size and a zlib stream each. The last one unpacks to a matrix whose data element,
 * after flags, dimensions and a name (7 words of 8 bytes), holds the bytes of the object. */
static void load(void) {
    size_t length = 0, at = 128, member = 0, size = 0;
    char *file = whole(TEMPER_SOURCE_DIR "/../shared/data/rbm/rbm_CD25_500.mat", &length);
    for (; file && at + 8 <= length; at += 8 + word(file + at + 4))
        if (word(file + at) == 15) member = at + 8, size = word(file + at + 4);
    char *blob = calloc(1, UNPACKED);
    if (member && member + size <= length &&
        blob) { /* raw deflate lies between two bytes of head and four of checksum */
        temper_bytes packed = {"rbm_CD25_500.mat", file + member + 2, size - 6};
        loaded = temper_inflate(packed, blob, UNPACKED) == TEMPER_OK;
        if (!loaded) printf("  %s\n", temper_message());
    }
    const char *w = blob ? blob + 56 : NULL;
    for (int j = 0; loaded && j < HIDDEN; j++)
        for (int i = 0; i < V; i++) W[i * HIDDEN + j] = (float)number(w + 832 + 8 * (j * V + i));
    for (int i = 0; loaded && i < V; i++) b[i] = (float)number(w + 3136888 + 8 * i);
    for (int j = 0; loaded && j < HIDDEN; j++) c[j] = (float)number(w + 3143216 + 8 * j);
    free(blob);
    free(file);
}

static temper_two_layers first_units(int64_t H) {
    for (int i = 0; i < V; i++)
        for (int64_t j = 0; j < H; j++) cut[i * H + j] = W[i * HIDDEN + j];
    return (temper_two_layers){TEMPER_BINARY, TEMPER_BINARY, V, H, 1, 1, cut, b, c};
}

static void log_z_of_the_first_units(void) {
    double log_z;
    if (!loaded) SKIP("no ../shared/data/rbm/rbm_CD25_500.mat (or no zlib)");
    temper_two_layers of = first_units(10);
    CHECK_OK(temper_enumerate(&of, 1, &log_z, NULL, NULL));
    CHECK_NEAR(log_z, 302.6111080245, 1e-8);
    of = first_units(20);
    CHECK_OK(temper_enumerate(&of, 1, &log_z, NULL, NULL));
    CHECK_NEAR(log_z, 303.1291949661, 1e-8);
}

/* The slope of ln Z in one bias against its moment, and the seconds of the sum on one thread. */
static void moments_and_seconds(void) {
    static double stat[V * 14 + V + 14];
    double log_z, up, energy;
    if (!loaded) SKIP("no ../shared/data/rbm/rbm_CD25_500.mat (or no zlib)");
    temper_two_layers of = first_units(14);
    CHECK_OK(temper_enumerate(&of, 1, &log_z, stat, &energy));
    float before = b[400], step = 0x1p-10F;
    b[400] = before + step;
    CHECK_OK(temper_enumerate(&of, 1, &up, NULL, NULL));
    double rise = up - log_z, width = (double)b[400] - (double)before, mean = stat[V * 14 + 400];
    b[400] = before;
    CHECK_NEAR(rise / width, mean + 0.5 * width * mean * (1 - mean), 1e-7);
    CHECK_OK(temper_threads(1));
    of = first_units(20);
    for (int level = TEMPER_CPU_AVX2; level <= (int)temper_cpu_best(); level++) {
        CHECK_OK(temper_cpu_cap(temper_cpu_name((temper_cpu)level)));
        double best = 1e9;
        for (int turn = 0; turn < 3; turn++) {
            clock_t begin = clock();
            CHECK_OK(temper_enumerate(&of, 1, &log_z, NULL, NULL));
            double seconds = (double)(clock() - begin) / CLOCKS_PER_SEC;
            best = seconds < best ? seconds : best;
        }
        printf("  784 x 20 on %s, one thread: %.3f s\n", temper_cpu_name((temper_cpu)level), best);
    }
    CHECK_OK(temper_cpu_cap("auto"));
    CHECK_OK(temper_threads(0));
}

/* Rows drawn from nowhere: the whole model's pseudo-likelihood, its cost. */
static void pseudo_likelihood_seconds(void) {
    static float X[64 * V], grad[V * HIDDEN + V + HIDDEN];
    double out[64];
    if (!loaded) SKIP("no ../shared/data/rbm/rbm_CD25_500.mat (or no zlib)");
    temper_two_layers of = {TEMPER_BINARY, TEMPER_BINARY, V, HIDDEN, 1, 1, W, b, c};
    temper_rows_view rows = {64, V, X, NULL};
    for (int k = 0; k < 64 * V; k++)
        X[k] = (float)(temper_word((temper_stream){1, 1}, TEMPER_FOR_TESTS, 0, k) % 8 == 0);
    CHECK_OK(temper_threads(1));
    for (int with = 0; with < 2; with++) {
        clock_t begin = clock();
        CHECK_OK(temper_pseudo(&of, &rows, out, with ? grad : NULL));
        printf("  pseudo-likelihood of 784 x 500%s: %.3f ms a row\n", with ? " and its gradient" : "",
               1e3 * (double)(clock() - begin) / CLOCKS_PER_SEC / 64);
    }
    CHECK_OK(temper_threads(0));
}

int main(void) {
    load();
    RUN(log_z_of_the_first_units);
    RUN(moments_and_seconds);
    RUN(pseudo_likelihood_seconds);
    return check_end();
}
