/* A sweep hands out turns in the wanted order, in batches whose random words are made in bulk, to the fastest way
 * that the system allows. */
#include "core/sweep.h"
#include "core/sweep_paths.h"
#include "core/tick.h"
#include "kernel/kernel.h"
#include "temper/parallel.h"

enum { WINDOW = 4096 }; /* words that colour order keeps, because it comes by with every colour */

typedef struct { /* room for one batch, and what lies in it */
    int site[TEMPER_TURNS];
    uint32_t word[TEMPER_TURNS];
    float limit[TEMPER_TURNS];
    uint32_t window[WINDOW];
    int64_t window_first; /* window holds words window_first … of this sweep; −1: of none */
} batch;

/* A lattice of two colours is a checkerboard, which vector kernels run. Elsewhere sites in the order of memory are
 * faster. Both orders are fixed, which is why a tie must not be certain: core/chance.h. */
static temper_order chosen(temper_order order, const temper_system *system) {
    if (order != TEMPER_ORDER_AUTO) return order;
    return system->has_lattice && system->colours == 2 ? TEMPER_ORDER_COLOUR : TEMPER_ORDER_SEQUENTIAL;
}

temper_status temper_sweep_suits(const char *thing, temper_order order, const temper_system *system) {
    if (order == TEMPER_ORDER_COLOUR && system->colours == 0)
        return temper_fail(TEMPER_CANNOT, "%s: order=colour needs a system with a colouring, %s has none",
                           thing, system->text);
    return TEMPER_OK;
}

size_t temper_sweep_scratch(temper_order order, const temper_system *system) {
    bool lattice = temper_lattice_path_suits(chosen(order, system), system);
    return lattice ? temper_lattice_path_scratch(system) : 0;
}

static temper_path path_of(const temper_system *system) {
    if (system->fields) return temper_path_fields;
    if (system->binary && system->has_bonds && system->cached == 0)
        return system->has_lattice && system->lattice.uniform ? temper_path_uniform : temper_path_bonds;
    return system->binary ? temper_path_costs : temper_path_values;
}

/* Word i of this sweep, from the window; sites ascend within a colour, so the window moves once per colour. */
static uint32_t windowed(batch *b, const temper_chain *chain, int i) {
    if (b->window_first < 0 || i < b->window_first || i >= b->window_first + WINDOW) {
        b->window_first = i / WINDOW * WINDOW;
        int64_t left = chain->system->n - b->window_first;
        temper_kernel()->words(chain->stream, TEMPER_FOR_MOVES, chain->clock, b->window_first,
                               left < WINDOW ? left : WINDOW, b->window);
    }
    return b->window[i - b->window_first];
}

/* Fills turns->site and turns->word for the turns from `first` on. */
static void deal(batch *b, temper_turns *turns, temper_order order, const temper_chain *chain) {
    const temper_kernels *kernel = temper_kernel();
    int64_t first = turns->first, clock = chain->clock;
    int n = chain->system->n, count = turns->count;
    turns->site = b->site;
    switch (order) {
    case TEMPER_ORDER_COLOUR:
        turns->site = chain->system->order + first;
        for (int k = 0; k < count; k++) b->word[k] = windowed(b, chain, turns->site[k]);
        break;
    case TEMPER_ORDER_RANDOM:
        kernel->words(chain->stream, TEMPER_FOR_SITES, clock, first, count, b->word);
        for (int k = 0; k < count; k++) b->site[k] = (int)temper_below(b->word[k], (uint32_t)n);
        kernel->words(chain->stream, TEMPER_FOR_MOVES, clock, first, count, b->word);
        break;
    default:
        kernel->words(chain->stream, TEMPER_FOR_MOVES, clock, first, count, b->word);
        for (int k = 0; k < count; k++) b->site[k] = (int)first + k;
    }
    temper_rule_limits(turns->rule, count, b->word, b->limit);
}

static void sweep_chain(temper_chain *chain, temper_rule rule, temper_order order, int64_t sweeps) {
    const temper_system *system = chain->system;
    temper_path path = path_of(system);
    batch b;
    temper_turns turns = {
        rule, temper_beta(chain->temperature), order == TEMPER_ORDER_RANDOM, 0, 0, b.site, b.word, b.limit};
    for (int64_t sweep = 0; sweep < sweeps; sweep++) {
        b.window_first = -1;
        for (turns.first = 0; turns.first < system->n; turns.first += TEMPER_TURNS) {
            int64_t left = system->n - turns.first;
            turns.count = (int)(left < TEMPER_TURNS ? left : TEMPER_TURNS);
            deal(&b, &turns, order, chain);
            path(chain, &turns);
        }
        temper_chain_tick(chain);
    }
}

typedef struct {
    temper_rule rule;
    temper_order order;
    temper_chain *const *chains;
    int64_t sweeps;
} job;

static temper_status work(void *context, int64_t c) {
    const job *j = context;
    temper_chain *chain = j->chains[c];
    temper_order order = chosen(j->order, chain->system);
    if (temper_lattice_path_suits(order, chain->system) &&
        chain->scratch_bytes >= temper_lattice_path_scratch(chain->system))
        temper_lattice_path(chain, j->rule, j->sweeps);
    else
        sweep_chain(chain, j->rule, order, j->sweeps);
    return TEMPER_OK;
}

temper_status temper_sweep(temper_rule rule, temper_order order, temper_chain *const *chains, int nchains,
                           int64_t sweeps) {
    job j = {rule, order, chains, sweeps};
    return temper_parallel(nchains, work, &j);
}
