#ifndef VARVE_CBLAS_SHIM_H
#define VARVE_CBLAS_SHIM_H
#include <cblas.h>
#include <stdbool.h>
#include <stdlib.h>

// How the library itself chooses its kernels when it is loaded, and ends its waiting threads before a fork. They are
// exported, but stand in no header, and a build for one processor has none: so they are looked for, not relied on.
extern void gotoblas_dynamic_quit(void) __attribute__((weak));
extern void gotoblas_dynamic_init(void) __attribute__((weak));
extern int blas_thread_shutdown_(void) __attribute__((weak));

// Lets the library choose its kernels again, as if it were loaded with OPENBLAS_CORETYPE=core. No product may be running.
// Whether the library can: where it cannot, nothing was changed.
static inline bool varve_blas_choose_core(const char *core) {
    if (!gotoblas_dynamic_quit || !gotoblas_dynamic_init) return false;
    if (setenv("OPENBLAS_CORETYPE", core, 1) != 0) return false;
    gotoblas_dynamic_quit();
    gotoblas_dynamic_init();
    return true;
}

// Ends the threads that the library started when it was loaded; it starts them anew when a product may use several.
static inline void varve_blas_rest(void) {
    if (blas_thread_shutdown_) blas_thread_shutdown_();
}

// LAPACK routines that libopenblas carries; Debian's package ships no LAPACKE header for them.
// Column-major Fortran interface; every argument is passed by address.
void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w, double *work,
             const int *lwork, int *iwork, const int *liwork, int *info);
void ssyevd_(const char *jobz, const char *uplo, const int *n, float *a, const int *lda, float *w, float *work,
             const int *lwork, int *iwork, const int *liwork, int *info);
void dsyevr_(const char *jobz, const char *range, const char *uplo, const int *n, double *a, const int *lda,
             const double *vl, const double *vu, const int *il, const int *iu, const double *abstol, int *m, double *w,
             double *z, const int *ldz, int *isuppz, double *work, const int *lwork, int *iwork, const int *liwork,
             int *info);
void dpotrf_(const char *uplo, const int *n, double *a, const int *lda, int *info);
void dposv_(const char *uplo, const int *n, const int *nrhs, double *a, const int *lda, double *b, const int *ldb,
            int *info);
void dpotrs_(const char *uplo, const int *n, const int *nrhs, const double *a, const int *lda, double *b,
             const int *ldb, int *info);
#endif
