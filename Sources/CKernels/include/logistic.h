#ifndef VARVE_LOGISTIC_H
#define VARVE_LOGISTIC_H
#include <stddef.h>
#include <stdint.h>

// The inner loops of the linear models: f32 rows, sums in double precision, one fixed order of additions. No loop
// allocates, fails or keeps a pointer. Rows are n × d, row-major.

/// z[i] = b + Σⱼ w[j] · x[i, j].
void varve_decisions(const float *x, size_t n, size_t d, const double *w, double b, double *z);
/// out[j] += Σᵢ r[i] · x[i, j].
void varve_add_weighted_rows(const float *x, size_t n, size_t d, const double *r, double *out);
/// With m = sign[i] · z[i]: r[i] = d/dz log(1 + exp(−m)), h[i] its second derivative; returns Σ log(1 + exp(−m)).
double varve_logistic_terms(const double *z, const double *sign, size_t n, double *r, double *h);

/// Rows that one call of a Gram kernel takes in at once.
#define VARVE_GRAM_ROWS 128
/// Columns are padded to a multiple of this; the result has that many rows and columns.
#define VARVE_GRAM_PANEL 32
/// g += Σᵢ h[i] · (x[i], 1)ᵀ(x[i], 1): upper block triangle of a square of `side` columns, side = d + 1 padded.
/// `scratch` holds VARVE_GRAM_ROWS · side numbers.
void varve_gram_f64(const float *x, size_t n, size_t d, const double *h, double *g, size_t side, double *scratch);
/// The same with products in f32 (sums of 128 rows in f32, then double): twice as fast, good to about 1e-6.
void varve_gram_f32(const float *x, size_t n, size_t d, const double *h, double *g, size_t side, float *scratch);
#endif
