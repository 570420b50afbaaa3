/* Truncated and hostile data sets: the right code, one sentence that names file, place and what was expected, no leak, no
 * crash (run it under the sanitizers), and no memory beyond what the file holds. */
#include <stdlib.h>
#include "base/memory.h"
#include "check.h"
#include "data/array.h"
#include "data/binary.h"
#include "data/texts.h"

typedef enum { CSV, ARFF, LIBSVM, FANN, CIFAR, IDX, NPY, ZIP } kind;

/* As the sources use the readers. */
static temper_status take(kind k, temper_samples *s, temper_bytes bytes) {
    const temper_csv_how csv = {"last", 0, 0, TEMPER_TASK_AUTO};
    const temper_arff_how arff = {"last", true};
    temper_array x;
    char *owned = NULL;
    temper_status bad;
    *s = (temper_samples){0};
    switch (k) {
    case CSV: return temper_csv_take(s, bytes, &csv);
    case ARFF: return temper_arff_take(s, bytes, &arff);
    case LIBSVM: return temper_libsvm_take(s, bytes, 0, TEMPER_TASK_AUTO);
    case FANN: return temper_fann_take(s, bytes, TEMPER_TASK_AUTO);
    case CIFAR: return temper_cifar_take(s, bytes, 1, 0);
    case IDX: bad = temper_idx_view(&x, bytes); break;
    case NPY: bad = temper_npy_view(&x, bytes); break;
    default: bad = temper_zip_member(bytes, "x", &bytes, &owned);
    }
    if (!bad && k == ZIP) bad = temper_npy_view(&x, bytes);
    if (!bad) bad = temper_arrays_take(s, &x, NULL, TEMPER_TASK_AUTO);
    temper_release(owned);
    return bad;
}

typedef struct {
    kind reader;
    const char *bytes;
    size_t length; /* 0: strlen */
    const char *words;
} hostile;

static const char numpy[] = "\x93NUMPY\1\0";
static const hostile cases[] = {
    {CSV, "", 0, "bad: expected rows of numbers, found none"},
    {CSV, "# a\n\n", 0, "found none"},
    {CSV, "a,b\n", 0, "bad:1: expected rows below the header"},
    {CSV, "5\n6\n", 0, "bad:1: expected a feature beside the label"},
    {CSV, "1,2\n3\n", 0, "bad:2: expected 2 fields as in the first line, found 1"},
    {CSV, "1,2\n3,4,5\n", 0, "bad:2: expected 2 fields as in the first line, found 3"},
    {CSV, "1,2\n,4\n", 0, "bad:2: expected a number, a number between -1e100 and 1e100, found ''"},
    {CSV, ",a\n1,b\n", 0, "bad:1: expected a number, a number between -1e100 and 1e100, found ''"},
    {CSV, "1,2\n?,4\n", 0, "found '?'"},
    {CSV, "1,2\nnan,4\n", 0, "found 'nan'"},
    {CSV, "1,2\ninf,4\n", 0, "found 'inf'"},
    {CSV, "1,2\n1e39,4\n", 0, "bad:2: expected a number between -3.4e38 and 3.4e38, found 1e+39"},
    {CSV, "1,2\n3,\n", 0, "bad:2: expected a label, found none"},
    {CSV, "1,2\n\"3,4\n", 0, "bad:2: expected a quote at the end of a field"},
    {CSV, "1,\"a\"b\n", 0, "bad:1: expected a quote at the end of a field"},
    {CSV, "1,0.5\n1,1e101\n", 0, "bad:2: expected a label that is a number as the first one, found a word"},
    {CSV, "1,a\n1,b\n1,3\n", 0, "bad:3: expected a label that is a word as the first one, found a number"},
    {CSV, "1,a\n1,?\n", 0, "bad:2: expected a label, found none"},
    {CSV, "1,2\n\0,4\n", 8, "found '?'"},
    {CSV, "\x1b[31m,1\n1,2\n3\x1b,4", 0, "found '3?'"},
    {CSV, "\xef\xbb\xbf", 0, "found none"},
    {ARFF, "", 0, "bad: expected @data, found the end (truncated file?)"},
    {ARFF, "@attribute a real\n1\n", 0, "bad:2: expected @relation, @attribute or @data"},
    {ARFF, "@attribute a\n", 0, "bad:1: expected '@attribute name type'"},
    {ARFF, "@attribute 'a real\n", 0, "bad:1: expected '@attribute name type'"},
    {ARFF, "@attribute a string\n", 0, "bad:1: expected the type numeric, real, integer or {values}"},
    {ARFF, "@attribute a {x, y\n", 0, "bad:1: expected '}'"},
    {ARFF, "@attribute a {x,,y}\n", 0, "bad:1: expected values separated by commas"},
    {ARFF, "@attribute a {}\n", 0, "bad:1: expected values separated by commas"},
    {ARFF, "@data\n1\n", 0, "bad:1: expected an attribute"},
    {ARFF, "@attribute a real\n@data\n1\n", 0, "expected an attribute beside the label"},
    {ARFF, "@attribute a real\n@attribute b {x}\n@data\n", 0, "expected rows of numbers, found none"},
    {ARFF, "@attribute a real\n@attribute b {x}\n@data\n1\n", 0,
     "bad:4: expected 2 fields, one for each attribute, found 1"},
    {ARFF, "@attribute a real\n@attribute b {x}\n@data\n1,x,2\n", 0, "found 3"},
    {ARFF, "@attribute a real\n@attribute b {x}\n@data\n?,x\n", 0, "bad:4: expected a number"},
    {ARFF, "@attribute a real\n@attribute b {x}\n@data\n1,y\n", 0,
     "bad:4: expected one of the 1 values of attribute 2"},
    {ARFF, "@attribute a real\n@attribute b {x}\n@data\n1,?\n", 0, "found a missing one"},
    {ARFF, "@attribute a real\n@attribute b {x}\n@data\n{0 1}\n", 0, "found a sparse one"},
    {ARFF, "@attribute a real\n@attribute b {x}\n@data\n1,'x\n", 0, "bad:4: expected a quote"},
    {LIBSVM, "", 0, "bad: expected lines 'label index:value …'"},
    {LIBSVM, "1\n2\n", 0, "expected lines 'label index:value …'"},
    {LIBSVM, "1 2\n", 0, "bad:1: expected index:value, found no colon"},
    {LIBSVM, "1 0:1\n", 0, "bad:1: expected a index, a whole number in 1 … 67108864, found '0'"},
    {LIBSVM, "1 2:1 2:1\n", 0, "expected a larger index, a whole number in 3 …"},
    {LIBSVM, "1 3:1 2:1\n", 0, "found '2'"},
    {LIBSVM, "1 1:\n", 0, "bad:1: expected a number"},
    {LIBSVM, "1 :1\n", 0, "found ''"},
    {LIBSVM, "1 1:nan\n", 0, "found 'nan'"},
    {LIBSVM, "1 qid:3 1:2\n", 0, "found 'qid'"},
    {LIBSVM, "1 67108865:1\n", 0, "found '67108865'"},
    {LIBSVM, "1 67108864:1\n", 0, "expected at most 16777216 numbers for 1 entries"},
    {LIBSVM, "1 9999999:1\n1 1:1", 0, "since rows are held densely, found 2 x 9999999"},
    {FANN, "", 0, "bad: expected more numbers, found the end"},
    {FANN, "1 1\n", 0, "bad:1: expected more numbers"},
    {FANN, "0 1 1\n", 0, "expected a number of pairs, a whole number in 1 … 1073741824, found '0'"},
    {FANN, "1 1 x\n", 0, "expected a number of outputs"},
    {FANN, "1073741824 1073741824 1073741824\n1 1\n", 0, "(truncated file?)"},
    {FANN, "2 1 1\n1 1 1\n", 0, "bad:2: expected more numbers, found the end (truncated file?)"},
    {FANN, "1 1 1\n1 1 1\n", 0, "expected the end after 1 pairs, found more"},
    {FANN, "1 1 1\nnan 1\n", 0, "bad:2: expected a number"},
    {FANN, "1 1 1\n1 1,5\n", 0, "bad:2: expected a output"},
    {CIFAR, "", 0, "bad: expected records of 3073 bytes, found 0 bytes"},
    {CIFAR, "\1\2\3", 0, "found 3 bytes"},
    {IDX, "", 0, "bad: byte 0: expected an IDX header"},
    {IDX, "\0\1\10\1\0\0\0\1\0", 9, "bad: byte 0"},
    {IDX, "\0\0\12\1\0\0\0\1\0", 9, "a type in 8 9 11 … 14"},
    {IDX, "\0\0\10\0", 4, "1 to 4 extents, found 0"},
    {IDX, "\0\0\10\5", 4, "found 5"},
    {IDX, "\0\0\10\2\0\0\0\1", 8, "found 2 in 8 bytes"},
    {IDX, "\0\0\10\1\0\0\0\0", 8, "extents of at least 1, found 0"},
    {IDX, "\0\0\10\1\0\0\0\2\1", 9, "found only 1 (truncated file?)"},
    {IDX, "\0\0\10\1\0\0\0\1\1\1", 10, "expected 1 bytes after the header, found 2"},
    {IDX, "\0\0\16\4\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377", 20, "found only 0"},
    {IDX, "\0\0\15\1\0\0\0\1\177\300\0\0", 12,
     "row 0: expected numbers between -3.4e38 and 3.4e38, found nan"},
    {IDX, "\0\0\16\1\0\0\0\1\177\357\377\377\377\377\377\377", 16, "found 1.79769e+308"},
    {NPY, "", 0, "bad: byte 0: expected \\x93NUMPY"},
    {NPY, "\x93NUMPY\4\0\1\0{}", 12, "a version 1.0, 2.0 or 3.0"},
    {NPY, "\x93NUMPY\1\0\377\377{}", 12, "expected a header of 65535 bytes, found 2 (truncated file?)"},
    {NPY, "\x93NUMPY\2\0\377\377\377\377", 12, "expected a header of 4294967295 bytes, found 0"},
    {ZIP, "", 0, "bad: byte 0: expected a zip archive, found too few bytes"},
    {ZIP, "PK\3\4 and much text behind it, but no end", 0,
     "expected the end record of a zip archive, found none"},
    {ZIP, "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22, "expected a member 'x', found an empty archive"},
    {ZIP, "PK\5\6\0\0\0\0\1\0\1\0\0\0\0\0\0\0\0\0\0\0", 22, "byte 0: expected an entry of the zip directory"},
    {ZIP, "PK\5\6\0\0\0\0\377\377\377\377\0\0\0\0\0\0\0\0\0\0", 22, "found zip64, which is not read"},
    {ZIP, "PK\5\6\0\0\0\0\1\0\1\0\0\0\0\0\100\0\0\0\0\0", 22, "expected the directory of a zip archive"},
    {ZIP, "PK\5\6\0\0\0\0\1\0\1\0\144\0\0\0\0\0\0\0\0\0", 22, "expected the directory of a zip archive"},
    {ZIP, "PK\5\6\0\0\0\0\1\0\1\0\1\0\0\0\26\0\0\0\0\0", 22, "expected the directory of a zip archive"},
    {ZIP, "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1\0", 22, "found none (truncated file?)"},
};

static void check_refused(const hostile *h, size_t k) {
    temper_samples s;
    int64_t live = temper_alloc_live();
    size_t length = h->length ? h->length : strlen(h->bytes);
    char *copy = malloc(length ? length : 1); /* exactly so long, so that a sanitizer sees a read beyond it */
    memcpy(copy, h->bytes, length);
    temper_status status = take(h->reader, &s, (temper_bytes){"bad", copy, length});
    CHECK(status == TEMPER_BAD_DATA, "case %zu: status %d (%s)", k, status, h->words);
    CHECK(strstr(temper_message(), h->words), "case %zu: no '%s' in: %s", k, h->words, temper_message());
    CHECK(!strncmp(temper_message(), "bad:", 4), "case %zu: no file in: %s", k, temper_message());
    temper_samples_clear(&s);
    CHECK(temper_alloc_live() == live, "case %zu leaks", k);
    free(copy);
}

static void every_case(void) {
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) check_refused(&cases[k], k);
}

static void npy_headers(void) {
    static const char *const headers[][2] = {
        {"", "expected '{'"},
        {"{}", "each of 'descr', 'fortran_order' and 'shape' once"},
        {"{'descr':'<f4','fortran_order':False,'shape':(1,)", "',' or '}'"},
        {"{'descr':'<f4','fortran_order':False,'shape':(1,)}x", "nothing behind '}'"},
        {"{'descr':'<f4','descr':'<f4','fortran_order':False,'shape':(1,)}", "once"},
        {"{'descr':'<f4','fortran_order':False,'shape':(1,),'more':1}", "once"},
        {"{'descr':'<f4','shape':(1,)}", "once"},
        {"{'descr':'>f4','fortran_order':False,'shape':(1,)}", "one of the types"},
        {"{'descr':[('a','<f4')],'fortran_order':False,'shape':(1,)}", "one of the types"},
        {"{'descr':'<f4','fortran_order':0,'shape':(1,)}", "True or False"},
        {"{'descr':'<f4','fortran_order':False,'shape':1}", "a shape, '('"},
        {"{'descr':'<f4','fortran_order':False,'shape':()}", "1 to 4 extents"},
        {"{'descr':'<f4','fortran_order':False,'shape':(1,1,1,1,1)}", "1 to 4 extents"},
        {"{'descr':'<f4','fortran_order':False,'shape':(-1,)}", "a whole number"},
        {"{'descr':'<f4','fortran_order':False,'shape':(1 1)}", "',' or ')'"},
        {"{'descr':'<f4','fortran_order':False,'shape':(9999999999999999,)}", "',' or ')'"},
        {"{'descr':'<f4','fortran_order':False,'shape':(999999999999999,999999999999999)}",
         "found only 4 (truncated"},
        {"{'descr':'<f4','fortran_order':False,'shape':(0,)}", "extents of at least 1"},
        {"{'descr':'<f4','fortran_order':False,'shape':(2,)}", "found only 4 (truncated"},
        {"{'descr':'|u1','fortran_order':False,'shape':(2,)}", "expected 2 bytes after the header, found 4"},
        {"{'descr':'<f4','fortran_order':True,'shape':(1,1)}", "found one in Fortran order"},
    };
    for (size_t k = 0; k < sizeof headers / sizeof *headers; k++) {
        char file[256];
        size_t size = strlen(headers[k][0]);
        memcpy(file, numpy, 8);
        file[8] = (char)size, file[9] = 0;
        memcpy(file + 10, headers[k][0], size);
        memset(file + 10 + size, 0, 4);
        check_refused(&(hostile){NPY, file, 14 + size, headers[k][1]}, k);
    }
}

/* An archive of one stored member x.npy of 9 bytes, as `python -c "zipfile…"` writes it; offsets: local header 0, data 35,
 * directory 44, end 95. */
enum { LOCAL = 0, DATA = 35, DIRECTORY = 44, END = 95, ARCHIVE = 117 };
static void archive(unsigned char *a) {
    static const unsigned char sum[4] = {0x26, 0x39, 0xf4, 0xcb}; /* CRC-32 of "123456789" is cbf43926 */
    memset(a, 0, ARCHIVE);
    memcpy(a + LOCAL, "PK\3\4\24", 5);
    a[LOCAL + 26] = 5;
    memcpy(a + LOCAL + 30, "x.npy123456789", 14);
    memcpy(a + DIRECTORY, "PK\1\2\24\0\24", 7);
    memcpy(a + DIRECTORY + 16, sum, 4);
    a[DIRECTORY + 20] = a[DIRECTORY + 24] = 9, a[DIRECTORY + 28] = 5;
    memcpy(a + DIRECTORY + 46, "x.npy", 5);
    memcpy(a + END, "PK\5\6", 4);
    a[END + 8] = a[END + 10] = 1, a[END + 12] = 51, a[END + 16] = DIRECTORY;
}

static void zip_members(void) {
    static const struct {
        int at, value;
        const char *words;
    } damage[] = {{DATA, 'x', "fit the checksum"},
                  {DIRECTORY + 8, 1, "not encrypted"},
                  {DIRECTORY + 10, 12, "stored or deflated"},
                  {DIRECTORY + 24, 8, "equal sizes"},
                  {DIRECTORY + 42, 200, "byte 200: expected the header of a zip member"},
                  {LOCAL, 'Q', "byte 0: expected the header of a zip member"},
                  {LOCAL + 27, 1, "a whole zip member"},
                  {DIRECTORY + 20, 200, "a whole zip member"},
                  {DIRECTORY + 29, 1, "a whole entry"},
                  {DIRECTORY + 46, 'y', "expected a member 'x', found y.npy"},
                  {END + 12, 50, "a whole entry"},
                  {END + 16, 43, "byte 43: expected an entry"},
                  {END + 4, 1, "expected the directory"},
                  {END + 20, 1, "found none (truncated file?)"}};
    unsigned char a[ARCHIVE];
    temper_bytes bytes;
    char *owned;
    archive(a);
    CHECK_OK(temper_zip_member((temper_bytes){"bad", (char *)a, ARCHIVE}, "x", &bytes, &owned));
    CHECK(bytes.length == 9 && !memcmp(bytes.at, "123456789", 9) && !owned, "the member itself");
    for (size_t k = 0; k < sizeof damage / sizeof *damage; k++) {
        archive(a);
        a[damage[k].at] = (unsigned char)damage[k].value;
        check_refused(&(hostile){ZIP, (char *)a, ARCHIVE, damage[k].words}, k);
    }
    archive(a);
    memset(a + DIRECTORY + 20, 255, 4);
    check_refused(&(hostile){ZIP, (char *)a, ARCHIVE, "found zip64, which is not read"}, 100);
    archive(a);
    a[DIRECTORY + 10] = 8;
    memset(a + DIRECTORY + 24, 127, 4); /* 2 GiB from 9 bytes */
    check_refused(&(hostile){ZIP, (char *)a, ARCHIVE, "a size that deflate can reach"}, 101);
    archive(a);
    a[DIRECTORY + 10] = 8;
    temper_status bad = temper_zip_member((temper_bytes){"bad", (char *)a, ARCHIVE}, "x", &bytes, &owned);
    CHECK((bad == TEMPER_BAD_DATA || bad == TEMPER_CANNOT) && !owned, "%d: not a deflate stream", bad);
    for (size_t cut = 1; cut < ARCHIVE; cut++) {
        archive(a);
        check_refused(&(hostile){ZIP, (char *)a + ARCHIVE - cut, cut, "bad: "}, 200 + cut);
        check_refused(&(hostile){ZIP, (char *)a, cut, "bad: "}, 400 + cut);
    }
}

/* Cut anywhere, nothing crashes or leaks, and a failure is one of the data. */
static const hostile good[] = {
    {CSV, "a,b,c\n1,2,\"x\"\n3,4,y\n", 0, ""},
    {ARFF, "@relation r\n@attribute a real\n@attribute b {x,'y z'}\n@data\n1,'y z'\n2,x\n", 0, ""},
    {LIBSVM, "+1 1:0.5 3:2\n-1 2:-1\n", 0, ""},
    {FANN, "2 2 1\n0 1\n1\n1 1\n0\n", 0, ""},
    {IDX, "\0\0\15\2\0\0\0\1\0\0\0\2\77\200\0\0\100\0\0\0", 20, ""},
    {NPY, "\x93NUMPY\1\0\66\0{'descr':'<f4','fortran_order':False,'shape':(1,2),}  \n\0\0\200\77\0\0\0\100",
     72, ""},
};

static void every_truncation(void) {
    for (size_t k = 0; k < sizeof good / sizeof *good; k++) {
        size_t length = good[k].length ? good[k].length : strlen(good[k].bytes);
        for (size_t cut = 0; cut <= length; cut++) {
            temper_samples s;
            int64_t live = temper_alloc_live();
            char *copy = malloc(cut ? cut : 1);
            memcpy(copy, good[k].bytes, cut);
            temper_status status = take(good[k].reader, &s, (temper_bytes){"cut", copy, cut});
            CHECK(status == TEMPER_BAD_DATA || (status == TEMPER_OK && (k < 4 || cut == length)),
                  "file %zu cut at %zu: %d", k, cut, status);
            if (cut == length) CHECK(status == TEMPER_OK, "file %zu: %s", k, temper_message());
            temper_samples_clear(&s);
            CHECK(temper_alloc_live() == live, "file %zu cut at %zu leaks", k, cut);
            free(copy);
        }
    }
}

static void every_allocation(void) {
    for (size_t k = 0; k < sizeof good / sizeof *good; k++) {
        size_t length = good[k].length ? good[k].length : strlen(good[k].bytes);
        for (int64_t turn = 1;; turn++) {
            temper_samples s;
            int64_t live = temper_alloc_live();
            temper_alloc_fail_at(turn);
            temper_status status = take(good[k].reader, &s, (temper_bytes){"t", good[k].bytes, length});
            int64_t used = temper_alloc_count();
            temper_alloc_fail_at(0);
            temper_samples_clear(&s);
            CHECK(temper_alloc_live() == live, "file %zu, allocation %lld leaks", k, (long long)turn);
            if (turn > used) break;
            CHECK(status == TEMPER_NO_MEMORY, "file %zu, allocation %lld: %d", k, (long long)turn, status);
        }
    }
}

/* The bytes of `printf '3 1\n1 2\n' | gzip -n`, cut and damaged. */
static const char packed[] =
    "\x1f\x8b\x08\0\0\0\0\0\0\3\x33\x56\x30\xe4\x32\x54\x30\xe2\x02\0\x89\x1a\x34\x59\x08\0\0\0";
enum { LENGTH = sizeof packed - 1 };

static void damaged_gzip(void) {
    for (size_t cut = 2; cut <= LENGTH + 1; cut++) {
        char bytes[LENGTH], *data;
        size_t length;
        int64_t live = temper_alloc_live();
        memcpy(bytes, packed, LENGTH);
        if (cut == LENGTH) bytes[20] ^= 1; /* whole, but with a wrong checksum */
        temper_status status =
            temper_gunzip((temper_bytes){"z", bytes, cut < LENGTH ? cut : LENGTH}, &data, &length);
        if (status == TEMPER_CANNOT) SKIP("built without zlib");
        if (cut > LENGTH) {
            CHECK(!status && length == 8 && !memcmp(data, "3 1\n1 2\n", 8), "the whole of it: %d", status);
            temper_release(data);
        } else {
            CHECK(status == TEMPER_BAD_DATA && !data, "cut at %zu: %d", cut, status);
            CHECK(strstr(temper_message(), cut < LENGTH ? "found the end" : "found damage"), "%zu: %s", cut,
                  temper_message());
        }
        CHECK(temper_alloc_live() == live, "cut at %zu leaks", cut);
    }
}

/* gzip files may be put together with cat; what is not gzip behind them is damage. */
static void gzip_members(void) {
    char twice[2 * LENGTH], *data;
    size_t length;
    memcpy(twice, packed, LENGTH);
    memcpy(twice + LENGTH, packed, LENGTH);
    temper_status status = temper_gunzip((temper_bytes){"z", twice, 2 * LENGTH}, &data, &length);
    if (status == TEMPER_CANNOT) SKIP("built without zlib");
    CHECK(!status && length == 16 && !memcmp(data, "3 1\n1 2\n3 1\n1 2\n", 16), "two members: %d", status);
    temper_release(data);
    twice[LENGTH] = 'x';
    CHECK_FAILS(temper_gunzip((temper_bytes){"z", twice, 2 * LENGTH}, &data, &length), TEMPER_BAD_DATA,
                "found damage");
    CHECK(!data, "nothing is kept");
}

int main(void) {
    RUN(every_case);
    RUN(npy_headers);
    RUN(zip_members);
    RUN(every_truncation);
    RUN(every_allocation);
    RUN(damaged_gzip);
    RUN(gzip_members);
    return check_end();
}
