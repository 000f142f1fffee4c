#include "repeats.h"
#include <string.h>

// Two of the same of 16 rows are worth a try: LZ4 then finds 1/32 at least.
static int rows_repeat(const uint8_t *src, size_t rows, size_t row_bytes) {
    if (row_bytes < 64 || rows < 2) return 0;
    size_t looked = rows < 64 ? rows : 64, same = 0;
    for (size_t i = 1; i < looked; i++)
        for (size_t j = 0; j < i; j++)
            if (memcmp(src + i * row_bytes, src + j * row_bytes, 16) == 0) {
                same++;
                break;
            }
    return same * 16 >= looked;
}

int varve_may_repeat(const uint8_t *src, size_t rows, size_t row_bytes, size_t element) {
    if (rows_repeat(src, rows, row_bytes)) return 1;
    size_t n = rows * (row_bytes / element), step = n / 2048 + 1;
    if (step > 1) step |= 1;
    for (size_t p = 0; p + 1 < element; p++) {
        uint32_t counts[256] = {0};
        uint64_t total = 0, squares = 0;
        for (size_t i = 0; i < n; i += step, total++) counts[src[i * element + p]]++;
        for (int b = 0; b < 256; b++) squares += (uint64_t)counts[b] * counts[b];
        // Random bytes give total²/256 + total; three times that is about a bit and a half less entropy.
        if (squares > 3 * (total * total / 256 + total)) return 1;
    }
    return 0;
}
