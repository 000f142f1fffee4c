// The C library's calls that take or make a descriptor's bytes. Real work is done by system calls, so that nothing here
// depends on the order in which libraries are searched.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "shim.h"

#define FAIL_IF(permit, ...)                         \
    if ((permit).error) {                            \
        errno = (permit).error;                      \
        shim_finish(&(permit), -1, __VA_ARGS__);     \
        return -1;                                   \
    }

// --- open and close

static int open_file(int directory, const char *path, int flags, mode_t mode) {
    char buffer[PATH_MAX];
    const char *below = shim_path(directory, path, buffer);
    if (!below) return (int)syscall(SYS_openat, directory, path, flags, mode);
    int modes = SHIM_IO_ERROR | SHIM_INTERRUPT | SHIM_NO_DESCRIPTOR | (flags & O_CREAT ? SHIM_NO_SPACE : 0);
    struct shim_permit permit = shim_start((flags & O_TMPFILE) == O_TMPFILE ? SHIM_UNSUPPORTED : SHIM_OPEN, modes);
    FAIL_IF(permit, -1, flags, 0, below, NULL, 0)
    long fd = syscall(SYS_openat, directory, path, flags, mode);
    if (fd >= 0) shim_track((int)fd, 1);
    shim_finish(&permit, fd, (int)fd, flags, 0, below, NULL, 0);
    return (int)fd;
}

static mode_t mode_of(int flags, va_list arguments) {
    return flags & (O_CREAT | O_TMPFILE) ? (mode_t)va_arg(arguments, int) : 0;
}

#define OPEN(name)                                            \
    int name(const char *path, int flags, ...) {              \
        va_list arguments;                                    \
        va_start(arguments, flags);                           \
        mode_t mode = mode_of(flags, arguments);              \
        va_end(arguments);                                    \
        return open_file(AT_FDCWD, path, flags, mode);        \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                          \
    int name(int directory, const char *path, int flags, ...) { \
        va_list arguments;                                    \
        va_start(arguments, flags);                           \
        mode_t mode = mode_of(flags, arguments);              \
        va_end(arguments);                                    \
        return open_file(directory, path, flags, mode);       \
    }
OPENAT(openat)
OPENAT(openat64)

int creat(const char *path, mode_t mode) { return open_file(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

int close(int fd) {
    if (!shim_is_tracked(fd)) return (int)syscall(SYS_close, fd);
    struct shim_permit permit = shim_start(SHIM_CLOSE, SHIM_IO_ERROR | SHIM_INTERRUPT);
    // A failing close closes all the same.
    shim_track(fd, 0);
    long result = syscall(SYS_close, fd);
    if (permit.error) {
        result = -1;
        errno = permit.error;
    }
    shim_finish(&permit, 0, fd, 0, 0, "", NULL, 0);
    return (int)result;
}

// --- bytes

static ssize_t write_at(int fd, const void *bytes, size_t length, int64_t offset, int moves) {
    struct shim_permit permit = shim_start(
        SHIM_WRITE, SHIM_IO_ERROR | SHIM_INTERRUPT | SHIM_NO_SPACE | (length > 1 ? SHIM_SHORT : 0));
    if (moves) offset = syscall(SYS_lseek, fd, 0, SEEK_CUR);
    FAIL_IF(permit, fd, 0, offset, "", NULL, 0)
    if (permit.is_short) length /= 2;
    size_t fits = shim_fits(fd, offset, length);
    if (fits == 0 && length > 0) {
        errno = ENOSPC;
        shim_finish(&permit, -1, fd, 0, offset, "", NULL, 0);
        return -1;
    }
    long done = moves ? syscall(SYS_write, fd, bytes, fits) : syscall(SYS_pwrite64, fd, bytes, fits, offset);
    shim_finish(&permit, done, fd, 0, offset, "", bytes, done > 0 ? (size_t)done : 0);
    return done;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    if (shim_is_tracked(fd)) return write_at(fd, bytes, length, 0, 1);
    if (shim_is_on() && fd == STDOUT_FILENO) {
        struct shim_permit permit = shim_start(SHIM_MARK, 0);
        long done = syscall(SYS_write, fd, bytes, length);
        shim_finish(&permit, 0, fd, 0, 0, "", bytes, length);
        return done;
    }
    return syscall(SYS_write, fd, bytes, length);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    if (shim_is_tracked(fd)) return write_at(fd, bytes, length, offset, 0);
    return syscall(SYS_pwrite64, fd, bytes, length, offset);
}
ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) { return pwrite64(fd, bytes, length, offset); }

// One piece is written, as the kernel may do too: callers loop.
ssize_t writev(int fd, const struct iovec *parts, int count) {
    if (!shim_is_tracked(fd)) return syscall(SYS_writev, fd, parts, count);
    for (int i = 0; i < count; i++)
        if (parts[i].iov_len) return write_at(fd, parts[i].iov_base, parts[i].iov_len, 0, 1);
    return 0;
}
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t offset) {
    if (!shim_is_tracked(fd)) return syscall(SYS_pwritev, fd, parts, count, offset, 0);
    for (int i = 0; i < count; i++)
        if (parts[i].iov_len) return write_at(fd, parts[i].iov_base, parts[i].iov_len, offset, 0);
    return 0;
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset) { return pwritev64(fd, parts, count, offset); }

ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) {
    if (!shim_is_tracked(fd)) return syscall(SYS_pread64, fd, bytes, length, offset);
    struct shim_permit permit = shim_start(SHIM_READ, SHIM_IO_ERROR | SHIM_INTERRUPT);
    FAIL_IF(permit, fd, 0, offset, "", NULL, 0)
    long done = syscall(SYS_pread64, fd, bytes, length, offset);
    shim_finish(&permit, done, fd, 0, offset, "", NULL, 0);
    return done;
}
ssize_t pread(int fd, void *bytes, size_t length, off_t offset) { return pread64(fd, bytes, length, offset); }

ssize_t read(int fd, void *bytes, size_t length) {
    if (!shim_is_tracked(fd)) return syscall(SYS_read, fd, bytes, length);
    struct shim_permit permit = shim_start(SHIM_READ, SHIM_IO_ERROR | SHIM_INTERRUPT);
    FAIL_IF(permit, fd, 0, 0, "", NULL, 0)
    long done = syscall(SYS_read, fd, bytes, length);
    shim_finish(&permit, done, fd, 0, 0, "", NULL, 0);
    return done;
}

int ftruncate64(int fd, off64_t length) {
    if (!shim_is_tracked(fd)) return (int)syscall(SYS_ftruncate, fd, length);
    struct shim_permit permit = shim_start(SHIM_TRUNCATE, SHIM_IO_ERROR | SHIM_INTERRUPT);
    FAIL_IF(permit, fd, 0, length, "", NULL, 0)
    long result = syscall(SYS_ftruncate, fd, length);
    shim_finish(&permit, result, fd, 0, length, "", NULL, 0);
    return (int)result;
}
int ftruncate(int fd, off_t length) { return ftruncate64(fd, length); }

int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
    if (!shim_is_tracked(fd)) return (int)syscall(SYS_fallocate, fd, mode, offset, length);
    struct shim_permit permit = shim_start(mode ? SHIM_UNSUPPORTED : SHIM_ALLOCATE, SHIM_IO_ERROR | SHIM_NO_SPACE);
    FAIL_IF(permit, fd, mode, offset + length, "", NULL, 0)
    long result = syscall(SYS_fallocate, fd, mode, offset, length);
    shim_finish(&permit, result, fd, mode, offset + length, "", NULL, 0);
    return (int)result;
}
int fallocate(int fd, int mode, off_t offset, off_t length) { return fallocate64(fd, mode, offset, length); }
int posix_fallocate64(int fd, off64_t offset, off64_t length) {
    return fallocate64(fd, 0, offset, length) == 0 ? 0 : errno;
}
int posix_fallocate(int fd, off_t offset, off_t length) { return posix_fallocate64(fd, offset, length); }

// Copies within the kernel would hide their bytes from the log: callers must fall back to reading and writing.
ssize_t copy_file_range(int in, off64_t *in_offset, int out, off64_t *out_offset, size_t length, unsigned flags) {
    if (!shim_is_tracked(in) && !shim_is_tracked(out))
        return syscall(SYS_copy_file_range, in, in_offset, out, out_offset, length, flags);
    errno = ENOSYS;
    return -1;
}

// --- durability

static int synchronize(int fd, long number) {
    if (!shim_is_tracked(fd)) return (int)syscall(number, fd);
    struct shim_permit permit = shim_start(SHIM_SYNC, SHIM_IO_ERROR | SHIM_SYNC_ERROR | SHIM_INTERRUPT);
    FAIL_IF(permit, fd, 0, 0, "", NULL, 0)
    long result = syscall(number, fd);
    shim_finish(&permit, result, fd, 0, 0, "", NULL, 0);
    return (int)result;
}
int fsync(int fd) { return synchronize(fd, SYS_fsync); }
int fdatasync(int fd) { return synchronize(fd, SYS_fdatasync); }

// Promises nothing: the replay knows it only as a place where a fault may strike.
int sync_file_range(int fd, off64_t offset, off64_t length, unsigned flags) {
    if (!shim_is_tracked(fd)) return (int)syscall(SYS_sync_file_range, fd, offset, length, flags);
    struct shim_permit permit = shim_start(SHIM_SYNC_RANGE, SHIM_IO_ERROR);
    FAIL_IF(permit, fd, (int)flags, offset, "", NULL, 0)
    long result = syscall(SYS_sync_file_range, fd, offset, length, flags);
    shim_finish(&permit, result, fd, (int)flags, offset, "", NULL, 0);
    return (int)result;
}
