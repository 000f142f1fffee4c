#ifndef VARVE_SYSTEM_FILES_H
#define VARVE_SYSTEM_FILES_H

// glibc shows this one only under _GNU_SOURCE.
int renameat2(int old_directory, const char *old_path, int new_directory, const char *new_path, unsigned int flags);
/// Fail with EEXIST instead of replacing a file.
static const unsigned int varve_rename_noreplace = 1u;
#endif
