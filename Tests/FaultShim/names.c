// Calls about names, modes and locks.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim.h"

// A call about one name.
#define NAME_CALL(kind, modes, directory, path, call)                                  \
    char buffer[PATH_MAX];                                                             \
    const char *below = shim_path(directory, path, buffer);                            \
    if (!below) return (int)(call);                                                    \
    struct shim_permit permit = shim_start(kind, modes);                               \
    if (permit.error) {                                                                \
        errno = permit.error;                                                          \
        shim_finish(&permit, -1, -1, 0, 0, below, NULL, 0);                            \
        return -1;                                                                     \
    }                                                                                  \
    long result = (call);                                                              \
    shim_finish(&permit, result, -1, 0, 0, below, NULL, 0);                            \
    return (int)result;

int mkdirat(int directory, const char *path, mode_t mode) {
    NAME_CALL(SHIM_MAKE_DIRECTORY, SHIM_IO_ERROR | SHIM_NO_SPACE, directory, path,
              syscall(SYS_mkdirat, directory, path, mode))
}
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

static int remove_name(int directory, const char *path, int flags) {
    NAME_CALL(flags & AT_REMOVEDIR ? SHIM_REMOVE_DIRECTORY : SHIM_UNLINK, SHIM_IO_ERROR, directory, path,
              syscall(SYS_unlinkat, directory, path, flags))
}
int unlinkat(int directory, const char *path, int flags) { return remove_name(directory, path, flags); }
int unlink(const char *path) { return remove_name(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return remove_name(AT_FDCWD, path, AT_REMOVEDIR); }

static int change_mode(const char *path, mode_t mode) {
    NAME_CALL(SHIM_MODE, SHIM_IO_ERROR, AT_FDCWD, path, syscall(SYS_fchmodat, AT_FDCWD, path, mode))
}
int chmod(const char *path, mode_t mode) { return change_mode(path, mode); }

int fchmod(int fd, mode_t mode) {
    if (!shim_is_tracked(fd)) return (int)syscall(SYS_fchmod, fd, mode);
    struct shim_permit permit = shim_start(SHIM_MODE, SHIM_IO_ERROR);
    if (permit.error) {
        errno = permit.error;
        shim_finish(&permit, -1, fd, (int)mode, 0, "", NULL, 0);
        return -1;
    }
    long result = syscall(SYS_fchmod, fd, mode);
    shim_finish(&permit, result, fd, (int)mode, 0, "", NULL, 0);
    return (int)result;
}

// Both names below the root: the log's data is the new one. One of them outside has no model.
int renameat2(int from, const char *old, int to, const char *new, unsigned flags) {
    char first[PATH_MAX], second[PATH_MAX];
    const char *source = shim_path(from, old, first), *target = shim_path(to, new, second);
    if (shim_is_on() && shim_fakes("replace")) flags &= ~1u;
    if (!source && !target) return (int)syscall(SYS_renameat2, from, old, to, new, flags);
    struct shim_permit permit =
        shim_start(source && target && !(flags & ~1u) ? SHIM_RENAME : SHIM_UNSUPPORTED, SHIM_IO_ERROR | SHIM_NO_SPACE);
    if (!source) source = "";
    if (!target) target = "";
    if (permit.error) {
        errno = permit.error;
        shim_finish(&permit, -1, -1, (int)flags, 0, source, target, strlen(target));
        return -1;
    }
    long result = syscall(SYS_renameat2, from, old, to, new, flags);
    shim_finish(&permit, result, -1, (int)flags, 0, source, target, strlen(target));
    return (int)result;
}
int renameat(int from, const char *old, int to, const char *new) { return renameat2(from, old, to, new, 0); }
int rename(const char *old, const char *new) { return renameat2(AT_FDCWD, old, AT_FDCWD, new, 0); }

int linkat(int from, const char *old, int to, const char *new, int flags) {
    char first[PATH_MAX], second[PATH_MAX];
    const char *source = shim_path(from, old, first), *target = shim_path(to, new, second);
    if (!source && !target) return (int)syscall(SYS_linkat, from, old, to, new, flags);
    struct shim_permit permit =
        shim_start(source && target ? SHIM_LINK : SHIM_UNSUPPORTED, SHIM_IO_ERROR | SHIM_NO_SPACE);
    if (!source) source = "";
    if (!target) target = "";
    if (permit.error) {
        errno = permit.error;
        shim_finish(&permit, -1, -1, 0, 0, source, target, strlen(target));
        return -1;
    }
    long result = syscall(SYS_linkat, from, old, to, new, flags);
    shim_finish(&permit, result, -1, 0, 0, source, target, strlen(target));
    return (int)result;
}
int link(const char *old, const char *new) { return linkat(AT_FDCWD, old, AT_FDCWD, new, 0); }

// --- locks

static int is_faked(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    long length = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    if (length < 0) return 0;
    path[length] = 0;
    const char *name = strrchr(path, '/');
    if (!name) return 0;
    return (shim_fakes("writer") && !strcmp(name, "/writer.lock"))
        || (shim_fakes("readers") && !strcmp(name, "/readers.lock"));
}

int flock(int fd, int operation) {
    if (!shim_is_tracked(fd)) return (int)syscall(SYS_flock, fd, operation);
    if (is_faked(fd)) return 0;
    struct shim_permit permit = shim_start(SHIM_LOCK, SHIM_IO_ERROR | SHIM_INTERRUPT);
    if (permit.error) {
        errno = permit.error;
        shim_finish(&permit, -1, fd, operation, 0, "", NULL, 0);
        return -1;
    }
    long result = syscall(SYS_flock, fd, operation);
    shim_finish(&permit, result, fd, operation, 0, "", NULL, 0);
    return (int)result;
}

static int control(int fd, int command, void *argument) {
    int makes = command == F_DUPFD || command == F_DUPFD_CLOEXEC;
    int locks = command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW;
    if (!shim_is_tracked(fd) || !(makes || locks)) return (int)syscall(SYS_fcntl, fd, command, argument);
    struct shim_permit permit =
        shim_start(makes ? SHIM_UNSUPPORTED : SHIM_LOCK, locks ? SHIM_IO_ERROR | SHIM_INTERRUPT : SHIM_NO_DESCRIPTOR);
    if (permit.error) {
        errno = permit.error;
        shim_finish(&permit, -1, fd, command, 0, "", NULL, 0);
        return -1;
    }
    long result = syscall(SYS_fcntl, fd, command, argument);
    shim_finish(&permit, result, fd, command, 0, "", NULL, 0);
    return (int)result;
}

int fcntl64(int fd, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return control(fd, command, argument);
}
int fcntl(int fd, int command, ...) {
    va_list arguments;
    va_start(arguments, command);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    return control(fd, command, argument);
}

// --- room

// Through a descriptor, as these two have no system call of their own.
#define ROOM(name, by_descriptor, type)                                        \
    int name(const char *path, struct type *room) {                            \
        int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0); \
        if (fd < 0) return -1;                                                 \
        int result = by_descriptor(fd, room);                                  \
        syscall(SYS_close, fd);                                                \
        if (result == 0 && shim_has_room()) room->f_bavail = room->f_bfree = 1ul << 40; \
        return result;                                                         \
    }
ROOM(statvfs, fstatvfs, statvfs)
ROOM(statvfs64, fstatvfs64, statvfs64)
