#include "rowdots.h"

#include "clones.h"

// Enough running sums that additions don't wait for one another: one row of `others` at a time has 64, four have 32 each and
// read x once.
#define VARVE_LANES 64
#define VARVE_SHARED 32

static inline __attribute__((always_inline)) float fold(float *lanes, size_t count) {
    // Pairwise, as the halves of a vector are.
    for (size_t half = count / 2; half > 0; half /= 2)
        for (size_t j = 0; j < half; j++) lanes[j] += lanes[j + half];
    return lanes[0];
}

static inline __attribute__((always_inline)) void four(
    const float *x, const float *w0, const float *w1, const float *w2, const float *w3, float *out, size_t width) {
    float a[VARVE_SHARED] = {0}, b[VARVE_SHARED] = {0}, c[VARVE_SHARED] = {0}, d[VARVE_SHARED] = {0};
    size_t i = 0;
    for (; i + VARVE_SHARED <= width; i += VARVE_SHARED)
        for (size_t j = 0; j < VARVE_SHARED; j++) {
            float value = x[i + j];
            a[j] += value * w0[i + j];
            b[j] += value * w1[i + j];
            c[j] += value * w2[i + j];
            d[j] += value * w3[i + j];
        }
    for (; i < width; i++) {
        a[i % VARVE_SHARED] += x[i] * w0[i];
        b[i % VARVE_SHARED] += x[i] * w1[i];
        c[i % VARVE_SHARED] += x[i] * w2[i];
        d[i % VARVE_SHARED] += x[i] * w3[i];
    }
    out[0] = fold(a, VARVE_SHARED);
    out[1] = fold(b, VARVE_SHARED);
    out[2] = fold(c, VARVE_SHARED);
    out[3] = fold(d, VARVE_SHARED);
}

static inline __attribute__((always_inline)) float one(const float *x, const float *w, size_t width) {
    float lanes[VARVE_LANES] = {0};
    size_t i = 0;
    for (; i + VARVE_LANES <= width; i += VARVE_LANES)
        for (size_t j = 0; j < VARVE_LANES; j++) lanes[j] += x[i + j] * w[i + j];
    for (; i < width; i++) lanes[i % VARVE_LANES] += x[i] * w[i];
    return fold(lanes, VARVE_LANES);
}

// A few rows stay near the processor while all the others pass by.
#define VARVE_ROWS 8

VARVE_CLONES void varve_row_dots(
    const float *x, const float *others, float *out, size_t rows, size_t count, size_t width) {
    for (size_t first = 0; first < rows; first += VARVE_ROWS) {
        size_t end = first + VARVE_ROWS < rows ? first + VARVE_ROWS : rows, o = 0;
        for (; o + 4 <= count; o += 4) {
            const float *w = others + o * width;
            for (size_t r = first; r < end; r++)
                four(x + r * width, w, w + width, w + 2 * width, w + 3 * width, out + r * count + o, width);
        }
        for (; o < count; o++)
            for (size_t r = first; r < end; r++) out[r * count + o] = one(x + r * width, others + o * width, width);
    }
}
