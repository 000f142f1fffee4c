#include "ckernels.h"
#include <string.h>

#include "clones.h"

VARVE_CLONES void varve_widen_f16(const uint16_t *src, float *dst, size_t n) {
    const _Float16 *halves = (const _Float16 *)src;
    for (size_t i = 0; i < n; i++) dst[i] = (float)halves[i];
}

VARVE_CLONES void varve_widen_bf16(const uint16_t *src, float *dst, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)src[i] << 16;
        memcpy(&dst[i], &bits, 4);
    }
}

VARVE_CLONES void varve_narrow_f16(const float *src, uint16_t *dst, size_t n) {
    _Float16 *halves = (_Float16 *)dst;
    for (size_t i = 0; i < n; i++) halves[i] = (_Float16)src[i];
}

VARVE_CLONES void varve_narrow_bf16(const float *src, uint16_t *dst, size_t n) {
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &src[i], 4);
        uint32_t rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) >> 16;
        uint32_t quiet = (bits >> 16) | 0x0040u;
        dst[i] = (uint16_t)((bits & 0x7FFFFFFFu) > 0x7F800000u ? quiet : rounded);
    }
}

// Eight running sums: the order of additions is fixed, so every clone gives the same double.
#define VARVE_LANES 8

VARVE_CLONES double varve_dot_f32(const float *a, const float *b, size_t n) {
    double sum[VARVE_LANES] = {0};
    size_t i = 0;
    for (; i + VARVE_LANES <= n; i += VARVE_LANES)
        for (size_t j = 0; j < VARVE_LANES; j++) sum[j] += (double)a[i + j] * (double)b[i + j];
    for (; i < n; i++) sum[i % VARVE_LANES] += (double)a[i] * (double)b[i];
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

VARVE_CLONES void varve_dot_norms_f32(const float *a, const float *b, size_t n, double *out) {
    double ab[VARVE_LANES] = {0}, aa[VARVE_LANES] = {0}, bb[VARVE_LANES] = {0};
    size_t i = 0;
    for (; i + VARVE_LANES <= n; i += VARVE_LANES)
        for (size_t j = 0; j < VARVE_LANES; j++) {
            double x = a[i + j], y = b[i + j];
            ab[j] += x * y;
            aa[j] += x * x;
            bb[j] += y * y;
        }
    for (; i < n; i++) {
        double x = a[i], y = b[i];
        size_t j = i % VARVE_LANES;
        ab[j] += x * y;
        aa[j] += x * x;
        bb[j] += y * y;
    }
    out[0] = ((ab[0] + ab[4]) + (ab[2] + ab[6])) + ((ab[1] + ab[5]) + (ab[3] + ab[7]));
    out[1] = ((aa[0] + aa[4]) + (aa[2] + aa[6])) + ((aa[1] + aa[5]) + (aa[3] + aa[7]));
    out[2] = ((bb[0] + bb[4]) + (bb[2] + bb[6])) + ((bb[1] + bb[5]) + (bb[3] + bb[7]));
}

VARVE_CLONES static void split2(const uint8_t *src, uint8_t *dst, size_t n) {
    for (size_t i = 0; i < n; i++) {
        dst[i] = src[2 * i];
        dst[n + i] = src[2 * i + 1];
    }
}

VARVE_CLONES static void split4(const uint8_t *src, uint8_t *dst, size_t n) {
    for (size_t i = 0; i < n; i++) {
        dst[i] = src[4 * i];
        dst[n + i] = src[4 * i + 1];
        dst[2 * n + i] = src[4 * i + 2];
        dst[3 * n + i] = src[4 * i + 3];
    }
}

VARVE_CLONES static void join2(const uint8_t *src, uint8_t *dst, size_t n) {
    for (size_t i = 0; i < n; i++) {
        dst[2 * i] = src[i];
        dst[2 * i + 1] = src[n + i];
    }
}

VARVE_CLONES static void join4(const uint8_t *src, uint8_t *dst, size_t n) {
    for (size_t i = 0; i < n; i++) {
        dst[4 * i] = src[i];
        dst[4 * i + 1] = src[n + i];
        dst[4 * i + 2] = src[2 * n + i];
        dst[4 * i + 3] = src[3 * n + i];
    }
}

void varve_split_planes(const uint8_t *src, uint8_t *dst, size_t n, size_t width) {
    if (width == 2) split2(src, dst, n);
    else if (width == 4) split4(src, dst, n);
    else
        for (size_t i = 0; i < n; i++)
            for (size_t p = 0; p < width; p++) dst[p * n + i] = src[i * width + p];
}

void varve_join_planes(const uint8_t *src, uint8_t *dst, size_t n, size_t width) {
    if (width == 2) join2(src, dst, n);
    else if (width == 4) join4(src, dst, n);
    else
        for (size_t i = 0; i < n; i++)
            for (size_t p = 0; p < width; p++) dst[i * width + p] = src[p * n + i];
}
