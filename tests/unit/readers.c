/* Instance files and data files: hand-worked contents. Hostile ones stand in tests/fault/readers_corpus.c. */
#include <stdlib.h>
#include <unistd.h>
#include "base/memory.h"
#include "check.h"
#include "data/instance.h"
#include "data/rows.h"

static temper_status parse(temper_instance *instance, const char *text, temper_format format, int base,
                           int sign) {
    temper_reading how = {format, base, sign};
    return temper_instance_parse(instance, "t", text, strlen(text), &how);
}

static bool is_pair(const temper_instance *x, int64_t k, int i, int j, double J) {
    return k < x->count && x->pair[k].i == i && x->pair[k].j == j && x->pair[k].J == J;
}

/* A triangle with a tail. J = −w, cut = W/2 − H/2 with W = 2 + 3 − 1 + 1 = 5. */
static void rudy_with_weights(void) {
    temper_instance x;
    CHECK_OK(parse(&x, "4 4\n1 2 2\n3 2 3\n1 3 -1\n\n4 3 1\n", TEMPER_FORMAT_AUTO, 0, -1));
    CHECK(x.n == 4 && x.count == 4, "n %d count %lld", x.n, (long long)x.count);
    CHECK(is_pair(&x, 0, 0, 1, -2) && is_pair(&x, 1, 0, 2, 1) && is_pair(&x, 2, 1, 2, -3) &&
              is_pair(&x, 3, 2, 3, -1),
          "sorted pairs with J = -w");
    CHECK(!x.h && x.score && !strcmp(x.score, "cut"), "score");
    CHECK_NEAR(x.offset, 2.5, 0);
    CHECK_NEAR(x.factor, -0.5, 0);
    temper_instance_clear(&x);
}

static void rudy_without_weights(void) {
    temper_instance x;
    CHECK_OK(parse(&x, "# a path\r\n3 2 \r\n1 2\r\n2 3", TEMPER_FORMAT_RUDY, 0, -1));
    CHECK(x.n == 3 && is_pair(&x, 0, 0, 1, -1) && is_pair(&x, 1, 1, 2, -1), "weight 1 when there is none");
    temper_instance_clear(&x);
    CHECK_OK(parse(&x, "5 0\n", TEMPER_FORMAT_AUTO, 0, -1));
    CHECK(x.n == 5 && x.count == 0, "a graph without edges is a graph");
    temper_instance_clear(&x);
}

static void duplicates_add_up(void) {
    temper_instance x;
    CHECK_OK(parse(&x, "3 4\n1 2 2\n2 1 5\n2 3 1\n1 2 -4\n", TEMPER_FORMAT_RUDY, 0, -1));
    CHECK(x.count == 2 && is_pair(&x, 0, 0, 1, -3) && is_pair(&x, 1, 1, 2, -1), "2 + 5 - 4");
    temper_instance_clear(&x);
    CHECK_OK(parse(&x, "0 0 1\n0 0 0.5\n", TEMPER_FORMAT_COO, 0, -1));
    CHECK(x.count == 0 && x.h && x.h[0] == 1.5, "fields add up as well");
    temper_instance_clear(&x);
}

static void coordinates(void) {
    temper_instance x;
    const char *text = "1 2 0.5\n3 3 -2\n2 5 1e-3\n";
    CHECK_OK(parse(&x, text, TEMPER_FORMAT_AUTO, 1, -1));
    CHECK(x.n == 5 && is_pair(&x, 0, 0, 1, 0.5) && is_pair(&x, 1, 1, 4, 1e-3), "counted from 1");
    CHECK(x.h && x.h[2] == -2 && x.h[0] == 0 && !x.score, "i = i is a field; no score");
    temper_instance_clear(&x);
    CHECK_OK(parse(&x, text, TEMPER_FORMAT_COO, 0, +1));
    CHECK(x.n == 6 && is_pair(&x, 0, 1, 2, -0.5) && x.h[3] == 2, "counted from 0, H = +sum J s s");
    temper_instance_clear(&x);
}

/* Q = [[−3, 5, 0], [1, 4, −2], [0, 0, 7]]: by hand, with x = (1+s)/2,
 * J_01 = −6/4, J_12 = 2/4; h_0 = 3/2 − 6/4 = 0, h_1 = −2 − 6/4 + 2/4 = −3, h_2 = −7/2 + 2/4 = −3;
 * constant = (−3 + 4 + 7)/2 + (6 − 2)/4 = 5. */
static void qubo_matrix(void) {
    temper_instance x;
    CHECK_OK(parse(&x, "0 0 -3\n0 1 5\n1 0 1\n1 1 4\n1 2 -2\n2 2 7\n", TEMPER_FORMAT_QUBO, 0, -1));
    CHECK(x.n == 3 && is_pair(&x, 0, 0, 1, -1.5) && is_pair(&x, 1, 1, 2, 0.5), "J = -Q/4");
    CHECK(x.h[0] == 0 && x.h[1] == -3 && x.h[2] == -3, "h %g %g %g", x.h[0], x.h[1], x.h[2]);
    CHECK(!strcmp(x.score, "qubo") && x.offset == 5 && x.factor == 1, "offset %g", x.offset);
    temper_instance_clear(&x);
}

static void qubo_of_qbsolv(void) {
    temper_instance x;
    CHECK_OK(parse(&x,
                   "c a comment\np  qubo 0 4 2 2\nc nodes\n0 0 3.4\n1 1 4.5\nc couplers\n0 1 2.2\n1 2 3.5\n",
                   TEMPER_FORMAT_AUTO, 0, -1));
    CHECK(x.n == 4 && x.count == 2 && is_pair(&x, 1, 1, 2, -0.875), "maxNodes is the number of sites");
    CHECK_NEAR(x.offset, (3.4 + 4.5) / 2 + (2.2 + 3.5) / 4, 1e-15);
    temper_instance_clear(&x);
}

/* The file itself, plain and packed. */
static void write_file(const char *path, const void *bytes, size_t length) {
    FILE *f = fopen(path, "wb");
    if (f) fwrite(bytes, 1, length, f), fclose(f);
}

static void packed(void) {
    char path[] = "/tmp/temper_readersXXXXXX", text[64], command[128];
    int file = mkstemp(path);
    temper_instance x, y;
    temper_reading how = {TEMPER_FORMAT_AUTO, 0, -1};
    CHECK(file >= 0, "mkstemp");
    close(file);
    snprintf(text, sizeof text, "3 2\n1 2 5\n2 3 -1\n");
    write_file(path, text, strlen(text));
    CHECK_OK(temper_instance_read(&x, path, &how));
    CHECK(is_pair(&x, 0, 0, 1, -5), "plain");
    temper_instance_clear(&x);
    snprintf(command, sizeof command, "gzip -f %s", path);
    bool gzip = system(command) == 0;
    snprintf(command, sizeof command, "%s.gz", path);
    temper_status status = gzip ? temper_instance_read(&y, command, &how) : TEMPER_CANNOT;
    if (gzip) unlink(command);
    unlink(path);
    if (status == TEMPER_CANNOT) SKIP("no gzip here, or built without zlib");
    CHECK_OK(status);
    CHECK(is_pair(&y, 0, 0, 1, -5) && is_pair(&y, 1, 1, 2, 1), "packed");
    temper_instance_clear(&y);
    CHECK_FAILS(temper_instance_read(&y, "/nonexistent/graph", &how), TEMPER_BAD_FILE, "/nonexistent/graph");
}

static void text_rows(void) {
    temper_rows r;
    const char *text = "# two patterns\n1, -1 ,0.5\t\n\n-1 2e1 3\n4,5,6\n";
    CHECK_OK(temper_rows_parse(&r, "t", text, strlen(text), 100));
    const double truth[9] = {1, -1, 0.5, -1, 20, 3, 4, 5, 6};
    CHECK(r.rows == 3 && r.cols == 3 && !memcmp(r.x, truth, sizeof truth), "%lld x %lld", (long long)r.rows,
          (long long)r.cols);
    temper_rows_clear(&r);
    CHECK_OK(temper_rows_parse(&r, "t", text, strlen(text), 2));
    CHECK(r.rows == 2, "the first two only");
    temper_rows_clear(&r);
}

static void idx_rows(void) {
    temper_rows r;
    const char bytes[] = "\0\0\10\3\0\0\0\2\0\0\0\1\0\0\0\3\0\177\200\377\1\2";
    CHECK_OK(temper_rows_parse(&r, "t", bytes, sizeof bytes - 1, 100));
    const double truth[6] = {0, 127, 128, 255, 1, 2};
    CHECK(r.rows == 2 && r.cols == 3 && !memcmp(r.x, truth, sizeof truth), "two images of 1 x 3");
    temper_rows_clear(&r);
}

/* MNIST's first test image is a 7: 10000 images of 28 x 28, and 116 pixels with ink in the first (counted with
 * python's gzip and bytes.count). */
static void mnist(void) {
    const char *path = TEMPER_SOURCE_DIR "/../shared/data/mnist/t10k-images-idx3-ubyte.gz";
    temper_rows r;
    if (access(path, R_OK)) SKIP("no %s", path);
    temper_status status = temper_rows_read(&r, path, 20);
    if (status == TEMPER_CANNOT) SKIP("built without zlib");
    CHECK_OK(status);
    int ink = 0;
    for (int k = 0; k < 784; k++) ink += r.x[k] > 0;
    CHECK(r.rows == 20 && r.cols == 784 && ink == 116, "%lld x %lld, ink %d", (long long)r.rows,
          (long long)r.cols, ink);
    temper_rows_clear(&r);
}

int main(void) {
    int64_t live = temper_alloc_live();
    RUN(rudy_with_weights);
    RUN(rudy_without_weights);
    RUN(duplicates_add_up);
    RUN(coordinates);
    RUN(qubo_matrix);
    RUN(qubo_of_qbsolv);
    RUN(packed);
    RUN(text_rows);
    RUN(idx_rows);
    RUN(mnist);
    if (temper_alloc_live() != live)
        printf("FAILED: %lld blocks leaked\n", (long long)temper_alloc_live()), check_failed++;
    return check_end();
}
