#include "tiers_common.h"

// Plain C on words of eight bytes, in passes over a whole block that a compiler can turn into whatever vectors the
// processor has. Bytes that were stored one by one are only read again in a later pass: a wider read at once would wait.

#define ONES 0x0101010101010101ULL

// 8 bits → 8 bytes of 0 or 1.
#define S1(n) ((n) & 1 ? 1ULL : 0) | ((n) & 2 ? 1ULL << 8 : 0) | ((n) & 4 ? 1ULL << 16 : 0) | ((n) & 8 ? 1ULL << 24 : 0)
#define S2(n) S1(n) | ((n) & 16 ? 1ULL << 32 : 0) | ((n) & 32 ? 1ULL << 40 : 0)
#define S3(n) S2(n) | ((n) & 64 ? 1ULL << 48 : 0) | ((n) & 128 ? 1ULL << 56 : 0)
#define R4(n) S3(n), S3(n + 1), S3(n + 2), S3(n + 3)
#define R16(n) R4(n), R4(n + 4), R4(n + 8), R4(n + 12)
#define R64(n) R16(n), R16(n + 16), R16(n + 32), R16(n + 48)
static const uint64_t spread[256] = {R64(0), R64(64), R64(128), R64(192)};

// The lowest bits of eight bytes → 8 bits.
TIERS_INLINE uint64_t gather(uint64_t word) { return (word & ONES) * 0x0102040810204080ULL >> 56; }

// MARK: encoding

// Codes a level; `src` may be read up to 63 bytes past its end.
static size_t encode_level(const uint8_t *src, size_t n, int width, const uint8_t *symbols, uint8_t *out, uint8_t *left) {
    const uint64_t low = 0x7F7F7F7F7F7F7F7FULL;
    uint8_t *start = left;
    for (size_t i = 0; i < n; i += 64, out += 8 * width) {
        uint64_t planes[4] = {0, 0, 0, 0}, rest = 0;
        for (int k = 0; k < 8; k++) {
            uint64_t v = tiers_word(src + i + 8 * k), code[4] = {0, 0, 0, 0}, none = ONES;
            for (int s = 0; s < (1 << width) - 1; s++) {
                uint64_t x = v ^ symbols[s] * ONES;
                // Lowest bit of each byte: the byte is another.
                uint64_t other = (((x & low) + low) | x) >> 7 & ONES;
                none &= other;
                for (int b = 0; b < width; b++)
                    if (s >> b & 1) code[b] |= ~other;
            }
            for (int b = 0; b < width; b++) planes[b] |= gather(code[b] | none) << (8 * k);
            rest |= gather(none) << (8 * k);
        }
        uint64_t places = n - i >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << (n - i)) - 1;
        for (int b = 0; b < width; b++) tiers_put(out + 8 * b, planes[b] & places);
        for (rest &= places; rest; rest &= rest - 1) *left++ = src[i + (size_t)__builtin_ctzll(rest)];
    }
    return (size_t)(left - start);
}

// Rotates and splits into the copied bytes and the coded ones.
static void split(int kind, const uint8_t *src, size_t n, uint8_t *copied, uint8_t *top) {
    if (kind == VARVE_BYTES) {
        memcpy(top, src, n);
        return;
    }
    if (kind == VARVE_F32) {
        for (size_t i = 0; i < n; i++) {
            uint32_t v;
            memcpy(&v, src + 4 * i, 4);
            v = v << 1 | v >> 31;
            copied[i] = (uint8_t)v;
            copied[n + i] = (uint8_t)(v >> 8);
            copied[2 * n + i] = (uint8_t)(v >> 16);
            top[i] = (uint8_t)(v >> 24);
        }
        return;
    }
    uint8_t *low = kind == VARVE_F16 ? copied + tiers_groups(n) * 24 : copied;
    for (size_t i = 0; i < n; i++) {
        uint16_t v;
        memcpy(&v, src + 2 * i, 2);
        v = (uint16_t)(v << 1 | v >> 15);
        low[i] = (uint8_t)v;
        top[i] = (uint8_t)(v >> 8);
    }
}

// Moves the three bits below a half's exponent from the coded bytes to their planes.
static void take_bits(uint8_t *top, size_t n, uint8_t *bits) {
    memset(top + n, 0, 64);
    for (size_t i = 0; i < n; i += 64, bits += 24) {
        uint64_t planes[3] = {0, 0, 0};
        for (int k = 0; k < 8; k++) {
            uint64_t v = tiers_word(top + i + 8 * k);
            for (int b = 0; b < 3; b++) planes[b] |= gather(v >> b) << (8 * k);
            tiers_put(top + i + 8 * k, v & 0xF8F8F8F8F8F8F8F8ULL);
        }
        for (int b = 0; b < 3; b++) tiers_put(bits + 8 * b, planes[b]);
    }
}

static size_t encode_body(int kind, const uint8_t *src, size_t n, uint8_t *dst, size_t capacity, uint8_t *work,
                          tiers_plan *plan) {
    size_t used = tiers_copied(kind, n), count = n;
    if (used > capacity) return 0;
    // Level l reads what the one before left in one stream and leaves its own in the other.
    split(kind, src, n, dst, tiers_stream(work, n, 1));
    if (kind == VARVE_F16) take_bits(tiers_stream(work, n, 1), n, dst);
    for (int l = 0; l < plan->count; l++) {
        size_t bytes = tiers_level_bytes(count, plan->width[l]);
        if (bytes > capacity - used) return 0;
        plan->codes[l] = count;
        count = encode_level(tiers_stream(work, n, (l + 1) & 1), count, plan->width[l], plan->symbols[l], dst + used,
                             tiers_stream(work, n, l & 1));
        used += bytes;
    }
    if (count > capacity - used) return 0;
    plan->codes[plan->count] = count;
    memcpy(dst + used, tiers_stream(work, n, (plan->count + 1) & 1), count);
    return used + count;
}

// MARK: decoding

// Puts the next bytes in the places of the set bits, four at a time so that their number steers few branches. Reads up to three
// bytes past them, and writes the byte behind the group.
TIERS_INLINE void scatter(uint8_t *group, uint64_t places, const uint8_t *next) {
    for (; places; next += 4)
        for (int j = 0; j < 4; j++) {
            group[places ? (size_t)__builtin_ctzll(places) : 64] = next[j];
            places &= places - 1;
        }
}

// The bytes of a level; writes up to 64 bytes past them.
TIERS_INLINE int decode_width(const uint8_t *codes, size_t n, const int width, const uint8_t *symbols,
                              const uint8_t *next, size_t count, uint8_t *dst) {
    const uint8_t *end = next + count;
    // A symbol is the first one with the differences of its code's bits: exact for two bits, chosen by table for more.
    const uint64_t first = symbols[0] * ONES, one = symbols[0] ^ symbols[1], two = symbols[0] ^ symbols[2];
    for (size_t i = 0; i < n; i += 64, codes += 8 * width) {
        uint64_t rest = n - i >= 64 ? ~(uint64_t)0 : ((uint64_t)1 << (n - i)) - 1;
        for (int b = 0; b < width; b++) rest &= tiers_word(codes + 8 * b);
        for (int k = 0; k < 8; k++) {
            if (width == 2) {
                tiers_put(dst + i + 8 * k, first ^ spread[codes[k]] * one ^ spread[codes[8 + k]] * two);
            } else {
                uint64_t code = 0;
                for (int b = 0; b < width; b++) code |= spread[codes[8 * b + k]] << b;
                for (int j = 0; j < 8; j++) dst[i + 8 * (size_t)k + (size_t)j] = symbols[code >> (8 * j) & 15];
            }
        }
        int here = __builtin_popcountll(rest);
        if (here > end - next) return 0;
        scatter(dst + i, rest, next);
        next += here;
    }
    return next == end;
}

static int decode_level(const uint8_t *codes, size_t n, int width, const uint8_t *symbols, const uint8_t *next,
                        size_t count, uint8_t *dst) {
    switch (width) {
    case 1: return decode_width(codes, n, 1, symbols, next, count, dst);
    case 2: return decode_width(codes, n, 2, symbols, next, count, dst);
    case 3: return decode_width(codes, n, 3, symbols, next, count, dst);
    default: return decode_width(codes, n, 4, symbols, next, count, dst);
    }
}

static void give_bits(uint8_t *top, size_t n, const uint8_t *bits) {
    for (size_t i = 0; i < n; i += 64, bits += 24)
        for (int k = 0; k < 8; k++)
            tiers_put(top + i + 8 * k, tiers_word(top + i + 8 * k) | spread[bits[k]] | spread[bits[8 + k]] << 1 |
                                           spread[bits[16 + k]] << 2);
}

// Bits of a half → bits of the float, as the processors' own instruction has it: a signalling NaN turns quiet.
TIERS_INLINE uint32_t widen_half(uint32_t h) {
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

static void join(int kind, int to_float, const uint8_t *copied, const uint8_t *top, size_t n, uint8_t *dst) {
    if (kind == VARVE_BYTES) {
        memcpy(dst, top, n);
        return;
    }
    if (kind == VARVE_F32) {
        for (size_t i = 0; i < n; i++) {
            uint32_t v = copied[i] | (uint32_t)copied[n + i] << 8 | (uint32_t)copied[2 * n + i] << 16 |
                         (uint32_t)top[i] << 24;
            v = v >> 1 | v << 31;
            memcpy(dst + 4 * i, &v, 4);
        }
        return;
    }
    const uint8_t *low = kind == VARVE_F16 ? copied + tiers_groups(n) * 24 : copied;
    if (!to_float) {
        for (size_t i = 0; i < n; i++) {
            uint16_t v = (uint16_t)(low[i] | top[i] << 8);
            v = (uint16_t)(v >> 1 | v << 15);
            memcpy(dst + 2 * i, &v, 2);
        }
    } else if (kind == VARVE_BF16) {
        for (size_t i = 0; i < n; i++) {
            uint32_t v = low[i] | (uint32_t)top[i] << 8;
            v = (v >> 1 | v << 15) << 16;
            memcpy(dst + 4 * i, &v, 4);
        }
    } else {
        for (size_t i = 0; i < n; i++) {
            uint32_t v = low[i] | (uint32_t)top[i] << 8;
            v = widen_half((v >> 1 | v << 15) & 0xFFFF);
            memcpy(dst + 4 * i, &v, 4);
        }
    }
}

static int decode_body(int kind, int to_float, const tiers_plan *plan, const uint8_t *body, uint8_t *dst, size_t n,
                       uint8_t *work) {
    const uint8_t *codes = body + tiers_copied(kind, n), *starts[TIERS_LEVELS + 1];
    for (int l = 0; l <= plan->count; l++) {
        starts[l] = codes;
        if (l < plan->count) codes += tiers_level_bytes(plan->codes[l], plan->width[l]);
    }
    // Read past its end, so not where it lies.
    uint8_t *next = tiers_stream(work, n, plan->count & 1);
    memcpy(next, starts[plan->count], plan->codes[plan->count]);
    for (int l = plan->count - 1; l >= 0; l--) {
        uint8_t *expanded = tiers_stream(work, n, l & 1);
        if (!decode_level(starts[l], plan->codes[l], plan->width[l], plan->symbols[l], next, plan->codes[l + 1],
                          expanded))
            return 0;
        next = expanded;
    }
    if (kind == VARVE_F16) give_bits(tiers_stream(work, n, 0), n, body);
    join(kind, to_float, body, tiers_stream(work, n, 0), n, dst);
    return 1;
}

const tiers_kernels tiers_portable = {encode_body, decode_body};
