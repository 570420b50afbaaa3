/* network: a neural network as a potential. Its layers are written as text, its weights are the coordinates θ, and its loss on
 * data is the energy: U(θ) = N·(mean loss) − log prior.
 *
 *     mlp:100,50                    dense layers with ReLU between; the last one, to the outputs, is added
 *     lenet5   resnet20   transformer:blocks=2,width=128,heads=4,patch=4
 *     graph:conv 8 3 pad=1; relu; save a; conv 8 3 pad=1; add a; relu; global_pool; dense 10
 *
 * temper describe prints all layers and their options. */
#ifndef TEMPER_NETWORK_H
#define TEMPER_NETWORK_H

#include <stdbool.h>
#include "temper/dataset.h"
#include "temper/potential.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {                     /* what goes in and what comes out */
    int64_t features;                /* per sample */
    int64_t channels, height, width; /* of an image, product = features; else all 0 */
    int64_t outputs;                 /* classes, or numbers per target */
} temper_network_io;

typedef enum {
    TEMPER_CROSS_ENTROPY, /* −ln softmax(z)_y */
    TEMPER_SQUARED,       /* Σ_k (z_k − t_k)²/2: the energy of Gaussian noise of variance 1 */
    TEMPER_GAUSSIAN_NLL, /* noise learned: outputs are means and ln variances; ((z−t)²e^{−v} + v + ln 2π)/2 */
    TEMPER_HINGE         /* Σ_{k≠y} max(0, 1 − z_y + z_k) */
} temper_loss;

typedef struct { /* what is minimised: a loss, and for cross-entropy entropies beside it */
    temper_loss loss;
    double smoothing; /* 0 ≤ ε < 1: the target is (1−ε) one-hot + ε/classes (Szegedy et al. 2016) */
    double
        confidence; /* 0 ≤ β ≤ 10: − β H(p), H = −Σ p_k ln p_k, against overconfidence (Pereyra et al. 2017) */
} temper_objective;

typedef struct temper_network temper_network; /* immutable, shared by all threads */

/* loss TEMPER_GAUSSIAN_NLL doubles the number of outputs of the network. */
TEMPER_API temper_status temper_network_create(temper_network **network, const char *model,
                                               const temper_network_io *io,
                                               const temper_objective *objective);
TEMPER_API void temper_network_free(temper_network *network);
TEMPER_API const char *
temper_network_text(const temper_network *network); /* the model, every option spelled out */
TEMPER_API int64_t temper_network_parameters(const temper_network *network);
TEMPER_API int64_t
temper_network_statistics(const temper_network *network); /* of batch norms: beside θ, not learned */
TEMPER_API int64_t temper_network_outputs(const temper_network *network);
/* Tables for people and as one JSON object ("temper.network/1"): layer by layer name, shape, parameters, FLOPs per sample; memory
 * for this batch (plan: value, adjoint and scratch bytes). The caller releases *text with temper_free. */
TEMPER_API temper_status temper_network_describe(const temper_network *network, int64_t batch, bool plan,
                                                 bool json, char **text);

typedef struct {            /* one array of θ or of the statistics, as others know it */
    char name[64];          /* "2.weight", "2.bias", "3.running_mean", "3.running_var": layer k, from 0 */
    int64_t offset, length; /* within θ, or within the statistics */
    int dims;
    int64_t shape[4]; /* PyTorch's: dense [out][in], convolution [out][in][h][w] */
    bool statistic;
} temper_array;
/* Array k = 0, 1, …; false: there is no such array. */
TEMPER_API bool temper_network_array(const temper_network *network, int k, temper_array *array);
/* Copies array k between temper's order in θ (of a statistic: in the statistics) and PyTorch's ([shape], row-major). */
TEMPER_API void temper_network_export(const temper_network *network, int k, const float *theta, float *out);
TEMPER_API void temper_network_import(const temper_network *network, int k, const float *in, float *theta);

typedef enum {
    TEMPER_INIT_AUTO,
    TEMPER_INIT_HE,
    TEMPER_INIT_XAVIER,
    TEMPER_INIT_GAUSSIAN,
    TEMPER_INIT_ORTHOGONAL
} temper_init;
/* Draws θ[parameters]: purpose TEMPER_FOR_INITIAL of this stream, step = number of the node. auto: He for layers before a
 * ReLU-like function, else Xavier; biases 0, scales of norms 1. scale: of the Gaussian (standard deviation), else a factor. */
TEMPER_API void temper_network_start(const temper_network *network, temper_init init, double scale,
                                     temper_stream stream, float *theta);

typedef struct { /* what makes a potential of a network */
    const temper_network *network;
    const temper_samples *samples; /* not scaled; kept by the caller as long as the potential */
    const temper_scaling *scaling; /* applied on the way in, or NULL */
    const int64_t *row;            /* [rows] the training rows */
    int64_t rows;
    int64_t batch; /* rows of a minibatch, 1 … rows; the last one of an epoch may be smaller */
    double prior;  /* variance of the Gaussian prior of every weight; INFINITY: none */
    int shift;     /* augmentation of images: random shifts of up to so many pixels, unscaled zeros come in */
    bool mirror;   /* and random left-right reflection */
    double blur;   /* and Gaussian noise of this standard deviation on scaled inputs */
    temper_init init;
    double init_scale;
    /* NULL: drawn from the chain's own stream; else all chains share this one's: first weights, minibatches, dropout, augmentation. */
    const temper_stream *first, *order, *masks, *blurs;
    /* Variational: θ[2P] are means μ[P] and log deviations ρ[P] of independent Gaussians over the P weights, σ = e^ρ, and the potential is
     * the variational free energy per sample, E_q[mean loss] + (kl/N)·KL(q ‖ prior). prior must be finite. Dense layers and convolutions
     * draw their sums (local reparametrisation: Kingma, Salimans & Welling 2015), once for each sample; other parameters have no ρ. */
    bool variational;
    double kl;        /* weight of the KL divergence: the temperature T */
    double deviation; /* σ at the start */
    int threads;      /* threads that one evaluation may use: 1 where chains run side by side, 0: all */
    /* Looks at all rows: mean and variance of batch norms [statistics], constants. NULL: those of each batch. */
    const float *statistics;
} temper_network_task;

/* The loss on data as a potential. Minibatch number `step` of a look: epoch e = step / ceil(rows/batch) shuffles all rows by
 * TEMPER_FOR_MINIBATCH at step e (Fisher–Yates: for i = rows−1 … 1 rows i and temper_below(word i, i+1) change places), and the batches
 * are cut from it in order. A whole look takes the rows in order, in chunks of 512; where there are batch norms in chunks of
 * `batch`, each normalised by its own mean and variance. Dropout and augmentation are drawn at step `step` by the place of a row in
 * its minibatch.
 *
 * Works in float (energy_single …) without allocation, curve_single apart, and, as its own oracle, in double, where each look
 * borrows memory (NaN where there is none). A loss that is not finite is returned as it is. Fails with TEMPER_BAD_DATA or
 * TEMPER_BAD_OPTION for data or options that don't fit the network, for labels out of range and numbers that are not finite. */
TEMPER_API temper_status temper_network_potential(temper_potential **potential,
                                                  const temper_network_task *task);

/* Measures the statistics of batch norms (mean and variance of each channel over `rows` rows, layer by layer, in chunks of
 * `batch` rows that are averaged) for this θ. Does nothing where there are none. */
TEMPER_API temper_status temper_network_calibrate(const temper_network_task *task, const float *theta,
                                                  float *statistics);
/* Raw outputs [n][outputs] (logits; means and ln variances in units of the scaled targets) for rows of a data set, without
 * dropout and augmentation. Parallel over chunks of rows; the bits depend on neither threads nor chunks. */
TEMPER_API temper_status temper_network_predict(const temper_network *network, const temper_samples *samples,
                                                const temper_scaling *scaling, const int64_t *row, int64_t n,
                                                const float *theta, const float *statistics, float *out);

/* Gradient of each row's loss with respect to its inputs as they lie in the data set (not scaled): out[n][features]; losses[n], or NULL.
 * Batch norms use `statistics`; no dropout. Labels or targets are those of the samples. Parallel over chunks; the bits depend on neither
 * threads nor chunks. */
TEMPER_API temper_status temper_network_slope(const temper_network *network, const temper_samples *samples,
                                              const temper_scaling *scaling, const int64_t *row, int64_t n,
                                              const float *theta, const float *statistics, float *out,
                                              double *losses);

/* Somebody who knows the networks, and moves each input by at most ε of its range so that the loss grows. One step is FGSM (Goodfellow et al.
 * 2015), several are PGD (Madry et al. 2018) from a random start in the box. */
typedef struct {
    const temper_network *network;
    const temper_samples *samples;
    const temper_scaling *scaling; /* or NULL */
    const int64_t *row;
    int64_t rows;
    const float *const *theta, *const *statistics; /* [members] vectors of weights: an ensemble */
    int64_t members;
    bool mixture; /* of cross entropy: the loss −ln mean e^{−ℓ} of the mean forecast; else mean ℓ */
    const double *low, *high; /* [features] the range of an input, low ≤ high */
    bool clip;                /* what lies within its range stays there */
    double epsilon;           /* ≥ 0 */
    int steps;
    double rate;   /* a step, in units of ε; 0: 1 for one step, 2.5/steps for more */
    uint64_t seed; /* of the start: TEMPER_FOR_NOISE of {seed, 0} at step row[i] */
} temper_attack;
/* x' ← x' + rate·ε·range·sign(∇loss), back into the box of ±ε·range around x each time: out[rows][features]. The bits depend on neither
 * threads nor the other rows. Costs steps·members slopes; memory for 1024 rows. TEMPER_BAD_OPTION for numbers out of range. */
TEMPER_API temper_status temper_network_attack(const temper_attack *attack, float *out);

/* Variational: the parts of the free energy at θ[2P], over all rows: energy U = N·E_q[mean loss] by `draws` draws of all weights, entropy
 * S = −KL(q ‖ prior) in closed form; F = U − kl·S. */
TEMPER_API temper_status temper_network_free_energy(const temper_potential *potential, temper_stream stream,
                                                    int64_t draws, const float *theta, double *U, double *S);
/* Draw number k of the weights from q: normals of (stream, TEMPER_FOR_TESTS, step k). weights[P]; k < 0: the means. */
TEMPER_API void temper_network_draw(const temper_network *network, temper_stream stream, int64_t k,
                                    const float *theta, float *weights);

#ifdef __cplusplus
}
#endif
#endif
