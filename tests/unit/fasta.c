/* Alignments: letters to states, dialects, weights, and sentences for what is none. */
#include "data/fasta.h"
#include "base/memory.h"
#include "check.h"

static temper_status take(temper_samples *s, const char *text, const char *alphabet, bool keep,
                          double reweight) {
    const temper_fasta_how how = {alphabet, keep, reweight};
    *s = (temper_samples){0};
    return temper_fasta_take(s, (temper_bytes){"t", text, strlen(text)}, &how);
}

static bool is(const temper_samples *s, int64_t n, int64_t columns, const float *X) {
    return s->n == n && s->features == columns && !memcmp(s->X, X, (size_t)(n * columns) * sizeof *X);
}

static void letters(void) {
    temper_samples s;
    CHECK_OK(take(&s, ">a\nACGU-\n>b x y\n\nNG\r\nG U A\n", "rna", false, 0));
    CHECK(is(&s, 2, 5, (const float[]){1, 2, 3, 4, 0, 0, 3, 3, 4, 1}), "rna");
    CHECK(s.states == 5 && !s.weight && !s.y, "five states");
    temper_samples_clear(&s);
    CHECK_OK(take(&s, ">p\n-ACDEFGHIKLMNPQRSTVWYXBZ*\n", "protein", false, 0));
    CHECK(s.states == 21 && s.features == 25, "protein");
    for (int k = 0; k < 25; k++)
        CHECK(s.X[k] == (float)(k < 21 ? k : 0), "letter %d is %g", k, (double)s.X[k]);
    temper_samples_clear(&s);
    CHECK_OK(take(&s, ">p\n#o#\n>q\nx#o", "#ox", false, 0));
    CHECK(is(&s, 2, 3, (const float[]){0, 1, 0, 2, 0, 1}) && s.states == 3, "own letters, small ones too");
    temper_samples_clear(&s);
}

static void dialects(void) {
    temper_samples s;
    CHECK_OK(take(&s, ">a\nAc.gC\n>b\nTT\n", "dna", false, 0));
    CHECK(is(&s, 2, 2, (const float[]){1, 2, 4, 4}), "insertions go");
    temper_samples_clear(&s);
    CHECK_OK(take(&s, ">a\nAc.\n>b\ntTg\n", "dna", true, 0));
    CHECK(is(&s, 2, 3, (const float[]){1, 2, 0, 4, 4, 3}), "or stay");
    temper_samples_clear(&s);
}

/* Rows 0 and 1 share 4 of 5 places; row 2 shares none with them. */
static void weights(void) {
    temper_samples s;
    const char *text = ">a\nAAAAA\n>b\nAAAAC\n>c\nGGGGG\n";
    CHECK_OK(take(&s, text, "dna", false, 0.8));
    CHECK(s.weight && s.weight[0] == 0.5 && s.weight[1] == 0.5 && s.weight[2] == 1, "at 0.8");
    temper_samples_clear(&s);
    CHECK_OK(take(&s, text, "dna", false, 0.81));
    CHECK(s.weight[0] == 1 && s.weight[1] == 1, "at 0.81");
    temper_samples_clear(&s);
}

static void refusals(void) {
    temper_samples s;
    static const char *const bad[][2] = {{"", "expected sequences, found none"},
                                         {"\n\n", "expected sequences, found none"},
                                         {"ACGT\n", "t:1: expected '>'"},
                                         {">a\n>b\nACGT\n", "t:2: expected a sequence"},
                                         {">a\nACGT\n>b\n", "t:3: expected a sequence"},
                                         {">a\nACGT\n>b\nACG\n>c\nACGT\n", "t:5: expected an alignment"},
                                         {">a\nAC\001T\n", "t:2: expected letters, found byte 1"},
                                         {">a\nAC3T\n", "found byte 51"},
                                         {">a\nNNN\n", "expected letters of the alphabet"}};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        CHECK_FAILS(take(&s, bad[k][0], "dna", false, 0), TEMPER_BAD_DATA, bad[k][1]);
        temper_samples_clear(&s);
    }
    static const char *const alphabets[] = {"", "A", "AA", "A>C"};
    for (int k = 0; k < 4; k++)
        CHECK_FAILS(take(&s, ">a\nA\n", alphabets[k], false, 0), TEMPER_BAD_OPTION, "alphabet=");
}

/* Cut anywhere, and any byte put anywhere: a sentence or a table, nothing else; every allocation may fail. */
static void hostile(void) {
    const char *text = ">a\nACG-\n>b\nAC\nGT\n>c some name\nTTaaTT..\n";
    char copy[64];
    const int length = (int)strlen(text);
    const temper_fasta_how how = {"dna", false, 0.8};
    for (int cut = 0; cut <= length; cut++)
        for (int byte = 0; byte < 256; byte += cut % 7 ? 37 : 1) {
            temper_samples s = {0};
            memcpy(copy, text, (size_t)length);
            if (cut) copy[(cut * 31 + byte) % cut] = (char)byte;
            temper_status bad = temper_fasta_take(&s, (temper_bytes){"t", copy, (size_t)cut}, &how);
            CHECK(!bad ? s.n >= 1 && s.states == 5 : bad == TEMPER_BAD_DATA, "status %d", bad);
            for (int64_t k = 0; !bad && k < s.n * s.features; k++) CHECK(s.X[k] >= 0 && s.X[k] < 5, "state");
            temper_samples_clear(&s);
        }
    for (int64_t k = 1;; k++) {
        temper_samples s = {0};
        temper_alloc_fail_at(k);
        temper_status bad = temper_fasta_take(&s, (temper_bytes){"t", text, (size_t)length}, &how);
        temper_alloc_fail_at(0);
        temper_samples_clear(&s);
        if (!bad) break;
        CHECK(bad == TEMPER_NO_MEMORY, "allocation %d: %d", (int)k, bad);
    }
    CHECK(temper_alloc_live() == 0, "%lld blocks left", (long long)temper_alloc_live());
}

int main(void) {
    RUN(letters);
    RUN(dialects);
    RUN(weights);
    RUN(refusals);
    RUN(hostile);
    return check_end();
}
