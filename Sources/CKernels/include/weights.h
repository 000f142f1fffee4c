#ifndef VARVE_CKERNELS_WEIGHTS_H
#define VARVE_CKERNELS_WEIGHTS_H
#include <stddef.h>
#include <stdint.h>

// What is done to a model's weights as they are read.

/// 1 where no number has all bits of `mask`, the exponent's bits, set: no NaN and no infinity.
int varve_all_finite_16(const uint16_t *x, uint16_t mask, size_t n);
/// The same for f32.
int varve_all_finite_32(const uint32_t *x, size_t n);
/// out[c · stride + r] = x[r, c] of x [rows, columns].
void varve_transpose_16(const uint16_t *x, uint16_t *out, size_t rows, size_t columns, size_t stride);
void varve_transpose_32(const uint32_t *x, uint32_t *out, size_t rows, size_t columns, size_t stride);

#endif
