/* Machine files: there and back for every machine of the catalogue, and files that are broken in every way. And tables of rows, written and
 * read by the readers of data sets. */
#include <stdlib.h>
#include <unistd.h>
#include "base/map.h"
#include "base/memory.h"
#include "base/text.h"
#include "check.h"
#include "core/catalogue.h"
#include "data/array.h"
#include "data/rows_write.h"
#include "data/safetensors.h"
#include "temper/catalogue.h"
#include "temper/dataset.h"
#include "temper/machine.h"

static char folder[] = "/tmp/temper_machine_file_XXXXXX";

static const char *path_of(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* θ: normal, with the smallest and the largest numbers that every machine can hold. */
static temper_machine *machine_of(const char *text, const temper_machine_io *io) {
    temper_machine *m;
    CHECK_OK(temper_machine_create(&m, text, io));
    if (!m) return NULL;
    for (int64_t k = 0; k < m->parameters; k++)
        m->theta[k] = (float)temper_normal((temper_stream){3, 0}, TEMPER_FOR_TESTS, 2, k);
    m->theta[0] = -0.0F, m->theta[m->parameters - 1] = 1e-42F;
    if (m->parameters > 2) m->theta[1] = 2000.125F;
    CHECK_OK(temper_machine_refresh(m));
    return m;
}

static void check_npz(const temper_machine *m) {
    char *zip, *owned = NULL;
    size_t length;
    CHECK_OK(temper_machine_write(m, path_of("m.npz")));
    CHECK_OK(temper_read_file(path_of("m.npz"), 1 << 24, &zip, &length));
    for (int k = 0; k < m->type->arrays(m->self); k++) {
        temper_machine_array a;
        temper_bytes bytes;
        temper_array seen = {0};
        m->type->array(m->self, k, &a);
        CHECK_OK(temper_zip_member((temper_bytes){"m.npz", zip, length}, a.name, &bytes, &owned));
        CHECK_OK(temper_npy_view(&seen, bytes));
        CHECK(seen.rank == a.dims && seen.type == TEMPER_F4, "%s: rank %d", a.name, seen.rank);
        for (int d = 0; d < a.dims; d++) CHECK(seen.extent[d] == a.shape[d], "%s: extent %d", a.name, d);
        CHECK(!memcmp(seen.at, m->theta + a.offset, (size_t)seen.count * 4), "%s: numbers", a.name);
        temper_release(owned);
    }
    temper_release(zip);
}

static void there_and_back(const char *text, temper_machine_io io) {
    temper_machine *m = machine_of(text, &io), *back = NULL;
    if (!m) return;
    CHECK_OK(temper_machine_write(m, path_of("m.safetensors")));
    CHECK_OK(temper_machine_read(&back, path_of("m.safetensors")));
    CHECK(back && !strcmp(m->text, back->text) && !memcmp(&m->io, &back->io, sizeof io) &&
              m->parameters == back->parameters &&
              !memcmp(m->theta, back->theta, (size_t)m->parameters * sizeof(float)),
          "%s came back otherwise", text);
    if (back && back->type->log_weight && back->type->sizes && !back->type->labelled) { /* and it is packed */
        temper_flock *f[2];
        double w[2][20];
        for (int k = 0; k < 2; k++) {
            CHECK_OK(temper_flock_create(&f[k], k ? back : m, 20, (temper_stream){4, 4}));
            temper_flock_sweep(f[k], 2);
            temper_flock_log_weight(f[k], &f[k]->place, w[k]);
            temper_flock_free(f[k]);
        }
        CHECK(!memcmp(w[0], w[1], sizeof w[0]), "%s: other chains", text);
    }
    temper_machine_free(back);
    temper_map map;
    temper_tensors file;
    CHECK_OK(temper_map_file(&map, path_of("m.safetensors")));
    CHECK_OK(temper_tensors_view(&file, (temper_bytes){"m", map.at, map.length}));
    CHECK(file.tensors == m->type->arrays(m->self), "%s: %d tensors", text, file.tensors);
    CHECK(!strcmp(temper_tensors_note(&file, "machine"), m->text) && temper_tensors_note(&file, "io") &&
              !strcmp(temper_tensors_note(&file, "temper"), temper_version()),
          "%s: notes", text);
    temper_tensors_clear(&file), temper_unmap(&map);
    check_npz(m);
    temper_machine_free(m);
}

static void every_machine(void) {
    static char text[256];
    for (int k = 0; temper_list_machine[k]; k++) {
        const temper_about *about = &temper_list_machine[k]->about;
        temper_machine_io io = {.columns = 6, .channels = 1, .height = 2, .width = 3};
        temper_machine *m;
        snprintf(text, sizeof text, "%s%s%s", about->name, *about->specimen ? ":" : "", about->specimen);
        if (temper_list_machine[k]->labelled) io.columns++, io.classes = 2;
        if (temper_machine_create(&m, text, &io)) io.states = 3; /* wants categories */
        temper_machine_free(m);
        there_and_back(text, io);
    }
    there_and_back("rbm:hidden=4,hidden_units=potts,states=3",
                   (temper_machine_io){.columns = 5, .states = 4});
    there_and_back("rbm:hidden=3,engine=integer", (temper_machine_io){.columns = 7});
    there_and_back("maxent", (temper_machine_io){.columns = 3, .states = 5});
    there_and_back("dbm:hidden=4x3x2x2x2x2", (temper_machine_io){.columns = 5});
    temper_machine *m;
    const temper_machine_io io = {.columns = 2};
    CHECK_OK(temper_machine_create(&m, "rbm:hidden=2", &io));
    CHECK_FAILS(temper_machine_write(m, path_of("m.bin")), TEMPER_BAD_OPTION, ".safetensors or .npz");
    CHECK_FAILS(temper_machine_write(m, path_of("nowhere/m.safetensors")), TEMPER_BAD_FILE, "nowhere");
    temper_machine_free(m);
    CHECK_FAILS(temper_machine_read(&m, path_of("nothing.safetensors")), TEMPER_BAD_FILE, "nothing");
    CHECK(!m, "a machine of nothing");
}

/* ---- broken files ---- */

/* Without waiting for the disk, unlike temper_write_file. */
static void put(const char *file, size_t length) {
    FILE *out = fopen(path_of("forged.safetensors"), "wb");
    CHECK(out && fwrite(file, 1, length, out) == length, "cannot write");
    if (out) fclose(out);
}

/* A file with this header and this many numbers, each `number`. */
static void forge(const char *header, int numbers, float number) {
    static char file[8192];
    size_t length = strlen(header), whole = (length + 7) / 8 * 8;
    for (int k = 0; k < 8; k++) file[k] = (char)(whole >> 8 * k);
    memset(file + 8, ' ', whole);
    memcpy(file + 8, header, length);
    for (int k = 0; k < numbers; k++) memcpy(file + 8 + whole + 4 * k, &number, 4);
    put(file, 8 + whole + 4 * (size_t)numbers);
}

static temper_status read_forged(void) {
    temper_machine *m;
    int64_t live = temper_alloc_live();
    temper_status bad = temper_machine_read(&m, path_of("forged.safetensors"));
    CHECK(bad ? !m : !!m, "status %d and a machine", (int)bad);
    if (bad)
        CHECK(strstr(temper_message(), "forged.safetensors"), "no name of the file in: %s", temper_message());
    temper_machine_free(m);
    CHECK(temper_alloc_live() == live, "a block is lost: %s", temper_message());
    return bad;
}

#define NOTES(machine, io) "{\"__metadata__\":{\"machine\":\"" machine "\",\"io\":\"" io "\"},"
#define COLUMNS(n)         "{\\\"columns\\\":" n "}"
#define TENSOR(name, shape, from, to)                                                                        \
    "\"" name "\":{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":[" from "," to "]}"
#define THETA                                                                                                \
    TENSOR("W", "[3,2]", "0", "24") "," TENSOR("b", "[3]", "24", "36") "," TENSOR("c", "[2]", "36", "44") "}"

static void forged_headers(void) {
    static const struct {
        const char *header, *words;
    } cases[] = {
        {NOTES("rbm:hidden=2", COLUMNS("3")) TENSOR("W", "[2,3]", "0", "24") "," TENSOR(
             "b", "[3]", "24", "36") "," TENSOR("c", "[2]", "36", "44") "}",
         "tensor 'W' has not the shape"},
        {NOTES("rbm:hidden=2", COLUMNS("3")) TENSOR("W", "[6]", "0", "24") "," TENSOR(
             "b", "[3]", "24", "36") "," TENSOR("c", "[2]", "36", "44") "}",
         "tensor 'W' has not the shape"},
        {NOTES("rbm:hidden=2", COLUMNS("3")) TENSOR("W", "[3,2]", "0", "24") "," TENSOR(
             "d", "[3]", "24", "36") "," TENSOR("c", "[2]", "36", "44") "}",
         "no tensor 'b'"},
        {NOTES("rbm:hidden=3", COLUMNS("3")) THETA, "has not the shape"},
        {NOTES("rbm:hidden=2", COLUMNS("4")) THETA, "has not the shape"},
        {NOTES("rmb:hidden=2", COLUMNS("3")) THETA, "rmb"},
        {NOTES("rbm:hiden=2", COLUMNS("3")) THETA, "hiden"},
        {NOTES("rbm:hidden=2", COLUMNS("0")) THETA, "no legal 'columns'"},
        {NOTES("rbm:hidden=2", COLUMNS("-3")) THETA, "no legal 'columns'"},
        {NOTES("rbm:hidden=2", COLUMNS("2.5")) THETA, "no legal 'columns'"},
        {NOTES("rbm:hidden=2", COLUMNS("1e300")) THETA, "no legal 'columns'"},
        {NOTES("rbm:hidden=2", COLUMNS("\\\"3\\\"")) THETA, "no legal 'columns'"},
        {NOTES("rbm:hidden=2", COLUMNS("3,\\\"states\\\":-1")) THETA, "no legal 'states'"},
        {NOTES("rbm:hidden=2", COLUMNS("3,\\\"states\\\":1e9")) THETA, "3 columns of 1000000000 states"},
        {NOTES("rbm:hidden=2", COLUMNS("1e9")) THETA, "more than there are weights for"},
        {NOTES("hopfield", COLUMNS("1e9")) THETA, "more than there are weights for"},
        {NOTES("maxent", COLUMNS("100,\\\"states\\\":9")) THETA, "more than there are weights for"},
        {NOTES("rbm:hidden=2", "{}") THETA, "no legal 'columns'"},
        {NOTES("rbm:hidden=2", "[3]") THETA, "no legal 'columns'"},
        {NOTES("rbm:hidden=2", "columns 3") THETA, "the note 'io'"},
        {"{\"__metadata__\":{\"io\":\"" COLUMNS("3") "\"}," THETA, "no note 'machine'"},
        {"{\"__metadata__\":{\"machine\":\"rbm:hidden=2\"}," THETA, "no note 'io'"},
        {"{" THETA, "this is no file of a machine"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        forge(cases[c].header, 11, 0.5F);
        temper_status bad = read_forged();
        CHECK(bad == TEMPER_BAD_DATA && strstr(temper_message(), cases[c].words), "case %d: %d, %s", (int)c,
              (int)bad, bad ? temper_message() : "taken");
    }
    forge(NOTES("rbm:hidden=2", COLUMNS("3")) THETA, 11, 0.5F);
    CHECK_OK(read_forged());
    forge(NOTES("rbm:hidden=2", COLUMNS("3")) THETA, 11, NAN);
    CHECK(read_forged() == TEMPER_BAD_DATA &&
              strstr(temper_message(), "number 0 of tensor 'W' is not finite"),
          "%s", temper_message());
    forge(NOTES("rbm:hidden=2,engine=integer", COLUMNS("3")) THETA, 11, 4096);
    temper_machine *m;
    CHECK_FAILS(temper_machine_read(&m, path_of("forged.safetensors")), TEMPER_DIVERGED, "");
}

/* Cut anywhere, or with any byte of the header changed: a sentence, or (a letter of some note) a machine with finite weights. */
static void cut_and_changed(void) {
    temper_machine *m;
    const temper_machine_io io = {.columns = 3};
    char *file;
    size_t length;
    CHECK_OK(temper_machine_create(&m, "boltzmann:hidden=2", &io));
    CHECK_OK(temper_machine_write(m, path_of("m.safetensors")));
    CHECK_OK(temper_read_file(path_of("m.safetensors"), 1 << 20, &file, &length));
    temper_machine_free(m);
    const size_t header = 8 + (unsigned char)file[0] + 256 * (size_t)(unsigned char)file[1];
    for (size_t n = 0; n < length; n++) {
        put(file, n);
        CHECK(read_forged() != TEMPER_OK, "%d bytes of %d are enough", (int)n, (int)length);
    }
    static const char with[] = {1, 4, 32, 127, '0', '9', '"'};
    int taken = 0;
    for (size_t n = 0; n < header; n++)
        for (size_t w = 0; w < sizeof with; w++) {
            const char kept = file[n];
            file[n] = w < 4 ? (char)(kept ^ with[w]) : with[w];
            put(file, length);
            file[n] = kept;
            taken += !read_forged();
        }
    CHECK(taken < 7 * (int)header / 4, "%d of %d changes went unseen", taken, 7 * (int)header);
    temper_release(file);
}

static void memory_runs_out(void) {
    const temper_machine_io io = {.columns = 3};
    temper_machine *m, *back;
    CHECK_OK(temper_machine_create(&m, "rbm:hidden=2", &io));
    int64_t live = temper_alloc_live();
    static const char *const names[] = {"k.safetensors", "k.npz"};
    for (int w = 0; w < 3; w++)
        for (int64_t k = 1; k < 100; k++) {
            temper_alloc_fail_at(k);
            back = NULL;
            temper_status bad = w < 2 ? temper_machine_write(m, path_of(names[w]))
                                      : temper_machine_read(&back, path_of("k.safetensors"));
            bool reached = temper_alloc_count() >= k;
            temper_alloc_fail_at(0);
            CHECK(reached == (bad == TEMPER_NO_MEMORY), "way %d, allocation %lld: %d", w, (long long)k,
                  (int)bad);
            temper_machine_free(back);
            CHECK(temper_alloc_live() == live, "a block is lost after failure %lld", (long long)k);
            if (!reached) break;
        }
    temper_machine_free(m);
}

/* ---- tables of rows ---- */

static void rows_are_read_back(void) {
    static const struct {
        const char *name, *text;
    } ways[] = {{"x.npy", "npy:x="}, {"x.csv", "csv:label=none,file="}};
    float X[12 * 3];
    for (int k = 0; k < 36; k++)
        X[k] = (float)temper_normal((temper_stream){8, 0}, TEMPER_FOR_TESTS, 0, k) * (k % 5 ? 1 : 1e-30F);
    X[0] = 16777216, X[1] = -0.1F, X[2] = 0;
    for (int w = 0; w < 2; w++) {
        char text[256];
        temper_dataset *set;
        CHECK_OK(temper_rows_write(path_of(ways[w].name), X, 12, 3));
        snprintf(text, sizeof text, "%s%s", ways[w].text, path_of(ways[w].name));
        CHECK_OK(temper_dataset_create(&set, text));
        if (!set) continue;
        CHECK(set->data.n == 12 && set->data.features == 3 && !memcmp(set->data.X, X, sizeof X),
              "%s: other numbers", ways[w].name);
        temper_dataset_free(set);
    }
    CHECK_FAILS(temper_rows_write(path_of("x.txt"), X, 12, 3), TEMPER_BAD_OPTION, ".npy or .csv");
    CHECK_FAILS(temper_rows_write(path_of("nowhere/x.npy"), X, 12, 3), TEMPER_BAD_FILE, "nowhere");
}

/* NEP 1: the numbers begin at a multiple of 64 bytes, the header is a Python dictionary that ends with a newline; however many digits. */
static void npy_by_its_bytes(void) {
    static const int64_t shapes[][2] = {{1, 1}, {2, 5}, {12345, 1}};
    float *X = calloc(12345, sizeof *X);
    for (int s = 0; s < 3; s++) {
        char *file, want[128];
        size_t length, count = (size_t)(shapes[s][0] * shapes[s][1]);
        snprintf(want, sizeof want, "{'descr': '<f4', 'fortran_order': False, 'shape': (%lld, %lld), }",
                 (long long)shapes[s][0], (long long)shapes[s][1]);
        CHECK_OK(temper_rows_write(path_of("y.npy"), X, shapes[s][0], shapes[s][1]));
        CHECK_OK(temper_read_file(path_of("y.npy"), 1 << 20, &file, &length));
        CHECK(length == 128 + 4 * count && !memcmp(file, "\x93NUMPY\x01\0\x76\0", 10), "head");
        CHECK(!memcmp(file + 10, want, strlen(want)) && file[127] == '\n', "dictionary");
        for (size_t k = 10 + strlen(want); k < 127; k++) CHECK(file[k] == ' ', "byte %d", (int)k);
        temper_release(file);
    }
    free(X);
}

int main(void) {
    if (!mkdtemp(folder)) return 1;
    RUN(every_machine), RUN(forged_headers), RUN(cut_and_changed), RUN(memory_runs_out);
    RUN(rows_are_read_back), RUN(npy_by_its_bytes);
    static const char *const names[] = {
        "m.safetensors", "m.npz", "forged.safetensors", "k.safetensors", "k.npz", "x.npy", "x.csv", "y.npy"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) unlink(path_of(names[k]));
    CHECK(!rmdir(folder), "something is left in %s", folder);
    return check_end();
}
