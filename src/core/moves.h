/* moves: what the step of a dynamics is made of. A dynamics file says in the paper's symbols what an update is and what it leaves
 * on the thermometer; which precision the walker's vectors have is decided here, once. */
#ifndef TEMPER_CORE_MOVES_H
#define TEMPER_CORE_MOVES_H

#include "kernel/net.h"
#include "temper/dynamics.h"

/* The gradient of minibatch number `clock` at θ: fills grad and energy. False, and the walker has failed, when u or a component
 * of the gradient is not finite: the dynamics then returns and leaves θ alone. */
bool temper_walker_look(temper_walker *walker);
/* The same at any place: minibatch k = 0 … fresh − 1 of this step; u goes to walker->energy. Dropout and augmentation go with the
 * minibatch: two looks at one have the same. */
bool temper_walker_look_at(temper_walker *walker, int64_t k, const void *theta, void *grad);
/* Updates of kernel/update_body.h on the walker's own vectors. stream and step of the update are filled in here. */
void temper_walker_sgd(temper_walker *walker, temper_update *update, temper_sums *sums); /* memory 0: v */
void temper_walker_adam(temper_walker *walker, temper_update *update,
                        temper_sums *sums); /* memories 0, 1: m, v */
void temper_walker_baoab(temper_walker *walker, temper_update *update, temper_sums *sums); /* memory 0: p */
/* Place 0 near θ. climb: θ + ρ g/(|g| + 1e-12); climb_scaled, with T = |θ| + η for each weight: θ + ρ T²g/(|Tg| + 1e-12);
 * scatter: θ + σξ, or (relative) θ + σθξ, element by element, ξ of unit variance from walker->noise. */
void temper_walker_climb(temper_walker *walker, double rho);
void temper_walker_climb_scaled(temper_walker *walker, double rho, double eta);
void temper_walker_scatter(temper_walker *walker, double sigma, bool relative);
/* Step k = 0 … fresh − 1 of Langevin dynamics about θ with the gradient in grad: kernel/places_body.h. Places 0 and 1: where to look
 * next, and m. stream and step of the exploration are filled in here. */
void temper_walker_explore(temper_walker *walker, temper_exploration *exploration, int64_t k);
/* False, and the walker has failed, where a component of grad is not finite. */
bool temper_walker_sound(temper_walker *walker);
/* One step on the thermometer: the sums of an update, and what only the dynamics knows. */
void temper_walker_read(temper_walker *walker, const temper_sums *sums, double kinetic, double fdr_right);
/* Memory k from N(0, variance): numbers 0, 1, … of (walker->noise, TEMPER_FOR_INITIAL, step 0x6d6f6d656e74, "moment"). */
void temper_walker_thermalise(temper_walker *walker, int k, double variance);

typedef struct { /* the same for one precision: moves.c, compiled twice */
    void (*start)(temper_walker *);
    double (*energy)(const temper_walker *, const temper_look *);
    double (*slope)(const temper_walker *, const temper_look *, const void *theta, void *grad);
    bool (*finite)(const temper_walker *, const void *grad);
    void (*normals)(const temper_walker *, double sigma, void *out);
    void (*sgd)(temper_walker *, const temper_update *, temper_sums *);
    void (*adam)(temper_walker *, const temper_update *, temper_sums *);
    void (*baoab)(temper_walker *, const temper_update *, temper_sums *);
    void (*climb)(temper_walker *, double rho);
    void (*climb_scaled)(temper_walker *, double rho, double eta);
    void (*scatter)(temper_walker *, const temper_exploration *, bool relative);
    void (*explore)(temper_walker *, const temper_exploration *);
} temper_moves;
extern const temper_moves temper_moves_single, temper_moves_double;

#endif
