/* Readers of data sets on hand-made files whose content stands beside them. Hostile ones: tests/fault/dataset_corpus.c. */
#include "base/memory.h"
#include "check.h"
#include "data/array.h"
#include "data/binary.h"
#include "data/texts.h"

static temper_bytes bytes_of(const char *text) { return (temper_bytes){"t", text, strlen(text)}; }

static bool same_X(const temper_samples *s, const float *truth) {
    return !memcmp(s->X, truth, (size_t)(s->n * s->features) * sizeof *truth);
}

static bool same_y(const temper_samples *s, const char *digits) {
    bool same = s->y && (int64_t)strlen(digits) == s->n;
    for (int64_t i = 0; same && i < s->n; i++) same = s->y[i] == digits[i] - '0';
    return same;
}

static temper_status csv(temper_samples *s, const char *text, const char *label, int header, int task) {
    const temper_csv_how how = {label, header, 0, (temper_task)task};
    *s = (temper_samples){0};
    return temper_csv_take(s, bytes_of(text), &how);
}

static void csv_plain(void) {
    temper_samples s;
    const float truth[] = {5.1f, 3.5f, -2, 1e3f, 0.5f, 4};
    CHECK_OK(csv(&s, "5.1,3.5,b\n\n-2, 1e3 ,a\n# comment\n0.5,4,b\r\n", "last", 0, 0));
    CHECK(s.n == 3 && s.features == 2 && s.classes == 2 && same_X(&s, truth) && same_y(&s, "101"),
          "sorted by bytes");
    CHECK(!s.channels && !s.t && !s.outputs && !s.held, "nothing else");
    temper_samples_clear(&s);
    CHECK_OK(csv(&s, "10\t0.25\n9\t1\n10\t2", "first", 0, 0));
    CHECK(s.n == 3 && s.features == 1 && same_y(&s, "101") && s.X[2] == 2,
          "numbers sort by value: 9 before 10");
    temper_samples_clear(&s);
    CHECK_OK(csv(&s, "1;2\n3;4\n", "none", 0, 0));
    CHECK(s.n == 2 && s.features == 2 && !s.y && !s.t, "no label");
    temper_samples_clear(&s);
    CHECK_OK(csv(&s, "  1   2 3  \n 4 5 6\n", "last", 0, 0));
    CHECK(s.n == 2 && s.features == 2 && same_y(&s, "01") && s.X[3] == 5, "blanks");
    temper_samples_clear(&s);
}

static void csv_header(void) {
    temper_samples s;
    const char *text = "\xef\xbb\xbfwidth,\"kind, of it\",height\n1,\"x \"\"y\"\"\",2\n3,z,4\n";
    CHECK_OK(csv(&s, text, "kind, of it", 0, 0));
    const float truth[] = {1, 2, 3, 4};
    CHECK(s.n == 2 && s.features == 2 && same_X(&s, truth) && same_y(&s, "01"), "label by name, in quotes");
    temper_samples_clear(&s);
    CHECK_OK(csv(&s, "1,2\n3,4\n", "last", 1, 0));
    CHECK(s.n == 1 && s.X[0] == 3, "header=yes takes numbers for names");
    temper_samples_clear(&s);
    CHECK_OK(csv(&s, "a,b\n3,4\n5,4", "last", 0, 0));
    CHECK(s.n == 2 && s.classes == 1, "auto: words above numbers");
    temper_samples_clear(&s);
    CHECK_FAILS(csv(&s, "a,b\n3,4\n", "last", 2, 0), TEMPER_BAD_DATA, "t:1: expected a number");
    temper_samples_clear(&s);
    CHECK_FAILS(csv(&s, "a,1,b\n3,4,5\n", "last", 0, 0), TEMPER_BAD_DATA,
                "t:1: expected a number"); /* half a header */
    temper_samples_clear(&s);
}

static void csv_tasks(void) {
    temper_samples s;
    CHECK_OK(csv(&s, "1,0.5\n2,1\n3,-7e10", "last", 0, TEMPER_TASK_AUTO));
    CHECK(!s.y && s.t && s.outputs == 1 && s.t[0] == 0.5 && s.t[2] == -7e10, "broken labels are targets");
    temper_samples_clear(&s);
    CHECK_OK(csv(&s, "1,3\n2,1\n3,3", "last", 0, TEMPER_TASK_AUTO));
    CHECK(s.classes == 2 && same_y(&s, "101"), "whole ones are classes, renumbered in ascending order");
    temper_samples_clear(&s);
    CHECK_OK(csv(&s, "1,3\n2,1\n3,3", "last", 0, TEMPER_TASK_REGRESSION));
    CHECK(s.t && s.t[1] == 1, "unless told");
    temper_samples_clear(&s);
    CHECK_OK(csv(&s, "1,0.5\n2,0.25", "last", 0, TEMPER_TASK_CLASS));
    CHECK(same_y(&s, "10"), "or told otherwise");
    temper_samples_clear(&s);
    char text[101 * 8 + 1] = "";
    for (int k = 0; k <= 100; k++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "0,%d\n", 7 * k % 101);
    CHECK_OK(csv(&s, text, "last", 0, TEMPER_TASK_AUTO));
    CHECK(s.t && s.t[3] == 21, "101 different whole numbers are targets");
    temper_samples_clear(&s);
    CHECK_OK(csv(&s, text, "last", 0, TEMPER_TASK_CLASS));
    CHECK(s.classes == 101 && s.y[3] == 21, "and 101 classes where told");
    temper_samples_clear(&s);
}

static void arff(void) {
    const char *text =
        "% comment\n@RELATION 'a b'\n\n@attribute len numeric\n@attribute 'my col' {red, 'dark, blue'}\n"
        "@attribute\tw REAL\n@ATTRIBUTE class { b,a }\n@Data\n1,red,2.5,a\n% more\n-3,'dark, "
        "blue',4,b\n0,red,0,b";
    const temper_arff_how how = {"last", true}, plain = {"last", false}, named = {"w", true},
                          none = {"none", true};
    temper_samples s = {0};
    const float truth[] = {1, 1, 0, 2.5f, -3, 0, 1, 4, 0, 1, 0, 0};
    CHECK_OK(temper_arff_take(&s, bytes_of(text), &how));
    CHECK(s.n == 3 && s.features == 4 && s.classes == 2 && same_X(&s, truth) && same_y(&s, "100"),
          "in declared order");
    temper_samples_clear(&s);
    CHECK_FAILS(temper_arff_take(&s, bytes_of(text), &plain), TEMPER_BAD_DATA, "onehot=yes");
    temper_samples_clear(&s);
    CHECK_OK(temper_arff_take(&s, bytes_of(text), &named));
    CHECK(s.features == 5 && s.t && s.t[0] == 2.5 && s.X[4] == 1 && s.X[3] == 0,
          "a numeric label is a target");
    temper_samples_clear(&s);
    CHECK_OK(temper_arff_take(&s, bytes_of(text), &none));
    CHECK(s.features == 6 && !s.t && !s.y, "no label");
    temper_samples_clear(&s);
}

static void libsvm(void) {
    const char *text = "+1 1:0.5 4:2\n-1 2:-1e2\n+1\n-1 3:7 4:1 \n";
    const float truth[] = {0.5f, 0, 0, 2, 0, -100, 0, 0, 0, 0, 0, 0, 0, 0, 7, 1};
    temper_samples s = {0};
    CHECK_OK(temper_libsvm_take(&s, bytes_of(text), 0, TEMPER_TASK_AUTO));
    CHECK(s.n == 4 && s.features == 4 && same_X(&s, truth) && same_y(&s, "1010"), "-1 before +1");
    temper_samples_clear(&s);
    CHECK_OK(temper_libsvm_take(&s, bytes_of(text), 6, TEMPER_TASK_REGRESSION));
    CHECK(s.features == 6 && s.X[3] == 2 && s.X[7] == -100 && s.t[1] == -1,
          "more features than the file shows");
    temper_samples_clear(&s);
    CHECK_FAILS(temper_libsvm_take(&s, bytes_of(text), 3, TEMPER_TASK_AUTO), TEMPER_BAD_DATA,
                "up to features=3, found 4");
    temper_samples_clear(&s);
}

static void fann(void) {
    temper_samples s = {0};
    CHECK_OK(
        temper_fann_take(&s, bytes_of("3 2 3\n-1 0.5\n0 1 0\n1\n2 0 0 1\n3 4\n1 0 0\n"), TEMPER_TASK_AUTO));
    const float truth[] = {-1, 0.5f, 1, 2, 3, 4};
    CHECK(s.n == 3 && s.features == 2 && s.classes == 3 && same_X(&s, truth) && same_y(&s, "120") && !s.t,
          "one of three");
    temper_samples_clear(&s);
    CHECK_OK(temper_fann_take(&s, bytes_of("2 1 2\n1\n0.5 -2\n3\n0 1"), TEMPER_TASK_AUTO));
    CHECK(s.outputs == 2 && !s.y && s.t[0] == 0.5 && s.t[3] == 1 && s.classes == 0, "two targets");
    temper_samples_clear(&s);
    CHECK_OK(temper_fann_take(&s, bytes_of("3 1 1\n1 -1\n2 1\n3 -1"), TEMPER_TASK_AUTO));
    CHECK(s.classes == 2 && same_y(&s, "010"), "one output of ±1");
    temper_samples_clear(&s);
    CHECK_OK(temper_fann_take(&s, bytes_of("2 1 2\n1 1 1\n2 1 -1"), TEMPER_TASK_AUTO));
    CHECK(!s.y && s.t, "two ones are no class");
    temper_samples_clear(&s);
    CHECK_OK(temper_fann_take(&s, bytes_of("1 1 3\n5 1 0 1"), TEMPER_TASK_AUTO));
    CHECK(!s.y && s.outputs == 3, "nor with a 0 between them");
    temper_samples_clear(&s);
    CHECK_OK(temper_fann_take(&s, bytes_of("2 1 2\n1 -1 1\n2 1 -1"), TEMPER_TASK_REGRESSION));
    CHECK(!s.y && s.t[0] == -1, "targets where told");
    temper_samples_clear(&s);
    CHECK_FAILS(temper_fann_take(&s, bytes_of("1 1 1\n1 0.5"), TEMPER_TASK_CLASS), TEMPER_BAD_DATA,
                "pair 1: expected one");
    temper_samples_clear(&s);
}

static void cifar(void) {
    static char file[2 * 3074];
    temper_samples s = {0};
    file[0] = 3, file[1] = (char)250, file[3073] = 9, file[3074 + 3071] = 7;
    CHECK_OK(temper_cifar_take(&s, (temper_bytes){"t", file, 2 * 3073}, 1, 0));
    CHECK(s.n == 2 && s.features == 3072 && s.channels == 3 && s.height == 32 && s.width == 32, "shape");
    CHECK(s.classes == 10 && same_y(&s, "39") && s.X[0] == 250 && s.X[3072 + 3071] == 7, "10");
    temper_samples_clear(&s);
    memset(file, 0, sizeof file);
    file[0] = 19, file[1] = 99, file[2] = 5, file[3074] = 2, file[3075] = 1, file[2 * 3074 - 1] = 8;
    CHECK_OK(temper_cifar_take(&s, (temper_bytes){"t", file, sizeof file}, 2, 0));
    CHECK(s.classes == 20 && s.y[0] == 19 && s.y[1] == 2 && s.X[0] == 5 && s.X[6143] == 8, "coarse");
    temper_samples_clear(&s);
    CHECK_OK(temper_cifar_take(&s, (temper_bytes){"t", file, sizeof file}, 2, 1));
    CHECK(s.classes == 100 && s.y[0] == 99 && s.y[1] == 1, "fine");
    temper_samples_clear(&s);
}

static void idx_types(void) {
    temper_array a, b;
    temper_samples s = {0};
    CHECK_OK(temper_idx_view(&a, (temper_bytes){"t", "\0\0\13\2\0\0\0\1\0\0\0\2\377\376\1\0", 16}));
    CHECK(a.rank == 2 && a.count == 2 && temper_array_at(&a, 0) == -2 && temper_array_at(&a, 1) == 256,
          "16 bits, big-endian");
    CHECK_OK(temper_idx_view(&a, (temper_bytes){"t", "\0\0\15\1\0\0\0\1\277\300\0\0", 12}));
    CHECK(temper_array_at(&a, 0) == -1.5, "0xbfc00000 is -1.5f");
    CHECK_OK(temper_idx_view(&a, (temper_bytes){"t", "\0\0\16\1\0\0\0\1\100\4\0\0\0\0\0\0", 16}));
    CHECK(temper_array_at(&a, 0) == 2.5, "0x4004… is 2.5");
    CHECK_OK(temper_idx_view(&a, (temper_bytes){"t", "\0\0\11\1\0\0\0\1\200", 9}));
    CHECK(temper_array_at(&a, 0) == -128, "signed byte");
    CHECK_OK(temper_idx_view(&a, (temper_bytes){"t", "\0\0\14\1\0\0\0\1\377\377\377\375", 12}));
    CHECK(temper_array_at(&a, 0) == -3, "32 bits");
    CHECK_OK(
        temper_idx_view(&a, (temper_bytes){"t", "\0\0\10\3\0\0\0\2\0\0\0\1\0\0\0\3\0\177\200\377\1\2", 22}));
    CHECK_OK(temper_idx_view(&b, (temper_bytes){"t", "\0\0\10\1\0\0\0\2\0\5", 10}));
    CHECK_OK(temper_arrays_take(&s, &a, &b, TEMPER_TASK_AUTO));
    const float truth[] = {0, 127, 128, 255, 1, 2};
    CHECK(s.n == 2 && s.features == 3 && s.channels == 1 && s.height == 1 && s.width == 3 &&
              same_X(&s, truth),
          "images");
    CHECK(s.classes == 6 && same_y(&s, "05"), "classes keep their numbers");
    temper_samples_clear(&s);
}

/* An npy file: version 1.0, this header, these bytes. */
static temper_bytes npy(char *out, const char *header, const char *data, size_t length) {
    size_t size = strlen(header);
    memcpy(out, "\x93NUMPY\1\0", 8);
    out[8] = (char)(size & 255), out[9] = (char)(size >> 8);
    memcpy(out + 10, header, size);
    memcpy(out + 10 + size, data, length);
    return (temper_bytes){"t", out, 10 + size + length};
}

static void npy_headers(void) {
    char file[256];
    temper_array a;
    const char *const good[] = {"{'descr': '<i2', 'fortran_order': False, 'shape': (2, 1), }          \n",
                                "{'shape':(2,1),'descr':'<i2','fortran_order':False}",
                                "{ 'fortran_order' : False , 'shape' : ( 2 , 1 , ) , 'descr' : '<i2' , }\n"};
    for (int k = 0; k < 3; k++) {
        CHECK_OK(temper_npy_view(&a, npy(file, good[k], "\376\377\0\1", 4)));
        CHECK(a.rank == 2 && a.extent[0] == 2 && a.extent[1] == 1 && temper_array_at(&a, 0) == -2 &&
                  temper_array_at(&a, 1) == 256,
              "header %d", k);
    }
    CHECK_OK(
        temper_npy_view(&a, npy(file, "{'descr':'|b1','fortran_order':True,'shape':(3,)}", "\0\1\2", 3)));
    CHECK(a.rank == 1 && !temper_array_at(&a, 0) && temper_array_at(&a, 2) == 1,
          "Fortran order of one extent is C order");
    CHECK_OK(temper_npy_view(&a, npy(file, "{'descr':'<i8','fortran_order':False,'shape':(1,)}",
                                     "\375\377\377\377\377\377\377\377", 8)));
    CHECK(temper_array_at(&a, 0) == -3, "64 bits");
}

int main(void) {
    int64_t live = temper_alloc_live();
    RUN(csv_plain);
    RUN(csv_header);
    RUN(csv_tasks);
    RUN(arff);
    RUN(libsvm);
    RUN(fann);
    RUN(cifar);
    RUN(idx_types);
    RUN(npy_headers);
    if (temper_alloc_live() != live)
        printf("FAILED: %lld blocks leaked\n", (long long)(temper_alloc_live() - live)), check_failed++;
    return check_end();
}
