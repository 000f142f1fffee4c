#ifndef VARVE_XXHASH_SHIM_H
#define VARVE_XXHASH_SHIM_H
#include <xxhash.h>
#endif
