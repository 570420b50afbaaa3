/* The system `graph`: the interface, cuts and QUBO values by independent sums, the G-set. */
#include <unistd.h>
#include "system_probe.h"

static double score_of(const temper_system *system, const int8_t *s, const char **name) {
    return system->type->score(system->self, s, name);
}

static void interface(void) {
    probe("graph:text=6 8;1 2 1;2 3 -1;3 4 2;4 5 1;5 6 1;6 1 -2;1 4 1;2 5 1");
    probe("graph:text=0 1 0.5;1 2 -1.25;3 3 0.75;0 4 1e-3;2 2 -1,format=coo");
    probe("graph:text=1 2 0.5;2 3 -1.25;4 4 0.75,sign=plus,base=1");
    probe("graph:text=0 0 -3;0 1 5;1 0 1;1 1 4;1 2 -2;2 2 7,format=qubo");
    probe("graph:text=7 0");
    probe_memory("graph:text=0 1 0.5;1 2 -1.25;3 3 0.75");
    probe_memory("graph:text=0 0 -3;0 1 5;1 0 1;1 1 4,format=qubo");
}

static void refusals(void) {
    temper_system *system;
    probe_refuses("graph", "exactly one of file=PATH and text=LINES");
    probe_refuses("graph:file=x,text=2 1;1 2", "both are given");
    probe_refuses("graph:text=2 1;1 2,format=rudi", "did you mean 'rudy'");
    CHECK_FAILS(temper_system_create(&system, "graph:file=/nonexistent/G1"), TEMPER_BAD_FILE,
                "/nonexistent/G1");
    CHECK_FAILS(temper_system_create(&system, "graph:text=2 2;1 2 1"), TEMPER_BAD_DATA,
                "graph: text:2: expected 2 edges, found 1");
}

/* By hand. Square 1-2-3-4 with weights 1, 2, 3, −4 and the sides {1, 3} and {2, 4}: every edge is cut, 1+2+3−4 = 2.
 * {1} against the rest cuts 1-2 and 4-1: 1 − 4 = −3. */
static void cut_by_hand(void) {
    temper_system *g = probe_open("graph:text=4 4;1 2 1;2 3 2;3 4 3;4 1 -4");
    const int8_t checks[4] = {1, -1, 1, -1}, single[4] = {1, -1, -1, -1}, together[4] = {1, 1, 1, 1};
    const char *name = "";
    CHECK_NEAR(score_of(g, checks, &name), 2, 0);
    CHECK(name && !strcmp(name, "cut"), "name %s", name);
    CHECK_NEAR(score_of(g, single, &name), -3, 0);
    CHECK_NEAR(score_of(g, together, &name), 0, 0);
    CHECK_NEAR(temper_system_energy(g, together), 2, 0); /* H = Σ w s_i s_j: a lower H is a larger cut */
    temper_system_free(g);
}

/* xᵀQx over all 64 x, by the double sum over a dense Q filled here. */
static void qubo_by_enumeration(void) {
    double Q[6][6] = {{0}};
    char text[1024] = "graph:format=qubo,text=";
    for (int k = 0; k < 20; k++) {
        uint32_t w = temper_word((temper_stream){9, 0}, TEMPER_FOR_TESTS, 2, k);
        int i = (int)(w % 6), j = (int)(w / 6 % 6), q = (int)(w / 36 % 41) - 20;
        if (k == 0) i = j = 5;
        Q[i][j] += q;
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%d %d %d", k ? ";" : "", i, j, q);
    }
    temper_system *g = probe_open(text);
    if (!g) return;
    for (int x = 0; x < 64; x++) {
        int8_t s[6];
        double truth = 0;
        const char *name;
        for (int i = 0; i < 6; i++) s[i] = x >> i & 1 ? 1 : -1;
        for (int i = 0; i < 6; i++)
            for (int j = 0; j < 6; j++) truth += Q[i][j] * (x >> i & 1) * (x >> j & 1);
        CHECK(score_of(g, s, &name) == truth, "x = %d: %g, want %g", x, score_of(g, s, &name), truth);
        CHECK(name && !strcmp(name, "qubo"), "name");
    }
    temper_system_free(g);
}

/* Two spins with J = 2 and h = (1, 0), H as each convention reads it, at s = (+, −). */
static void ising_signs(void) {
    const int8_t s[2] = {1, -1};
    temper_system *minus = probe_open("graph:text=0 1 2;0 0 1"),
                  *plus = probe_open("graph:text=0 1 2;0 0 1,sign=plus");
    const char *name = "";
    CHECK_NEAR(temper_system_energy(minus, s), 1, 0); /* −2·(−1) − 1 */
    CHECK_NEAR(temper_system_energy(plus, s), -1, 0); /* 2·(−1) + 1 */
    CHECK_NEAR(score_of(minus, s, &name), 1, 0);
    CHECK(!name, "coo has no score of its own");
    temper_system_free(minus), temper_system_free(plus);
}

/* Vertices, edges and Σ w of G-set files counted with awk; the cut of a random partition by reading the file
 * again here, line by line, with fscanf. */
typedef struct {
    const char *file;
    int n;
    int64_t m, W;
} member;

static void check_member(const char *folder, const member *truth) {
    char path[256], text[300];
    int n, m, i, j, w;
    int64_t cut = 0, W = 0;
    const char *name;
    snprintf(path, sizeof path, "%s/gset/%s", folder, truth->file);
    snprintf(text, sizeof text, "graph:file=%s", path);
    temper_system *g = probe_open(text);
    FILE *f = fopen(path, "r");
    CHECK(f && fscanf(f, "%d %d", &n, &m) == 2, "%s", path);
    if (!g || !f) return;
    int8_t *s = calloc((size_t)g->n, 1);
    probe_random(g, 3, s);
    while (fscanf(f, "%d %d %d", &i, &j, &w) == 3) {
        W += w;
        if (s[i - 1] != s[j - 1]) cut += w;
    }
    fclose(f);
    CHECK(g->n == truth->n && g->bonds.start[g->n] == 2 * truth->m, "%s: %d, %lld", truth->file, g->n,
          (long long)g->bonds.start[g->n]);
    CHECK(W == truth->W, "%s: sum of weights %lld", truth->file, (long long)W);
    CHECK(score_of(g, s, &name) == (double)cut, "%s: cut %g, want %lld", truth->file, score_of(g, s, &name),
          (long long)cut);
    free(s);
    temper_system_free(g);
}

static void gset(void) {
    static const member members[] = {{"G1.txt", 800, 19176, 19176},
                                     {"G6.txt", 800, 19176, 154},
                                     {"G14.txt", 800, 4694, 4694},
                                     {"G81.txt", 20000, 40000, 34}};
    const char *archive = TEMPER_SOURCE_DIR "/../shared/data/gset/gset.tar.xz";
    char folder[] = "/tmp/temper_gsetXXXXXX", command[600];
    if (access(archive, R_OK)) SKIP("no %s", archive);
    if (!mkdtemp(folder)) SKIP("no folder in /tmp");
    snprintf(command, sizeof command, "tar xJf '%s' -C %s gset/G1.txt gset/G6.txt gset/G14.txt gset/G81.txt",
             archive, folder);
    bool there = system(command) == 0;
    for (size_t k = 0; k < sizeof members / sizeof *members && there; k++) check_member(folder, &members[k]);
    snprintf(command, sizeof command, "rm -r %s", folder);
    if (system(command)) printf("  left %s behind\n", folder);
    if (!there) SKIP("tar cannot unpack %s", archive);
}

int main(void) {
    RUN(interface);
    RUN(refusals);
    RUN(cut_by_hand);
    RUN(qubo_by_enumeration);
    RUN(ising_signs);
    RUN(gset);
    return check_end();
}
