#include "network.h"
#include <math.h>
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

// tanh x = 1 − 2 / (e^2x + 1), absolute error below 2e-7.
static inline __attribute__((always_inline)) float hyperbolic_tangent(float x) {
    return 1.0f - 2.0f / (exponential(2.0f * x) + 1.0f);
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

VARVE_CLONES void varve_layer_norm(
    const float *x, const float *weight, const float *bias, float epsilon, float *out, size_t rows, size_t width) {
    for (size_t row = 0; row < rows; row++, x += width, out += width) {
        float lanes[VARVE_LANES] = {0};
        size_t i = 0;
        for (; i + VARVE_LANES <= width; i += VARVE_LANES)
            for (size_t j = 0; j < VARVE_LANES; j++) lanes[j] += x[i + j];
        float sum = 0;
        for (; i < width; i++) sum += x[i];
        for (size_t j = 0; j < VARVE_LANES; j++) sum += lanes[j];
        float mean = sum / (float)width;
        for (size_t j = 0; j < VARVE_LANES; j++) lanes[j] = 0;
        for (i = 0; i + VARVE_LANES <= width; i += VARVE_LANES)
            for (size_t j = 0; j < VARVE_LANES; j++) lanes[j] += (x[i + j] - mean) * (x[i + j] - mean);
        sum = 0;
        for (; i < width; i++) sum += (x[i] - mean) * (x[i] - mean);
        for (size_t j = 0; j < VARVE_LANES; j++) sum += lanes[j];
        float scale = 1.0f / __builtin_sqrtf(sum / (float)width + epsilon);
        for (i = 0; i < width; i++) out[i] = (x[i] - mean) * scale * weight[i] + bias[i];
    }
}

VARVE_CLONES void varve_cap_f32(float *scores, size_t n, float scale, float cap) {
    for (size_t i = 0; i < n; i++) scores[i] = cap * hyperbolic_tangent(scores[i] * scale / cap);
}

VARVE_CLONES void varve_masked_softmax(
    float *scores, size_t rows, size_t stride, size_t columns, ptrdiff_t first, size_t end, float scale, float cap) {
    for (size_t row = 0; row < rows; row++, scores += stride) {
        ptrdiff_t from = first + (ptrdiff_t)row;
        size_t low = from > 0 ? (size_t)from : 0;
        size_t high = end + row < columns ? end + row : columns;
        float *seen = scores + low;
        size_t count = high - low;
        float factor = scale;
        if (cap > 0) {
            varve_cap_f32(seen, count, scale, cap);
            factor = 1;
        }
        float tops[VARVE_LANES], lanes[VARVE_LANES] = {0};
        for (size_t j = 0; j < VARVE_LANES; j++) tops[j] = seen[0];
        size_t i = 0;
        for (; i + VARVE_LANES <= count; i += VARVE_LANES)
            for (size_t j = 0; j < VARVE_LANES; j++) tops[j] = seen[i + j] > tops[j] ? seen[i + j] : tops[j];
        float top = seen[0];
        for (; i < count; i++) top = seen[i] > top ? seen[i] : top;
        for (size_t j = 0; j < VARVE_LANES; j++) top = tops[j] > top ? tops[j] : top;
        for (i = 0; i + VARVE_LANES <= count; i += VARVE_LANES)
            for (size_t j = 0; j < VARVE_LANES; j++) {
                float weight = exponential((seen[i + j] - top) * factor);
                seen[i + j] = weight;
                lanes[j] += weight;
            }
        float sum = 0;
        for (; i < count; i++) {
            seen[i] = exponential((seen[i] - top) * factor);
            sum += seen[i];
        }
        for (size_t j = 0; j < VARVE_LANES; j++) sum += lanes[j];
        float inverse = 1.0f / sum;
        for (i = 0; i < count; i++) seen[i] *= inverse;
        for (i = 0; i < low; i++) scores[i] = 0;
        for (i = high; i < columns; i++) scores[i] = 0;
    }
}

VARVE_CLONES void varve_rotate_halves(
    float *x, const float *cosine, const float *sine, size_t rows, size_t heads, size_t size, size_t turned) {
    size_t half = turned / 2, stride = heads * size;
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

VARVE_CLONES void varve_scale_f32(float *x, float factor, size_t n) {
    for (size_t i = 0; i < n; i++) x[i] *= factor;
}

void varve_fill_rows(float *restrict x, const float *restrict row, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++) memcpy(x + r * width, row, width * sizeof(float));
}

void varve_copy_columns(
    const float *restrict x, size_t stride, float *restrict out, size_t out_stride, size_t rows, size_t width) {
    for (size_t r = 0; r < rows; r++) memcpy(out + r * out_stride, x + r * stride, width * sizeof(float));
}

// With `up` the gated form: activation(x) · up.
#define VARVE_ACTIVATION(name, formula)                                                             \
    VARVE_CLONES static void name##_alone(float *restrict values, size_t n) {                       \
        for (size_t i = 0; i < n; i++) {                                                            \
            float x = values[i];                                                                    \
            values[i] = formula;                                                                    \
        }                                                                                           \
    }                                                                                               \
    VARVE_CLONES static void name##_gated(float *restrict values, const float *restrict up, size_t n) { \
        for (size_t i = 0; i < n; i++) {                                                            \
            float x = values[i];                                                                    \
            values[i] = (formula) * up[i];                                                          \
        }                                                                                           \
    }                                                                                               \
    void varve_##name(float *values, const float *up, size_t n) {                                   \
        if (up) name##_gated(values, up, n);                                                        \
        else name##_alone(values, n);                                                               \
    }

// erf x to 2e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, formula 7.1.26.
static inline __attribute__((always_inline)) float error_function(float x) {
    float size = x < 0 ? -x : x;
    float t = 1.0f / (1.0f + 0.3275911f * size);
    float p = 1.061405429f;
    p = p * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    float value = 1.0f - p * t * exponential(-x * x);
    return x < 0 ? -value : value;
}

VARVE_ACTIVATION(silu, x / (1.0f + exponential(-x)))
VARVE_ACTIVATION(gelu, 0.5f * x * (1.0f + error_function(x * 0.70710678118654752f)))
VARVE_ACTIVATION(gelu_tanh, 0.5f * x * (1.0f + hyperbolic_tangent(0.79788456080286536f * (x + 0.044715f * x * x * x))))
VARVE_ACTIVATION(relu, x > 0 ? x : 0)

VARVE_CLONES static float largest(const float *x, size_t n) {
    float tops[VARVE_LANES], top = x[0];
    for (size_t j = 0; j < VARVE_LANES; j++) tops[j] = x[0];
    size_t i = 0;
    for (; i + VARVE_LANES <= n; i += VARVE_LANES)
        for (size_t j = 0; j < VARVE_LANES; j++) tops[j] = x[i + j] > tops[j] ? x[i + j] : tops[j];
    for (; i < n; i++) top = x[i] > top ? x[i] : top;
    for (size_t j = 0; j < VARVE_LANES; j++) top = tops[j] > top ? tops[j] : top;
    return top;
}

// At most 1,024 numbers, so that sums in single precision stay short.
VARVE_CLONES static void exponential_sums(const float *x, size_t n, float top, double *sum, double *weighted) {
    float sums[VARVE_LANES] = {0}, products[VARVE_LANES] = {0};
    size_t i = 0;
    for (; i + VARVE_LANES <= n; i += VARVE_LANES)
        for (size_t j = 0; j < VARVE_LANES; j++) {
            float below = x[i + j] - top, e = exponential(below);
            sums[j] += e;
            products[j] += below * e;
        }
    for (; i < n; i++) {
        float below = x[i] - top, e = exponential(below);
        sums[0] += e;
        products[0] += below * e;
    }
    for (size_t j = 0; j < VARVE_LANES; j++) {
        *sum += sums[j];
        *weighted += products[j];
    }
}

void varve_logit_scan(float *logits, size_t n, uint32_t first, float cap, varve_logit_row *row) {
    if (n == 0) return;
    if (cap > 0) varve_cap_f32(logits, n, 1, cap);
    float top = largest(logits, n);
    if (top > row->top) {
        if (row->sum > 0) {
            double down = (double)row->top - (double)top, factor = exp(down);
            row->weighted = factor * (row->weighted + down * row->sum);
            row->sum *= factor;
        }
        size_t place = 0;
        while (logits[place] != top) place++;
        row->top = top;
        row->place = first + (uint32_t)place;
    }
    for (size_t i = 0; i < n; i += 1024)
        exponential_sums(logits + i, n - i < 1024 ? n - i : 1024, row->top, &row->sum, &row->weighted);
}
