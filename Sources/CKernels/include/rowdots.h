#ifndef VARVE_CKERNELS_ROWDOTS_H
#define VARVE_CKERNELS_ROWDOTS_H
#include <stddef.h>

/// out[r · count + o] = Σ x[r, i] · others[o, i] in f32: every sum in the same order, whatever rows there are.
void varve_row_dots(const float *x, const float *others, float *out, size_t rows, size_t count, size_t width);

#endif
