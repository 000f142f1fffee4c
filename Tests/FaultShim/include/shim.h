// The preloaded shim: records a child's file calls below one directory, and makes chosen ones fail.
//
// Set up by the environment of the child:
//   VARVE_SHIM_ROOT    absolute directory, without links; calls about other files pass through untouched
//   VARVE_SHIM_LOG     file, outside the root, that every call is appended to (see record.c)
//   VARVE_SHIM_FAULT   MODE:N, the Nth call that the mode applies to fails, counted from 1
//   VARVE_SHIM_BUDGET  bytes by which files may grow in all; past it writes are cut short and then fail with ENOSPC
//   VARVE_SHIM_FAKE    comma-separated: "writer", "readers" (flock of that file succeeds without a lock),
//                      "replace" (renameat2 forgets RENAME_NOREPLACE)
//   VARVE_SHIM_ROOM    if set, statvfs says that there is room without end
#ifndef VARVE_SHIM_H
#define VARVE_SHIM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Numbers of the log; Recording.swift has the same.
enum shim_call {
    SHIM_MARK = 1,  // the child wrote this line to its standard output: an acknowledgement
    SHIM_OPEN,
    SHIM_CLOSE,
    SHIM_WRITE,
    SHIM_TRUNCATE,
    SHIM_SYNC,
    SHIM_SYNC_RANGE,
    SHIM_RENAME,
    SHIM_LINK,
    SHIM_UNLINK,
    SHIM_MAKE_DIRECTORY,
    SHIM_REMOVE_DIRECTORY,
    SHIM_MODE,
    SHIM_LOCK,
    SHIM_READ,
    SHIM_ALLOCATE,
    SHIM_UNSUPPORTED,  // a call that the replay has no model of
    SHIM_START,        // a process begins: no descriptor is open
};

// What may go wrong with a call: a bit for each mode, written to the log so that a sweep knows how many there are.
enum shim_mode {
    SHIM_KILL = 1,
    SHIM_NO_SPACE = 2,
    SHIM_IO_ERROR = 4,
    SHIM_SYNC_ERROR = 8,
    SHIM_SHORT = 16,
    SHIM_INTERRUPT = 32,
    SHIM_NO_DESCRIPTOR = 64,
};

// One call on its way. `start` takes the shim's lock, `finish` gives it back and keeps errno.
struct shim_permit {
    enum shim_call call;
    int modes;
    int error;      // not 0: fail with this errno, do nothing
    int is_short;   // write only half of the bytes
    int kill_after;
};

struct shim_permit shim_start(enum shim_call call, int modes);
void shim_finish(
    struct shim_permit *permit, long result, int fd, int flags, int64_t offset, const char *path, const void *data,
    size_t length);

int shim_is_tracked(int fd);
void shim_track(int fd, int tracked);
// The path below the root, or NULL; `buffer` has PATH_MAX bytes.
const char *shim_path(int directory, const char *path, char *buffer);
// Bytes of a write that still fit into the budget.
size_t shim_fits(int fd, int64_t offset, size_t length);
int shim_fakes(const char *what);
int shim_has_room(void);
int shim_is_on(void);
void shim_record(
    enum shim_call call, int modes, int failed, int fd, int flags, int64_t offset, const char *path, const void *data,
    size_t length);
void shim_open_log(void);

#endif
