#ifndef VARVE_QUANTIZE_H
#define VARVE_QUANTIZE_H
#include <stddef.h>
#include <stdint.h>

// int8, encoding 7 of the chunk format: f32 scale[width], then rows × width signed bytes; the number is byte × scale, -128 a
// NaN. A scale is the dimension's largest finite size / 127, cut to 17 significant bits so that every product is exact.

/// Quantises rows × width floats to 4·width + rows·width bytes. `decoded` gets what they decode to; out[0..2]: the largest
/// error, the sum of squared errors and the count of finite numbers. NaN and infinities become NaN and count as no error.
void varve_int8_encode(const float *src, size_t rows, size_t width, uint8_t *dst, float *decoded, double *out);
/// The inverse; reads 4·width + rows·width bytes.
void varve_int8_decode(const uint8_t *src, size_t rows, size_t width, float *dst);
#endif
