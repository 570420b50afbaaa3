/* Regular lattices: the sites of a box, row-major, the last extent fastest; nearest neighbours along each
 * axis.
 *
 * Along a periodic axis of extent 2 a site meets its neighbour twice, forward and backward: two bonds, both
 * count. A site is never its own neighbour: an axis of extent 1 has no bonds. Bond number i·d + a joins
 * site i to the next site along axis a. */
#ifndef TEMPER_CORE_LATTICE_H
#define TEMPER_CORE_LATTICE_H

#include "core/pairs.h"
#include "temper/system.h"

enum {
    TEMPER_DEGREE_MAX = 2 * TEMPER_DIMS_MAX,
    TEMPER_TABLE_SITES = 1 << 24 /* above it a uniform lattice keeps no table (1 GB in two dimensions) */
};

/* The number of sites; TEMPER_BAD_OPTION in the name of `thing` when it is above 2^31 − 1. */
temper_status temper_lattice_sites(const char *thing, const temper_dims *dims, int *n);

/* The neighbours of site i, backward then forward along axis 0, then axis 1, …; bond[k] (NULL: not wanted)
 * is the number of the bond to to[k]. Returns how many there are. Only arithmetic: serves lattices of any
 * size. */
int temper_lattice_row(const temper_dims *dims, bool periodic, int i, int32_t to[TEMPER_DEGREE_MAX],
                       int64_t bond[TEMPER_DEGREE_MAX]);

/* All rows as a table (start, to; in temper_lattice_row's order), with J the same on every bond. */
temper_status temper_lattice_pairs(const temper_dims *dims, bool periodic, double J, temper_pairs *pairs);

/* A proper colouring with as few colours as there can be: 2 (1, when there is no bond), or 3 when a periodic
 * extent is odd; and how many these are. */
int temper_lattice_colours(const temper_dims *dims, bool periodic);
int temper_lattice_colour(const temper_dims *dims, bool periodic, int i);

/* Naive sums over all bonds, walking along the axes: they share nothing with the rows above. */
int64_t temper_lattice_products(const temper_dims *dims, bool periodic, const int8_t *s); /* Σ s_i s_j */
int64_t temper_lattice_equals(const temper_dims *dims, bool periodic, const int8_t *s); /* Σ δ(s_i, s_j) */
/* Σ J_b s_i s_j with J_b = J[number of bond b] */
double temper_lattice_weighted(const temper_dims *dims, bool periodic, const int8_t *s, const double *J);

#endif
