#ifndef VARVE_XXHASH_SHIM_H
#define VARVE_XXHASH_SHIM_H
#include <xxhash.h>
// The library's plain functions are built for SSE2; where it was built with its run-time choice, that one is 2.5 times as fast.
#if defined(__x86_64__) && defined(__has_include)
#if __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h>
#endif
#endif

// Swift doesn't see the names that the header above redefines.
static inline XXH64_hash_t varve_xxh3_64(const void *bytes, size_t count) { return XXH3_64bits(bytes, count); }
static inline XXH128_hash_t varve_xxh3_128(const void *bytes, size_t count) { return XXH3_128bits(bytes, count); }
static inline void varve_xxh3_128_update(XXH3_state_t *state, const void *bytes, size_t count) {
    XXH3_128bits_update(state, bytes, count);
}
#endif
