/* Covariances of the columns of weighted rows and their inverse, and the solvers of the inverse Ising problem that are made of them. */
#ifndef TEMPER_CORE_COVARIANCES_H
#define TEMPER_CORE_COVARIANCES_H

#include "temper/learn.h"

typedef struct { /* zero it */
    int64_t n;
    double *mean;    /* [n] */
    double *C;       /* [n][n] ⟨x_i x_j⟩ − ⟨x_i⟩⟨x_j⟩ */
    double *inverse; /* [n][n] of C */
} temper_covariances;

/* Of columns x' = scale·x + shift. Each entry is one sum over rows in order: bits don't depend on threads. pseudocount λ mixes in units that
 * are independent and fair: mean ← (1−λ) mean, ⟨x_i x_j⟩ ← (1−λ)⟨x_i x_j⟩ (for ±1 columns). TEMPER_BAD_DATA, naming `method`, where a column has no
 * variance or depends on the others. Cost rows·n²/2 + n³. Parallel. */
typedef struct {
    const char *method;
    double scale, shift, pseudocount;
} temper_covariances_how;
temper_status temper_covariances_build(temper_covariances *, const temper_rows_view *,
                                       const temper_covariances_how *how);
void temper_covariances_clear(temper_covariances *);
/* to ← A^(−1), both [n][n]; A is used up. False where A is not positive definite. Parallel over columns. */
bool temper_inverse(int64_t n, double *A, double *to);

/* ---- rules that solve the inverse Ising problem at once: ±1 units, −E = Σ_{i<j} J_ij s_i s_j + Σ h_i s_i ---- */

/* J_ij of a pair from means and covariances. */
typedef double (*temper_ising_coupling)(const temper_covariances *, int64_t i, int64_t j);
/* h_i from all couplings J[n][n]. */
typedef double (*temper_ising_field)(const temper_covariances *, const double *J, int64_t i);
/* atanh m_i − Σ J_ij m_j, and with the reaction of Thouless, Anderson and Palmer + m_i Σ J_ij² (1 − m_j²). */
double temper_ising_field_naive(const temper_covariances *, const double *J, int64_t i);
double temper_ising_field_tap(const temper_covariances *, const double *J, int64_t i);

/* `solve` of such a rule for maxent with features=pairs and two values; 0/1 units get W = 4 J, b = 2 h − 2 Σ J. */
typedef struct {
    const char *name;
    double pseudocount;
    temper_ising_coupling coupling;
    temper_ising_field field;
} temper_ising_rule;
temper_status temper_ising_solve(temper_lesson *lesson, const temper_ising_rule *rule);
/* A sentence unless the machine is a maxent with pairs of two-valued units (or, with `potts`, of categories). */
temper_status temper_ising_suits(const char *name, const temper_machine *machine, bool potts);
/* θ of such a machine from ±1 couplings J[n][n] and fields h[n], packed. */
temper_status temper_ising_store(temper_machine *machine, const double *J, const double *h);
/* `needs` of them: no chains. */
void temper_ising_needs(const void *self, const temper_lesson *lesson, int *models, int *aides,
                        size_t *memory, bool *data);
double temper_atanh(double x); /* of |x| < 1, by temper_log1p */

#endif
