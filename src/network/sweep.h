/* sweep: what an evaluation consists of, for those who put it together in other ways (a point that is kept). */
#ifndef TEMPER_NETWORK_SWEEP_H
#define TEMPER_NETWORK_SWEEP_H

#include "network/plan.h"

typedef struct {
    net_engine *engine;
    const net_loss *loss; /* NULL: outputs only */
    const net_batch *batch;
    bool reverse;
    double scale; /* of the adjoints of single losses: 1/samples for their mean */
} REAL(net_evaluation);
#define net_evaluation REAL(net_evaluation)

/* The run is about this batch, whole, at θ: no tangents, no gradients. */
#define net_prepare REAL(net_prepare)
void net_prepare(net_engine *engine, const net_batch *batch, const real *theta);
/* Sums of gradients begin at 0, but for those that their ops begin themselves. */
#define net_clear REAL(net_clear)
void net_clear(const net_graph *graph, real *grad);
/* Loss and adjoint of the outputs of blocks first … last−1 of the run. */
#define net_judge REAL(net_judge)
void net_judge(const net_evaluation *of, int64_t first, int64_t last);
/* The blocks that the run holds, all the way forward; all the way back, with gradients where there is room for them. Forward judges only
 * where the engine is `whole` and there is a loss. */
#define net_forward REAL(net_forward)
void net_forward(const net_evaluation *of);
#define net_reverse REAL(net_reverse)
void net_reverse(const net_evaluation *of);

#endif
