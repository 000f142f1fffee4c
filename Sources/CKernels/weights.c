#include "weights.h"

#include "clones.h"

VARVE_CLONES int varve_all_finite_16(const uint16_t *x, uint16_t mask, size_t n) {
    uint16_t found = 0;
    for (size_t i = 0; i < n; i++) found |= (uint16_t)((x[i] & mask) == mask);
    return !found;
}

VARVE_CLONES int varve_all_finite_32(const uint32_t *x, size_t n) {
    uint32_t found = 0;
    for (size_t i = 0; i < n; i++) found |= (uint32_t)((x[i] & 0x7F800000u) == 0x7F800000u);
    return !found;
}

#define VARVE_BLOCK 32
#define VARVE_TRANSPOSE(bits)                                                                           \
    void varve_transpose_##bits(                                                                        \
        const uint##bits##_t *restrict x, uint##bits##_t *restrict out, size_t rows, size_t columns,    \
        size_t stride) {                                                                                \
        for (size_t top = 0; top < rows; top += VARVE_BLOCK)                                            \
            for (size_t left = 0; left < columns; left += VARVE_BLOCK) {                                \
                size_t bottom = top + VARVE_BLOCK < rows ? top + VARVE_BLOCK : rows;                    \
                size_t right = left + VARVE_BLOCK < columns ? left + VARVE_BLOCK : columns;             \
                for (size_t c = left; c < right; c++)                                                   \
                    for (size_t r = top; r < bottom; r++) out[c * stride + r] = x[r * columns + c];     \
            }                                                                                           \
    }
VARVE_TRANSPOSE(16)
VARVE_TRANSPOSE(32)
