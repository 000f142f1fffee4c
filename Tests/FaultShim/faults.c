// Which calls are seen, which of them fail, and how.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "shim.h"

// One call at a time: the order of the log is the order in which the kernel saw the calls.
static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static char root[PATH_MAX];
static size_t root_length;
static int is_on, has_room;
static char fakes[256];
static unsigned char tracked[65536];

static struct {
    int modes;   // calls that count
    long place;  // 0: none
    int error;
    int for_good, is_short, kill_before, kill_after;
} fault;
static long calls_counted;
static long long budget = -1;

static void set_fault(const char *text) {
    static const struct {
        const char *name;
        int modes, error, for_good, is_short, kill_before, kill_after;
    } known[] = {
        {"kill-before", SHIM_KILL, 0, 0, 0, 1, 0},
        {"kill-after", SHIM_KILL, 0, 0, 0, 0, 1},
        {"enospc-once", SHIM_NO_SPACE, ENOSPC, 0, 0, 0, 0},
        {"enospc-for-good", SHIM_NO_SPACE, ENOSPC, 1, 0, 0, 0},
        {"eio", SHIM_IO_ERROR, EIO, 0, 0, 0, 0},
        {"eio-on-fsync", SHIM_SYNC_ERROR, EIO, 0, 0, 0, 0},
        {"short-write", SHIM_SHORT, 0, 0, 1, 0, 0},
        {"eintr", SHIM_INTERRUPT, EINTR, 0, 0, 0, 0},
        {"emfile", SHIM_NO_DESCRIPTOR, EMFILE, 0, 0, 0, 0},
    };
    const char *colon = strchr(text, ':');
    if (!colon) _exit(96);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strlen(known[i].name) != (size_t)(colon - text) || strncmp(known[i].name, text, colon - text)) continue;
        fault.modes = known[i].modes;
        fault.error = known[i].error;
        fault.for_good = known[i].for_good;
        fault.is_short = known[i].is_short;
        fault.kill_before = known[i].kill_before;
        fault.kill_after = known[i].kill_after;
        fault.place = atol(colon + 1);
        return;
    }
    _exit(96);
}

__attribute__((constructor)) static void set_up(void) {
    const char *text = getenv("VARVE_SHIM_ROOT");
    if (!text || !*text || strlen(text) >= PATH_MAX) return;
    strcpy(root, text);
    root_length = strlen(root);
    is_on = 1;
    if ((text = getenv("VARVE_SHIM_FAULT")) && *text) set_fault(text);
    if ((text = getenv("VARVE_SHIM_BUDGET")) && *text) budget = atoll(text);
    if ((text = getenv("VARVE_SHIM_FAKE"))) snprintf(fakes, sizeof fakes, ",%s,", text);
    has_room = getenv("VARVE_SHIM_ROOM") != NULL;
    shim_open_log();
}

int shim_is_on(void) { return is_on; }
int shim_has_room(void) { return has_room; }

int shim_fakes(const char *what) {
    char name[64];
    snprintf(name, sizeof name, ",%s,", what);
    return strstr(fakes, name) != NULL;
}

int shim_is_tracked(int fd) { return is_on && fd >= 0 && fd < (int)sizeof tracked && tracked[fd]; }

void shim_track(int fd, int value) {
    if (fd >= 0 && fd < (int)sizeof tracked) tracked[fd] = (unsigned char)value;
}

const char *shim_path(int directory, const char *path, char *buffer) {
    if (!is_on || !path) return NULL;
    if (*path != '/') {
        char link[64];
        snprintf(link, sizeof link, directory == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", directory);
        long length = syscall(SYS_readlinkat, AT_FDCWD, link, buffer, PATH_MAX - 1);
        if (length < 0 || length + strlen(path) + 2 >= PATH_MAX) return NULL;
        buffer[length] = '/';
        strcpy(buffer + length + 1, path);
    } else {
        if (strlen(path) >= PATH_MAX) return NULL;
        strcpy(buffer, path);
    }
    if (strncmp(buffer, root, root_length)) return NULL;
    if (buffer[root_length] == 0) return buffer + root_length;
    return buffer[root_length] == '/' ? buffer + root_length + 1 : NULL;
}

size_t shim_fits(int fd, int64_t offset, size_t length) {
    if (budget < 0) return length;
    struct stat status;
    if (fstat(fd, &status) != 0) return length;
    int64_t growth = offset + (int64_t)length - status.st_size;
    if (growth <= 0) return length;
    if (growth > budget) {
        size_t lost = (size_t)(growth - budget);
        length = lost >= length ? 0 : length - lost;
        growth = budget;
    }
    budget -= growth;
    return length;
}

struct shim_permit shim_start(enum shim_call call, int modes) {
    pthread_mutex_lock(&one_at_a_time);
    struct shim_permit permit = {.call = call, .modes = modes | SHIM_KILL};
    if (!fault.place || !(permit.modes & fault.modes)) return permit;
    calls_counted++;
    if (calls_counted < fault.place || (calls_counted > fault.place && !fault.for_good)) return permit;
    if (fault.kill_before) kill(getpid(), SIGKILL);
    permit.error = fault.error;
    permit.is_short = fault.is_short;
    permit.kill_after = fault.kill_after;
    return permit;
}

void shim_finish(
    struct shim_permit *permit, long result, int fd, int flags, int64_t offset, const char *path, const void *data,
    size_t length) {
    int code = errno;
    shim_record(permit->call, permit->modes, result < 0, fd, flags, offset, path, data, length);
    if (permit->kill_after) kill(getpid(), SIGKILL);
    pthread_mutex_unlock(&one_at_a_time);
    errno = code;
}
