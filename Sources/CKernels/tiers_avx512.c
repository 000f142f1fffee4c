#include "tiers_common.h"
#if defined(__x86_64__)
#include <immintrin.h>

#define TIERS_TARGET \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vbmi2,avx2,bmi,bmi2,popcnt,f16c")))
#define EDGE TIERS_TARGET TIERS_INLINE

typedef __m512i bytes64;

EDGE bytes64 splat(uint8_t byte) { return _mm512_set1_epi8((char)byte); }
EDGE bytes64 load(const uint8_t *p) { return _mm512_loadu_si512(p); }
EDGE bytes64 load16(const uint8_t *p) { return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)p)); }
EDGE void store(uint8_t *p, bytes64 v) { _mm512_storeu_si512(p, v); }
EDGE uint64_t equal(bytes64 v, uint8_t byte) { return _mm512_cmpeq_epi8_mask(v, splat(byte)); }
EDGE uint64_t bit(bytes64 v, uint8_t mask) { return _mm512_test_epi8_mask(v, splat(mask)); }
EDGE bytes64 keep(bytes64 v, uint8_t mask) { return _mm512_and_si512(v, splat(mask)); }
EDGE bytes64 choose(bytes64 v, uint64_t bits, bytes64 other) { return _mm512_mask_mov_epi8(v, bits, other); }
// Only used where none of `mask` is set yet.
EDGE bytes64 set(bytes64 v, uint64_t bits, uint8_t mask) { return _mm512_mask_add_epi8(v, bits, v, splat(mask)); }
EDGE bytes64 choose16(bytes64 table, bytes64 codes) { return _mm512_shuffle_epi8(table, codes); }
EDGE bytes64 expand(bytes64 v, uint64_t bits, const uint8_t *next) {
    return _mm512_mask_expand_epi8(v, bits, _mm512_loadu_si512(next));
}
// Compressing in the register and storing it all is many times faster than the masked store on some processors.
EDGE void compress(uint8_t *p, bytes64 v, uint64_t bits) {
    _mm512_storeu_si512(p, _mm512_maskz_compress_epi8(bits, v));
}

// Sixteen 32-bit numbers a register ↔ four runs of sixteen bytes: byte p of number i is place 16 p + i.
EDGE __m512i by_plane(void) {
    const __m512i lane = _mm512_set_epi8(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0, 15, 11, 7, 3, 14, 10, 6, 2, 13,
                                         9, 5, 1, 12, 8, 4, 0, 15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0, 15, 11,
                                         7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
    return lane;
}

EDGE void split(const size_t element, const uint8_t *src, bytes64 *planes) {
    if (element == 2) {
        __m512i x = load(src), y = load(src + 64);
        x = _mm512_shldi_epi16(x, x, 1);
        y = _mm512_shldi_epi16(y, y, 1);
        const __m512i order = _mm512_set_epi64(7, 5, 3, 1, 6, 4, 2, 0), bytes = _mm512_set1_epi16(0xFF);
        __m512i low = _mm512_packus_epi16(_mm512_and_si512(x, bytes), _mm512_and_si512(y, bytes));
        __m512i high = _mm512_packus_epi16(_mm512_srli_epi16(x, 8), _mm512_srli_epi16(y, 8));
        planes[0] = _mm512_permutexvar_epi64(order, low);
        planes[1] = _mm512_permutexvar_epi64(order, high);
        return;
    }
    // In each register first the planes' dwords within lanes, then all dwords of a plane together.
    const __m512i dwords = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
    __m512i r[4];
    for (int k = 0; k < 4; k++) {
        __m512i x = _mm512_rol_epi32(load(src + 64 * k), 1);
        r[k] = _mm512_permutexvar_epi32(dwords, _mm512_shuffle_epi8(x, by_plane()));
    }
    __m512i a = _mm512_shuffle_i32x4(r[0], r[1], 0x44), b = _mm512_shuffle_i32x4(r[0], r[1], 0xEE);
    __m512i c = _mm512_shuffle_i32x4(r[2], r[3], 0x44), d = _mm512_shuffle_i32x4(r[2], r[3], 0xEE);
    planes[0] = _mm512_shuffle_i32x4(a, c, 0x88);
    planes[1] = _mm512_shuffle_i32x4(a, c, 0xDD);
    planes[2] = _mm512_shuffle_i32x4(b, d, 0x88);
    planes[3] = _mm512_shuffle_i32x4(b, d, 0xDD);
}

// Bytes first… of one register and of another by turns.
EDGE __m512i interleaved(const int first) {
    const __m512i from = _mm512_set1_epi16((short)(64 << 8 | 0));
    const __m512i step = _mm512_set_epi16(31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9,
                                          8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i place = _mm512_add_epi16(step, _mm512_set1_epi16((short)first));
    return _mm512_or_si512(from, _mm512_or_si512(place, _mm512_slli_epi16(place, 8)));
}

EDGE void join(const int kind, const int to_float, const bytes64 *planes, uint8_t *dst) {
    if (kind != VARVE_F32) {
        // Byte i of both planes side by side: one shuffle each, as shuffles are what this loop waits for.
        __m512i x = _mm512_permutex2var_epi8(planes[0], interleaved(0), planes[1]);
        __m512i y = _mm512_permutex2var_epi8(planes[0], interleaved(32), planes[1]);
        x = _mm512_shrdi_epi16(x, x, 1);
        y = _mm512_shrdi_epi16(y, y, 1);
        if (!to_float) {
            store(dst, x);
            store(dst + 64, y);
            return;
        }
        if (kind == VARVE_F16) {
            // Converted from memory: from a register each conversion takes two more shuffles.
            __attribute__((aligned(64))) uint8_t halves[128];
            store(halves, x);
            store(halves + 64, y);
            const uint8_t *from = halves;
            __asm__("" : "+r"(from) : : "memory");
            for (int k = 0; k < 4; k++)
                _mm512_storeu_ps(dst + 64 * k, _mm512_cvtph_ps(_mm256_load_si256((const __m256i *)(from + 32 * k))));
            return;
        }
        __m256i quarter[4] = {_mm512_castsi512_si256(x), _mm512_extracti64x4_epi64(x, 1), _mm512_castsi512_si256(y),
                              _mm512_extracti64x4_epi64(y, 1)};
        for (int k = 0; k < 4; k++) store(dst + 64 * k, _mm512_slli_epi32(_mm512_cvtepu16_epi32(quarter[k]), 16));
        return;
    }
    __m512i a = _mm512_shuffle_i32x4(planes[0], planes[1], 0x44), b = _mm512_shuffle_i32x4(planes[0], planes[1], 0xEE);
    __m512i c = _mm512_shuffle_i32x4(planes[2], planes[3], 0x44), d = _mm512_shuffle_i32x4(planes[2], planes[3], 0xEE);
    __m512i r[4] = {_mm512_shuffle_i32x4(a, c, 0x88), _mm512_shuffle_i32x4(a, c, 0xDD),
                    _mm512_shuffle_i32x4(b, d, 0x88), _mm512_shuffle_i32x4(b, d, 0xDD)};
    const __m512i dwords = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
    for (int k = 0; k < 4; k++) {
        __m512i x = _mm512_shuffle_epi8(_mm512_permutexvar_epi32(dwords, r[k]), by_plane());
        store(dst + 64 * k, _mm512_ror_epi32(x, 1));
    }
}

#include "tiers_body.h"

const tiers_kernels tiers_avx512 = {encode_body, decode_body};
#endif
