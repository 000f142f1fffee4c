#include "survey.h"
#include "ckernels.h"
#include <math.h>
#include <string.h>

// A fused multiply-add rounds once where multiply and add round twice: only the latter is everywhere.
#pragma STDC FP_CONTRACT OFF

#include "clones.h"

enum { LANES = 16, TILE = 512 };

typedef float f32x16 __attribute__((vector_size(64), aligned(4)));
typedef int32_t i32x16 __attribute__((vector_size(64), aligned(4)));
typedef float f32x8 __attribute__((vector_size(32), aligned(4)));
typedef double f64x8 __attribute__((vector_size(64), aligned(8)));

// Lanes of a running survey; place i of a row belongs to lane i mod 16, so that the order of additions is fixed.
typedef struct {
    f32x16 low, high;
    i32x16 nans;
    f64x8 squares[2];
} lanes;

#define CHOOSE(mask, a, b) ((f32x16)(((mask) & (i32x16)(a)) | (~(mask) & (i32x16)(b))))

VARVE_CLONES static void add(const float *x, size_t n, lanes *l) {
    f32x16 low = l->low, high = l->high;
    i32x16 nans = l->nans;
    f64x8 s0 = l->squares[0], s1 = l->squares[1];
    for (size_t i = 0; i < n; i += LANES) {
        f32x16 v = *(const f32x16 *)(x + i);
        low = CHOOSE(v < low, v, low);
        high = CHOOSE(v > high, v, high);
        nans -= v != v;
        f64x8 a = __builtin_convertvector(*(const f32x8 *)(x + i), f64x8);
        f64x8 b = __builtin_convertvector(*(const f32x8 *)(x + i + 8), f64x8);
        s0 += a * a;
        s1 += b * b;
    }
    l->low = low;
    l->high = high;
    l->nans = nans;
    l->squares[0] = s0;
    l->squares[1] = s1;
}

static void widen(int type, const uint8_t *src, size_t n, float *dst) {
    if (type == VARVE_SURVEY_F16) varve_widen_f16((const uint16_t *)src, dst, n);
    else if (type == VARVE_SURVEY_BF16) varve_widen_bf16((const uint16_t *)src, dst, n);
    else memcpy(dst, src, n * 4);
}

static void add_norm(double squares, varve_survey *s) {
    double norm = sqrt(squares);
    if (!(norm < INFINITY)) return;
    s->norm_sum += norm;
    s->norm_count++;
}

static void floats(int type, const uint8_t *src, size_t rows, size_t width, varve_survey *s) {
    size_t element = type == VARVE_SURVEY_F32 ? 4 : 2;
    lanes l;
    for (int i = 0; i < LANES; i++) {
        l.low[i] = INFINITY;
        l.high[i] = -INFINITY;
        l.nans[i] = 0;
    }
    float tile[TILE] __attribute__((aligned(64)));
    uint64_t nans = 0;
    for (size_t r = 0; r < rows; r++) {
        l.squares[0] = l.squares[1] = (f64x8){0};
        for (size_t from = 0; from < width; from += TILE) {
            size_t here = width - from < TILE ? width - from : TILE, whole = here & ~(size_t)(LANES - 1);
            const uint8_t *start = src + (r * width + from) * element;
            // Whole lanes of f32 are read where they lie.
            if (type == VARVE_SURVEY_F32) add((const float *)start, whole, &l);
            else {
                widen(type, start, here, tile);
                add(tile, whole, &l);
            }
            if (whole < here) {
                float x[LANES];
                widen(type, start + whole * element, here - whole, x);
                for (size_t i = 0; i < here - whole; i++) {
                    l.low[i] = x[i] < l.low[i] ? x[i] : l.low[i];
                    l.high[i] = x[i] > l.high[i] ? x[i] : l.high[i];
                    l.nans[i] += x[i] != x[i];
                    l.squares[i / 8][i % 8] += (double)x[i] * (double)x[i];
                }
            }
        }
        f64x8 sum = l.squares[0] + l.squares[1];
        add_norm(((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7])), s);
        // The lanes count in 32 bits.
        if (r % 1024 == 1023 || r + 1 == rows || width > 1 << 20)
            for (int i = 0; i < LANES; i++) {
                nans += (uint64_t)l.nans[i];
                l.nans[i] = 0;
            }
    }
    for (int i = 0; i < LANES; i++) {
        if (l.low[i] < s->minimum) s->minimum = l.low[i];
        if (l.high[i] > s->maximum) s->maximum = l.high[i];
    }
    s->nans += nans;
    s->numbers += (uint64_t)rows * width - nans;
}

static void integers(int type, const uint8_t *src, size_t rows, size_t width, varve_survey *s) {
    size_t element = type == VARVE_SURVEY_U32 ? 4 : type == VARVE_SURVEY_U16 ? 2 : 1;
    uint32_t low = UINT32_MAX, high = 0;
    for (size_t r = 0; r < rows; r++) {
        double squares = 0;
        for (size_t i = 0; i < width; i++) {
            uint32_t v = 0;
            memcpy(&v, src + (r * width + i) * element, element);
            low = v < low ? v : low;
            high = v > high ? v : high;
            squares += (double)v * (double)v;
        }
        add_norm(squares, s);
    }
    if (rows && width) {
        if (low < s->minimum) s->minimum = low;
        if (high > s->maximum) s->maximum = high;
    }
    s->numbers += (uint64_t)rows * width;
}

void varve_survey_rows(int type, const uint8_t *src, size_t rows, size_t width, varve_survey *survey) {
    if (type <= VARVE_SURVEY_BF16) floats(type, src, rows, width, survey);
    else integers(type, src, rows, width, survey);
}
