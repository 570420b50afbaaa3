/* learn: fitting a machine to rows of data. A method says how one update gets its gradient (exact, contrastive, persistent, tempered, …), or
 * how a rule finds the weights at once (Hebb, pseudo-inverse, mean field). A lesson is one machine being taught. */
#ifndef TEMPER_LEARN_H
#define TEMPER_LEARN_H

#include "temper/machine.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { TEMPER_FLOCKS_MAX = 64 };

typedef struct temper_lesson { /* one owner; one machine, one method */
    temper_machine *machine;
    const struct temper_method *method;
    temper_rows_view rows; /* training rows */
    int64_t batch;         /* rows of an update, 1 … rows.n; rows.n: all of them, in order */
    int64_t chains;        /* of one model flock */
    temper_stream stream;
    int64_t clock;                          /* updates done: number of the next minibatch */
    int64_t born;                           /* clock at which velocity was last 0: Adam counts from there */
    temper_flock *data;                     /* [batch] chains, pinned; NULL where the method needs none */
    temper_flock *model[TEMPER_FLOCKS_MAX]; /* [chains] each; model[0] is the one whose statistics count */
    int models;
    temper_machine *aide[TEMPER_FLOCKS_MAX]; /* other machines of the method: fast weights, earlier selves */
    int aides;
    float *grad, *data_stat; /* [P] */
    float *velocity;         /* [2·P] of momentum and Adam */
    float *step;             /* [P] room of Adam with centred gradients */
    void *memory;
    size_t memory_bytes; /* of the method, saved and restored as bytes */
    double rate;         /* of the next update, schedules applied */
    double momentum, l1, l2;
    int optimiser;             /* TEMPER_SGD, TEMPER_ADAM */
    int gradient;              /* TEMPER_PLAIN, TEMPER_CENTRED, TEMPER_STANDARDISED */
    double swaps, swaps_tried; /* of tempering, since the caller reset them */
    int64_t mistakes;          /* of the perceptron rule */
    /* of the loop */
    int64_t epoch, *order;    /* [rows.n] rows as epoch `epoch` takes them; −1: not yet shuffled */
    const float **row;        /* [batch] of the minibatch in the data flock */
    const float **seat;       /* [chains] room for rows that chains of the method are put on */
    double *batch_weight;     /* [batch] */
    bool clamped, data_known; /* the data flock holds all rows; data_stat will not change */
    bool done;                /* the method has found what it looked for: nothing more to learn */
} temper_lesson;
enum { TEMPER_SGD, TEMPER_ADAM };
enum { TEMPER_PLAIN, TEMPER_CENTRED, TEMPER_STANDARDISED };

typedef struct {
    temper_about about;
    temper_status (*build)(void *self); /* (may be NULL) */
    void (*clear)(void *self);          /* (may be NULL) */
    /* A sentence unless it can teach this machine. */
    temper_status (*suits)(const void *self, const temper_machine *machine);
    /* How many model flocks, aides and bytes of memory it wants, and whether a data flock (may be NULL: one model flock, a data flock). */
    void (*needs)(const void *self, const temper_lesson *lesson, int *models, int *aides, size_t *memory,
                  bool *data);
    temper_status (*begin)(
        const void *self,
        temper_lesson *lesson); /* before the first update: chains to their starts (may be NULL) */
    /* The data flock holds minibatch number clock, pinned. Moves data and model flocks to where their statistics make the gradient
     * (and, with `fills`, leaves the gradient in grad: exact, pseudolikelihood). */
    temper_status (*step)(const void *self, temper_lesson *lesson);
    bool fills;
    /* A rule that needs no gradient: θ in one go, or one epoch of it until lesson->done (NULL: a gradient method; then step is there). */
    temper_status (*solve)(const void *self, temper_lesson *lesson);
    /* Moves what swaps between flocks, beside the gradient, after an update (may be NULL). */
    temper_status (*after)(const void *self, temper_lesson *lesson);
    double (*rate)(const void *self); /* learning rate that suits it, 0: no opinion (may be NULL) */
    bool paired;                      /* its chains begin at the minibatch: as many of them as rows in it */
} temper_method_type;

typedef struct temper_method {
    const temper_method_type *type;
    void *self;
    char *text;
} temper_method;

TEMPER_API temper_status temper_method_create(temper_method **method, const char *text); /* "pcd:k=5" */
TEMPER_API void temper_method_free(temper_method *method);

typedef struct { /* what a lesson is made of; zeros are defaults */
    temper_rows_view rows;
    int64_t batch, chains; /* 0: min(rows, 100); as many as batch */
    temper_stream stream;
    double rate, momentum, l1, l2; /* rate 0: the method's own, else 0.05 */
    int optimiser, gradient;
} temper_lesson_plan;

/* The machine keeps its θ. rows, machine and method stay the caller's and must outlive the lesson. */
TEMPER_API temper_status temper_lesson_create(temper_lesson **lesson, temper_machine *machine,
                                              const temper_method *method, const temper_lesson_plan *plan);
TEMPER_API void temper_lesson_free(temper_lesson *lesson);
/* n updates. TEMPER_DIVERGED, with θ as it was before the update that failed, when a gradient is not finite; also when the update makes
 * weights that the machine cannot pack (temper_machine_refresh): then θ is that, and has to be set anew. */
TEMPER_API temper_status temper_lesson_learn(temper_lesson *lesson, int64_t n);
/* Rows of minibatch number `clock`: a permutation of the rows per epoch (TEMPER_FOR_MINIBATCH, step epoch), batches consecutive, the
 * remainder of an epoch left out. index[batch]. */
TEMPER_API void temper_lesson_batch(temper_lesson *lesson, int64_t clock, int64_t *index);

#ifdef __cplusplus
}
#endif
#endif
