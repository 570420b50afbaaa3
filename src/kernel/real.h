/* The number of the network engine. src/network and the network kernels are compiled twice: for float, which trains, and
 * with TEMPER_F64 for double, which judges it. Every function that is not static is declared through REAL. */
#ifndef TEMPER_KERNEL_REAL_H
#define TEMPER_KERNEL_REAL_H

#ifdef TEMPER_F64
typedef double real;
#define REAL(name) name##_f64
#else
typedef float real;
#define REAL(name) name
#endif

enum { LANES = 16 }; /* samples in a block, on every level and in both precisions */

#endif
