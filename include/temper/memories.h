/* memories: patterns stored and retrieved in one call each, and the experiments that say how many a memory holds: capacity curves beside the
 * theory of Amit, Gutfreund and Sompolinsky, basins of attraction, storage limits of dense memories; margins of perceptrons.
 *
 * Rules, as text:
 *     hebb | pseudo_inverse | storkey | perceptron:kappa=0.5      couplings of a machine hopfield (docs of src/learn)
 *     polynomial:degree=3 | exponential | continuous:sharpness=8  the rows kept in a machine memory
 * In all of them T = 0 dynamics turns units one after the other, a unit with no field stays, and energies never rise; continuous is
 * x ← Ξᵀ softmax(β Ξ x). pseudo_inverse:diagonal=yes keeps J_ii in the dynamics. */
#ifndef TEMPER_MEMORIES_H
#define TEMPER_MEMORIES_H

#include "temper/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct temper_memory {
    temper_machine *machine;
    int64_t n, columns;
    float *rows; /* [n][columns] what was stored */
} temper_memory;

/* Rows of ±1, or of any finite numbers for `continuous`. Epochs of perceptron: at most 10000, TEMPER_DIAGNOSTIC beyond them. */
TEMPER_API temper_status temper_memory_store(temper_memory **memory, const temper_rows_view *rows,
                                             const char *rule);
TEMPER_API void temper_memory_free(temper_memory *memory);

typedef struct {    /* zeros are defaults */
    double beta;    /* inverse temperature of spins; 0: infinity, T = 0 */
    int64_t sweeps; /* at most; 0: 100. At T = 0 it ends earlier where nothing moves */
    temper_stream stream;
    float *
        trail; /* [sweeps + 1][columns] or NULL: the cue, then the state after every sweep made: rows of a picture */
} temper_retrieval;

typedef struct {
    int64_t sweeps;  /* made */
    bool settled;    /* the last one moved nothing */
    int64_t nearest; /* the stored row with the largest overlap */
    double overlap;  /* with it: x·ξ/(|x||ξ|), for ±1 rows (1/N) Σ ξ_i x_i */
    bool exact;      /* every number as in that row; of continuous, to within 1 % of the row's range */
} temper_recall;

/* From a cue of `columns` numbers (their signs, for spins) to out[columns]. */
TEMPER_API temper_status temper_memory_retrieve(const temper_memory *memory, const float *cue,
                                                const temper_retrieval *how, float *out,
                                                temper_recall *recall);
/* A copy of row k with round(share·columns) of its places, drawn without repetition (TEMPER_FOR_NOISE, step k), corrupted: ±1 change sign; of
 * other rows a place x becomes low + high − x, low and high being the extremes of the row. */
TEMPER_API void temper_memory_corrupt(const float *row, int64_t columns, double share, temper_stream stream,
                                      int64_t k, float *out);

/* ---- experiments with random ±1 patterns: every trial has its own memory, trials run in parallel ---- */

typedef struct {          /* zeros are defaults */
    const char *rule;     /* NULL: hebb */
    int64_t n;            /* units, 2 … 32000 (exponential: at most 340); needed */
    int64_t trials;       /* memories, 0: 50 */
    int64_t probes;       /* patterns that each is asked for, 0: 1 */
    double flipped;       /* share of a pattern's bits that are wrong in the cue, 0 … 1 */
    int64_t sweeps;       /* at most, 0: 200 */
    temper_stream stream; /* trial t: chain + t */
} temper_memory_plan;

typedef struct {
    int64_t n, patterns;
    double load;        /* α = P/N */
    double mean, error; /* final overlap with the pattern: mean over trials ± standard error */
    double median;      /* over all probes */
    double recalled;    /* share of probes that end in the pattern, every bit of it */
    double one_step;    /* share of bits that a field turns over when the network is put in a pattern */
    double one_step_error;
    double sweeps; /* mean number until nothing moved */
    double theory; /* hebb: m(α) of Amit, Gutfreund and Sompolinsky at T = 0 (0 beyond α_c); else NaN */
    double one_step_theory; /* hebb: ½ erfc(1/√(2α)); else NaN */
} temper_memory_score;

/* One point of a capacity curve or, with `flipped` > 0, of a basin of attraction. */
TEMPER_API temper_status temper_memory_test(const temper_memory_plan *plan, int64_t patterns,
                                            temper_memory_score *out);

/* The largest number of patterns at which the median overlap is still at least `level` (0.9, say), by doubling and bisection from n/4 on. */
TEMPER_API temper_status temper_memory_limit(const temper_memory_plan *plan, double level, int64_t *patterns);

typedef struct {
    double exponent,
        error; /* P_max ∝ N^exponent, by least squares in logarithms; one standard error from the scatter */
    double factor; /* P_max/N^exponent */
} temper_memory_law;

/* Limits at sizes[count ≥ 3], into limit[count] unless NULL, and the power law through them. plan->n is not used. */
TEMPER_API temper_status temper_memory_scaling(const temper_memory_plan *plan, double level,
                                               const int64_t *sizes, int count, int64_t *limit,
                                               temper_memory_law *law);

/* ---- perceptrons ---- */

typedef struct {
    double
        margin; /* γ: smallest y (w·x + b)/√(|w|² + b²) over rows, the bias counted as an input that is 1 */
    double radius;         /* R: largest √(|x|² + 1) */
    double mistakes_bound; /* Novikoff 1962: the rule made at most (R/γ)² mistakes; infinity where γ ≤ 0 */
    int64_t wrong;         /* rows that are not strictly on their side */
} temper_margin;

TEMPER_API temper_status temper_perceptron_margin(const temper_machine *machine, const temper_rows_view *rows,
                                                  temper_margin *out);

/* Cover's function counting theorem: the share of the 2^P labellings of P points in general position in N dimensions that a plane through the
 * origin separates, Σ_{k<N} binom(P−1, k)/2^{P−1}. With a bias, N is the number of inputs + 1. */
TEMPER_API double temper_cover(int64_t P, int64_t N);

/* Gardner's capacity α = P/N of a perceptron whose rows all have stability above κ ≥ 0, N = ∞: 1/∫_{−κ}^∞ Dt (t + κ)² = 1/((1 + κ²) Φ(κ) + κ φ(κ));
 * 2 at κ = 0. J. Phys. A 21, 257 (1988). */
TEMPER_API double temper_gardner(double kappa);

typedef struct {
    int64_t trials, learned; /* learned within the epochs that were allowed: the true share is not smaller */
    double share, error;     /* learned/trials, binomial standard error */
    double cover;            /* the theorem's share */
    double mistakes;         /* mean over what was learned */
} temper_dichotomies;

/* `trials` random labellings of P Gaussian points in N dimensions, no bias (Cover 1965; Gardner 1988: α = P/N = 2). */
TEMPER_API temper_status temper_perceptron_dichotomies(int64_t P, int64_t N, int64_t trials, int64_t epochs,
                                                       temper_stream stream, temper_dichotomies *out);

#ifdef __cplusplus
}
#endif
#endif
