#ifndef VARVE_TIERS_COMMON_H
#define VARVE_TIERS_COMMON_H
#include "tiers.h"
#include <string.h>

#define TIERS_LEVELS 6
#define TIERS_INLINE static inline __attribute__((always_inline))

// How a block's coded bytes go through the levels.
typedef struct {
    int count;
    int width[TIERS_LEVELS];
    size_t codes[TIERS_LEVELS + 1];  // the last: bytes left
    uint8_t symbols[TIERS_LEVELS][16];
} tiers_plan;

typedef struct {
    size_t (*encode)(int kind, const uint8_t *src, size_t n, uint8_t *dst, size_t capacity, uint8_t *work,
                     tiers_plan *plan);
    int (*decode)(int kind, int to_float, const tiers_plan *plan, const uint8_t *body, uint8_t *dst, size_t n,
                  uint8_t *work);
} tiers_kernels;

extern const tiers_kernels tiers_portable;
#if defined(__x86_64__)
extern const tiers_kernels tiers_avx2;
extern const tiers_kernels tiers_avx512;
#endif

static inline size_t tiers_groups(size_t n) { return (n + 63) / 64; }
static inline size_t tiers_element(int kind) { return kind == VARVE_F32 ? 4 : kind == VARVE_BYTES ? 1 : 2; }
// Bytes of everything that is copied: bit planes first, then byte planes.
static inline size_t tiers_copied(int kind, size_t n) {
    return kind == VARVE_BYTES ? 0 : kind == VARVE_F16 ? tiers_groups(n) * 24 + n : kind == VARVE_BF16 ? n : 3 * n;
}
static inline size_t tiers_level_bytes(size_t codes, int width) { return tiers_groups(codes) * 8 * (size_t)width; }
static inline size_t tiers_header_bytes(const tiers_plan *plan) {
    size_t bytes = 1 + 4 + 5 * (size_t)plan->count;
    for (int l = 0; l < plan->count; l++) bytes += ((size_t)1 << plan->width[l]) - 1;
    return bytes;
}
// One of the two memories for streams between levels. Kernels may write and read 64 bytes past a stream.
static inline uint8_t *tiers_stream(uint8_t *work, size_t n, int which) { return work + (size_t)which * (n + 128); }
static inline uint64_t tiers_word(const uint8_t *p) {
    uint64_t word;
    memcpy(&word, p, 8);
    return word;
}
static inline void tiers_put(uint8_t *p, uint64_t word) { memcpy(p, &word, 8); }
#endif
