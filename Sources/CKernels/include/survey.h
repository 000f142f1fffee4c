#ifndef VARVE_SURVEY_H
#define VARVE_SURVEY_H
#include <stddef.h>
#include <stdint.h>

/// What a pass over rows of floats finds.
typedef struct {
    /// Smallest and largest value that is a number; +inf and -inf where there is none.
    float low, high;
    /// Values that are no number.
    uint64_t nans;
    /// Sum of the rows' Euclidean norms, and how many rows have a finite one.
    double norm_sum;
    uint64_t norms;
} varve_survey;

/// One pass over rows × width floats, row-major. Every clone gives the same numbers.
varve_survey varve_survey_f32(const float *values, size_t rows, size_t width);
#endif
