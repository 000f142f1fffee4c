#ifndef VARVE_CKERNELS_NETWORK_H
#define VARVE_CKERNELS_NETWORK_H
#include <stddef.h>

// The loops of a decoder that are not matrix products. Rows are contiguous unless a stride is named.

/// out[r, i] = x[r, i] / √(mean x[r, ·]² + epsilon) · weight[i].
void varve_rms_norm(const float *x, const float *weight, float epsilon, float *out, size_t rows, size_t width);
/// Row r of scores [rows, columns] becomes softmax(scale · row) over its first `visible + r` places, and 0 after them.
void varve_causal_softmax(float *scores, size_t rows, size_t columns, size_t visible, float scale);
/// gate[i] becomes gate[i] · σ(gate[i]) · up[i].
void varve_silu_gate(float *gate, const float *up, size_t n);
/// Rotary embedding in place, halves paired (i, i + size/2); cosine and sine are [rows, size/2].
void varve_rotate_halves(
    float *x, size_t stride, const float *cosine, const float *sine, size_t rows, size_t heads, size_t size);
/// x[i] += y[i].
void varve_add_f32(float *x, const float *y, size_t n);

#endif
