#ifndef VARVE_PACKED_H
#define VARVE_PACKED_H
#include <stddef.h>
#include <stdint.h>

// Packed integers, encoding 4 of the chunk format, of u8, u16 or u32.
//
//   u8 flags (1 delta, 2 payload is an LZ4 block, 4 latent lists) · u8 bits · u32 base · u32 bytes of the payload as packed
//   · latent lists: u8 count bits, u32 count base
//   · payload: latent lists: a count for each row, `count bits` each, to a whole byte; then the numbers, `bits` each
//
// Number i of b bits takes the bits from i·b on, the lowest first; bit j is bit j mod 8 of byte j / 8. A number is base + packed, or
// with delta the number before (base before the first) + (packed >> 1 ^ -(packed & 1)), in the arithmetic of the type. A row's count
// is count base + packed; only that many numbers of a row are there, the places after them hold 2^32 - 1.

enum { VARVE_DELTA = 1, VARVE_LZ4 = 2, VARVE_LATENTS = 4, VARVE_PACKED_HEADER = 10, VARVE_LATENTS_HEADER = 15 };

/// Packs rows × width integers of `element` bytes behind their header; the bytes written, 0 where they don't fit in `capacity`, or
/// where latent lists have a used place behind an unused one. With `whole` numbers take whole bytes, for LZ4.
size_t varve_packed_encode(int element, int flags, int whole, const uint8_t *src, size_t rows, size_t width,
                           uint8_t *dst, size_t capacity);
/// Unpacks what has that header; the payload is as packed. 0 where the bytes are not rows × width integers.
int varve_packed_decode(int element, const uint8_t *header, size_t header_length, const uint8_t *payload, size_t length,
                        size_t rows, size_t width, uint8_t *dst);

/// Appends n numbers of 0…32 bits at bit `at` of dst, whose bits from there on are 0; gives the bit after them. Writes up to 8
/// bytes from the byte of any number on.
size_t varve_bits_put(uint8_t *dst, size_t at, const uint32_t *src, size_t n, int bits);
/// Reads n numbers from bit `at` on; never past `length` bytes, where it reads zeros.
void varve_bits_get(const uint8_t *src, size_t length, size_t at, uint32_t *dst, size_t n, int bits);
#endif
