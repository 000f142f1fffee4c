#ifndef VARVE_TILEGRAM_H
#define VARVE_TILEGRAM_H
#include <stddef.h>
#include <stdint.h>

// Products of rows on AMX tiles: 16 × 16 sums of bfloat16 products, several times as fast as f32 vectors.

/// Whether this process may use tiles: the processor and the system have them, and VARVE_ISA names no lesser set.
int varve_tiles(void);

/// Most rows that one call takes; three times as many with one term.
#define VARVE_TILE_ROWS 1024

/// Bytes of memory that varve_tile_gram needs for so many columns.
size_t varve_tile_gram_bytes(size_t columns);

/// What a product of rows reads: aᵣⱼ = weight[r] · (x[rows[r] · d + j] − center[j]) in f32 for r < n ≤ VARVE_TILE_ROWS and j < d, and
/// where there are ones, a last column aᵣ = weight[r].
struct varve_tile_rows {
    const float *x;
    const size_t *rows;
    size_t n, d;
    const float *center, *weight;
    int ones;
};

/// What is added with it: share · deltaᵢ deltaⱼ − taken · offsetᵢ offsetⱼ.
struct varve_tile_moves {
    const double *delta, *offset;
    double share, taken;
};

/// sum[i · stride + j] += Σᵣ aᵣᵢ aᵣⱼ and the moves, for i ≤ j among the columns.
///
/// Every a is cut into `terms` numbers of bfloat16, a = h + m + l: with three none of its 24 bits is lost, with two 2⁻¹⁷ of it at most,
/// with one 2⁻⁸. Products of terms are exact; those of l with m or l, 2⁻²⁴ of the whole, are left out. They are summed in f32 over 512
/// rows and in f64 beyond; with one term in f32 over all rows of a call, which loses less than the cut. Tiles take terms below 2⁻¹²⁶ for 0, so that numbers below 1e-33 lose digits; a NaN, an infinity or a number
/// that bfloat16 can't hold (above 3.38e38) makes the sums of its column NaN or infinite.
///
/// `memory` has varve_tile_gram_bytes(columns) bytes. Only where varve_tiles() says so.
void varve_tile_gram(
    const struct varve_tile_rows *from, int terms, void *memory, const struct varve_tile_moves *moves, double *sum, size_t stride);
#endif
