#include "rowsums.h"
#include <math.h>

#include "clones.h"

// Four rows a pass over the sums: a sum is loaded and stored once for them, and still added to in the order of the rows.
VARVE_WIDE VARVE_CLONES void varve_add_rows(const float *restrict x, size_t rows, size_t width, double *restrict out) {
    size_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        const float *a = x + r * width, *b = a + width, *c = b + width, *d = c + width;
        for (size_t j = 0; j < width; j++) out[j] = (((out[j] + a[j]) + b[j]) + c[j]) + d[j];
    }
    for (; r < rows; r++)
        for (size_t j = 0; j < width; j++) out[j] += x[r * width + j];
}

VARVE_CLONES void varve_add_squares(
    const float *restrict x, size_t rows, size_t width, const double *restrict center, double *restrict out) {
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < width; j++) {
            double difference = x[r * width + j] - center[j];
            out[j] += difference * difference;
        }
}

// Four rows a pass over the sums, as above.
VARVE_CLONES void varve_add_deviations(
    const float *restrict x, size_t rows, size_t width, const double *restrict center, double *restrict squares,
    double *restrict sums) {
    size_t r = 0;
    for (; r + 4 <= rows; r += 4) {
        const float *a = x + r * width, *b = a + width, *c = b + width, *d = c + width;
        for (size_t j = 0; j < width; j++) {
            double p = a[j] - center[j], q = b[j] - center[j], s = c[j] - center[j], t = d[j] - center[j];
            squares[j] = (((squares[j] + p * p) + q * q) + s * s) + t * t;
            sums[j] = (((sums[j] + p) + q) + s) + t;
        }
    }
    for (; r < rows; r++)
        for (size_t j = 0; j < width; j++) {
            double difference = x[r * width + j] - center[j];
            squares[j] += difference * difference;
            sums[j] += difference;
        }
}

VARVE_CLONES void varve_standardize(
    const float *restrict x, size_t rows, size_t width, const double *restrict mean, const double *restrict scale,
    float *restrict out) {
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < width; j++) out[r * width + j] = (float)((x[r * width + j] - mean[j]) / scale[j]);
}

VARVE_CLONES void varve_subtract_row(
    const float *restrict x, size_t rows, size_t width, const float *restrict center, float *restrict out) {
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < width; j++) out[r * width + j] = x[r * width + j] - center[j];
}

VARVE_CLONES void varve_subtract_row_f64(
    const float *restrict x, size_t rows, size_t width, const double *restrict center, double *restrict out) {
    for (size_t r = 0; r < rows; r++)
        for (size_t j = 0; j < width; j++) out[r * width + j] = x[r * width + j] - center[j];
}

#define ADD_SCATTER(NAME, T)                                                                                          \
    VARVE_CLONES void NAME(                                                                                           \
        const T *restrict products, size_t d, const double *restrict delta, double share, double *restrict sum) {     \
        for (size_t i = 0; i < d; i++) {                                                                              \
            double scaled = share * delta[i];                                                                         \
            for (size_t j = i; j < d; j++) sum[i * d + j] += products[i * d + j] + scaled * delta[j];                 \
        }                                                                                                             \
    }

ADD_SCATTER(varve_add_scatter_f32, float)
ADD_SCATTER(varve_add_scatter_f64, double)

#define VARVE_LANES 8

VARVE_CLONES void varve_row_squares(const float *restrict x, size_t rows, size_t width, double *restrict out) {
    for (size_t r = 0; r < rows; r++) {
        const float *a = x + r * width;
        double sum[VARVE_LANES] = {0};
        size_t i = 0;
        for (; i + VARVE_LANES <= width; i += VARVE_LANES)
            for (size_t j = 0; j < VARVE_LANES; j++) sum[j] += (double)a[i + j] * (double)a[i + j];
        for (; i < width; i++) sum[i % VARVE_LANES] += (double)a[i] * (double)a[i];
        out[r] = ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
    }
}

static inline __attribute__((always_inline)) double fold(const double *sum) {
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

static inline __attribute__((always_inline)) double cosine(double ab, double aa, double bb) {
    return ab / (sqrt(aa) * sqrt(bb));
}

// Two rows at a time: six sums that don't wait for one another.
VARVE_WIDE VARVE_CLONES void varve_row_cosines(
    const float *restrict a, const float *restrict b, size_t rows, size_t width, double *restrict out) {
    size_t r = 0, whole = width / VARVE_LANES * VARVE_LANES;
    for (; r + 2 <= rows; r += 2) {
        const float *a0 = a + r * width, *a1 = a0 + width, *b0 = b + r * width, *b1 = b0 + width;
        double ab[2][VARVE_LANES] = {{0}}, aa[2][VARVE_LANES] = {{0}}, bb[2][VARVE_LANES] = {{0}};
        for (size_t i = 0; i < whole; i += VARVE_LANES)
            for (size_t j = 0; j < VARVE_LANES; j++) {
                double x = a0[i + j], y = b0[i + j], u = a1[i + j], v = b1[i + j];
                ab[0][j] += x * y;
                aa[0][j] += x * x;
                bb[0][j] += y * y;
                ab[1][j] += u * v;
                aa[1][j] += u * u;
                bb[1][j] += v * v;
            }
        for (size_t i = whole; i < width; i++) {
            double x = a0[i], y = b0[i], u = a1[i], v = b1[i];
            size_t j = i - whole;
            ab[0][j] += x * y;
            aa[0][j] += x * x;
            bb[0][j] += y * y;
            ab[1][j] += u * v;
            aa[1][j] += u * u;
            bb[1][j] += v * v;
        }
        out[r] = cosine(fold(ab[0]), fold(aa[0]), fold(bb[0]));
        out[r + 1] = cosine(fold(ab[1]), fold(aa[1]), fold(bb[1]));
    }
    for (; r < rows; r++) {
        const float *p = a + r * width, *q = b + r * width;
        double ab[VARVE_LANES] = {0}, aa[VARVE_LANES] = {0}, bb[VARVE_LANES] = {0};
        for (size_t i = 0; i < width; i++) {
            double x = p[i], y = q[i];
            ab[i % VARVE_LANES] += x * y;
            aa[i % VARVE_LANES] += x * x;
            bb[i % VARVE_LANES] += y * y;
        }
        out[r] = cosine(fold(ab), fold(aa), fold(bb));
    }
}

VARVE_CLONES void varve_rows_against(
    const float *restrict x, size_t rows, size_t width, const float *restrict v, double *restrict dots,
    double *restrict squares) {
    size_t r = 0, whole = width / VARVE_LANES * VARVE_LANES;
    for (; r + 4 <= rows; r += 4) {
        const float *x0 = x + r * width, *x1 = x0 + width, *x2 = x1 + width, *x3 = x2 + width;
        double d[4][VARVE_LANES] = {{0}}, s[4][VARVE_LANES] = {{0}};
        for (size_t i = 0; i < whole; i += VARVE_LANES)
            for (size_t j = 0; j < VARVE_LANES; j++) {
                double w = v[i + j], a = x0[i + j], b = x1[i + j], c = x2[i + j], e = x3[i + j];
                d[0][j] += a * w;
                s[0][j] += a * a;
                d[1][j] += b * w;
                s[1][j] += b * b;
                d[2][j] += c * w;
                s[2][j] += c * c;
                d[3][j] += e * w;
                s[3][j] += e * e;
            }
        for (size_t i = whole; i < width; i++) {
            double w = v[i], a = x0[i], b = x1[i], c = x2[i], e = x3[i];
            size_t j = i - whole;
            d[0][j] += a * w;
            s[0][j] += a * a;
            d[1][j] += b * w;
            s[1][j] += b * b;
            d[2][j] += c * w;
            s[2][j] += c * c;
            d[3][j] += e * w;
            s[3][j] += e * e;
        }
        for (size_t k = 0; k < 4; k++) {
            dots[r + k] = fold(d[k]);
            squares[r + k] = fold(s[k]);
        }
    }
    for (; r < rows; r++) {
        const float *p = x + r * width;
        double d[VARVE_LANES] = {0}, s[VARVE_LANES] = {0};
        for (size_t i = 0; i < width; i++) {
            double w = v[i], a = p[i];
            d[i % VARVE_LANES] += a * w;
            s[i % VARVE_LANES] += a * a;
        }
        dots[r] = fold(d);
        squares[r] = fold(s);
    }
}
