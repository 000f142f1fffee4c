#ifndef VARVE_CKERNELS_H
#define VARVE_CKERNELS_H
#include <stddef.h>
#include <stdint.h>

// Plain C loops that Swift can't match: half precision and bit shuffling. Each is compiled for AVX-512, AVX2 and plain
// x86-64 and chosen when the program starts. No loop allocates, fails or keeps a pointer.

/// n IEEE halves → floats.
void varve_widen_f16(const uint16_t *src, float *dst, size_t n);
/// n bfloat16 → floats.
void varve_widen_bf16(const uint16_t *src, float *dst, size_t n);
/// n floats → IEEE halves, round to nearest even.
void varve_narrow_f16(const float *src, uint16_t *dst, size_t n);
/// n floats → bfloat16, round to nearest even, NaN stays NaN.
void varve_narrow_bf16(const float *src, uint16_t *dst, size_t n);
/// Σ a·b in double precision.
double varve_dot_f32(const float *a, const float *b, size_t n);
/// out[0..2] = Σ a·b, Σ a·a, Σ b·b in double precision, one pass.
void varve_dot_norms_f32(const float *a, const float *b, size_t n, double *out);
/// Byte plane p of n elements of `width` bytes: dst[p·n + i] = src[i·width + p].
void varve_split_planes(const uint8_t *src, uint8_t *dst, size_t n, size_t width);
/// The inverse of varve_split_planes.
void varve_join_planes(const uint8_t *src, uint8_t *dst, size_t n, size_t width);
#endif
