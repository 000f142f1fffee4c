#ifndef VARVE_LZ4_SHIM_H
#define VARVE_LZ4_SHIM_H
#include <lz4.h>
#endif
