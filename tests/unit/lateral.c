/* Pairwise machines: the graph, the flock, statistics, expansions, and the way into a system. */
#include <stdlib.h>
#include <unistd.h>
#include "base/memory.h"
#include "check.h"
#include "core/lateral.h"
#include "temper/cpu.h"
#include "temper/machine.h"
#include "temper/parallel.h"
#include "temper/system.h"

static temper_machine *open_machine(const char *text, int64_t columns, double size) {
    temper_machine *m = NULL;
    CHECK_OK(temper_machine_create(&m, text, &(temper_machine_io){.columns = columns}));
    for (int64_t k = 0; k < m->parameters; k++)
        m->theta[k] = (float)(size * temper_normal((temper_stream){11, 0}, TEMPER_FOR_TESTS, 0, k));
    CHECK_OK(temper_machine_refresh(m));
    return m;
}

static const temper_lateral *net(const temper_machine *m) { return m->self; }

/* Which pairs are there, counted by hand; θ has no place for absent ones. */
static void patterns_of_connections(void) {
    static const struct {
        const char *text;
        int64_t pairs;
    } cases[] = {{"boltzmann:hidden=3", 7 * 6 / 2},
                 {"boltzmann:hidden=3,connections=semi", 6 + 12},
                 {"boltzmann:hidden=3,connections=restricted", 12},
                 {"boltzmann:hidden=3,connections=groups,group=2", 2 + 12},
                 {"boltzmann:hidden=0,connections=restricted", 0},
                 {"boltzmann:hidden=2,pairs=0-4;5-1;2-3", 3}};
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        temper_machine *m = open_machine(cases[k].text, 4, 1);
        const temper_lateral *n = net(m);
        CHECK(n->pairs == cases[k].pairs, "%s: %lld pairs", cases[k].text, (long long)n->pairs);
        CHECK(m->parameters == n->pairs + n->n, "%lld parameters", (long long)m->parameters);
        temper_machine_free(m);
    }
    temper_machine *m;
    const temper_machine_io io = {.columns = 4};
    static const char *const wrong[] = {"0-0", "0-1;1-0", "0-6", "0", "0-1;;", "a-b", "1-2x"};
    for (size_t k = 0; k < sizeof wrong / sizeof *wrong; k++) {
        char text[64];
        snprintf(text, sizeof text, "boltzmann:hidden=2,pairs=%s", wrong[k]);
        CHECK_FAILS(temper_machine_create(&m, text, &io), TEMPER_BAD_OPTION, "pairs=");
    }
    CHECK_FAILS(temper_machine_create(&m, "boltzmann:hidden=16384", &io), TEMPER_BAD_OPTION, "at most 16384");
}

/* Chain c alone, in a flock of 5 and in a flock of 40, on one thread and two, on every level: the same states. */
static void a_chain_is_its_own(void) {
    temper_machine *m =
        open_machine("boltzmann:hidden=5,units=spin,connections=semi,temperature=1.3", 6, 0.5);
    float few[5][6], many[40][6];
    static const char *const levels[] = {"avx512", "avx2", "ref"};
    for (int v = 0; v < 3; v++)
        for (int threads = 1; threads <= 2; threads++) {
            if (temper_cpu_cap(levels[v])) continue;
            CHECK_OK(temper_threads(threads));
            temper_flock *a, *b;
            CHECK_OK(temper_flock_create(&a, m, 5, (temper_stream){3, 1}));
            CHECK_OK(temper_flock_create(&b, m, 40, (temper_stream){3, 1}));
            temper_flock_sweep(a, 20);
            for (int k = 0; k < 20; k++) temper_flock_sweep(b, 1);
            for (int c = 0; c < 40; c++) {
                float row[6];
                temper_flock_read(b, c, row);
                CHECK((v == 0 && threads == 1) || !memcmp(row, many[c], sizeof row), "chain %d on %s", c,
                      levels[v]);
                memcpy(many[c], row, sizeof row);
                if (c < 5) temper_flock_read(a, c, few[c]);
                CHECK(c >= 5 || !memcmp(few[c], row, sizeof row), "chain %d", c);
            }
            temper_flock_free(a), temper_flock_free(b);
        }
    CHECK_OK(temper_cpu_cap("auto"));
    CHECK_OK(temper_threads(0));
    temper_machine_free(m);
}

/* Pinned rows stay; the hidden units of a machine whose hidden units are apart have the means of their closed form. */
static void pinned_units_stay(void) {
    temper_machine *m = open_machine("boltzmann:hidden=2,connections=semi,temperature=0.8", 3, 1);
    const float x[2][3] = {{1, 0, 1}, {0, 1, 1}}, *rows[2] = {x[0], x[1]};
    float back[3], means[4];
    temper_flock *f;
    CHECK_OK(temper_flock_create(&f, m, 2, (temper_stream){4, 0}));
    temper_flock_clamp(f, rows, 2);
    f->pinned = true;
    temper_flock_sweep(f, 50);
    m->type->features(f, means);
    for (int c = 0; c < 2; c++) {
        temper_flock_read(f, c, back);
        CHECK(!memcmp(back, x[c], sizeof back), "row %d moved", c);
        for (int j = 0; j < 2; j++) {
            double field = (double)m->theta[net(m)->pairs + 3 + j];
            for (int i = 0; i < 3; i++)
                field += (double)m->theta[net(m)->first[i] + (2 - i) + j] * (double)x[c][i];
            CHECK_NEAR((double)means[2 * c + j], 1 / (1 + exp(-field / 0.8)), 1e-6);
        }
    }
    temper_flock_free(f), temper_machine_free(m);
}

/* E of a configuration, from θ alone. */
static double plain_weight(const temper_machine *m, const float *s) {
    const temper_lateral *n = net(m);
    double sum = 0;
    for (int64_t i = 0; i < n->n; i++) {
        sum += (double)m->theta[n->pairs + i] * (double)s[i];
        for (int64_t k = n->above[i]; k < n->end[i]; k++)
            sum += (double)m->theta[n->pair[k]] * (double)s[i] * (double)s[n->to[k]];
    }
    return sum / n->T;
}

/* ln Z, means and energy by the plainest loop over 2^n states; score likewise. 18 units: four chunks. */
static void sums_over_all_states(void) {
    static const char *const texts[] = {"boltzmann:hidden=4,units=spin,temperature=1.7,connections=full",
                                        "boltzmann:hidden=14,units=binary,connections=semi"};
    for (int t = 0; t < 2; t++) {
        temper_machine *m = open_machine(texts[t], 4, 0.4);
        const temper_lateral *n = net(m);
        const int64_t states = (int64_t)1 << n->n;
        double Z = 0, E = 0, log_z, energy, score[16], visible[16] = {0}, mean[32] = {0};
        double *stat = calloc((size_t)m->parameters, sizeof *stat);
        float s[32], rows[16][4];
        for (int64_t k = 0; k < states; k++) {
            for (int64_t i = 0; i < n->n; i++) s[i] = k >> i & 1 ? 1 : n->spin ? -1 : 0;
            double w = plain_weight(m, s), e = exp(0.6 * w);
            Z += e, E -= e * w, visible[k & 15] += exp(w);
            for (int64_t i = 0; i < n->n; i++) mean[i] += e * (double)s[i];
            if (k < 16) memcpy(rows[k], s, sizeof rows[k]);
        }
        CHECK_OK(m->type->exact(m->self, 0.6, &log_z, stat, &energy));
        CHECK_NEAR(log_z, log(Z), 1e-10);
        CHECK_NEAR(energy, E / Z, 1e-10);
        for (int64_t i = 0; i < n->n; i++) CHECK_NEAR(stat[n->pairs + i], mean[i] / Z / n->T, 1e-10);
        CHECK_OK(temper_machine_score(m, &(temper_rows_view){16, 4, rows[0], NULL}, score));
        for (int r = 0; r < 16; r++) CHECK_NEAR(score[r], log(visible[r]), 1e-10);
        free(stat), temper_machine_free(m);
    }
    temper_machine *large = open_machine("boltzmann:hidden=30", 4, 0.1);
    double log_z;
    CHECK_FAILS(large->type->exact(large->self, 1, &log_z, NULL, NULL), TEMPER_CANNOT, "2^34");
    temper_machine_free(large);
}

/* Statistics of many chains in equilibrium are the exact ones, within 4.5 σ (a product of two units has at most variance 1); so are the
 * whole-configuration weights: ⟨exp(w_1 − w_β)⟩_β = Z_1/Z_β. */
static void statistics_of_chains(void) {
    enum { CHAINS = 40000 };
    static const char *const texts[] = {"boltzmann:hidden=3,units=spin,temperature=1.4",
                                        "boltzmann:hidden=3,units=binary,temperature=0.7"};
    static double now[CHAINS], then[CHAINS];
    for (int t = 0; t < 2; t++) {
        temper_machine *m = open_machine(texts[t], 3, 0.5);
        temper_flock *f;
        float stat[64] = {0}, base[3] = {0.3F, -0.2F, 0.5F};
        double want[64], log_z[2], ratio = 0;
        CHECK_OK(temper_flock_create(&f, m, CHAINS, (temper_stream){9, 0}));
        temper_flock_sweep(f, 60);
        m->type->statistics(f, CHAINS, NULL, 1.0 / CHAINS, stat);
        CHECK_OK(m->type->exact(m->self, 1, &log_z[0], want, NULL));
        for (int64_t k = 0; k < m->parameters; k++)
            CHECK_NEAR((double)stat[k], want[k], 4.5 / net(m)->T / sqrt(CHAINS));
        const temper_place place = {1, NULL}, cold = {0.8, NULL}, zero = {0, base};
        temper_flock_log_weight(f, &place, now), temper_flock_log_weight(f, &cold, then);
        for (int c = 0; c < CHAINS; c++) ratio += exp(then[c] - now[c]) / CHAINS;
        CHECK_OK(m->type->exact(m->self, 0.8, &log_z[1], NULL, NULL));
        CHECK_NEAR(ratio, exp(log_z[1] - log_z[0]), 0.02 * ratio);
        f->place = zero;
        temper_flock_scatter(f);
        temper_flock_log_weight(f, &zero, now), temper_flock_log_weight(f, &place, then);
        ratio = 0;
        for (int c = 0; c < CHAINS; c++) ratio += exp(then[c] - now[c]) / CHAINS;
        CHECK_NEAR(log(ratio), log_z[0] - m->type->log_base(m->self, base), 0.05);
        temper_flock_free(f), temper_machine_free(m);
    }
}

/* Without hidden units: ln p(x_i | others) from two scores, and the gradient by central differences. */
static void pseudo_likelihood(void) {
    static const char *const texts[] = {"boltzmann:units=spin,temperature=1.5",
                                        "boltzmann:units=binary,temperature=0.7"};
    for (int t = 0; t < 2; t++) {
        temper_machine *m = open_machine(texts[t], 5, 0.5);
        float x[20][5], flipped[5], grad[15] = {0};
        double weight[20], out[20], up[20], down[20], now, other;
        for (int r = 0; r < 20; r++) {
            weight[r] = 1 + r % 3;
            for (int i = 0; i < 5; i++)
                x[r][i] = temper_word((temper_stream){8, 0}, TEMPER_FOR_TESTS, r, i) & 1 ? 1
                          : t == 0                                                       ? -1
                                                                                         : 0;
        }
        const temper_rows_view rows = {20, 5, x[0], weight};
        CHECK_OK(m->type->pseudo(m->self, &rows, out, grad));
        for (int r = 0; r < 20; r++) {
            double sum = 0;
            CHECK_OK(temper_machine_score(m, &(temper_rows_view){1, 5, x[r], NULL}, &now));
            for (int i = 0; i < 5; i++) {
                memcpy(flipped, x[r], sizeof flipped);
                flipped[i] = t == 0 ? -flipped[i] : 1 - flipped[i];
                CHECK_OK(temper_machine_score(m, &(temper_rows_view){1, 5, flipped, NULL}, &other));
                sum -= log1p(exp(other - now));
            }
            CHECK_NEAR(out[r], sum, 1e-10);
        }
        for (int k = 0; k < 15; k++) {
            const float kept = m->theta[k];
            double slope = 0, total = 0;
            m->theta[k] = kept + 0x1p-9F;
            CHECK_OK(temper_machine_refresh(m));
            CHECK_OK(m->type->pseudo(m->self, &rows, up, NULL));
            m->theta[k] = kept - 0x1p-9F;
            CHECK_OK(temper_machine_refresh(m));
            CHECK_OK(m->type->pseudo(m->self, &rows, down, NULL));
            m->theta[k] = kept;
            CHECK_OK(temper_machine_refresh(m));
            for (int r = 0; r < 20; r++) slope += weight[r] * (up[r] - down[r]) / 0x1p-8, total += weight[r];
            CHECK_NEAR((double)grad[k], slope / total, 1e-4);
        }
        temper_machine_free(m);
    }
}

/* Weak couplings ε: naive mean field misses ln Z by O(ε²), TAP by O(ε³). */
static void mean_field_orders(void) {
    static const char *const texts[] = {"boltzmann:units=spin", "boltzmann:units=binary"};
    for (int t = 0; t < 2; t++) {
        double miss[2][2], off[2][2] = {{0}}, residual, truth[64];
        float stat[64];
        for (int e = 0; e < 2; e++) {
            temper_machine *m = open_machine(texts[t], 8, 0.5);
            double exact, log_z;
            for (int64_t k = 0; k < net(m)->pairs; k++) m->theta[k] *= e ? 0.1F : 0.2F;
            CHECK_OK(temper_machine_refresh(m));
            CHECK_OK(m->type->exact(m->self, 1, &exact, truth, NULL));
            for (int order = 1; order <= 2; order++) {
                CHECK_OK(m->type->mean_field(m->self, order, NULL, &log_z, stat, &residual));
                CHECK(residual < 1e-9, "residual %g", residual);
                miss[order - 1][e] = fabs(log_z - exact);
                for (int64_t k = net(m)->pairs; k < m->parameters; k++)
                    off[order - 1][e] = fmax(off[order - 1][e], fabs((double)stat[k] - truth[k]));
            }
            temper_machine_free(m);
        }
        CHECK(off[0][0] / off[0][1] < 5.5 && off[1][0] / off[1][1] > 5.5 && off[1][1] < off[0][1] / 4,
              "means: %g %g, %g %g", off[0][0], off[0][1], off[1][0], off[1][1]);
        CHECK(miss[0][0] / miss[0][1] > 3 && miss[0][0] / miss[0][1] < 5.5, "order 1: %g",
              miss[0][0] / miss[0][1]);
        CHECK(miss[1][0] / miss[1][1] > 6 && miss[1][1] < miss[0][1] / 5, "order 2: %g",
              miss[1][0] / miss[1][1]);
    }
}

/* A machine file as a system: −H and the machine's ln weight differ by nothing, for every kind of machine there is. */
static void a_machine_is_a_system(void) {
    static const struct {
        const char *text;
        int64_t states;
        int hidden;
    } cases[] = {{"boltzmann:hidden=2,units=spin,temperature=1.6", 0, 2},
                 {"boltzmann:hidden=2,connections=groups,group=2", 0, 2},
                 {"rbm:hidden=3", 0, 3},
                 {"rbm:hidden=3,visible=spin,hidden_units=spin", 0, 3},
                 {"rbm:hidden=2,hidden_units=potts,states=3", 4, 2},
                 {"dbm:hidden=3x2", 0, 5},
                 {"hopfield", 0, 0},
                 {"maxent:units=spin", 0, 0},
                 {"maxent", 3, 0}};
    const char *path = "lateral_test.safetensors";
    char text[128];
    snprintf(text, sizeof text, "boltzmann:file=%s", path);
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        temper_machine *m = NULL;
        temper_system *system = NULL;
        const temper_machine_io io = {.columns = 4, .states = cases[k].states};
        CHECK_OK(temper_machine_create(&m, cases[k].text, &io));
        if (!m) continue;
        for (int64_t p = 0; p < m->parameters; p++)
            m->theta[p] = (float)(0.5 * temper_normal((temper_stream){12, 0}, TEMPER_FOR_TESTS, 0, p));
        CHECK_OK(temper_machine_refresh(m));
        CHECK_OK(temper_machine_write(m, path));
        CHECK_OK(temper_system_create(&system, text));
        if (system) {
            const int n = system->n;
            CHECK(n == 4 + cases[k].hidden, "%s: %d sites", cases[k].text, n);
            /* Σ over all states of exp(−H), site n−1 fastest, against exact */
            int8_t s[16];
            int digit[16] = {0};
            double Z = 0, log_z = NAN;
            for (int at = 0; at < n;) {
                for (int i = 0; i < n; i++) {
                    const int8_t *values;
                    system->type->alphabet(system->self, i, &values);
                    s[i] = values[digit[i]];
                }
                Z += exp(-temper_system_energy(system, s));
                for (at = 0; at < n; at++) {
                    const int8_t *values;
                    if (++digit[at] < system->type->alphabet(system->self, at, &values)) break;
                    digit[at] = 0;
                }
            }
            CHECK_OK(m->type->exact(m->self, 1, &log_z, NULL, NULL));
            /* maxent is gauged anew, and hopfield takes the mean of J_ij and J_ji, in float */
            const bool rounded = !strncmp(cases[k].text, "maxent", 6) || !strncmp(cases[k].text, "hop", 3);
            CHECK(fabs(log(Z) - log_z) < (rounded ? 1e-7 : 1e-9), "%s: %.12g %.12g", cases[k].text, log(Z),
                  log_z);
        }
        temper_system_free(system), temper_machine_free(m);
    }
    (void)unlink(path);
    temper_machine *m;
    temper_system *system;
    CHECK_OK(temper_machine_create(&m, "rbm:hidden=2,visible=gaussian", &(temper_machine_io){.columns = 4}));
    CHECK_OK(temper_machine_write(m, path));
    CHECK_FAILS(temper_system_create(&system, text), TEMPER_CANNOT, "real numbers");
    (void)unlink(path);
    CHECK_FAILS(temper_system_create(&system, text), TEMPER_BAD_FILE, path);
    temper_machine_free(m);
}

static void every_failed_allocation_is_clean(void) {
    const int64_t live = temper_alloc_live();
    for (int64_t k = 1; k < 200; k++) {
        temper_machine *m = NULL;
        temper_flock *f = NULL;
        temper_alloc_fail_at(k);
        temper_status bad =
            temper_machine_create(&m, "boltzmann:hidden=2,pairs=0-1;1-4", &(temper_machine_io){.columns = 3});
        double log_z, stat[16], value[2];
        const float x[6] = {0, 1, 1, 1, 0, 0};
        if (!bad) bad = temper_flock_create(&f, m, 3, (temper_stream){1, 0});
        if (!bad) bad = m->type->exact(m->self, 1, &log_z, stat, NULL);
        if (!bad) bad = temper_machine_score(m, &(temper_rows_view){2, 3, x, NULL}, value);
        temper_alloc_fail_at(0);
        temper_flock_free(f), temper_machine_free(m);
        CHECK(temper_alloc_live() == live, "allocation %lld leaks", (long long)k);
        if (!bad) return;
        CHECK(bad == TEMPER_NO_MEMORY, "allocation %lld: %s", (long long)k, temper_message());
    }
}

int main(void) {
    RUN(patterns_of_connections);
    RUN(a_chain_is_its_own);
    RUN(pinned_units_stay);
    RUN(sums_over_all_states);
    RUN(statistics_of_chains);
    RUN(pseudo_likelihood);
    RUN(mean_field_orders);
    RUN(a_machine_is_a_system);
    RUN(every_failed_allocation_is_clean);
    return check_end();
}
