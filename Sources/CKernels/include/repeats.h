#ifndef VARVE_REPEATS_H
#define VARVE_REPEATS_H
#include <stddef.h>
#include <stdint.h>

/// Whether bytes that exponent tiers copy look as if LZ4 could shrink them: rows that begin alike, or a mantissa byte
/// that takes few values. Looks at no more than about two thousand numbers.
int varve_may_repeat(const uint8_t *src, size_t rows, size_t row_bytes, size_t element);
#endif
