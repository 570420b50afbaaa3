/* Truncated and hostile instance and data files: the right code, one sentence that names file, line and what was
 * expected, no leak, no crash (run it under the sanitizers), and no memory beyond what the file holds. */
#include "base/memory.h"
#include "check.h"
#include "data/instance.h"
#include "data/rows.h"

typedef struct {
    const char *bytes;
    size_t length; /* 0: strlen */
    int format;
    const char *words;
} hostile;

enum {
    AUTO = (int)TEMPER_FORMAT_AUTO,
    RUDY = (int)TEMPER_FORMAT_RUDY,
    COO = (int)TEMPER_FORMAT_COO,
    QUBO = (int)TEMPER_FORMAT_QUBO
};

static const hostile graphs[] = {
    {"", 0, AUTO, "bad.txt: expected a first line"},
    {"", 0, RUDY, "end of the file"},
    {"\n\n# nothing\n", 0, RUDY, "bad.txt:3: expected a first line"},
    {"3 5\n1 2 1\n2 3 1\n", 0, AUTO, "bad.txt:3: expected 5 edges, found 2 (truncated"},
    {"3 1\n1 2 1\n2 3 1\n", 0, AUTO, "bad.txt:3: expected the end after 1 edges"},
    {"3 2\n1 2 1\n2 3", 0, AUTO, "bad.txt:3: expected 3 numbers as in the edges before, found 2"},
    {"3 1\n1 4 1\n", 0, AUTO, "bad.txt:2: expected a vertex, a whole number in 1 … 3, found '4'"},
    {"3 1\n0 1 1\n", 0, AUTO, "in 1 … 3, found '0'"},
    {"3 1\n-1 1 1\n", 0, AUTO, "found '-1'"},
    {"3 1\n2 2 1\n", 0, AUTO, "found the loop 2 2"},
    {"3 1\n1 2 1 7\n", 0, AUTO, "expected an edge"},
    {"3 1\n1\n", 0, AUTO, "expected an edge"},
    {"3 1\n1 2 x\n", 0, AUTO, "expected a weight"},
    {"3 1\n1 2 nan\n", 0, AUTO, "found 'nan'"},
    {"3 1\n1 2 inf\n", 0, AUTO, "found 'inf'"},
    {"3 1\n1 2 1e999\n", 0, AUTO, "found '1e999'"},
    {"3 1\n1 2 1e101\n", 0, AUTO, "between -1e100 and 1e100"},
    {"3 1\n1.5 2 1\n", 0, AUTO, "found '1.5'"},
    {"3 1\n1 99999999999999999999 1\n", 0, AUTO, "expected a vertex"},
    {"99999999999999999999 1\n1 2 1\n", 0, AUTO, "number of vertices"},
    {"0 0\n", 0, AUTO, "number of vertices"},
    {"-3 1\n1 2 1\n", 0, AUTO, "number of vertices"},
    {"3 -1\n", 0, AUTO, "number of edges"},
    {"3 1\n1 \0002 1\n", 11, AUTO, "found '?2'"},
    {"\0\0\0\0\0\0", 6, AUTO, "expected a first line"},
    {"\0\0 \0 \0\0", 7, AUTO, "found '?"},
    {"\x1b[31m \x1b 1\n", 0, AUTO, "found '?[31m'"},
    {"3 1\n1 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 1\n", 0, AUTO, "aaaaaaaa…"},
    {"134217728 1\n1 2 1\n", 0, AUTO, "expected at most 1048576 sites for 1 couplings, found 134217728"},
    {"134217729 1\n1 2 1\n", 0, AUTO, "in 1 … 134217728"},
    {"0 134217727 1\n", 0, AUTO, "expected at most 1048576 sites"},
    {"0 134217728 1\n", 0, AUTO, "expected a site"},
    {"0 1 1\n0 1\n", 0, COO, "bad.txt:2: expected three numbers, 'i j value', found 2 words"},
    {"0 1 1 1\n", 0, COO, "found 4 words or more"},
    {"0 1 1,\n", 0, COO, "found '1,'"},
    {"# only\n", 0, COO, "found none"},
    {"%%MatrixMarket matrix coordinate\n", 0, AUTO, "found '%%MatrixMarket'"},
    {"a b\n", 0, AUTO, "number of vertices"},
    {"p\n", 0, AUTO, "expected 'p qubo topology maxNodes nNodes nCouplers'"},
    {"p cnf 0 1 1 1\n", 0, AUTO, "expected 'p qubo"},
    {"p qubo 0 3 1 1\n0 0 1\n", 0, AUTO, "expected 1 nodes and 1 couplers, found 1 and 0"},
    {"p qubo 0 3 1 1\n0 0 1\n0 1 1\n1 2 1\n", 0, AUTO, "found 1 and 2"},
    {"p qubo 0 3 1 1\n0 0 1\n0 3 1\n", 0, AUTO, "bad.txt:3: expected a node, a whole number in 0 … 2"},
    {"p qubo 0 3 1 1\n0 0\n", 0, AUTO, "expected three numbers"},
    {"p qubo 0 0 0 0\n", 0, AUTO, "maxNodes"},
    {"c only a comment\n", 0, QUBO, "found none"},
};

static void hostile_graphs(void) {
    for (size_t k = 0; k < sizeof graphs / sizeof *graphs; k++) {
        const hostile *g = &graphs[k];
        temper_reading how = {(temper_format)g->format, 0, -1};
        temper_instance x;
        int64_t live = temper_alloc_live();
        size_t length = g->length ? g->length : strlen(g->bytes);
        temper_status status = temper_instance_parse(&x, "bad.txt", g->bytes, length, &how);
        CHECK(status == TEMPER_BAD_DATA, "case %zu: status %d", k, status);
        CHECK(strstr(temper_message(), g->words), "case %zu: no '%s' in: %s", k, g->words, temper_message());
        CHECK(!strncmp(temper_message(), "bad.txt:", 8), "case %zu: no file in: %s", k, temper_message());
        CHECK(temper_alloc_live() == live && !x.pair && !x.h, "case %zu leaks", k);
        if (!status) temper_instance_clear(&x);
    }
}

static const hostile matrices[] = {
    {"", 0, 0, "expected rows of numbers, found none"},
    {"# nothing\n", 0, 0, "found none"},
    {"1 2\n3\n", 0, 0, "bad.txt:2: expected 2 numbers as in the first row, found 1"},
    {"1 2\n3 4 5\n", 0, 0, "found 3"},
    {"age,sex\n", 0, 0, "bad.txt:1: expected a number, a number between -1e100 and 1e100, found 'age'"},
    {"1,,2\n", 0, 0, "in front of the comma"},
    {"1, ,2\n", 0, 0, "in front of the comma"},
    {",1\n", 0, 0, "in front of the comma"},
    {"1,2,\n", 0, 0, "after the last comma"},
    {"1;2\n", 0, 0, "found '1;2'"},
    {"1 nan\n", 0, 0, "found 'nan'"},
    {"1 \0002\n", 5, 0, "found '?2'"},
    {"\0\0", 2, 0, "found '?"},
    {"\0\0\15\1\0\0\0\1\0\0\0\0", 12, 0, "found type 13"},
    {"\0\0\10\0", 4, 0, "1 to 4 extents, found 0"},
    {"\0\0\10\5", 4, 0, "found 5"},
    {"\0\0\10\3\0\0\0\1", 8, 0, "found 3 in 8 bytes"},
    {"\0\0\10\2\0\0\0\2\0\0\0\2\1\2\3", 15, 0, "expected 2 x 2 bytes after the header, found 3 (truncated"},
    {"\0\0\10\2\0\0\0\2\0\0\0\2\1\2\3\4\5", 17, 0, "found 5"},
    {"\0\0\10\1\0\0\0\0", 8, 0, "extents of at least 1"},
    {"\0\0\10\2\0\0\0\1\0\0\0\0", 12, 0, "extents of at least 1"},
    {"\0\0\10\4\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377\377", 20, 0, "at most 2^30"},
    {"\0\0\10\2\377\377\377\377\100\0\0\0", 12, 0, "(truncated"},
};

static void hostile_matrices(void) {
    for (size_t k = 0; k < sizeof matrices / sizeof *matrices; k++) {
        const hostile *m = &matrices[k];
        temper_rows x;
        int64_t live = temper_alloc_live();
        size_t length = m->length ? m->length : strlen(m->bytes);
        temper_status status = temper_rows_parse(&x, "bad.txt", m->bytes, length, 1000);
        CHECK(status == TEMPER_BAD_DATA, "case %zu: status %d", k, status);
        CHECK(strstr(temper_message(), m->words), "case %zu: no '%s' in: %s", k, m->words, temper_message());
        CHECK(temper_alloc_live() == live && !x.x, "case %zu leaks", k);
    }
}

static const char *const good[] = {"4 4\n1 2 2\n3 2 3\n1 3 -1\n4 3 1\n", "0 1 0.5\n2 2 -2\n1 4 1e-3\n",
                                   "c x\np qubo 0 4 2 2\n0 0 3.4\n1 1 4.5\n0 1 2.2\n1 2 3.5\n"};

/* Cut anywhere, a rudy or qbsolv file is refused unless only the end of its last number is gone. */
static void every_truncation(void) {
    for (int k = 0; k < 3; k++) {
        size_t length = strlen(good[k]);
        for (size_t cut = 0; cut < length; cut++) {
            temper_instance x;
            temper_reading how = {TEMPER_FORMAT_AUTO, 0, -1};
            char copy[128]; /* at its end, so that a sanitizer sees a read beyond it */
            memcpy(copy + sizeof copy - cut, good[k], cut);
            temper_status status = temper_instance_parse(&x, "cut", copy + sizeof copy - cut, cut, &how);
            bool whole = cut + 2 >= length || (k == 2 && cut + 4 >= length && good[k][cut - 1] != ' ');
            if (k != 1 && !whole) CHECK(status == TEMPER_BAD_DATA, "file %d cut at %zu: %d", k, cut, status);
            if (!status) temper_instance_clear(&x);
        }
    }
}

/* Every allocation fails once: the right code, nothing left over. */
static void every_allocation(void) {
    for (int k = 0; k < 3; k++) {
        for (int64_t turn = 1;; turn++) {
            temper_instance x;
            temper_reading how = {TEMPER_FORMAT_AUTO, 0, -1};
            int64_t live = temper_alloc_live();
            temper_alloc_fail_at(turn);
            temper_status status = temper_instance_parse(&x, "t", good[k], strlen(good[k]), &how);
            int64_t used = temper_alloc_count();
            temper_alloc_fail_at(0);
            temper_instance_clear(&x);
            CHECK(temper_alloc_live() == live, "file %d, allocation %lld leaks", k, (long long)turn);
            if (turn > used) break;
            CHECK(status == TEMPER_NO_MEMORY, "file %d, allocation %lld: %d", k, (long long)turn, status);
        }
    }
    for (int64_t turn = 1;; turn++) {
        temper_rows x;
        int64_t live = temper_alloc_live();
        temper_alloc_fail_at(turn);
        temper_status status = temper_rows_parse(&x, "t", "1 2\n3 4\n", 8, 1000);
        int64_t used = temper_alloc_count();
        temper_alloc_fail_at(0);
        temper_rows_clear(&x);
        CHECK(temper_alloc_live() == live, "rows, allocation %lld leaks", (long long)turn);
        if (turn > used) break;
        CHECK(status == TEMPER_NO_MEMORY, "rows, allocation %lld: %d", (long long)turn, status);
    }
}

/* A damaged and a truncated gzip stream (the bytes of `printf '3 1\n1 2\n' | gzip -n`). */
static const unsigned char packed[] = {0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x03,
                                       0x33, 0x56, 0x30, 0xe4, 0x32, 0x54, 0x30, 0xe2, 0x02, 0x00,
                                       0x89, 0x1a, 0x34, 0x59, 0x08, 0x00, 0x00, 0x00};

static void damaged_gzip(void) {
    const char *path = "/tmp/temper_readers_corpus.gz";
    for (size_t cut = 2; cut <= sizeof packed; cut++) {
        unsigned char bytes[sizeof packed];
        FILE *f = fopen(path, "wb");
        if (!f) SKIP("cannot write %s", path);
        memcpy(bytes, packed, sizeof packed);
        if (cut == sizeof packed) bytes[20] ^= 1; /* whole, but with a wrong checksum */
        fwrite(bytes, 1, cut, f);
        fclose(f);
        char *data;
        size_t length;
        int64_t live = temper_alloc_live();
        temper_status status = temper_read_unpacked(path, 1000, &data, &length);
        remove(path);
        if (status == TEMPER_CANNOT) SKIP("built without zlib");
        CHECK(status == TEMPER_BAD_DATA && !data, "cut at %zu: %d", cut, status);
        CHECK(strstr(temper_message(), cut < sizeof packed ? "ends too early" : "damaged"), "%zu: %s", cut,
              temper_message());
        CHECK(temper_alloc_live() == live, "cut at %zu leaks", cut);
    }
}

int main(void) {
    RUN(hostile_graphs);
    RUN(hostile_matrices);
    RUN(every_truncation);
    RUN(every_allocation);
    RUN(damaged_gzip);
    return check_end();
}
