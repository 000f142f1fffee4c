#include "quantize.h"
#include <math.h>
#include <string.h>

#include "clones.h"

static inline uint32_t bits_of(float v) {
    uint32_t bits;
    memcpy(&bits, &v, 4);
    return bits;
}
static inline float float_of(uint32_t bits) {
    float v;
    memcpy(&v, &bits, 4);
    return v;
}

// The largest size of each dimension's finite numbers, as bits: they order like the numbers.
VARVE_CLONES static void largest(const float *src, size_t rows, size_t width, uint32_t *sizes) {
    for (size_t j = 0; j < width; j++) sizes[j] = 0;
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < width; j++) {
            uint32_t size = bits_of(src[r * width + j]) & 0x7FFFFFFFu;
            size = size >= 0x7F800000u ? 0 : size;
            sizes[j] = size > sizes[j] ? size : sizes[j];
        }
}

// Largest / 127, cut to 17 significant bits: the largest number then still rounds to 127, and no product overflows.
static float scale_of(uint32_t size) {
    if (size == 0) return 0;
    uint32_t bits = bits_of(float_of(size) / 127.0f);
    if (bits >= 0x00800000u) return float_of(bits & ~0x7Fu);
    // Subnormal scales are counted in units of 2^-149.
    while (rintf(float_of(size) / float_of(bits)) > 127.0f) bits++;
    return float_of(bits);
}

VARVE_CLONES static void quantize(const float *src, const float *scales, size_t width, int8_t *dst, float *decoded) {
    for (size_t j = 0; j < width; j++) {
        uint32_t bits = bits_of(src[j]) & 0x7FFFFFFFu;
        float q = scales[j] > 0 ? rintf(src[j] / scales[j]) : 0;
        q = bits >= 0x7F800000u ? -128.0f : q;
        dst[j] = (int8_t)q;
        decoded[j] = bits >= 0x7F800000u ? float_of(0x7FC00000u) : q * scales[j] + 0.0f;
    }
}

void varve_int8_encode(const float *src, size_t rows, size_t width, uint8_t *dst, float *decoded, double *out) {
    uint32_t *sizes = (uint32_t *)decoded;
    float *scales = (float *)dst;
    largest(src, rows, width, sizes);
    for (size_t j = 0; j < width; j++) scales[j] = scale_of(sizes[j]);
    double most = 0, squares = 0;
    size_t count = 0;
    for (size_t r = 0; r < rows; r++) {
        const float *row = src + r * width;
        float *back = decoded + r * width;
        quantize(row, scales, width, (int8_t *)dst + 4 * width + r * width, back);
        for (size_t j = 0; j < width; j++) {
            double error = fabs((double)back[j] - (double)row[j]);
            if (!(error < INFINITY)) continue;
            most = error > most ? error : most;
            squares += error * error;
            count++;
        }
    }
    out[0] = most;
    out[1] = squares;
    out[2] = (double)count;
}

VARVE_CLONES static void restore(const int8_t *src, const float *scales, size_t width, float *dst) {
    for (size_t j = 0; j < width; j++) {
        float v = (float)src[j] * scales[j] + 0.0f;
        dst[j] = src[j] == -128 ? float_of(0x7FC00000u) : v;
    }
}

void varve_int8_decode(const uint8_t *src, size_t rows, size_t width, float *dst) {
    // The bytes may lie anywhere, the scales must not.
    float scales[1024];
    for (size_t from = 0; from < width; from += 1024) {
        size_t here = width - from < 1024 ? width - from : 1024;
        memcpy(scales, src + 4 * from, here * 4);
        for (size_t r = 0; r < rows; r++)
            restore((const int8_t *)src + 4 * width + r * width + from, scales, here, dst + r * width + from);
    }
}
