#include "tiers_common.h"

// Plain C on words of eight bytes; what a compiler makes of it with the instructions every processor has.
#define TIERS_TARGET
#define EDGE TIERS_INLINE

typedef struct {
    uint64_t w[8];
} bytes64;

#define ONES 0x0101010101010101ULL
#define EACH for (int k = 0; k < 8; k++)

EDGE bytes64 splat(uint8_t byte) {
    bytes64 v;
    EACH v.w[k] = byte * ONES;
    return v;
}
EDGE bytes64 load(const uint8_t *p) {
    bytes64 v;
    memcpy(&v, p, 64);
    return v;
}
EDGE bytes64 load16(const uint8_t *p) {
    bytes64 v = splat(0);
    memcpy(&v, p, 16);
    return v;
}
EDGE void store(uint8_t *p, bytes64 v) { memcpy(p, &v, 64); }
// The lowest bits of eight bytes → 8 bits.
EDGE uint64_t gather8(uint64_t word) { return (word & ONES) * 0x0102040810204080ULL >> 56; }
// 8 bits → 8 bytes of 0 or 1, of 0 or 0xFF.
EDGE uint64_t bits8(uint64_t bits) {
    uint64_t x = bits * ONES & 0x8040201008040201ULL;
    return (x + 0x7F7F7F7F7F7F7F7FULL | x) >> 7 & ONES;
}
EDGE uint64_t spread8(uint64_t bits) { return bits8(bits) * 0xFF; }

EDGE uint64_t equal(bytes64 v, uint8_t byte) {
    const uint64_t low = 0x7F7F7F7F7F7F7F7FULL;
    uint64_t bits = 0;
    EACH {
        uint64_t x = v.w[k] ^ byte * ONES;
        uint64_t other = (((x & low) + low) | x) >> 7;  // lowest bit of each byte: it differs
        bits |= gather8(~other) << (8 * k);
    }
    return bits;
}
EDGE bytes64 keep(bytes64 v, uint8_t mask) {
    EACH v.w[k] &= mask * ONES;
    return v;
}
EDGE uint64_t bit(bytes64 v, uint8_t mask) {
    uint64_t bits = 0;
    int place = __builtin_ctz(mask);
    EACH bits |= gather8(v.w[k] >> place) << (8 * k);
    return bits;
}
EDGE bytes64 choose(bytes64 v, uint64_t bits, bytes64 other) {
    EACH v.w[k] ^= (v.w[k] ^ other.w[k]) & spread8(bits >> (8 * k) & 0xFF);
    return v;
}
EDGE bytes64 set(bytes64 v, uint64_t bits, uint8_t mask) {
    EACH v.w[k] |= bits8(bits >> (8 * k) & 0xFF) * mask;
    return v;
}
EDGE bytes64 choose16(bytes64 table, bytes64 codes) {
    uint8_t symbols[64], places[64];
    store(symbols, table);
    store(places, codes);
    for (int i = 0; i < 64; i++) places[i] = symbols[places[i] & 15];
    return load(places);
}
EDGE bytes64 expand(bytes64 v, uint64_t bits, const uint8_t *next) {
    uint8_t bytes[64];
    store(bytes, v);
    for (; bits; bits &= bits - 1) bytes[__builtin_ctzll(bits)] = *next++;
    return load(bytes);
}
EDGE void compress(uint8_t *p, bytes64 v, uint64_t bits) {
    uint8_t bytes[64];
    store(bytes, v);
    for (; bits; bits &= bits - 1) *p++ = bytes[__builtin_ctzll(bits)];
}

EDGE void split(const size_t element, const uint8_t *src, bytes64 *planes) {
    uint8_t out[4][64];
    if (element == 2) {
        uint16_t numbers[64];
        memcpy(numbers, src, 128);
        for (int i = 0; i < 64; i++) {
            uint16_t r = (uint16_t)(numbers[i] << 1 | numbers[i] >> 15);
            out[0][i] = (uint8_t)r;
            out[1][i] = (uint8_t)(r >> 8);
        }
    } else {
        uint32_t numbers[64];
        memcpy(numbers, src, 256);
        for (int i = 0; i < 64; i++) {
            uint32_t r = numbers[i] << 1 | numbers[i] >> 31;
            out[0][i] = (uint8_t)r;
            out[1][i] = (uint8_t)(r >> 8);
            out[2][i] = (uint8_t)(r >> 16);
            out[3][i] = (uint8_t)(r >> 24);
        }
    }
    for (size_t p = 0; p < element; p++) planes[p] = load(out[p]);
}

// Bits of a half → bits of the float, as the processors' own instruction has it: a signalling NaN turns quiet.
EDGE uint32_t widen_half(uint32_t h) {
    uint32_t size = (h & 0x7FFFu) << 13, sign = (h & 0x8000u) << 16;
    float scaled;
    memcpy(&scaled, &size, 4);
    scaled *= 0x1p112f;
    uint32_t bits;
    memcpy(&bits, &scaled, 4);
    uint32_t special = size >= 0x0F800000u ? 0x7F800000u : 0;
    uint32_t quiet = size > 0x0F800000u ? 0x00400000u : 0;
    return bits | special | quiet | sign;
}

EDGE void join(const int kind, const int to_float, const bytes64 *planes, uint8_t *dst) {
    uint8_t in[4][64];
    for (int p = 0; p < (kind == VARVE_F32 ? 4 : 2); p++) store(in[p], planes[p]);
    if (kind == VARVE_F32) {
        uint32_t numbers[64];
        for (int i = 0; i < 64; i++) {
            uint32_t r = in[0][i] | (uint32_t)in[1][i] << 8 | (uint32_t)in[2][i] << 16 | (uint32_t)in[3][i] << 24;
            numbers[i] = r >> 1 | r << 31;
        }
        memcpy(dst, numbers, 256);
        return;
    }
    uint16_t numbers[64];
    for (int i = 0; i < 64; i++) {
        uint16_t r = (uint16_t)(in[0][i] | in[1][i] << 8);
        numbers[i] = (uint16_t)(r >> 1 | r << 15);
    }
    if (!to_float) {
        memcpy(dst, numbers, 128);
        return;
    }
    uint32_t wide[64];
    for (int i = 0; i < 64; i++) wide[i] = kind == VARVE_F16 ? widen_half(numbers[i]) : (uint32_t)numbers[i] << 16;
    memcpy(dst, wide, 256);
}

#include "tiers_body.h"

const tiers_kernels tiers_portable = {encode_body, decode_body};
