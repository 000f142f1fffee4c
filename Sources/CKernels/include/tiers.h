#ifndef VARVE_TIERS_H
#define VARVE_TIERS_H
#include <stddef.h>
#include <stdint.h>

// Exponent tiers, encoding 2 of the chunk format. A number is rotated left by one bit, so that the exponent comes first and
// the sign last. bf16 and f32: the top byte is coded, the other bytes are copied as byte planes. f16: the top five bits are
// coded, the next three copied as bit planes, the low byte as a byte plane.
//
// The coded bytes go through levels of w = 1…4 bits: code s < 2^w - 1 means symbol s of the level, the highest code that the byte
// is found in the next level; what is left after the last level is stored as bytes. Codes are stored as bit planes in
// groups of 64 (w words of 64 bits a group, lowest bit first), unused bits 0.
//
// Bytes (only within other encodings) are coded as they are.
//
//   u8 levels (1…6) · per level u8 w, u32 number of codes · u32 number of bytes left · per level 2^w - 1 symbols
//   · f16: 3 words a group of 64 numbers (bits 0, 1, 2 of the top byte), low bytes · bf16: low bytes · f32: bytes 0, 1, 2
//   · each level's groups · bytes left
//
// Nothing is read or written past the given lengths, whatever the bytes are.

enum { VARVE_F32 = 0, VARVE_F16 = 1, VARVE_BF16 = 2, VARVE_BYTES = 3 };

/// Bytes of memory that encoding or decoding n numbers needs in `work`.
size_t varve_tiers_work(size_t n);
/// Encodes n numbers; the bytes written, 0 where they don't fit in `capacity`.
size_t varve_tiers_encode(int kind, const uint8_t *src, size_t n, uint8_t *dst, size_t capacity, uint8_t *work);
/// Decodes exactly n numbers; 0 where the bytes are not n encoded numbers.
int varve_tiers_decode(int kind, const uint8_t *src, size_t length, uint8_t *dst, size_t n, uint8_t *work);
/// Decodes n numbers and widens them.
int varve_tiers_decode_floats(int kind, const uint8_t *src, size_t length, float *dst, size_t n, uint8_t *work);
#endif
