#include "logistic.h"
#include <math.h>
#include <string.h>

#include "clones.h"

typedef double f64x8 __attribute__((vector_size(64), aligned(8)));
typedef float f32x8 __attribute__((vector_size(32), aligned(4)));
typedef float f32x16 __attribute__((vector_size(64), aligned(4)));

#define LOAD8(p) __builtin_convertvector(*(const f32x8 *)(p), f64x8)
#define SUM8(v) (((v[0] + v[4]) + (v[2] + v[6])) + ((v[1] + v[5]) + (v[3] + v[7])))

VARVE_CLONES void varve_decisions(const float *restrict x, size_t n, size_t d, const double *restrict w, double b,
                                  double *restrict z) {
    size_t whole = d & ~(size_t)7, i = 0;
    for (; i + 4 <= n; i += 4) {
        const float *x0 = x + i * d, *x1 = x0 + d, *x2 = x1 + d, *x3 = x2 + d;
        f64x8 s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
        for (size_t j = 0; j < whole; j += 8) {
            f64x8 v = *(const f64x8 *)(w + j);
            // The rows after these: the processor alone begins too late at every new one.
            __builtin_prefetch(x0 + 4 * d + j);
            __builtin_prefetch(x1 + 4 * d + j);
            __builtin_prefetch(x2 + 4 * d + j);
            __builtin_prefetch(x3 + 4 * d + j);
            s0 += LOAD8(x0 + j) * v;
            s1 += LOAD8(x1 + j) * v;
            s2 += LOAD8(x2 + j) * v;
            s3 += LOAD8(x3 + j) * v;
        }
        double t0 = SUM8(s0), t1 = SUM8(s1), t2 = SUM8(s2), t3 = SUM8(s3);
        for (size_t j = whole; j < d; j++) {
            t0 += (double)x0[j] * w[j];
            t1 += (double)x1[j] * w[j];
            t2 += (double)x2[j] * w[j];
            t3 += (double)x3[j] * w[j];
        }
        z[i] = t0 + b;
        z[i + 1] = t1 + b;
        z[i + 2] = t2 + b;
        z[i + 3] = t3 + b;
    }
    for (; i < n; i++) {
        const float *row = x + i * d;
        f64x8 s = {0};
        for (size_t j = 0; j < whole; j += 8) s += LOAD8(row + j) * *(const f64x8 *)(w + j);
        double t = SUM8(s);
        for (size_t j = whole; j < d; j++) t += (double)row[j] * w[j];
        z[i] = t + b;
    }
}

VARVE_CLONES void varve_add_weighted_rows(const float *restrict x, size_t n, size_t d, const double *restrict r,
                                          double *restrict out) {
    size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        const float *p = x + i * d;
        const double *q = r + i;
        for (size_t j = 0; j < d; j++)
            out[j] += ((q[0] * p[j] + q[1] * p[d + j]) + (q[2] * p[2 * d + j] + q[3] * p[3 * d + j])) +
                      ((q[4] * p[4 * d + j] + q[5] * p[5 * d + j]) + (q[6] * p[6 * d + j] + q[7] * p[7 * d + j]));
    }
    for (; i < n; i++)
        for (size_t j = 0; j < d; j++) out[j] += r[i] * x[i * d + j];
}

// exp(−a) for a ≥ 0: 2^k · exp(f), |f| ≤ ½ ln 2, Taylor to degree 13 (error below 1 ulp of the sum); 0 beyond the
// normal range is not needed: a is held at 708.
#define EXP_OF_MINUS(a, result)                                                                                        \
    do {                                                                                                               \
        double held_ = (a) < 708.0 ? -(a) : -708.0;                                                                    \
        double shifted_ = held_ * 0x1.71547652b82fep0 + 0x1.8p52;                                                      \
        double k_ = shifted_ - 0x1.8p52;                                                                               \
        double f_ = (held_ - k_ * 0x1.62e42fefa3800p-1) - k_ * 0x1.ef35793c76730p-45;                                  \
        double p_ = 1.0 / 6227020800.0;                                                                                \
        p_ = p_ * f_ + 1.0 / 479001600.0;                                                                              \
        p_ = p_ * f_ + 1.0 / 39916800.0;                                                                               \
        p_ = p_ * f_ + 1.0 / 3628800.0;                                                                                \
        p_ = p_ * f_ + 1.0 / 362880.0;                                                                                 \
        p_ = p_ * f_ + 1.0 / 40320.0;                                                                                  \
        p_ = p_ * f_ + 1.0 / 5040.0;                                                                                   \
        p_ = p_ * f_ + 1.0 / 720.0;                                                                                    \
        p_ = p_ * f_ + 1.0 / 120.0;                                                                                    \
        p_ = p_ * f_ + 1.0 / 24.0;                                                                                     \
        p_ = p_ * f_ + 1.0 / 6.0;                                                                                      \
        p_ = p_ * f_ + 0.5;                                                                                            \
        p_ = p_ * f_ + 1.0;                                                                                            \
        p_ = p_ * f_ + 1.0;                                                                                            \
        uint64_t bits_;                                                                                                \
        memcpy(&bits_, &shifted_, 8);                                                                                  \
        bits_ = (bits_ << 52) + 0x3FF0000000000000u;                                                                   \
        double scale_;                                                                                                 \
        memcpy(&scale_, &bits_, 8);                                                                                    \
        result = p_ * scale_;                                                                                          \
    } while (0)

// log(1 + e) for 0 ≤ e ≤ 1 as 2 artanh(e / (2 + e)), s² ≤ 1/9: seventeen odd terms reach 1e-17 relative.
#define LOG_OF_ONE_PLUS(e, result)                                                                                     \
    do {                                                                                                               \
        double s_ = (e) / (2.0 + (e)), u_ = s_ * s_, l_ = 1.0 / 33.0;                                                  \
        l_ = l_ * u_ + 1.0 / 31.0;                                                                                     \
        l_ = l_ * u_ + 1.0 / 29.0;                                                                                     \
        l_ = l_ * u_ + 1.0 / 27.0;                                                                                     \
        l_ = l_ * u_ + 1.0 / 25.0;                                                                                     \
        l_ = l_ * u_ + 1.0 / 23.0;                                                                                     \
        l_ = l_ * u_ + 1.0 / 21.0;                                                                                     \
        l_ = l_ * u_ + 1.0 / 19.0;                                                                                     \
        l_ = l_ * u_ + 1.0 / 17.0;                                                                                     \
        l_ = l_ * u_ + 1.0 / 15.0;                                                                                     \
        l_ = l_ * u_ + 1.0 / 13.0;                                                                                     \
        l_ = l_ * u_ + 1.0 / 11.0;                                                                                     \
        l_ = l_ * u_ + 1.0 / 9.0;                                                                                      \
        l_ = l_ * u_ + 1.0 / 7.0;                                                                                      \
        l_ = l_ * u_ + 1.0 / 5.0;                                                                                      \
        l_ = l_ * u_ + 1.0 / 3.0;                                                                                      \
        l_ = l_ * u_ + 1.0;                                                                                            \
        result = 2.0 * s_ * l_;                                                                                        \
    } while (0)

// Eight running sums keep the order of additions fixed.
#define LANES 8

VARVE_CLONES double varve_logistic_terms(const double *restrict z, const double *restrict sign, size_t n,
                                         double *restrict r, double *restrict h) {
    double sum[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (size_t j = 0; j < LANES; j++) {
            double y = sign[i + j], m = y * z[i + j], a = fabs(m), e, l;
            EXP_OF_MINUS(a, e);
            LOG_OF_ONE_PLUS(e, l);
            double inverse = 1.0 / (1.0 + e);
            double wrong = (m >= 0 ? e : 1.0) * inverse;
            r[i + j] = -y * wrong;
            h[i + j] = e * inverse * inverse;
            sum[j] += l + (m < 0 ? a : 0.0);
        }
    for (; i < n; i++) {
        double y = sign[i], m = y * z[i], a = fabs(m), e, l;
        EXP_OF_MINUS(a, e);
        LOG_OF_ONE_PLUS(e, l);
        double inverse = 1.0 / (1.0 + e);
        double wrong = (m >= 0 ? e : 1.0) * inverse;
        r[i] = -y * wrong;
        h[i] = e * inverse * inverse;
        sum[i % LANES] += l + (m < 0 ? a : 0.0);
    }
    return SUM8(sum);
}

// A Gram kernel packs 128 scaled rows into panels of two vectors' width, then multiplies panel by panel: four columns
// of the left panel against a whole right panel stay in registers while the rows stream by.
#define GRAM_KERNEL(NAME, T, V, LANE)                                                                                  \
    VARVE_CLONES void NAME(const float *restrict x, size_t n, size_t d, const double *restrict h, double *restrict g,  \
                           size_t side, T *restrict scratch) {                                                         \
        enum { PANEL = 2 * LANE };                                                                                     \
        for (size_t first = 0; first < n; first += VARVE_GRAM_ROWS) {                                                  \
            size_t rows = n - first < VARVE_GRAM_ROWS ? n - first : VARVE_GRAM_ROWS;                                   \
            for (size_t i = 0; i < rows; i++) {                                                                        \
                const float *row = x + (first + i) * d;                                                                \
                T root = (T)sqrt(h[first + i]);                                                                        \
                for (size_t c = 0; c < side; c += PANEL) {                                                             \
                    T *to = scratch + c * VARVE_GRAM_ROWS + i * PANEL;                                                 \
                    if (c + PANEL <= d) {                                                                              \
                        for (size_t j = 0; j < PANEL; j++) to[j] = root * (T)row[c + j];                               \
                    } else {                                                                                           \
                        for (size_t j = 0; j < PANEL; j++)                                                             \
                            to[j] = c + j < d ? root * (T)row[c + j] : c + j == d ? root : (T)0;                       \
                    }                                                                                                  \
                }                                                                                                      \
            }                                                                                                          \
            for (size_t a = 0; a <= d; a += PANEL)                                                                     \
                for (size_t b = a; b <= d; b += PANEL)                                                                 \
                    for (size_t q = 0; q < PANEL && a + q <= d; q += 4) {                                              \
                        const T *left = scratch + a * VARVE_GRAM_ROWS + q, *right = scratch + b * VARVE_GRAM_ROWS;     \
                        V s00 = {0}, s01 = {0}, s10 = {0}, s11 = {0}, s20 = {0}, s21 = {0}, s30 = {0}, s31 = {0};      \
                        for (size_t i = 0; i < rows; i++) {                                                            \
                            const T *l = left + i * PANEL, *r = right + i * PANEL;                                     \
                            V v0 = *(const V *)r, v1 = *(const V *)(r + LANE);                                         \
                            s00 += l[0] * v0;                                                                          \
                            s01 += l[0] * v1;                                                                          \
                            s10 += l[1] * v0;                                                                          \
                            s11 += l[1] * v1;                                                                          \
                            s20 += l[2] * v0;                                                                          \
                            s21 += l[2] * v1;                                                                          \
                            s30 += l[3] * v0;                                                                          \
                            s31 += l[3] * v1;                                                                          \
                        }                                                                                              \
                        double *to = g + (a + q) * side + b;                                                           \
                        for (size_t j = 0; j < LANE; j++) {                                                            \
                            to[j] += (double)s00[j];                                                                   \
                            to[LANE + j] += (double)s01[j];                                                            \
                            to[side + j] += (double)s10[j];                                                            \
                            to[side + LANE + j] += (double)s11[j];                                                     \
                            to[2 * side + j] += (double)s20[j];                                                        \
                            to[2 * side + LANE + j] += (double)s21[j];                                                 \
                            to[3 * side + j] += (double)s30[j];                                                        \
                            to[3 * side + LANE + j] += (double)s31[j];                                                 \
                        }                                                                                              \
                    }                                                                                                  \
        }                                                                                                              \
    }

GRAM_KERNEL(varve_gram_f64, double, f64x8, 8)
GRAM_KERNEL(varve_gram_f32, float, f32x16, 16)
