#include "sums.h"
#include <string.h>

// Peers add with BLAS or PyTorch, which choose their instructions when they run: so does this.
#if defined(__x86_64__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif

typedef float lanes __attribute__((vector_size(64), aligned(4)));

// Eight rows at a time: memory is read as it lies, and no addition waits for the one before.
CLONES void benchmark_add_rows(const float *numbers, size_t rows, size_t width, float *sums) {
    size_t row = 0, whole = width & ~(size_t)15;
    for (; row + 8 <= rows; row += 8) {
        const float *x = numbers + row * width;
        for (size_t i = 0; i < whole; i += 16) {
            const float *p = x + i;
#define ROW(k) (*(const lanes *)(p + (k) * width))
            *(lanes *)(sums + i) += ((ROW(0) + ROW(1)) + (ROW(2) + ROW(3))) + ((ROW(4) + ROW(5)) + (ROW(6) + ROW(7)));
        }
        for (size_t i = whole; i < width; i++)
            for (size_t k = 0; k < 8; k++) sums[i] += x[k * width + i];
    }
    for (; row < rows; row++)
        for (size_t i = 0; i < width; i++) sums[i] += numbers[row * width + i];
}
