#include "isa.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

int varve_best_isa(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi") &&
        __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("bmi2"))
        return VARVE_AVX512;
    // Every processor with AVX2 and FMA has F16C too; old compilers can't ask for that one.
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("fma"))
        return VARVE_AVX2;
#endif
    return VARVE_PORTABLE;
}

static int chosen_at_start(void) {
    int best = varve_best_isa();
    const char *name = getenv("VARVE_ISA");
    if (name && strcmp(name, "portable") == 0) return VARVE_PORTABLE;
    if (name && strcmp(name, "avx2") == 0) return best < VARVE_AVX2 ? best : VARVE_AVX2;
    return best;
}

// -1 until the first question. Two threads that ask first find the same answer.
static _Atomic int chosen = -1;

int varve_isa(void) {
    int isa = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (isa < 0) {
        isa = chosen_at_start();
        atomic_store_explicit(&chosen, isa, memory_order_relaxed);
    }
    return isa;
}

void varve_force_isa(int isa) {
    int best = varve_best_isa();
    atomic_store_explicit(&chosen, isa < 0 ? chosen_at_start() : isa < best ? isa : best, memory_order_relaxed);
}
