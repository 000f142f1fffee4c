#ifndef VARVE_VALUES_H
#define VARVE_VALUES_H
#include <stddef.h>
#include <stdint.h>

// Value deltas, encoding 5 of the chunk format: rows of falling positive numbers whose unused places at the end are 0, as the top
// latents of an autoencoder are. The bits of such numbers, as integers, fall too.
//
//   u8 count bits · u32 count base · u32 top · u16 ranks · per rank u8 shift · counts · low bits · high bytes
//
// A row's count (its numbers before the zeros) is count base + `count bits` packed as in packed.h, to a whole byte. Rank j holds place
// j of every row with more than j numbers, in row order. Its differences are (bits before) - (bits), before rank 0 `top`. A
// difference is high << shift | low: the low bits of all differences, rank after rank, are packed with the rank's shift, to a whole
// byte; the high bytes, in the same order, are exponent tiers of bytes (tiers.h), absent where there is no number.

/// Bytes of memory that either way needs in `work`.
size_t varve_values_work(size_t rows, size_t width);
/// Codes rows × width numbers of 2 or 4 bytes; the bytes written, 0 where they don't fit in `capacity` or don't fall.
size_t varve_values_encode(int element, const uint8_t *src, size_t rows, size_t width, uint8_t *dst, size_t capacity,
                           uint8_t *work);
/// Decodes exactly rows × width numbers; 0 where the bytes are not that.
int varve_values_decode(int element, const uint8_t *src, size_t length, size_t rows, size_t width, uint8_t *dst,
                        uint8_t *work);
#endif
