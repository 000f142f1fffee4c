#ifndef VARVE_SYSTEM_FILES_H
#define VARVE_SYSTEM_FILES_H

// glibc shows this one only under _GNU_SOURCE.
int renameat2(int old_directory, const char *old_path, int new_directory, const char *new_path, unsigned int flags);
/// Fail with EEXIST instead of replacing a file.
static const unsigned int varve_rename_noreplace = 1u;
// As above; off64_t is off_t on every 64-bit Linux.
int sync_file_range(int descriptor, long offset, long count, unsigned int flags);
/// Start write-back of the pages that are dirty, without waiting.
static const unsigned int varve_sync_file_range_write = 2u;
#endif
