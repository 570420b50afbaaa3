/* variational: layers whose weights are independent Gaussians N(μ, V), V = e^{2ρ}.
 *
 * A sum y = Σ w x of such weights is itself Gaussian, of mean Σ μ x and variance s² = Σ V x². Drawing y for each sample, and not w
 * once for all, has far less noise in its gradient (local reparametrisation: Kingma, Salimans & Welling 2015, section 2.2):
 *
 *     y = μᵀx + s ε,     s² = Vᵀx²,     ε ~ N(0, 1).
 *
 * With g = ȳ ε/s, which is 2 ∂L/∂s², the way back is
 *
 *     x̄ = μ ȳ + x ⊙ V g,     μ̄ = Σ x ȳᵀ,     ρ̄ = V ⊙ Σ x² gᵀ;
 *
 * a bias is the weight of an input that is always 1. Where one weight makes several sums (pixels of a convolution, tokens) each is
 * drawn for itself.
 *
 * The graph is that of the network with other ops in the place of dense and conv. Its θ is [μ][V], twice the parameters; what they leave
 * in the upper half of grad is Σ x² gᵀ; the rest of the network is as it was. ε of number i of a batch's node, i as in dropout.c, is normal
 * number 2^32·node + i of (run's stream, TEMPER_FOR_VARIATIONAL, run's step). */
#ifndef TEMPER_NETWORK_VARIATIONAL_H
#define TEMPER_NETWORK_VARIATIONAL_H

#include "network/graph.h"

typedef struct
{ /* of one node: arrays that the forward sweep keeps, from block `first` on, and the half of θ that has V */
    real *squares; /* x² */
    real *ratio;   /* ε/s; on the way back g */
    real *back;    /* room for V g; none where the input has no adjoint */
    const real *V, *V_bias;
    real *V_bar, *V_bias_bar; /* NULL where there is no gradient */
} net_cloud;

#define net_cloud_of REAL(net_cloud_of)
net_cloud net_cloud_of(const net_node *node, const net_run *run, int64_t first);
/* Before the variances are summed: x². After that, with s² in `ratio`: y += s ε. On the way back: ratio becomes g. */
#define net_cloud_square REAL(net_cloud_square)
void net_cloud_square(const net_node *node, const net_run *run, int64_t first, int64_t last);
#define net_cloud_draw REAL(net_cloud_draw)
void net_cloud_draw(const net_node *node, const net_run *run, int64_t first, int64_t last);
#define net_cloud_return REAL(net_cloud_return)
void net_cloud_return(const net_node *node, const net_run *run, int64_t first, int64_t last);
/* x̄ += x ⊙ V g, with V g in `back`. */
#define net_cloud_join REAL(net_cloud_join)
void net_cloud_join(const net_node *node, const net_run *run, int64_t first, int64_t last);

#endif
