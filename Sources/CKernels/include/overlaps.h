#ifndef VARVE_OVERLAPS_H
#define VARVE_OVERLAPS_H
#include <stddef.h>
#include <stdint.h>

enum { VARVE_OVERLAPS_K = 256 };

/// counts[t · nk + j] = |A ∩ B| of the first ks[j] of both lists of token t.
///
/// Lists are rows of `left_width` and `right_width` numbers; the first `most` are looked at: at most either width and VARVE_OVERLAPS_K,
/// no less than any of ks. Numbers of `latents` and beyond match nothing; one that a list names twice counts once, at its first place.
/// `ranks` has latents + 2 places, 0 before the first call, and `base` is 0 then; both go from call to call.
void varve_overlaps(const uint32_t *left, size_t left_width, const uint32_t *right, size_t right_width, size_t tokens,
                    size_t most, const uint32_t *ks, size_t nk, uint32_t *ranks, uint32_t latents, uint32_t *base,
                    uint32_t *counts);
#endif
