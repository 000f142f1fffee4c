// The log: one record a call, appended with one system call, so that a killed child leaves whole records.
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "shim.h"

static int log_descriptor = -1;

struct record_head {
    uint32_t length;  // of the whole record
    uint16_t call;
    uint8_t modes;
    uint8_t failed;
    int32_t fd;
    int32_t flags;
    int64_t offset;
    uint32_t path_length;
    uint32_t data_length;
};

void shim_open_log(void) {
    const char *path = getenv("VARVE_SHIM_LOG");
    if (!path || !*path) return;
    long fd = syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) _exit(97);
    // Far away from the descriptors that the child gets, so that those are as without the shim.
    long far = syscall(SYS_fcntl, (int)fd, F_DUPFD_CLOEXEC, 900);
    if (far < 0) _exit(97);
    syscall(SYS_close, (int)fd);
    log_descriptor = (int)far;
    shim_record(SHIM_START, 0, 0, -1, 0, 0, "", NULL, 0);
}

void shim_record(
    enum shim_call call, int modes, int failed, int fd, int flags, int64_t offset, const char *path, const void *data,
    size_t length) {
    if (log_descriptor < 0) return;
    size_t path_length = path ? strlen(path) : 0;
    struct record_head head = {
        .length = (uint32_t)(sizeof(struct record_head) + path_length + length),
        .call = (uint16_t)call,
        .modes = (uint8_t)modes,
        .failed = (uint8_t)failed,
        .fd = fd,
        .flags = flags,
        .offset = offset,
        .path_length = (uint32_t)path_length,
        .data_length = (uint32_t)length,
    };
    struct iovec parts[3] = {
        {&head, sizeof head}, {(void *)(path ? path : ""), path_length}, {(void *)(data ? data : ""), length}};
    long written = syscall(SYS_writev, log_descriptor, parts, 3);
    if (written != (long)head.length) _exit(98);
}
