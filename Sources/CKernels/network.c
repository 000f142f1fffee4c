#include "network.h"
#include <stdint.h>
#include <string.h>

#include "clones.h"
#define VARVE_LANES 16

// e^x for x in float range, relative error below 2e-7: x = n·ln 2 + r, a polynomial in r, then 2^n through the exponent
// bits. Written without branches so that the loops around it vectorise; libm's expf would not.
static inline __attribute__((always_inline)) float exponential(float x) {
    const float magic = 12582912.0f;  // 1.5 · 2^23: adding it rounds to the nearest integer
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    float shifted = x * 1.44269504088896341f + magic;
    float n = shifted - magic;
    float r = x - n * 0.693359375f;
    r = r - n * -2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    int32_t bits = ((int32_t)n + 127) << 23;
    float power;
    memcpy(&power, &bits, 4);
    return p * power;
}

VARVE_CLONES void varve_rms_norm(
    const float *x, const float *weight, float epsilon, float *out, size_t rows, size_t width) {
    for (size_t row = 0; row < rows; row++, x += width, out += width) {
        float lanes[VARVE_LANES] = {0};
        size_t i = 0;
        for (; i + VARVE_LANES <= width; i += VARVE_LANES)
            for (size_t j = 0; j < VARVE_LANES; j++) lanes[j] += x[i + j] * x[i + j];
        float sum = 0;
        for (; i < width; i++) sum += x[i] * x[i];
        for (size_t j = 0; j < VARVE_LANES; j++) sum += lanes[j];
        float scale = 1.0f / __builtin_sqrtf(sum / (float)width + epsilon);
        for (i = 0; i < width; i++) out[i] = x[i] * scale * weight[i];
    }
}

VARVE_CLONES void varve_causal_softmax(float *scores, size_t rows, size_t columns, size_t visible, float scale) {
    for (size_t row = 0; row < rows; row++, scores += columns) {
        size_t count = visible + row < columns ? visible + row : columns;
        float tops[VARVE_LANES], lanes[VARVE_LANES] = {0};
        for (size_t j = 0; j < VARVE_LANES; j++) tops[j] = scores[0];
        size_t i = 0;
        for (; i + VARVE_LANES <= count; i += VARVE_LANES)
            for (size_t j = 0; j < VARVE_LANES; j++) tops[j] = scores[i + j] > tops[j] ? scores[i + j] : tops[j];
        float top = scores[0];
        for (; i < count; i++) top = scores[i] > top ? scores[i] : top;
        for (size_t j = 0; j < VARVE_LANES; j++) top = tops[j] > top ? tops[j] : top;
        for (i = 0; i + VARVE_LANES <= count; i += VARVE_LANES)
            for (size_t j = 0; j < VARVE_LANES; j++) {
                float weight = exponential((scores[i + j] - top) * scale);
                scores[i + j] = weight;
                lanes[j] += weight;
            }
        float sum = 0;
        for (; i < count; i++) {
            scores[i] = exponential((scores[i] - top) * scale);
            sum += scores[i];
        }
        for (size_t j = 0; j < VARVE_LANES; j++) sum += lanes[j];
        float inverse = 1.0f / sum;
        for (i = 0; i < count; i++) scores[i] *= inverse;
        for (; i < columns; i++) scores[i] = 0;
    }
}

VARVE_CLONES void varve_silu_gate(float *restrict gate, const float *restrict up, size_t n) {
    for (size_t i = 0; i < n; i++) gate[i] = gate[i] / (1.0f + exponential(-gate[i])) * up[i];
}

VARVE_CLONES void varve_rotate_halves(
    float *x, size_t stride, const float *cosine, const float *sine, size_t rows, size_t heads, size_t size) {
    size_t half = size / 2;
    for (size_t row = 0; row < rows; row++, x += stride, cosine += half, sine += half)
        for (size_t head = 0; head < heads; head++) {
            float *low = x + head * size, *high = low + half;
            for (size_t i = 0; i < half; i++) {
                float a = low[i], b = high[i];
                low[i] = a * cosine[i] - b * sine[i];
                high[i] = b * cosine[i] + a * sine[i];
            }
        }
}

VARVE_CLONES void varve_add_f32(float *restrict x, const float *restrict y, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] += y[i];
}
