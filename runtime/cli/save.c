/* Files that a command writes, whole or not at all. */
#define _GNU_SOURCE /* O_TMPFILE */
#include "runtime/cli/save.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/source.h"

enum { MODE_BITS = 07777, MODE_OWNER = 0600, MODE_ALL = 0666 };

static status cannot_write(const char *path, failure *err)
{
    return fail(err, E_USAGE, "", "cannot write %s: %s", path, strerror(errno));
}

/* --- what is no ordinary file */

/* Our own standard output or error by another name, /dev/stdout: else -1. */
static int own_stream(const struct stat *about)
{
    struct stat ours;

    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
        if (fstat(fd, &ours) == 0 && ours.st_dev == about->st_dev && ours.st_ino == about->st_ino)
            return fd;
    return -1;
}

static bool is_replaced(const char *path, struct stat *about)
{
    return stat(path, about) != 0 || (S_ISREG(about->st_mode) && own_stream(about) < 0);
}

static bool write_all(int fd, slice text)
{
    size_t done = 0;

    while (done < text.len) {
        ssize_t n = write(fd, text.data + done, text.len - done);
        if (n < 0 && errno != EINTR) return false;
        done += n > 0 ? (size_t)n : 0;
    }
    return true;
}

static status write_to(const char *path, const struct stat *about, slice text, failure *err)
{
    const int stream = own_stream(about);
    const int fd = stream >= 0 ? dup(stream) : open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write_all(fd, text);
    status st = done ? OK : cannot_write(path, err);

    if (fd >= 0 && close(fd) != 0 && !st) st = cannot_write(path, err);
    return st;
}

/* --- what is replaced */

static bool write_whole(int fd, slice text)
{
    return write_all(fd, text) && fsync(fd) == 0;
}

/* Writes a file that has no name until it is whole, so that nothing is left by whatever ends us before. False where the
 * file system cannot do that, where a file of this name is there, and where it cannot be written at all. */
static bool write_unnamed(const char *path, slice text, mode_t mode)
{
    const char *slash = strrchr(path, '/');
    buffer folder = {0};
    char descriptor[32], *name;
    bool whole;
    int fd = -1;

    buffer_printf(&folder, "%.*s/.", slash ? (int)(slash - path) : 1, slash ? path : ".");
    if ((name = buffer_take(&folder))) fd = open(name, O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
    free(name);
    if (fd < 0) return false;
    snprintf(descriptor, sizeof descriptor, "/proc/self/fd/%d", fd);
    whole =
        write_whole(fd, text) && !linkat(AT_FDCWD, descriptor, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
    return close(fd) == 0 && whole;
}

/* Else under a name of its own first, then in place. */
static status write_beside(const char *path, slice text, mode_t mode, failure *err)
{
    buffer name = {0};
    status st = OK;
    char *temporary;
    int fd;

    buffer_printf(&name, "%s.XXXXXX", path);
    if (!(temporary = buffer_take(&name))) return fail_memory(err);
    if ((fd = mkstemp(temporary)) < 0) {
        st = cannot_write(path, err);
    } else {
        bool written = fchmod(fd, mode) == 0 && write_whole(fd, text);
        if (close(fd) != 0) written = false;
        if (!written || rename(temporary, path) != 0) {
            st = cannot_write(path, err);
            unlink(temporary);
        }
    }
    free(temporary);
    return st;
}

/* Asking is setting: what writes for all has no other threads. */
static mode_t mode_for_all(void)
{
    const mode_t mask = umask(0);

    umask(mask);
    return MODE_ALL & ~mask;
}

status save_file(const char *path, slice text, save_for whom, failure *err)
{
    const bool for_all = whom == SAVE_FOR_ALL;
    struct stat about;
    char found[PATH_MAX];
    mode_t mode = MODE_OWNER;

    if (!is_replaced(path, &about)) return write_to(path, &about, text, err);
    if (realpath(path, found)) {
        if (for_all) mode = about.st_mode & MODE_BITS;
        return write_beside(found, text, mode, err);
    }
    if (for_all) mode = mode_for_all();
    return write_unnamed(path, text, mode) ? OK : write_beside(path, text, mode, err);
}

status save_check(const char *path, failure *err)
{
    struct stat about;
    char *folder = NULL;
    status st = OK;

    if (is_replaced(path, &about) && !(folder = folder_of(path))) return fail_memory(err);
    if (folder ? access(folder[0] ? folder : ".", W_OK | X_OK) != 0 : access(path, W_OK) != 0)
        st = cannot_write(path, err);
    else if (!folder && S_ISDIR(about.st_mode))
        st = fail(err, E_USAGE, "", "cannot write %s: it is a folder", path);
    free(folder);
    return st;
}
