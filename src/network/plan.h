/* plan: where everything of an evaluation lies.
 *
 * Two layouts. A *window* holds one group of blocks at a time: as no sample meets another, a group runs all the way forward and back
 * before the next one begins, in memory that stays warm. The *whole* batch is held where several threads share it or where
 * an op couples its samples; its clock ticks by segments, because within one the groups run in any order.
 *
 * Every array is born at one tick and dies at another; the first free place that is large enough is taken. Where a *point* is kept,
 * nothing plain dies. */
#ifndef TEMPER_NETWORK_PLAN_H
#define TEMPER_NETWORK_PLAN_H

#include "network/engine.h"

#define NET_NOWHERE SIZE_MAX

enum { NET_VALUE, NET_ADJOINT, NET_KEPT, NET_SHARED, NET_ARRAYS }; /* of a node; each may have a tangent */

typedef struct {
    bool couples, whole;
    int workers;                         /* threads that work on one batch */
    int64_t group;                       /* blocks that run together: a function of the graph alone */
    int64_t window;                      /* blocks that the arena holds */
    size_t at[NET_NODES][NET_ARRAYS][2]; /* reals from the start of the arena; [1]: the tangent */
    size_t arena, input, scratch;        /* reals; scratch: of one worker */
    size_t point; /* reals of what a kept point holds of a window; at[…][0] is a place within it */
    net_plan plan;
} net_layout;

#define net_lay_out REAL(net_lay_out)
void net_lay_out(const net_graph *graph, int64_t blocks, bool learning, bool tangents, int threads,
                 net_layout *layout);

/* Of a point that is kept: all plain numbers have places of their own for ever (with adjoints, if they are wanted), the arena is for tangents. */
#define net_lay_out_point REAL(net_lay_out_point)
void net_lay_out_point(const net_graph *graph, int64_t blocks, bool adjoints, net_layout *layout);

/* Does this node need all samples before it can go on? A segment begins with one. */
static inline bool net_couples(const net_node *node) {
    return node->op && (node->op->collect || node->op->collect_reverse);
}

struct REAL(net_engine) {
    const net_graph *graph;
    int64_t blocks, group;
    bool couples, whole, learning, tangents;
    int workers;
    net_run run;
    real *input, *scratch;
    size_t scratch_each; /* reals */
    double *losses;      /* [16·blocks] */
};

#endif
