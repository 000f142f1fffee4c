#include "overlaps.h"
#include <string.h>

#include "isa.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { K_MAX = VARVE_OVERLAPS_K, K_WORDS = K_MAX / 64 };

// Where a list on the right names a number twice, the later places no longer count.
static void forget_repeated(const uint32_t *right, size_t most, uint32_t latents, uint32_t *first) {
    for (size_t r = 1; r < most; r++)
        for (size_t q = 0; q < r && right[r] < latents; q++)
            if (right[q] == right[r]) {
                first[r] = UINT32_MAX;
                break;
            }
}

// One token. Entries of `ranks` that earlier tokens left are below `from`. A match counts from the larger of its two ranks on: that
// is `first`, huge without a match. Every match has a left rank of its own unless the right list repeats a number.
static void one(const uint32_t *restrict a, const uint32_t *restrict b, size_t most,
                             const uint32_t *restrict ks, size_t nk, uint32_t *restrict ranks, uint32_t latents,
                             uint32_t from, uint32_t *restrict counts) {
    uint32_t first[K_MAX], matched = 0, different = 0;
    uint64_t seen[K_WORDS] = {0};
    // Backwards: of a number that is there twice the first place stands. Beyond the latents is a place that nobody reads.
    for (size_t r = most; r-- > 0;) ranks[a[r] < latents ? a[r] : latents] = from + (uint32_t)r;
    for (size_t r = 0; r < most; r++) first[r] = ranks[b[r] < latents ? b[r] : latents + 1] - from;
    for (uint32_t r = 0; r < most; r++) {
        if (first[r] < most) {
            seen[first[r] / 64] |= (uint64_t)1 << first[r] % 64;
            matched++;
        }
        if (first[r] < r) first[r] = r;
    }
    for (size_t w = 0; w < K_WORDS; w++) different += (uint32_t)__builtin_popcountll(seen[w]);
    if (different != matched) forget_repeated(b, most, latents, first);
    for (size_t j = 0; j < nk; j++) {
        uint32_t sum = 0;
        for (size_t r = 0; r < ks[j]; r++) sum += first[r] < ks[j];
        counts[j] = sum;
    }
}

#if defined(__x86_64__)
#define WIDE __attribute__((target("avx512f,avx512bw,avx512vl,popcnt")))

// `words` = ⌈most / 64⌉, a constant where it is 1.
WIDE static inline __attribute__((always_inline)) void one_wide(
    const uint32_t *restrict a, const uint32_t *restrict b, size_t most, const size_t words,
    const uint32_t *restrict ks, size_t nk, uint32_t *restrict ranks, uint32_t latents, uint32_t from,
    uint32_t *restrict counts) {
    __m512i first[K_MAX / 16], seen[K_WORDS];
    uint32_t matched = 0, different = 0;
    const __m512i lane = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
    const __m512i back = _mm512_sub_epi32(_mm512_set1_epi32(15), lane);
    const __m512i limit = _mm512_set1_epi32((int)latents), end = _mm512_set1_epi32((int)most);
    // Backwards: of a number that is there twice the first place stands, as the last lane is written last.
    for (size_t r = (most + 15) / 16 * 16; r > 0;) {
        r -= 16;
        __mmask16 there = most - r >= 16 ? (__mmask16)0xFFFF : (__mmask16)((1u << (most - r)) - 1);
        __m512i number = _mm512_permutexvar_epi32(back, _mm512_mask_loadu_epi32(limit, there, a + r));
        __m512i rank = _mm512_add_epi32(back, _mm512_set1_epi32((int)(from + (uint32_t)r)));
        _mm512_mask_i32scatter_epi32(ranks, _mm512_cmplt_epu32_mask(number, limit), number, rank, 4);
    }
    for (size_t w = 0; w < words; w++) seen[w] = _mm512_setzero_si512();
    for (size_t r = 0; r < most; r += 16) {
        __mmask16 there = most - r >= 16 ? (__mmask16)0xFFFF : (__mmask16)((1u << (most - r)) - 1);
        __m512i number = _mm512_maskz_loadu_epi32(there, b + r);
        __mmask16 known = _mm512_mask_cmplt_epu32_mask(there, number, limit);
        __m512i rank = _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), known, number, ranks, 4);
        rank = _mm512_sub_epi32(rank, _mm512_set1_epi32((int)from));
        __mmask16 match = _mm512_mask_cmplt_epu32_mask(known, rank, end);
        matched += (uint32_t)__builtin_popcount(match);
        // Which left ranks were met, in words of 64.
        for (size_t w = 0; w < words; w++) {
            __m512i place = _mm512_sub_epi32(rank, _mm512_set1_epi32((int)(w * 64)));
            __mmask16 here = _mm512_mask_cmplt_epu32_mask(match, place, _mm512_set1_epi32(64));
            __m512i one = _mm512_set1_epi64(1);
            __m512i low = _mm512_cvtepu32_epi64(_mm512_castsi512_si256(place));
            __m512i high = _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(place, 1));
            seen[w] = _mm512_or_si512(seen[w], _mm512_maskz_sllv_epi64((__mmask8)here, one, low));
            seen[w] = _mm512_or_si512(seen[w], _mm512_maskz_sllv_epi64((__mmask8)(here >> 8), one, high));
        }
        __m512i here = _mm512_add_epi32(lane, _mm512_set1_epi32((int)r));
        first[r / 16] = _mm512_mask_max_epu32(_mm512_set1_epi32(-1), match, rank, here);
    }
    for (size_t w = 0; w < words; w++)
        different += (uint32_t)__builtin_popcountll((uint64_t)_mm512_reduce_or_epi64(seen[w]));
    if (different != matched) forget_repeated(b, most, latents, (uint32_t *)first);
    for (size_t j = 0; j < nk; j++) {
        __m512i k = _mm512_set1_epi32((int)ks[j]);
        uint32_t sum = 0;
        // A number that counts at k has its place before k.
        for (size_t r = 0; r < ks[j]; r += 16)
            sum += (uint32_t)__builtin_popcount(_mm512_cmplt_epu32_mask(first[r / 16], k));
        counts[j] = sum;
    }
}

WIDE static void up_to_64(const uint32_t *a, const uint32_t *b, size_t most, const uint32_t *ks, size_t nk,
                          uint32_t *ranks, uint32_t latents, uint32_t from, uint32_t *counts) {
    one_wide(a, b, most, 1, ks, nk, ranks, latents, from, counts);
}

WIDE static void longer(const uint32_t *a, const uint32_t *b, size_t most, const uint32_t *ks, size_t nk,
                        uint32_t *ranks, uint32_t latents, uint32_t from, uint32_t *counts) {
    one_wide(a, b, most, (most + 63) / 64, ks, nk, ranks, latents, from, counts);
}
#endif

void varve_overlaps(const uint32_t *left, size_t left_width, const uint32_t *right, size_t right_width, size_t tokens,
                    size_t most, const uint32_t *ks, size_t nk, uint32_t *ranks, uint32_t latents, uint32_t *base,
                    uint32_t *counts) {
    void (*token)(const uint32_t *, const uint32_t *, size_t, const uint32_t *, size_t, uint32_t *, uint32_t, uint32_t,
                  uint32_t *) = one;
#if defined(__x86_64__)
    // Places of a gather are signed.
    if (varve_isa() == VARVE_AVX512 && latents < (1u << 31)) token = most <= 64 ? up_to_64 : longer;
#endif
    for (size_t t = 0; t < tokens; t++) {
        // So that a place that was never seen stays far from every rank; nothing is cleared otherwise.
        if (*base > UINT32_MAX - 4 * K_MAX) {
            memset(ranks, 0, ((size_t)latents + 2) * sizeof *ranks);
            *base = 0;
        }
        token(left + t * left_width, right + t * right_width, most, ks, nk, ranks, latents, *base + 1, counts + t * nk);
        *base += (uint32_t)most;
    }
}
