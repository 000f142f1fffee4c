#ifndef VARVE_CKERNELS_NETWORK_H
#define VARVE_CKERNELS_NETWORK_H
#include <stddef.h>
#include <stdint.h>

// The loops of a decoder that are not matrix products. Rows are contiguous unless a stride is named.

/// out[r, i] = x[r, i] / √(mean x[r, ·]² + epsilon) · weight[i].
void varve_rms_norm(const float *x, const float *weight, float epsilon, float *out, size_t rows, size_t width);
/// out[r, i] = (x[r, i] − mean) / √(variance + epsilon) · weight[i] + bias[i].
void varve_layer_norm(
    const float *x, const float *weight, const float *bias, float epsilon, float *out, size_t rows, size_t width);
/// Row r of scores [rows, columns] becomes softmax(scale · row) over its places max(0, first + r) ..< end + r, and 0 elsewhere;
/// a cap above 0 puts cap · tanh(scale · row / cap) in the place of scale · row.
void varve_masked_softmax(
    float *scores, size_t rows, size_t stride, size_t columns, ptrdiff_t first, size_t end, float scale, float cap);
/// Rotary embedding in place: of each head of `size` numbers the first `turned`, halves paired (i, i + turned/2); cosine and
/// sine are [rows, turned/2].
void varve_rotate_halves(
    float *x, const float *cosine, const float *sine, size_t rows, size_t heads, size_t size, size_t turned);
/// x[i] += y[i].
void varve_add_f32(float *x, const float *y, size_t n);
/// x[i] *= factor.
void varve_scale_f32(float *x, float factor, size_t n);
/// x[i] = cap · tanh(scale · x[i] / cap).
void varve_cap_f32(float *x, size_t n, float scale, float cap);
/// Every row of x [rows, width] becomes `row`.
void varve_fill_rows(float *x, const float *row, size_t rows, size_t width);
/// out[r, i] = x[r, i] for i < width, each with its own row stride.
void varve_copy_columns(
    const float *x, size_t stride, float *out, size_t out_stride, size_t rows, size_t width);

// Activations in place, times `up` where that is not NULL.

/// x · σ(x).
void varve_silu(float *values, const float *up, size_t n);
/// x · Φ(x).
void varve_gelu(float *values, const float *up, size_t n);
/// x / 2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))).
void varve_gelu_tanh(float *values, const float *up, size_t n);
/// max(x, 0).
void varve_relu(float *values, const float *up, size_t n);

/// What is kept of one row of logits while its tiles are seen one after another.
typedef struct {
    float top;
    uint32_t place;
    double sum;
    double weighted;
} varve_logit_row;

/// Takes the next n logits of a row, the first of which is token `first`: top is the largest so far and place its token (the
/// lower of equals), sum is Σ e^(l − top), weighted is Σ (l − top) · e^(l − top). Start with top −∞ and zeros. A cap above 0 first
/// makes cap · tanh(l / cap) of each logit, in place.
void varve_logit_scan(float *logits, size_t n, uint32_t first, float cap, varve_logit_row *row);

#endif
