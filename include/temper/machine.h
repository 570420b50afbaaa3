/* machine: an energy E(x; θ) that is learned from rows of data: Boltzmann machines, restricted and deep ones, Potts models, Hopfield
 * memories, networks as energies. Density ∝ exp(−E).
 *
 * Why not a system: a system (temper/system.h) is immutable, its sites are int8 and its sizes stand in its text. A machine has weights
 * that change thousands of times a second, units that may be real numbers, a visible side whose size comes from the data, and chains that
 * lie side by side so that a kernel can move hundreds at once. A machine of discrete units is a system as well: boltzmann:file=MODEL.
 *
 * Units: binary 0/1; spin −1/+1; potts 0 … q−1 (q components, one of them 1); gaussian, real with exp(−x²/2) as reference measure; relu,
 * real and ≥ 0 with the same. The linear and bilinear terms of every machine are written with fields and a plus sign inside exp:
 *     −E(v, h) = Σ b_i v_i + Σ c_j h_j + Σ v_i W_ij h_j − (v², h² halves of real units).
 * A spin coupling J_ij and a 0/1 coupling W_ij of the same physics differ by 4, fields by 2 (docs/conventions.md).
 *
 * Bits: states, weights after an update and log weights are equal on every level and any number of threads; what chain i does depends
 * on its own number alone, not on how many chains there are. */
#ifndef TEMPER_MACHINE_H
#define TEMPER_MACHINE_H

#include <stdbool.h>
#include "temper/option.h"
#include "temper/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { TEMPER_BINARY, TEMPER_SPIN, TEMPER_POTTS, TEMPER_GAUSSIAN, TEMPER_RELU } temper_unit;
TEMPER_API const char *temper_unit_name(temper_unit unit); /* "binary", "spin", "potts", "gaussian", "relu" */

typedef struct {                     /* what a row of data is, to a machine */
    int64_t columns;                 /* V ≥ 1 */
    int64_t states;                  /* q ≥ 2 where columns hold categories 0 … q−1; else 0 */
    int64_t channels, height, width; /* of an image; else all 0 */
    int64_t classes;                 /* the last column is a label 0 … classes−1 (perceptron); else 0 */
} temper_machine_io;

enum { TEMPER_ARRAY_DIMS = 4 };
typedef struct { /* a named part of θ */
    char name[32];
    int dims;
    bool field;                               /* a bias: penalties on couplings leave it alone */
    int64_t shape[TEMPER_ARRAY_DIMS], offset; /* θ[offset … offset + Π shape − 1], row-major */
} temper_machine_array;

typedef struct
{ /* one row-major table of rows, with weights that need not sum to 1; lives as long as its user */
    int64_t n, columns;
    const float *X;       /* [n][columns] in the units of the machine's visible side */
    const double *weight; /* [n], or NULL: all 1 */
} temper_rows_view;

/* Where on the path from the base to the machine: E_β = (1 − β) E_base + β E, where exp(−E_base) = exp(Σ base_i v_i) times the reference
 * measure of all units (hidden ones uniform; ebm, whose Gaussian has width s, takes base/s²). base NULL: zeros. β = 1/T is a machine at
 * temperature T when base is NULL. */
typedef struct {
    double beta;
    const float *base; /* [components of the visible side], or NULL */
} temper_place;

struct temper_machine;
typedef struct temper_flock { /* C chains of one machine, side by side; one owner */
    const struct temper_machine *machine;
    int64_t chains;
    void *
        state; /* [bytes] all that the next sweep depends on beside weights, place and clock; the same layout on every level */
    size_t bytes;
    void *scratch;        /* derived, rebuilt by temper_flock_wake */
    double *room;         /* [2·chains] of climb */
    temper_stream stream; /* seed, number of the flock */
    int64_t
        clock; /* sweeps done: the step of the next draws (TEMPER_FOR_UNITS, step clock, index by (chain, unit)) */
    temper_place place; /* where it samples; {1, NULL} after create */
    bool pinned;        /* the visible units are data and do not move */
    temper_status
        trouble; /* of a sweep or a sum for which memory was short: its numbers are NaN; lessons ask */
} temper_flock;

typedef struct temper_stride { /* of one fused update */
    double rate, l1, l2;
    bool centred;
} temper_stride;

typedef struct { /* functions marked (may be NULL) a machine need not have */
    temper_about about;
    /* Options are filled in: checks them against the rows, sets sizes, allocates. */
    temper_status (*build)(void *self, const temper_machine_io *io);
    void (*clear)(void *self);
    bool labelled; /* rows end with a label, io.classes of them: perceptron */
    temper_unit (*visible)(const void *self);
    int64_t (*components)(const void *self); /* of the visible side: V, or V·q; length of a base */
    int64_t (*hidden)(const void *self);     /* hidden units, 0 for none */
    int (*arrays)(const void *self);
    void (*array)(const void *self, int k, temper_machine_array *array);
    /* First θ. Rows are the training rows: visible biases begin at their (clipped) log odds or means. */
    void (*start)(const void *self, const temper_rows_view *rows, temper_stream stream, float *theta);
    /* θ has changed: packs it. Not while a flock sweeps. */
    temper_status (*refresh)(void *self, const float *theta);

    /* ---- chains. Parallel inside, over blocks of chains; no allocation. ---- */
    void (*sizes)(const void *self, int64_t chains, size_t *state, size_t *scratch); /* bytes */
    void (*wake)(
        temper_flock *
            flock); /* state was written from outside, or the weights changed: rebuilds scratch (may be NULL) */
    void (*scatter)(temper_flock *flock); /* independent random units, as at β = 0 of the flock's place */
    /* Visible units of chains 0 … n−1 become these rows; hidden units as they are. */
    void (*clamp)(temper_flock *flock, const float *const *row, int64_t n);
    void (*read)(const temper_flock *flock, int64_t chain, float *row); /* visible units */
    /* Every chain makes n sweeps at the flock's place: all hidden, then (unless pinned) all visible units. */
    void (*sweep)(temper_flock *flock, int64_t n);
    void (*swap)(temper_flock *a, int64_t i, temper_flock *b, int64_t j); /* exchanges two configurations */
    /* ln of the unnormalised weight of what each chain keeps, at any place: of v with all hidden units summed out where that can be done
     * (then `marginal` is true), of what is left of them (then `folded`), else of the whole configuration. out[chains]. */
    void (*log_weight)(const temper_flock *flock, const temper_place *at, double *out);
    bool marginal;
    bool
        folded; /* the weight of what a chain keeps has some hidden units summed out, not all: deep machines */
    /* Do sweeps leave exp(log_weight) alone? Where they don't (couplings of one direction, chains too cold) no ln Z is to be had from
     * chains. (may be NULL: they do.) */
    bool (*balanced)(const void *self);
    /* log_w[c] += log_weight at `to` − log_weight at the flock's place; the place becomes `to`; then one sweep there. (may be NULL: made
     * of the above.) */
    void (*climb)(temper_flock *flock, const temper_place *to, double *log_w);
    double (*log_base)(const void *self, const float *base); /* ln Z at β = 0; base may be NULL */

    /* ---- statistics −∂E/∂θ, with hidden means instead of hidden samples wherever they are known ---- */
    /* stat[P] += scale · Σ_c weight[c] ⟨−∂E/∂θ⟩_c over chains 0 … n−1; weight NULL: all 1. */
    void (*statistics)(const temper_flock *flock, int64_t n, const double *weight, double scale, float *stat);
    /* From the plain gradient (data minus model) to the centred one, given the statistics of the data (mean over rows). (may be NULL:
     * there is nothing to centre.) standardise: G_ij also divided by the variances of both of its units in the data (those below a
     * fifth of the largest possible count as that). Cho, Raiko and Ilin 2011; Melchior, Fischer and Wiskott 2016. */
    void (*centre)(const void *self, const float *data, bool standardise, float *grad);
    /* One whole update in one pass: θ += rate·(data − model [centred]) − rate·(l1 sign θ + l2 θ) on couplings, packed as well. Equal to
     * the slow way to rounding, not bit for bit. (may be NULL.) */
    temper_status (*learn)(void *self, temper_flock *data, temper_flock *model, float *theta,
                           const temper_stride *stride);

    bool (*fused)(
        const void *self); /* is learn there for the options of this instance? (NULL exactly if learn is) */

    /* ---- exact, small ---- */
    bool curved; /* E is not linear in θ, so the statistics of fixed configurations change as it learns */
    const char *method;                     /* that suits it when none is named (NULL: exact or pcd) */
    double (*enumerable)(const void *self); /* log2 of the terms of an exact sum; infinity: cannot */
    /* ln Z at the place {beta, base NULL}, and (unless NULL) the mean of −∂E/∂θ and of E. TEMPER_CANNOT above 2^30 terms. */
    temper_status (*exact)(const void *self, double beta, double *log_z, double *stat, double *energy);
    /* ln of the unnormalised weight of rows at β = 1, hidden units summed out: out[n] (may be NULL: by log_weight where marginal). */
    temper_status (*score)(const void *self, const temper_rows_view *rows, double *out);
    /* Σ_i ln p(x_i | the other visible units), exact, hidden units summed out: out[n] per row; grad[P] (unless NULL) += the weighted mean
     * of its gradient. (may be NULL) */
    temper_status (*pseudo)(const void *self, const temper_rows_view *rows, double *out, float *grad);
    /* Plefka expansion of order 1 (naive mean field), 2 or 3 (TAP) of ln Z, minimised from the rows of a flock or from rest; stat as in
     * exact (may be NULL). residual: largest change of the last iteration. (may be NULL) */
    temper_status (*mean_field)(const void *self, int order, const temper_flock *from, double *log_z,
                                float *stat, double *residual);
    /* Means of hidden units given the visible ones of each chain, out[chains][hidden] (may be NULL). */
    void (*features)(const temper_flock *flock, float *out);
    /* θ of the same density in the gauge that the machine's options ask for; refresh follows (may be NULL: there is none). Idempotent to
     * rounding; no allocation. Starts and lessons apply it, after every update. */
    void (*gauge)(const void *self, float *theta);
} temper_machine_type;

typedef struct temper_machine {
    const temper_machine_type *type;
    void *self;
    char *text; /* every option spelled out */
    temper_machine_io io;
    int64_t parameters; /* P */
    float *theta;       /* [P] owned; after writing to it: temper_machine_refresh */
} temper_machine;

/* "rbm:hidden=500,units=binary" for rows of this kind; θ is 0 until started, read or written. */
TEMPER_API temper_status temper_machine_create(temper_machine **machine, const char *text,
                                               const temper_machine_io *io);
TEMPER_API temper_status temper_machine_copy(temper_machine **machine, const temper_machine *of); /* θ too */
TEMPER_API void temper_machine_free(temper_machine *machine);
TEMPER_API temper_status temper_machine_start(temper_machine *machine, const temper_rows_view *rows,
                                              temper_stream stream);
/* θ was written. TEMPER_DIVERGED where it is not finite, or beyond what a machine of this kind can pack. */
TEMPER_API temper_status temper_machine_refresh(temper_machine *machine);
/* The same, once θ is in the gauge of the machine, where it has one. */
TEMPER_API temper_status temper_machine_gauge(temper_machine *machine);
/* The array called `name`; false: there is none. */
TEMPER_API bool temper_machine_find(const temper_machine *machine, const char *name,
                                    temper_machine_array *array);
/* TEMPER_BAD_DATA, with row, column and value, unless every number is one that the visible units can have. */
TEMPER_API temper_status temper_machine_legal(const temper_machine *machine, const temper_rows_view *rows);

/* A model file: safetensors with the arrays of θ and notes "machine" (its text), "io", "temper", and those given. */
TEMPER_API temper_status temper_machine_write(const temper_machine *machine, const char *path);
TEMPER_API temper_status temper_machine_read(temper_machine **machine, const char *path);

TEMPER_API temper_status temper_flock_create(temper_flock **flock, const temper_machine *machine,
                                             int64_t chains, temper_stream stream);
TEMPER_API void temper_flock_free(temper_flock *flock);
TEMPER_API void temper_flock_wake(temper_flock *flock);
TEMPER_API void temper_flock_scatter(temper_flock *flock);
TEMPER_API void temper_flock_clamp(temper_flock *flock, const float *const *row, int64_t n);
TEMPER_API void temper_flock_read(const temper_flock *flock, int64_t chain, float *row);
TEMPER_API void temper_flock_sweep(temper_flock *flock, int64_t n);
TEMPER_API void temper_flock_log_weight(const temper_flock *flock, const temper_place *at, double *out);
TEMPER_API void temper_flock_climb(temper_flock *flock, const temper_place *to, double *log_w);
/* ln of the unnormalised weight of rows at β = 1: for a marginal machine ln p(row) + ln Z. TEMPER_CANNOT otherwise. */
TEMPER_API temper_status temper_machine_score(const temper_machine *machine, const temper_rows_view *rows,
                                              double *out);

#ifdef __cplusplus
}
#endif
#endif
