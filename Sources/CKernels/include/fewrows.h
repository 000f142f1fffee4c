#ifndef VARVE_CKERNELS_FEWROWS_H
#define VARVE_CKERNELS_FEWROWS_H
#include <stddef.h>
#include <stdint.h>

// out[r · out_stride + i] = beta · out + x[r, ·] · w[i, ·] for r < count and i < n; x is [count, k], w is [n, k]. For at most
// VARVE_FEW_ROWS rows, where a product is as fast as the weights can be read: they are read once, as they are stored.

#define VARVE_FEW_ROWS 8

void varve_few_rows_f32(
    const float *x, size_t count, const float *w, size_t n, size_t k, float beta, float *out, size_t out_stride);
void varve_few_rows_f16(
    const float *x, size_t count, const uint16_t *w, size_t n, size_t k, float beta, float *out, size_t out_stride);
void varve_few_rows_bf16(
    const float *x, size_t count, const uint16_t *w, size_t n, size_t k, float beta, float *out, size_t out_stride);

#endif
