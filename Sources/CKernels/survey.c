#include "survey.h"
#include <math.h>

#if defined(__x86_64__)
#define VARVE_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VARVE_CLONES
#endif

// Sixteen lanes with a fixed order of additions: the loops over a lane become vector instructions without any licence to
// reorder floating-point arithmetic.
#define VARVE_LANES 16

VARVE_CLONES varve_survey varve_survey_f32(const float *values, size_t rows, size_t width) {
    float low[VARVE_LANES], high[VARVE_LANES];
    for (size_t j = 0; j < VARVE_LANES; j++) {
        low[j] = INFINITY;
        high[j] = -INFINITY;
    }
    varve_survey found = {INFINITY, -INFINITY, 0, 0.0, 0};
    for (size_t row = 0; row < rows; row++) {
        const float *at = values + row * width;
        double sum[VARVE_LANES] = {0};
        uint32_t nans[VARVE_LANES] = {0};
        size_t i = 0;
        for (; i + VARVE_LANES <= width; i += VARVE_LANES)
            for (size_t j = 0; j < VARVE_LANES; j++) {
                float value = at[i + j];
                // Comparisons with a NaN are false, so it changes neither bound.
                low[j] = value < low[j] ? value : low[j];
                high[j] = value > high[j] ? value : high[j];
                nans[j] += value != value;
                sum[j] += (double)value * (double)value;
            }
        for (size_t j = 0; i < width; i++, j++) {
            float value = at[i];
            low[j] = value < low[j] ? value : low[j];
            high[j] = value > high[j] ? value : high[j];
            nans[j] += value != value;
            sum[j] += (double)value * (double)value;
        }
        for (size_t half = VARVE_LANES / 2; half > 0; half /= 2)
            for (size_t j = 0; j < half; j++) {
                sum[j] += sum[j + half];
                nans[j] += nans[j + half];
            }
        found.nans += nans[0];
        if (isfinite(sum[0])) {
            found.norm_sum += sqrt(sum[0]);
            found.norms++;
        }
    }
    for (size_t j = 0; j < VARVE_LANES; j++) {
        if (low[j] < found.low) found.low = low[j];
        if (high[j] > found.high) found.high = high[j];
    }
    return found;
}
