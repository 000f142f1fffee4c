#ifndef VARVE_SURVEY_H
#define VARVE_SURVEY_H
#include <stddef.h>
#include <stdint.h>

// What a footer says of a column, gathered over rows of any number of calls. The same on every processor.
typedef struct {
    double minimum, maximum;  // of the numbers that are not NaN; start at +inf and -inf
    uint64_t nans, numbers;   // numbers: those that are not NaN
    double norm_sum;          // of the rows' L2 norms that are finite
    uint64_t norm_count;
} varve_survey;

enum { VARVE_SURVEY_F32, VARVE_SURVEY_F16, VARVE_SURVEY_BF16, VARVE_SURVEY_U32, VARVE_SURVEY_U16, VARVE_SURVEY_U8 };

/// Takes rows × width numbers in.
void varve_survey_rows(int type, const uint8_t *src, size_t rows, size_t width, varve_survey *survey);
#endif
