// One loop compiled for three kinds of processor; which one runs is chosen when the program is loaded. Not under the thread
// sanitizer: it has the choosing functions call into it before it is there.
#ifndef VARVE_CLONES_H
#define VARVE_CLONES_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define VARVE_CLONES
#endif
#endif

#if !defined(VARVE_CLONES)
#if defined(__x86_64__)
#define VARVE_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VARVE_CLONES
#endif
#endif

// For loops that wait for arithmetic and not for memory: whole registers of the first of these, where clang takes half ones by itself.
#if defined(__x86_64__)
#define VARVE_WIDE __attribute__((min_vector_width(512)))
#else
#define VARVE_WIDE
#endif

#endif
