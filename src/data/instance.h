/* Instance files: sparse quadratic problems over ±1 or 0/1 variables, all brought to the one convention
 *
 *     H = −Σ_{i<j} J_ij s_i s_j − Σ_i h_i s_i,   s = ±1,      score = offset + factor·H.
 *
 *   rudy   `n m`, then m lines `i j [w]`, vertices from 1. Max-cut: J_ij = −w_ij, and
 *          cut(s) = Σ_{i<j} w_ij (1 − s_i s_j)/2 = W/2 − H/2 with W = Σ w.
 *   coo    lines `i j J`; i = j is a field. H = ∓Σ J_ij s_i s_j ∓ Σ h_i s_i, `sign` −1 or +1.
 *   qubo   minimise xᵀQx, x = (1+s)/2; lines `i j Q` (i = j: the diagonal), plain or in the format of D-Wave's
 *          qbsolv: `p qubo topology maxNodes nNodes nCouplers`, then as many lines. xᵀQx = offset + H.
 *
 * Everywhere: blank lines and lines that begin with # are skipped; a pair that is listed twice, in either order,
 * counts with the sum. Integers stay exact as long as sums stay below 2^51. */
#ifndef TEMPER_DATA_INSTANCE_H
#define TEMPER_DATA_INSTANCE_H

#include "base/lines.h"

typedef enum { TEMPER_FORMAT_AUTO, TEMPER_FORMAT_RUDY, TEMPER_FORMAT_COO, TEMPER_FORMAT_QUBO } temper_format;

typedef struct { /* how to understand the bytes */
    temper_format format;
    int base; /* number of the first site where the format leaves it open: plain coo and qubo lines */
    int sign; /* of coo: −1 for H = −Σ J s s, +1 for H = +Σ J s s (D-Wave) */
} temper_reading;

typedef struct {
    int32_t i, j; /* i < j */
    double J;
} temper_coupling;

typedef struct {
    int n;
    int64_t count;         /* of couplings, sorted by i, then j; each pair once */
    temper_coupling *pair; /* [count] */
    double *h;             /* [n], or NULL when the file holds no field */
    const char *score;     /* "cut", "qubo", or NULL: users of this format quote H */
    double offset, factor;
} temper_instance;

/* On failure nothing is kept. `name` opens the sentences. */
temper_status temper_instance_parse(temper_instance *instance, const char *name, const char *bytes,
                                    size_t length, const temper_reading *how);
/* From a file, gzipped or not, of at most 1 GiB. */
temper_status temper_instance_read(temper_instance *instance, const char *path, const temper_reading *how);
void temper_instance_clear(temper_instance *instance);

/* The lines of a file as they stand, sites counted from 0: what the reader of each format collects. */
typedef struct {
    int64_t n, count, room;
    temper_coupling *entry; /* i = j where the format has it; J is the number in the file */
} temper_entries;

enum { TEMPER_SITES_MAX = 1 << 27 };

temper_status temper_entries_add(temper_entries *entries, int64_t i, int64_t j, double value);
temper_status temper_rudy_lines(temper_entries *entries, temper_lines *lines);
temper_status temper_coo_lines(temper_entries *entries, temper_lines *lines, int base);
temper_status temper_qubo_lines(temper_entries *entries, temper_lines *lines, int base);

#endif
