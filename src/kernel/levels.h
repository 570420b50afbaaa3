/* The functions of each level. Only kernel.c and the files that define them include this. */
#ifndef TEMPER_KERNEL_LEVELS_H
#define TEMPER_KERNEL_LEVELS_H

#include "kernel/kernel.h"

void temper_words_ref(temper_stream of, temper_purpose purpose, int64_t step, int64_t first, int64_t count,
                      uint32_t *out);
void temper_words_avx2(temper_stream of, temper_purpose purpose, int64_t step, int64_t first, int64_t count,
                       uint32_t *out);
void temper_words_avx512(temper_stream of, temper_purpose purpose, int64_t step, int64_t first, int64_t count,
                         uint32_t *out);

int temper_lattice_row_ref(int8_t *row, const int8_t *up, const int8_t *down, int width, int first,
                           const uint32_t *words, const uint32_t flip[2][5], uint32_t always);
int temper_lattice_row_avx2(int8_t *row, const int8_t *up, const int8_t *down, int width, int first,
                            const uint32_t *words, const uint32_t flip[2][5], uint32_t always);
int temper_lattice_row_avx512(int8_t *row, const int8_t *up, const int8_t *down, int width, int first,
                              const uint32_t *words, const uint32_t flip[2][5], uint32_t always);

int64_t temper_differing_ref(const int8_t *a, const int8_t *b, int64_t count);
int64_t temper_differing_avx2(const int8_t *a, const int8_t *b, int64_t count);
int64_t temper_differing_avx512(const int8_t *a, const int8_t *b, int64_t count);

void temper_lanes_add_ref(double *restrict y, double a, const double *restrict x, int64_t length);
double temper_lanes_dot_ref(const double *x, const double *y, int64_t length);
void temper_lanes_add_avx2(double *restrict y, double a, const double *restrict x, int64_t length);
double temper_lanes_dot_avx2(const double *x, const double *y, int64_t length);
void temper_lanes_add_avx512(double *restrict y, double a, const double *restrict x, int64_t length);
double temper_lanes_dot_avx512(const double *x, const double *y, int64_t length);

#endif
