#ifndef BENCHMARK_SUMS_H
#define BENCHMARK_SUMS_H
#include <stddef.h>

/// Adds rows × width numbers, row-major, to the sums of their columns.
void benchmark_add_rows(const float *numbers, size_t rows, size_t width, float *sums);
#endif
