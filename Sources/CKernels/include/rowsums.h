#ifndef VARVE_ROWSUMS_H
#define VARVE_ROWSUMS_H
#include <stddef.h>

/// out[j] += Σ x[r, j] in double precision, row after row: the same sums whatever the rows are cut into.
void varve_add_rows(const float *x, size_t rows, size_t width, double *out);
/// out[j] += Σ (x[r, j] − center[j])² in double precision, row after row.
void varve_add_squares(const float *x, size_t rows, size_t width, const double *center, double *out);
/// squares[j] += Σ (x[r, j] − center[j])² and sums[j] += Σ (x[r, j] − center[j]) in double precision, row after row.
void varve_add_deviations(
    const float *x, size_t rows, size_t width, const double *center, double *squares, double *sums);
/// out[r, j] = (x[r, j] − mean[j]) / scale[j], in double precision and rounded once.
void varve_standardize(
    const float *x, size_t rows, size_t width, const double *mean, const double *scale, float *out);
/// out[r, j] = x[r, j] − center[j].
void varve_subtract_row(const float *x, size_t rows, size_t width, const float *center, float *out);
/// The same in double precision.
void varve_subtract_row_f64(const float *x, size_t rows, size_t width, const double *center, double *out);
/// sum += products + share · delta · deltaᵀ for d × d numbers, upper triangle.
void varve_add_scatter_f32(const float *products, size_t d, const double *delta, double share, double *sum);
/// The same with products in double precision.
void varve_add_scatter_f64(const double *products, size_t d, const double *delta, double share, double *sum);
/// out[r] = Σ x[r, j]² in double precision, summed in the order of varve_dot_f32.
void varve_row_squares(const float *x, size_t rows, size_t width, double *out);
/// out[r] = cos(a[r], b[r]): Σ ab / (√Σ aa · √Σ bb), summed in double precision in the order of varve_dot_norms_f32.
void varve_row_cosines(const float *a, const float *b, size_t rows, size_t width, double *out);
/// dots[r] = Σ x[r, j] · v[j] and squares[r] = Σ x[r, j]², in the order of varve_dot_norms_f32.
void varve_rows_against(const float *x, size_t rows, size_t width, const float *v, double *dots, double *squares);

#endif
