#ifndef VARVE_ISA_H
#define VARVE_ISA_H

/// Instruction sets that the codecs are written for; a higher one has all of the lower ones.
enum { VARVE_PORTABLE = 0, VARVE_AVX2 = 1, VARVE_AVX512 = 2 };

/// The set the codecs use: the best of this processor, less where VARVE_ISA (portable, avx2, avx512) or
/// varve_force_isa says so.
int varve_isa(void);
/// The best set of this processor.
int varve_best_isa(void);
/// Uses a set from now on, at most the best one; a negative number goes back to the choice of the start. For tests.
void varve_force_isa(int isa);
#endif
