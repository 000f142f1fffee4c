#include "fewrows.h"
#include <string.h>

#include "clones.h"

#define VARVE_LANES 16
// Rows of w whose products are summed side by side.
#define VARVE_BESIDE 2

typedef float lanes __attribute__((vector_size(VARVE_LANES * 4)));
typedef uint16_t half_lanes __attribute__((vector_size(VARVE_LANES * 2)));
typedef uint32_t word_lanes __attribute__((vector_size(VARVE_LANES * 4)));
typedef _Float16 float16_lanes __attribute__((vector_size(VARVE_LANES * 2)));

#define VARVE_UNROLLED _Pragma("clang loop unroll(full)")
#define VARVE_INLINE static inline __attribute__((always_inline))

// Through pointers: vectors in a signature would depend on the processor that is compiled for.
VARVE_INLINE void load_f32(const float *w, lanes *value) { memcpy(value, w, sizeof *value); }

VARVE_INLINE void load_f16(const uint16_t *w, lanes *value) {
    float16_lanes found;
    memcpy(&found, w, sizeof found);
    *value = __builtin_convertvector(found, lanes);
}

VARVE_INLINE void load_bf16(const uint16_t *w, lanes *value) {
    half_lanes found;
    memcpy(&found, w, sizeof found);
    word_lanes bits = __builtin_convertvector(found, word_lanes) << 16;
    memcpy(value, &bits, sizeof *value);
}

VARVE_INLINE float one_f32(const float *w) { return *w; }

VARVE_INLINE float one_f16(const uint16_t *w) {
    _Float16 value;
    memcpy(&value, w, sizeof value);
    return (float)value;
}

VARVE_INLINE float one_bf16(const uint16_t *w) {
    uint32_t bits = (uint32_t)*w << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

// By halves, so that no addition waits for fifteen others.
VARVE_INLINE float sum_of(const lanes *value) {
    float part[VARVE_LANES];
    memcpy(part, value, sizeof part);
    VARVE_UNROLLED for (size_t step = VARVE_LANES / 2; step > 0; step /= 2)
        VARVE_UNROLLED for (size_t j = 0; j < step; j++) part[j] += part[j + step];
    return part[0];
}

// `count` and `beside` are constants wherever this is inlined: all sums stay in registers.
#define VARVE_FEW(type, stored)                                                                                \
    VARVE_INLINE void part_##type(                                                                             \
        const float *x, const size_t count, const stored *w, const size_t beside, size_t k, float beta,        \
        float *out, size_t out_stride) {                                                                       \
        lanes sums[VARVE_FEW_ROWS][VARVE_BESIDE];                                                              \
        VARVE_UNROLLED for (size_t r = 0; r < count; r++)                                                      \
            VARVE_UNROLLED for (size_t i = 0; i < beside; i++) sums[r][i] = (lanes){0};                        \
        size_t j = 0;                                                                                          \
        for (; j + VARVE_LANES <= k; j += VARVE_LANES) {                                                       \
            lanes weights[VARVE_BESIDE];                                                                       \
            VARVE_UNROLLED for (size_t i = 0; i < beside; i++) {                                               \
                load_##type(w + i * k + j, &weights[i]);                                                       \
                /* The rows after these: the processor alone begins too late at every new one. */              \
                __builtin_prefetch(w + (i + beside) * k + j);                                                  \
            }                                                                                                  \
            VARVE_UNROLLED for (size_t r = 0; r < count; r++) {                                                \
                lanes values;                                                                                  \
                load_f32(x + r * k + j, &values);                                                              \
                VARVE_UNROLLED for (size_t i = 0; i < beside; i++) sums[r][i] += values * weights[i];          \
            }                                                                                                  \
        }                                                                                                      \
        float found[VARVE_FEW_ROWS * VARVE_BESIDE];                                                            \
        VARVE_UNROLLED for (size_t r = 0; r < count; r++)                                                      \
            VARVE_UNROLLED for (size_t i = 0; i < beside; i++) found[r * beside + i] = sum_of(&sums[r][i]);    \
        _Pragma("clang loop unroll(disable)") for (size_t r = 0; r < count; r++)                               \
            _Pragma("clang loop unroll(disable)") for (size_t i = 0; i < beside; i++) {                        \
                float sum = found[r * beside + i];                                                             \
                _Pragma("clang loop unroll(disable)") for (size_t rest = j; rest < k; rest++)                  \
                    sum += x[r * k + rest] * one_##type(w + i * k + rest);                                     \
                float *place = out + r * out_stride + i;                                                       \
                *place = beta == 0 ? sum : beta * *place + sum;                                                \
            }                                                                                                  \
    }                                                                                                          \
    VARVE_INLINE void rows_##type(                                                                             \
        const float *x, const size_t count, const stored *w, size_t n, size_t k, float beta, float *out,       \
        size_t out_stride) {                                                                                   \
        size_t i = 0;                                                                                          \
        for (; i + VARVE_BESIDE <= n; i += VARVE_BESIDE)                                                       \
            part_##type(x, count, w + i * k, VARVE_BESIDE, k, beta, out + i, out_stride);                      \
        for (; i < n; i++) part_##type(x, count, w + i * k, 1, k, beta, out + i, out_stride);                  \
    }                                                                                                          \
    VARVE_CLONES void varve_few_rows_##type(                                                                   \
        const float *x, size_t count, const stored *w, size_t n, size_t k, float beta, float *out,             \
        size_t out_stride) {                                                                                   \
        switch (count) {                                                                                       \
            case 1: rows_##type(x, 1, w, n, k, beta, out, out_stride); break;                                  \
            case 2: rows_##type(x, 2, w, n, k, beta, out, out_stride); break;                                  \
            case 3: rows_##type(x, 3, w, n, k, beta, out, out_stride); break;                                  \
            case 4: rows_##type(x, 4, w, n, k, beta, out, out_stride); break;                                  \
            case 5: rows_##type(x, 5, w, n, k, beta, out, out_stride); break;                                  \
            case 6: rows_##type(x, 6, w, n, k, beta, out, out_stride); break;                                  \
            case 7: rows_##type(x, 7, w, n, k, beta, out, out_stride); break;                                  \
            case 8: rows_##type(x, 8, w, n, k, beta, out, out_stride); break;                                  \
            default: break;                                                                                    \
        }                                                                                                      \
    }

VARVE_FEW(f32, float)
VARVE_FEW(f16, uint16_t)
VARVE_FEW(bf16, uint16_t)
