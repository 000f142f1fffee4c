#include "tilegram.h"

#if defined(__x86_64__) && defined(__linux__)
#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "isa.h"

#define TILES __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16")))
#define TILES_INLINE TILES static inline __attribute__((always_inline))

// MARK: what there is

static int processor_has_tiles(void) {
    unsigned a, b, c, d;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    // AMX-BF16 and AMX-TILE.
    if (!(d >> 22 & 1) || !(d >> 24 & 1)) return 0;
    // AVX512_BF16, which cuts the numbers.
    if (!__get_cpuid_count(7, 1, &a, &b, &c, &d) || !(a >> 5 & 1)) return 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c >> 27 & 1)) return 0;
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    // The system keeps vectors (bits 1, 2, 5 to 7) and tiles (17, 18) of every thread.
    return (low & 0x600E6) == 0x600E6;
}

// Linux gives the room for tiles to processes that ask for it: one question serves all threads.
static int system_gives_tiles(void) {
    enum { ASK = 0x1023, TILE_DATA = 18 };
    return syscall(SYS_arch_prctl, ASK, TILE_DATA) == 0;
}

// -1 until the first question. Two threads that ask first find the same answer.
static _Atomic int tiles = -1;

int varve_tiles(void) {
    int found = atomic_load_explicit(&tiles, memory_order_relaxed);
    if (found < 0) {
        const char *name = getenv("VARVE_ISA");
        int less = name && (strcmp(name, "portable") == 0 || strcmp(name, "avx2") == 0 || strcmp(name, "avx512") == 0);
        found = !less && varve_best_isa() == VARVE_AVX512 && processor_has_tiles() && system_gives_tiles();
        atomic_store_explicit(&tiles, found, memory_order_relaxed);
    }
    return found;
}

// MARK: rows cut into terms

enum {
    STEP = 32,      // rows of a tile: 16 pairs
    PANEL = 32,     // columns of two tiles
    TILE = 1024,    // bytes of a tile
    TERMS = 3,
    GROUP = 6,      // panels that are turned at once: they stay near the processor while all others pass them
    CHUNK = 16,     // steps whose sums stay in f32, unless numbers are cut to one term: f32 has digits enough for all steps of these
    MAX_STEPS = VARVE_TILE_ROWS / STEP,  // of a term; a single term has the places of the others too
};

static size_t panels_of(size_t d) { return (d + PANEL - 1) / PANEL; }

// Two tiles of each panel, step and term, the terms of a panel one after the other.
size_t varve_tile_gram_bytes(size_t columns) {
    return (panels_of(columns) + GROUP) * TERMS * MAX_STEPS * 2 * TILE + panels_of(columns) * TERMS * 64 + 64;
}

static size_t place(size_t panel, int term, size_t step) { return ((panel * TERMS + term) * MAX_STEPS + step) * 2 * TILE; }

// Rounds to bfloat16 and leaves what is missing; the bits lie in the low half of each lane.
TILES_INLINE __m512i take_term(__m512 *value) {
    __m512i bits = _mm512_cvtepu16_epi32((__m256i)_mm512_cvtneps_pbh(*value));
    *value = _mm512_sub_ps(*value, _mm512_castsi512_ps(_mm512_slli_epi32(bits, 16)));
    return bits;
}

// Cuts one step of a panel's columns: a tile's row is a pair of rows, a lane the pair's two numbers of one column. `seen` gathers the
// bits of each term.
TILES_INLINE void cut_step(
    const struct varve_tile_rows *from, size_t first, size_t column, int terms, char *to, __m512i *seen) {
    const float *x = from->x, *weight = from->weight + first;
    const size_t *rows = from->rows + first;
    size_t d = from->d, n = from->n - first;
    for (int half = 0; half < 2; half++, column += 16, to += TILE) {
        __mmask16 mask = column + 16 <= d ? 0xFFFF : column < d ? (__mmask16)((1u << (d - column)) - 1) : 0;
        // The column of ones is the weight itself.
        __mmask16 ones = from->ones && d >= column && d < column + 16 ? (__mmask16)(1u << (d - column)) : 0;
        if (!mask && !ones) {
            // Beyond the last column: zeros, cut already.
            for (int term = 0; term < terms; term++) memset(to + (size_t)term * MAX_STEPS * 2 * TILE, 0, TILE);
            continue;
        }
        __m512 middle = _mm512_maskz_loadu_ps(mask, from->center + column);
        for (size_t row = 0; row < STEP; row += 2) {
            // The next step's rows: the processor alone begins too late at every one.
            if (row + 1 + STEP < n) {
                _mm_prefetch((const char *)(x + rows[row + STEP] * d + column), _MM_HINT_T1);
                _mm_prefetch((const char *)(x + rows[row + 1 + STEP] * d + column), _MM_HINT_T1);
            }
            __m512 one = _mm512_setzero_ps(), two = _mm512_setzero_ps();
            if (row < n) {
                one = _mm512_sub_ps(_mm512_maskz_loadu_ps(mask, x + rows[row] * d + column), middle);
                one = _mm512_mask_mov_ps(_mm512_mul_ps(one, _mm512_set1_ps(weight[row])), ones, _mm512_set1_ps(weight[row]));
            }
            if (row + 1 < n) {
                two = _mm512_sub_ps(_mm512_maskz_loadu_ps(mask, x + rows[row + 1] * d + column), middle);
                two = _mm512_mask_mov_ps(_mm512_mul_ps(two, _mm512_set1_ps(weight[row + 1])), ones, _mm512_set1_ps(weight[row + 1]));
            }
            for (int term = 0; term < terms; term++) {
                __m512i low = take_term(&one), high = take_term(&two);
                __m512i both = _mm512_or_si512(low, _mm512_slli_epi32(high, 16));
                seen[term] = _mm512_or_si512(seen[term], both);
                _mm512_store_si512(to + (size_t)term * MAX_STEPS * 2 * TILE + row * 32, both);
            }
        }
    }
}

// Terms of a panel: what is 0 everywhere costs no products, and minus zeros count as nothing.
TILES_INLINE int needed_terms(const __m512i *seen) {
    __m512i digits = _mm512_set1_epi32(0x7FFF7FFF);
    int needed = TERMS;
    while (needed > 1 && _mm512_test_epi32_mask(seen[needed - 1], digits) == 0) needed--;
    return needed;
}

// Transposes 16 × 16 lanes of 32 bits.
TILES static void turn_tile(const char *from, char *to) {
    __m512i a[16], b[16];
    for (int i = 0; i < 16; i++) a[i] = _mm512_load_si512(from + 64 * i);
    for (int i = 0; i < 8; i++) {
        b[2 * i] = _mm512_unpacklo_epi32(a[2 * i], a[2 * i + 1]);
        b[2 * i + 1] = _mm512_unpackhi_epi32(a[2 * i], a[2 * i + 1]);
    }
    // a[4i + k]: of each group of four columns the k-th, rows 4i … 4i + 3.
    for (int i = 0; i < 4; i++) {
        a[4 * i] = _mm512_unpacklo_epi64(b[4 * i], b[4 * i + 2]);
        a[4 * i + 1] = _mm512_unpackhi_epi64(b[4 * i], b[4 * i + 2]);
        a[4 * i + 2] = _mm512_unpacklo_epi64(b[4 * i + 1], b[4 * i + 3]);
        a[4 * i + 3] = _mm512_unpackhi_epi64(b[4 * i + 1], b[4 * i + 3]);
    }
    for (int k = 0; k < 4; k++) {
        __m512i p = _mm512_shuffle_i32x4(a[k], a[4 + k], 0x88), q = _mm512_shuffle_i32x4(a[k], a[4 + k], 0xDD);
        __m512i r = _mm512_shuffle_i32x4(a[8 + k], a[12 + k], 0x88), s = _mm512_shuffle_i32x4(a[8 + k], a[12 + k], 0xDD);
        _mm512_store_si512(to + 64 * k, _mm512_shuffle_i32x4(p, r, 0x88));
        _mm512_store_si512(to + 64 * (4 + k), _mm512_shuffle_i32x4(q, s, 0x88));
        _mm512_store_si512(to + 64 * (8 + k), _mm512_shuffle_i32x4(p, r, 0xDD));
        _mm512_store_si512(to + 64 * (12 + k), _mm512_shuffle_i32x4(q, s, 0xDD));
    }
}

// MARK: products

#define LOAD_LEFT(term)                                                       \
    do {                                                                      \
        _tile_loadd(4, left + (size_t)(term) * MAX_STEPS * 2 * TILE, 64);       \
        _tile_loadd(5, left + (size_t)(term) * MAX_STEPS * 2 * TILE + TILE, 64); \
    } while (0)
#define LOAD_RIGHT(term)                                                       \
    do {                                                                       \
        _tile_loadd(6, right + (size_t)(term) * MAX_STEPS * 2 * TILE, 64);       \
        if (wide) _tile_loadd(7, right + (size_t)(term) * MAX_STEPS * 2 * TILE + TILE, 64); \
    } while (0)
#define MULTIPLY()                   \
    do {                             \
        _tile_dpbf16ps(0, 4, 6);     \
        _tile_dpbf16ps(2, 5, 6);     \
        if (wide) {                  \
            _tile_dpbf16ps(1, 4, 7); \
            _tile_dpbf16ps(3, 5, 7); \
        }                            \
    } while (0)

// Sums of some steps in four tiles, left and right panel cut into so many terms; small products first loaded last. A right panel that
// isn't `wide` has columns in its first tile alone.
TILES static void multiply_chunk(
    const char *left, int left_terms, const char *right, int right_terms, int wide, size_t steps, float *out) {
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (size_t step = 0; step < steps; step++, left += 2 * TILE, right += 2 * TILE) {
        LOAD_LEFT(0);
        LOAD_RIGHT(0);
        MULTIPLY();
        if (right_terms > 2) {
            LOAD_RIGHT(2);
            MULTIPLY();
        }
        if (right_terms > 1) {
            LOAD_RIGHT(1);
            MULTIPLY();
            if (left_terms > 1) {
                LOAD_LEFT(1);
                MULTIPLY();
            }
            if (left_terms > 1) {
                LOAD_RIGHT(0);
                MULTIPLY();
            }
        } else if (left_terms > 1) {
            LOAD_LEFT(1);
            MULTIPLY();
        }
        if (left_terms > 2) {
            LOAD_LEFT(2);
            MULTIPLY();
        }
    }
    _tile_stored(0, out, 4 * PANEL);
    _tile_stored(1, out + 16, 4 * PANEL);
    _tile_stored(2, out + 16 * PANEL, 4 * PANEL);
    _tile_stored(3, out + 16 * PANEL + 16, 4 * PANEL);
}

TILES static void multiply_panels(
    const char *left, int left_terms, const char *right, int right_terms, int wide, size_t steps, size_t chunk, double *out) {
    float part[PANEL * PANEL] __attribute__((aligned(64)));
    for (size_t first = 0; first < steps; first += chunk) {
        size_t count = steps - first < chunk ? steps - first : chunk;
        multiply_chunk(left + first * 2 * TILE, left_terms, right + first * 2 * TILE, right_terms, wide, count, part);
        for (size_t i = 0; i < PANEL * PANEL; i += 8) {
            __m512d more = _mm512_cvtps_pd(_mm256_load_ps(part + i));
            _mm512_store_pd(out + i, first == 0 ? more : _mm512_add_pd(_mm512_load_pd(out + i), more));
        }
    }
}

// Adds what lies in the upper triangle of a block of the square.
TILES static void add_block(
    const double *block, size_t top, size_t left, size_t columns, const struct varve_tile_moves *moves, double *sum, size_t stride) {
    size_t bottom = top + PANEL < columns ? top + PANEL : columns, right = left + PANEL < columns ? left + PANEL : columns;
    for (size_t i = top; i < bottom; i++) {
        double *to = sum + i * stride;
        const double *from = block + (i - top) * PANEL;
        __m512d share = _mm512_set1_pd(moves->share * moves->delta[i]), taken = _mm512_set1_pd(moves->taken * moves->offset[i]);
        size_t j = left < i ? i : left;
        for (; j < right; j += 8) {
            __mmask8 mask = right - j >= 8 ? 0xFF : (__mmask8)((1u << (right - j)) - 1);
            __m512d value = _mm512_add_pd(_mm512_maskz_loadu_pd(mask, to + j), _mm512_maskz_loadu_pd(mask, from + (j - left)));
            value = _mm512_fmadd_pd(share, _mm512_maskz_loadu_pd(mask, moves->delta + j), value);
            value = _mm512_fnmadd_pd(taken, _mm512_maskz_loadu_pd(mask, moves->offset + j), value);
            _mm512_mask_storeu_pd(to + j, mask, value);
        }
    }
}

struct tile_configuration {
    uint8_t palette, start;
    uint8_t reserved[14];
    uint16_t row_bytes[16];
    uint8_t rows[16];
} __attribute__((packed, aligned(64)));

TILES void varve_tile_gram(
    const struct varve_tile_rows *from, int terms, void *memory, const struct varve_tile_moves *moves, double *sum, size_t stride) {
    size_t columns = from->d + (from->ones ? 1 : 0), panels = panels_of(columns), steps = (from->n + STEP - 1) / STEP;
    char *packed = (char *)(((uintptr_t)memory + 63) / 64 * 64);
    char *turned = packed + panels * TERMS * MAX_STEPS * 2 * TILE;
    __m512i *seen = (__m512i *)(turned + GROUP * TERMS * MAX_STEPS * 2 * TILE);
    for (size_t i = 0; i < panels * TERMS; i++) seen[i] = _mm512_setzero_si512();
    for (size_t step = 0; step < steps; step++) {
        for (size_t panel = 0; panel < panels; panel++) {
            char *to = packed + place(panel, 0, step);
            // The number of terms is a constant where it is inlined.
            if (terms > 2) cut_step(from, step * STEP, panel * PANEL, 3, to, seen + panel * TERMS);
            else if (terms > 1) cut_step(from, step * STEP, panel * PANEL, 2, to, seen + panel * TERMS);
            else cut_step(from, step * STEP, panel * PANEL, 1, to, seen + panel * TERMS);
        }
    }

    struct tile_configuration configuration = {.palette = 1};
    for (int i = 0; i < 8; i++) {
        configuration.row_bytes[i] = 64;
        configuration.rows[i] = 16;
    }
    _tile_loadconfig(&configuration);
    double block[PANEL * PANEL] __attribute__((aligned(64)));
    for (size_t group = 0; group < panels; group += GROUP) {
        size_t end = group + GROUP < panels ? group + GROUP : panels;
        for (size_t panel = group; panel < end; panel++)
            for (int term = 0; term < needed_terms(seen + panel * TERMS); term++)
                for (size_t tile = 0; tile < 2 * steps; tile++)
                    turn_tile(packed + place(panel, term, 0) + tile * TILE, turned + place(panel - group, term, 0) + tile * TILE);
        for (size_t right = group; right < panels; right++) {
            int right_terms = needed_terms(seen + right * TERMS);
            for (size_t left = group; left < end && left <= right; left++) {
                multiply_panels(
                    turned + place(left - group, 0, 0), needed_terms(seen + left * TERMS), packed + place(right, 0, 0), right_terms,
                    right * PANEL + PANEL / 2 < columns, steps, terms > 1 ? CHUNK : steps, block);
                add_block(block, left * PANEL, right * PANEL, columns, moves, sum, stride);
            }
        }
    }
    _tile_release();
}

#else

int varve_tiles(void) { return 0; }
size_t varve_tile_gram_bytes(size_t columns) {
    (void)columns;
    return 0;
}
void varve_tile_gram(
    const struct varve_tile_rows *from, int terms, void *memory, const struct varve_tile_moves *moves, double *sum, size_t stride) {
    (void)from, (void)terms, (void)memory, (void)moves, (void)sum, (void)stride;
}
#endif
