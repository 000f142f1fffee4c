#include "rowdots.h"

#include "clones.h"

// Enough running sums that additions don't wait for one another.
#define VARVE_LANES 64

VARVE_CLONES void varve_row_dots(
    const float *x, const float *others, float *out, size_t rows, size_t count, size_t width) {
    for (size_t r = 0; r < rows; r++, x += width) {
        const float *w = others;
        for (size_t o = 0; o < count; o++, w += width) {
            float lanes[VARVE_LANES] = {0};
            size_t i = 0;
            for (; i + VARVE_LANES <= width; i += VARVE_LANES)
                for (size_t j = 0; j < VARVE_LANES; j++) lanes[j] += x[i + j] * w[i + j];
            for (; i < width; i++) lanes[i % VARVE_LANES] += x[i] * w[i];
            // Pairwise, as the vector's halves are.
            for (size_t half = VARVE_LANES / 2; half > 0; half /= 2)
                for (size_t j = 0; j < half; j++) lanes[j] += lanes[j + half];
            out[r * count + o] = lanes[0];
        }
    }
}
