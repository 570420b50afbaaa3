/* evidence: how good a machine is. ln Z by several ways that bracket it, likelihoods with intervals, the entropy of the model, the phase
 * its weights are in, and the landscape that its samples see.
 *
 * A plan uses the flock numbers stream.chain … stream.chain + TEMPER_EVIDENCE_STREAMS − 1. Results don't depend on threads. */
#ifndef TEMPER_EVIDENCE_H
#define TEMPER_EVIDENCE_H

#include "temper/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TEMPER_EVIDENCE_STREAMS = 8 };

typedef enum {
    TEMPER_EVIDENCE_EXACT, /* sum over states, ≤ 2^30 terms; error 0 */
    TEMPER_EVIDENCE_AIS, /* annealed importance sampling, base → machine (Neal 2001): ln Z tends to be too small */
    TEMPER_EVIDENCE_REVERSE, /* reverse AIS / RAISE (Burda, Grosse, Salakhutdinov 2015) from data: tends to be too large */
    TEMPER_EVIDENCE_BRIDGE, /* both, joined by Bennett's acceptance ratio on the work of forward and reverse runs */
    TEMPER_EVIDENCE_MBAR,        /* chains at rungs β_k, all of them reweighted into each other */
    TEMPER_EVIDENCE_INTEGRATION, /* thermodynamic integration over β */
    TEMPER_EVIDENCE_TAP /* Plefka expansion of the third order, or the second where there is no third; no error bar: its residual is told instead */
} temper_evidence_method;

/* "exact", "ais", "reverse-ais", "bridge", "mbar", "integration", "tap"; NULL beyond. */
TEMPER_API const char *temper_evidence_name(int method);

typedef struct { /* zeros are defaults */
    int64_t
        betas; /* 14500: 500 on 0 … 0.5, 4000 on 0.5 … 0.9, 10000 on 0.9 … 1, in these proportions for other numbers */
    int64_t runs;   /* 100; also the chains of rungs and of the entropy */
    int64_t burn;   /* reverse, entropy: sweeps from the data before the measurement, 2000 */
    int64_t rungs;  /* mbar, integration: rungs on 0 … 1; 0: as many as the distance asks for */
    int64_t sweeps; /* mbar, integration: sweeps at a rung; entropy: sweeps measured; 200 */
    temper_stream stream;
    const temper_rows_view *
        rows; /* training rows: means for the base (clipped to 0.001 … 0.999), starts of reverse runs. NULL: base 0, random starts */
    const volatile int *stop;                                 /* may be NULL */
    void (*tell)(void *context, int64_t done, int64_t total); /* may be NULL */
    void *context;
} temper_evidence_plan;

typedef struct {
    double log_z, error; /* one standard error (delta method on the weights; NaN: none) */
    double low,
        high;   /* ln of mean weight ± 3 standard errors, as the literature prints it; low may be −inf */
    double ess; /* effective number of runs, (Σ w)²/Σ w²; NaN: none */
    double residual; /* TAP: largest change of the last iteration; else 0 */
} temper_evidence;

/* TEMPER_CANNOT where the machine or the method lacks what it takes; TEMPER_DIVERGED where a weight is not a number; TEMPER_STOPPED.
 * Cost of ais: betas · runs sweeps and log weights; reverse: burn · runs more; bridge: both. */
TEMPER_API temper_status temper_evidence_log_z(const temper_machine *machine, temper_evidence_method method,
                                               const temper_evidence_plan *plan, temper_evidence *out);

typedef struct {        /* mean log-likelihood of rows, nats per row */
    double mean, error; /* error² = rows_error² + that of ln Z² */
    double rows_error;  /* from the choice of rows alone */
    double low, high;   /* 95 % interval: mean ± 1.96 error */
    bool
        bound; /* true: ln p*(row) is itself an estimate, whose mean is too small: hidden units that cannot be summed out */
} temper_likelihood;

/* Mean over rows of ln p*(row) − ln Z. Where hidden units cannot be summed out, ln p*(row) comes from AIS over them with the row
 * pinned: plan->betas (here 1000 by default) and plan->runs (here 10) for each row; discrete visible units only. plan may be NULL. */
TEMPER_API temper_status temper_evidence_likelihood(const temper_machine *machine, const temper_evidence *of,
                                                    const temper_rows_view *rows,
                                                    const temper_evidence_plan *plan, temper_likelihood *out);

typedef struct {
    double entropy,
        error; /* nats, of what a chain keeps: v where hidden units are summed out, else all units (of a deep machine the
                  even layers) */
    double tau;  /* integrated autocorrelation time of ln p*, in sweeps; ½: independent; NaN: exact */
    double rhat; /* of the chains, NaN: exact */
} temper_model_entropy;

/* S = ln Z − ⟨ln p*⟩, from chains at β = 1 that start at plan->rows. For real units it is that of the density, and may be negative. */
TEMPER_API temper_status temper_evidence_entropy(const temper_machine *machine, const temper_evidence *of,
                                                 const temper_evidence_plan *plan, temper_model_entropy *out);

/* ---- what the weights look like ---- */
typedef enum { TEMPER_PARAMAGNET, TEMPER_FERROMAGNET, TEMPER_SPIN_GLASS } temper_phase;
TEMPER_API const char *temper_phase_name(int phase); /* "paramagnetic", … ; NULL beyond */

enum { TEMPER_MODES_MAX = 64 };
typedef struct {
    int64_t modes;              /* min(visible, hidden, 64) leading ones are told */
    double w[TEMPER_MODES_MAX]; /* singular values of W as it stands, descending */
    double participation
        [TEMPER_MODES_MAX]; /* 1/Σ u⁴ of the visible vector: over how many units a mode spreads, 1 … V */
    int64_t
        signals; /* modes of the couplings between spins that stand out of the noise (Marchenko–Pastur edge) */
    double edge; /* where they begin, in units of w */
    double
        sigma; /* noise of the couplings between spins, √(Var J)·(VH)^¼; without fields 1 is the glass transition */
    double
        strength; /* of the signals at the mean-field state, > 1: it is unstable; without fields and noise the largest w of J */
    double stability; /* λ = 1 − σ⁴ E sech⁴θ_v E sech⁴θ_h there, < 0: replica symmetry is broken */
    int64_t states;   /* different mean-field states found: 1, or 2 … where there is order */
    temper_phase phase;
} temper_spectrum;

/* Of the array "W" [visible][hidden] of a machine with binary or spin units (binary: J = W/4 and shifted fields). See src/evidence/spectrum.c for
 * what the phase means and what it doesn't. TEMPER_CANNOT otherwise. Cost O(V H min(V, H)). */
TEMPER_API temper_status temper_evidence_spectrum(const temper_machine *machine, temper_spectrum *out);

enum { TEMPER_GRID_MAX = 128 };
typedef struct {            /* on the first two principal components of the data */
    int64_t grid;           /* cells a side */
    double low[2], high[2]; /* of the grid along each component */
    double variance[2];     /* of the data along each */
    double *free_energy; /* [grid][grid] −ln p of the cell; inf: never seen. First index: first component */
    double *error;       /* [grid][grid] one standard error over chains; NaN where there is none */
    double *data;        /* [grid][grid] share of rows in the cell */
    double outside;      /* share of samples that fell beside the grid */
    double overlap;      /* Σ min(p_model, p_data) over cells: 1 is the same histogram */
} temper_sample_landscape;

/* Samples of the model (plan->runs chains from plan->rows, burn, sweeps) on the plane of the data's first two components. Release with
 * temper_sample_landscape_free. */
TEMPER_API temper_status temper_evidence_landscape(const temper_machine *machine, int64_t grid,
                                                   const temper_evidence_plan *plan,
                                                   temper_sample_landscape **out);
TEMPER_API void temper_sample_landscape_free(temper_sample_landscape *landscape);

#ifdef __cplusplus
}
#endif
#endif
