/* dynamics: what moves a potential. An optimiser is a dynamics at T = 0, Langevin dynamics one at T > 0: one code path.
 *
 * A walker is the chain of a potential: coordinates θ, gradient, the dynamics' own vectors (momentum, second moment), thermometer,
 * stream and clock. Rate and temperature are set before each step by whoever follows a schedule. In units per sample
 * (temper/potential.h): overdamped Langevin is θ ← θ − η ∇u + sqrt(2 η T/N) ξ. */
#ifndef TEMPER_DYNAMICS_H
#define TEMPER_DYNAMICS_H

#include "temper/potential.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TEMPER_MEMORIES_MAX = 4, TEMPER_PLACES_MAX = 2, TEMPER_PLAN_MAX = 8 };

typedef struct { /* sums over the steps since temper_thermometer_reset; divide by `steps` */
    int64_t steps;
    double energy, energy_energy; /* Σ u and Σ u² of the first look of each step */
    double
        theta_grad; /* Σ θ·g at the place where g was taken: T_config = N·⟨θ·g⟩/d, and the left side of FDR1 */
    double grad_grad; /* Σ |g|², with minibatch noise */
    double
        kinetic; /* Σ |p|² at the place where the dynamics is exact (BAOAB: after the second B); T_kin = N·⟨p²⟩/d */
    double
        fdr_right; /* Σ right side of FDR1, (η/2)(1+μ)/(1−ν)·|v|² or (η/2)|g|², in the dynamics' own terms */
} temper_thermometer;

struct temper_dynamics;
typedef struct temper_walker { /* one allocation */
    const temper_potential *potential;
    const struct temper_dynamics *dynamics;
    int64_t dim;
    bool single;                       /* the vectors are float, else double */
    void *theta, *grad;                /* [dim] */
    void *memory[TEMPER_MEMORIES_MAX]; /* [dim] each */
    void *place[TEMPER_PLACES_MAX];    /* [dim] each: room within one step, not remembered */
    void *scratch;                     /* of the potential */
    temper_stream stream; /* seed, number of the chain: of the potential's minibatches, dropout … */
    temper_stream
        noise; /* of the moves: thermal noise, perturbations. The same unless the caller sets another */
    int64_t
        clock; /* steps done; the next one looks at the minibatches clock·fresh … clock·fresh + fresh − 1 */
    int64_t evaluations;      /* gradients of a minibatch taken; other looks count by their cost */
    double rate, temperature; /* η and T for the next step */
    double energy;            /* u of the last look; after a step of several looks, of its first */
    bool failed;              /* u or ∇u was not finite: θ, memories and clock are as before that step */
    temper_thermometer thermometer;
    temper_thermometer
        epoch; /* the same sums, reset by the caller at the end of each epoch: what adaptive schedules are told */
    double plan[2][TEMPER_PLAN_MAX]; /* what adaptive schedules remember: of the rate, of the temperature */
} temper_walker;

typedef struct {
    temper_about about;
    temper_status (*build)(void *self); /* (may be NULL) */
    void (*clear)(void *self);          /* (may be NULL) */
    int memories;                       /* vectors beside θ */
    int places;                         /* vectors that a step needs and no step remembers */
    double (*rate)(const void *self);   /* η from its options: what a schedule scales */
    bool thermal;                       /* follows `temperature`; false: T is 0 whatever is asked for */
    /* T of noise that a dynamics has by its own options, whatever temperature is asked for (NULL: none): of entropy_sgd's inner loop. */
    double (*temperature)(const void *self, double samples);
    void (*begin)(const void *self,
                  temper_walker *w); /* right before the first step: draws momenta (NULL: memories are 0) */
    /* One step; doesn't allocate; the caller counts the clock. When the look fails it returns, θ and memories untouched. */
    void (*step)(const void *self, temper_walker *w);
    /* Gradients that one step takes, and different minibatches that it looks at: sam 2 and 1, entropy_sgd L and L (NULL: 1). */
    int64_t (*looks)(const void *self);
    int64_t (*fresh)(const void *self);
    /* The coordinates are those of a distribution over weights, [means][log deviations] (temper_network_task.variational), not weights. */
    bool variational;
    int64_t (*draws)(
        const void *self); /* variational: weights that forecasts average over; 0: its means alone */
    double (*deviation)(const void *self); /* variational: σ of all weights at the start */
    /* Largest curvature of u at which steps of this rate on a quadratic, without noise, don't grow: the edge of stability (NULL: not known). */
    double (*edge)(const void *self, double rate);
} temper_dynamics_type;

typedef struct temper_dynamics {
    const temper_dynamics_type *type;
    void *self;
    char *text;
} temper_dynamics;

TEMPER_API temper_status temper_dynamics_create(temper_dynamics **dynamics, const char *text);
TEMPER_API void temper_dynamics_free(temper_dynamics *dynamics);

/* A walker at the potential's start for this stream. single: float vectors (TEMPER_CANNOT unless the potential has them). */
TEMPER_API temper_status temper_walker_create(temper_walker **walker, const temper_potential *potential,
                                              const temper_dynamics *dynamics, bool single,
                                              temper_stream stream);
TEMPER_API void temper_walker_free(temper_walker *walker); /* NULL is allowed */
/* n steps with rate and temperature as they are; stops early, with `failed`, when u or ∇u is not finite. n steps are n times one
 * step; θ, memories, clock, rate and temperature are all that the next one depends on. */
TEMPER_API void temper_walker_steps(temper_walker *walker, int64_t n);
TEMPER_API void temper_thermometer_reset(temper_thermometer *thermometer);
/* u and ∇u over all data at θ, no noise; grad (same precision as θ) may be NULL. */
TEMPER_API double temper_walker_whole(temper_walker *walker, void *grad);

typedef struct {                    /* what an adaptive schedule is told, at the end of every epoch */
    const temper_thermometer *sums; /* over its steps */
    double dim, samples;            /* d, N */
    double rate, temperature;       /* of the last step */
    int64_t step, steps;            /* done (the epoch began sums->steps earlier), of the run */
} temper_epoch;

/* schedule: a factor over progress, for rates and temperatures: constant, cosine:to=0,warm=0.05, cyclic:cycles=4, … */
typedef struct {
    temper_about about; /* the private struct begins with `double warm`, option "warm" */
    double (*at)(const void *self, double progress); /* factor ≥ 0 at progress 0 … 1, without warm-up */
    /* Adaptive schedules (both NULL: none): the factor is plan[0], 1 at the start, and follows what the run has measured. plan is
     * zero, but for plan[0], before the first call. */
    void (*adapt)(const void *self, double plan[TEMPER_PLAN_MAX], const temper_epoch *epoch);
    /* Progress at which share q = 0 … 1 of the samples is due: cyclic ones sample late in every cycle (NULL: evenly from samples_from on). */
    double (*sample)(const void *self, double q);
} temper_schedule_type;

typedef struct temper_schedule {
    const temper_schedule_type *type;
    void *self;
    char *text;
} temper_schedule;

TEMPER_API temper_status temper_schedule_create(temper_schedule **schedule, const char *text);
TEMPER_API void temper_schedule_free(temper_schedule *schedule);
/* The factor for step k = 0 … n−1 of n (1 is reached at k = n). The first W = warm·n steps climb to at(0), step k by (k+1)/(W+1);
 * the others have progress (k − W)/(n − W). No libm: equal bits everywhere. */
TEMPER_API double temper_schedule_at(const temper_schedule *schedule, int64_t k, int64_t n);
/* The same with what an adaptive schedule remembers: warm-up times plan[0]. */
TEMPER_API double temper_schedule_factor(const temper_schedule *schedule, const double *plan, int64_t k,
                                         int64_t n);

#ifdef __cplusplus
}
#endif
#endif
