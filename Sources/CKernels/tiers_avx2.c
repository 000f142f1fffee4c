#include "tiers_common.h"
#if defined(__x86_64__)
#include <immintrin.h>

#define TIERS_TARGET __attribute__((target("avx2,bmi,bmi2,popcnt,f16c")))
#define EDGE TIERS_TARGET TIERS_INLINE

typedef struct {
    __m256i a, b;
} bytes64;

EDGE bytes64 pair(__m256i a, __m256i b) { return (bytes64){a, b}; }
EDGE bytes64 splat(uint8_t byte) { return pair(_mm256_set1_epi8((char)byte), _mm256_set1_epi8((char)byte)); }
EDGE __m256i load32(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)p); }
EDGE void store32(uint8_t *p, __m256i v) { _mm256_storeu_si256((__m256i *)p, v); }
EDGE bytes64 load(const uint8_t *p) { return pair(load32(p), load32(p + 32)); }
EDGE bytes64 load16(const uint8_t *p) {
    __m256i v = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)p));
    return pair(v, v);
}
EDGE void store(uint8_t *p, bytes64 v) {
    store32(p, v.a);
    store32(p + 32, v.b);
}
EDGE uint64_t signs(__m256i a, __m256i b) {
    return (uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}
EDGE uint64_t equal(bytes64 v, uint8_t byte) {
    __m256i s = _mm256_set1_epi8((char)byte);
    return signs(_mm256_cmpeq_epi8(v.a, s), _mm256_cmpeq_epi8(v.b, s));
}
EDGE bytes64 keep(bytes64 v, uint8_t mask) {
    __m256i s = _mm256_set1_epi8((char)mask);
    return pair(_mm256_and_si256(v.a, s), _mm256_and_si256(v.b, s));
}
EDGE uint64_t bit(bytes64 v, uint8_t mask) { return equal(keep(v, mask), mask); }
// 32 bits → 32 bytes of 0 or 0xFF.
EDGE __m256i spread(uint32_t bits) {
    const __m256i byte = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3,
                                          3, 3, 3, 3);
    const __m256i place = _mm256_set1_epi64x((long long)0x8040201008040201ULL);
    __m256i v = _mm256_and_si256(_mm256_shuffle_epi8(_mm256_set1_epi32((int)bits), byte), place);
    return _mm256_cmpeq_epi8(v, place);
}
EDGE bytes64 choose(bytes64 v, uint64_t bits, bytes64 other) {
    return pair(_mm256_blendv_epi8(v.a, other.a, spread((uint32_t)bits)),
                _mm256_blendv_epi8(v.b, other.b, spread((uint32_t)(bits >> 32))));
}
EDGE bytes64 set(bytes64 v, uint64_t bits, uint8_t mask) {
    __m256i s = _mm256_set1_epi8((char)mask);
    return pair(_mm256_or_si256(v.a, _mm256_and_si256(spread((uint32_t)bits), s)),
                _mm256_or_si256(v.b, _mm256_and_si256(spread((uint32_t)(bits >> 32)), s)));
}
EDGE bytes64 choose16(bytes64 table, bytes64 codes) {
    return pair(_mm256_shuffle_epi8(table.a, codes.a), _mm256_shuffle_epi8(table.b, codes.b));
}
// 8 bits → 8 bytes of 0 or 0xFF in a word.
EDGE uint64_t spread8(uint64_t bits) { return _pdep_u64(bits, 0x0101010101010101ULL) * 0xFF; }
EDGE bytes64 expand(bytes64 v, uint64_t bits, const uint8_t *next) {
    if (!bits) return v;
    uint64_t placed[8];
    for (int k = 0; k < 8; k++) {
        uint64_t here = bits >> (8 * k) & 0xFF;
        placed[k] = _pdep_u64(tiers_word(next), spread8(here));
        next += __builtin_popcountll(here);
    }
    bytes64 other = load((const uint8_t *)placed);
    return choose(v, bits, other);
}
EDGE void compress(uint8_t *p, bytes64 v, uint64_t bits) {
    if (!bits) return;
    uint8_t bytes[64];
    store(bytes, v);
    for (int k = 0; k < 8; k++) {
        uint64_t here = bits >> (8 * k) & 0xFF;
        tiers_put(p, _pext_u64(tiers_word(bytes + 8 * k), spread8(here)));
        p += __builtin_popcountll(here);
    }
}

EDGE __m256i by_plane(void) {
    return _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, 0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7,
                            11, 15);
}
// 32 bytes of each of four registers ↔ the same, byte p of 4-byte numbers in register p. `r` holds per register the
// dwords p0 p1 p2 p3 | p0 p1 p2 p3 of eight numbers.
EDGE __m256i rotate16(__m256i x, const int left) {
    return left ? _mm256_or_si256(_mm256_slli_epi16(x, 1), _mm256_srli_epi16(x, 15))
                : _mm256_or_si256(_mm256_srli_epi16(x, 1), _mm256_slli_epi16(x, 15));
}
EDGE __m256i rotate32(__m256i x, const int left) {
    return left ? _mm256_or_si256(_mm256_slli_epi32(x, 1), _mm256_srli_epi32(x, 31))
                : _mm256_or_si256(_mm256_srli_epi32(x, 1), _mm256_slli_epi32(x, 31));
}

EDGE void split16(const uint8_t *src, __m256i *low, __m256i *high) {
    const __m256i bytes = _mm256_set1_epi16(0xFF);
    __m256i x = rotate16(load32(src), 1), y = rotate16(load32(src + 32), 1);
    __m256i l = _mm256_packus_epi16(_mm256_and_si256(x, bytes), _mm256_and_si256(y, bytes));
    __m256i h = _mm256_packus_epi16(_mm256_srli_epi16(x, 8), _mm256_srli_epi16(y, 8));
    *low = _mm256_permute4x64_epi64(l, 0xD8);
    *high = _mm256_permute4x64_epi64(h, 0xD8);
}

EDGE void split32(const uint8_t *src, __m256i *planes) {
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    __m256i r[4];
    for (int k = 0; k < 4; k++) {
        __m256i x = _mm256_shuffle_epi8(rotate32(load32(src + 32 * k), 1), by_plane());
        r[k] = _mm256_permutevar8x32_epi32(x, order);  // quads p0 p1 p2 p3 of eight numbers
    }
    __m256i a = _mm256_unpacklo_epi64(r[0], r[1]), b = _mm256_unpackhi_epi64(r[0], r[1]);
    __m256i c = _mm256_unpacklo_epi64(r[2], r[3]), d = _mm256_unpackhi_epi64(r[2], r[3]);
    planes[0] = _mm256_permute2x128_si256(a, c, 0x20);
    planes[1] = _mm256_permute2x128_si256(b, d, 0x20);
    planes[2] = _mm256_permute2x128_si256(a, c, 0x31);
    planes[3] = _mm256_permute2x128_si256(b, d, 0x31);
}

EDGE void split(const size_t element, const uint8_t *src, bytes64 *planes) {
    if (element == 2) {
        split16(src, &planes[0].a, &planes[1].a);
        split16(src + 64, &planes[0].b, &planes[1].b);
        return;
    }
    __m256i first[4], second[4];
    split32(src, first);
    split32(src + 128, second);
    for (int p = 0; p < 4; p++) planes[p] = pair(first[p], second[p]);
}

EDGE void join16(const int kind, const int to_float, __m256i low, __m256i high, uint8_t *dst) {
    low = _mm256_permute4x64_epi64(low, 0xD8);
    high = _mm256_permute4x64_epi64(high, 0xD8);
    __m256i x[2] = {rotate16(_mm256_unpacklo_epi8(low, high), 0), rotate16(_mm256_unpackhi_epi8(low, high), 0)};
    for (int k = 0; k < 2; k++) {
        if (!to_float) {
            store32(dst + 32 * k, x[k]);
            continue;
        }
        __m128i half[2] = {_mm256_castsi256_si128(x[k]), _mm256_extracti128_si256(x[k], 1)};
        for (int h = 0; h < 2; h++) {
            __m256i wide = kind == VARVE_F16 ? _mm256_castps_si256(_mm256_cvtph_ps(half[h]))
                                             : _mm256_slli_epi32(_mm256_cvtepu16_epi32(half[h]), 16);
            store32(dst + 64 * k + 32 * h, wide);
        }
    }
}

EDGE void join32(__m256i p0, __m256i p1, __m256i p2, __m256i p3, uint8_t *dst) {
    const __m256i order = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
    __m256i a = _mm256_permute2x128_si256(p0, p2, 0x20), c = _mm256_permute2x128_si256(p0, p2, 0x31);
    __m256i b = _mm256_permute2x128_si256(p1, p3, 0x20), d = _mm256_permute2x128_si256(p1, p3, 0x31);
    __m256i r[4] = {_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b), _mm256_unpacklo_epi64(c, d),
                    _mm256_unpackhi_epi64(c, d)};
    for (int k = 0; k < 4; k++) {
        __m256i x = _mm256_shuffle_epi8(_mm256_permutevar8x32_epi32(r[k], order), by_plane());
        store32(dst + 32 * k, rotate32(x, 0));
    }
}

EDGE void join(const int kind, const int to_float, const bytes64 *planes, uint8_t *dst) {
    if (kind == VARVE_F32) {
        join32(planes[0].a, planes[1].a, planes[2].a, planes[3].a, dst);
        join32(planes[0].b, planes[1].b, planes[2].b, planes[3].b, dst + 128);
        return;
    }
    join16(kind, to_float, planes[0].a, planes[1].a, dst);
    join16(kind, to_float, planes[0].b, planes[1].b, dst + (to_float ? 128 : 64));
}

#include "tiers_body.h"

const tiers_kernels tiers_avx2 = {encode_body, decode_body};
#endif
