/* layers: machines whose units lie in layers 0 … n−1, each coupled to its neighbours alone; layer 0 is visible:
 *
 *     −E = Σ_l b_l·s_l + Σ_{l ≥ 1} s_{l−1}ᵀ W_l s_l    (minus the halves of squares of real units)
 *
 * Given the even layers the odd ones are independent units, and given the odd layers the even ones. So a sweep is: all odd layers, then
 * all even ones; a chain keeps its even layers, with the odd ones summed out of its weight; and every coupling has one end whose mean is
 * known exactly. With two layers this is a restricted Boltzmann machine (Smolensky 1986), with more a deep one (Salakhutdinov and
 * Hinton 2009).
 *
 * θ is W_1, W_2, …, then b_0, b_1, …; W_l is [width of l−1][width of l]. Sixteen chains lie side by side: the state of a flock is, layer by
 * layer, [blocks][width][16] floats. Fields that move a chain are float chains of fma over units in order, bias first, layer below before
 * layer above; those of log weights are sums in double. */
#ifndef TEMPER_CORE_LAYERS_H
#define TEMPER_CORE_LAYERS_H

#include "core/two_layers.h"

enum { TEMPER_LAYERS_MAX = 9, TEMPER_STATES_MAX = 256 };

typedef struct {
    temper_unit unit;
    int64_t units, states, width; /* states: q of potts units, else 1; width = units·states */
    int64_t coupling, bias;       /* offsets in θ: W to the layer below (none at layer 0), fields */
    int64_t words;                /* first random word of the layer, within those of a block */
} temper_layer;

typedef struct {
    int n; /* layers, 2 … TEMPER_LAYERS_MAX */
    temper_layer layer[TEMPER_LAYERS_MAX];
    int64_t parameters, words, widest, total; /* total: Σ width */
    int64_t
        inference; /* rounds of mean field that stand for the hidden units of pinned flocks; 0, or n = 2: none */
    const float *theta;
} temper_layers;

/* unit, units and states of every layer are there: the rest follows. */
void temper_layers_lay(temper_layers *of);
int temper_layers_arrays(const temper_layers *of);
/* Names: W, b, c of two layers; W1, W2, …, b, c1, c2, … of more. */
void temper_layers_array(const temper_layers *of, int k, temper_machine_array *array);
/* W normal with standard deviation 0.01 (TEMPER_FOR_INITIAL, step l, index k); visible fields those at which lone units have the means of
 * the rows (probabilities kept within 0.001 … 0.999); hidden fields 0. */
void temper_layers_start(const temper_layers *of, const temper_rows_view *rows, temper_stream stream,
                         float *theta);
/* The same density with the fields of potts units, and their couplings to any unit, summing to 0 over their states. */
void temper_layers_gauge(const temper_layers *of, float *theta);
/* ln Z without couplings: visible units in `base` (or NULL: 0), hidden ones in none. */
double temper_layers_log_base(const temper_layers *of, const float *base);

/* ---- flocks; what each does stands in temper/machine.h ---- */
void temper_layers_sizes(const temper_layers *of, int64_t chains, size_t *state, size_t *scratch);
void temper_layers_scatter(const temper_layers *of, temper_flock *flock);
void temper_layers_clamp(const temper_layers *of, temper_flock *flock, const float *const *row, int64_t n);
void temper_layers_read(const temper_layers *of, const temper_flock *flock, int64_t chain, float *row);
void temper_layers_swap(const temper_layers *of, temper_flock *a, int64_t i, temper_flock *b, int64_t j);
void temper_layers_sweep(const temper_layers *of, temper_flock *flock, int64_t n);
void temper_layers_log_weight(const temper_layers *of, const temper_flock *flock, const temper_place *at,
                              double *out);
void temper_layers_climb(const temper_layers *of, temper_flock *flock, const temper_place *to, double *log_w);
/* Means of odd layers given the even ones, samples of even layers. In a pinned flock of a machine with inference > 0, all hidden layers
 * are represented by their mean field instead (of the visible units alone, from rest, odd and even layers in turn), as Salakhutdinov
 * and Hinton do for the data: exact with two layers, else the slope of a lower bound of the likelihood. */
void temper_layers_statistics(const temper_layers *of, const temper_flock *flock, int64_t n,
                              const double *weight, double scale, float *stat);
/* Means of all hidden components, [chains][total − width of layer 0]: exact with two layers, else the mean field as above. */
void temper_layers_features(const temper_layers *of, const temper_flock *flock, float *out);
void temper_layers_centre(const temper_layers *of, const float *data, bool standardise, float *grad);

#endif
