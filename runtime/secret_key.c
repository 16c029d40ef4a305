/* Key files, and the page of memory that holds a secret key. */
#include "runtime/secret_key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Text with its NUL, alone on its page; room for what an editor adds to a line. */
struct secret_key {
    char text[KEY_TEXT + 24];
};

bool key_is_text(const char *s)
{
    static const char z85[] =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";

    return strlen(s) == KEY_TEXT && strspn(s, z85) == KEY_TEXT;
}

/* --- the page */

static status key_new(secret_key **out, failure *err)
{
    secret_key *k =
        mmap(NULL, sizeof *k, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    *out = NULL;
    if (k == MAP_FAILED) return fail_memory(err);
    if (mlock(k, sizeof *k)) {
        int error = errno;
        munmap(k, sizeof *k);
        return fail(err, E_CONFIG, "N07",
                    "the memory for the secret key cannot be kept out of swap: %s\n"
                    "help: ulimit -l 64",
                    strerror(error));
    }
    madvise(k, sizeof *k, MADV_DONTDUMP);
    *out = k;
    return OK;
}

void secret_key_free(secret_key *k)
{
    if (!k) return;
    OPENSSL_cleanse(k, sizeof *k);
    munlock(k, sizeof *k);
    munmap(k, sizeof *k);
}

const char *secret_key_text(const secret_key *k)
{
    return k->text;
}

status secret_key_copy(secret_key **out, const char *text, failure *err)
{
    status st;

    *out = NULL;
    if (!key_is_text(text))
        return fail(err, E_CONFIG, "N07", "a secret key has %d characters, as in NAME.key", KEY_TEXT);
    if (!(st = key_new(out, err))) memcpy((*out)->text, text, KEY_TEXT);
    return st;
}

/* --- reading */

static status check_owner(int fd, const char *path, failure *err)
{
    struct stat about;

    if (fstat(fd, &about))
        return fail(err, E_USAGE, "", "%s cannot be read: %s", path, strerror(errno));
    if (!S_ISREG(about.st_mode)) return fail(err, E_CONFIG, "N07", "%s is no file", path);
    if (about.st_uid != geteuid() && about.st_uid != 0)
        return fail(err, E_CONFIG, "N07", "%s belongs to another user of this machine", path);
    if (!(about.st_mode & (S_IRWXG | S_IRWXO))) return OK;
    return fail(err, E_CONFIG, "N07",
                "%s can be read or written by other users (mode %04o)\n"
                "note: who may have read it may be you to the others: if in doubt, make a new key\n"
                "help: chmod 600 %s",
                path, (unsigned)about.st_mode & 07777, path);
}

/* Straight into the page: the key is in no other memory of ours. */
static status read_text(int fd, secret_key *k, const char *path, failure *err)
{
    size_t len = 0;
    ssize_t n = 1;

    while (n > 0 && len < sizeof k->text - 1) {
        n = read(fd, k->text + len, sizeof k->text - 1 - len);
        if (n < 0 && errno == EINTR)
            n = 1;
        else if (n > 0)
            len += (size_t)n;
    }
    if (n < 0) return fail(err, E_USAGE, "", "%s cannot be read: %s", path, strerror(errno));
    while (len > 0 && strchr("\r\n", k->text[len - 1])) k->text[--len] = '\0';
    if (memchr(k->text, '\0', len) == NULL && key_is_text(k->text)) return OK;
    return fail(err, E_CONFIG, "N07",
                "%s holds no key: it should be the line of %d characters that `moot keygen` wrote",
                path, KEY_TEXT);
}

status secret_key_read(secret_key **out, const char *path, failure *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    secret_key *k = NULL;
    status st;

    *out = NULL;
    if (fd < 0) return fail(err, E_USAGE, "", "%s cannot be read: %s", path, strerror(errno));
    if (!(st = check_owner(fd, path, err)) && !(st = key_new(&k, err)))
        st = read_text(fd, k, path, err);
    close(fd);
    if (st)
        secret_key_free(k);
    else
        *out = k;
    return st;
}

/* --- making */

static status cannot_make(const char *path, int error, failure *err)
{
    if (error == EEXIST)
        return fail(err, E_USAGE, "", "%s is there already, and keys are never overwritten", path);
    return fail(err, E_USAGE, "", "cannot write %s: %s", path, strerror(error));
}

/* A new file with the key and a line end; it is gone again when that fails. */
static status write_key(const char *path, mode_t mode, const char *key, failure *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode), error;
    bool written;

    if (fd < 0) return cannot_make(path, errno, err);
    written = write(fd, key, KEY_TEXT) == KEY_TEXT && write(fd, "\n", 1) == 1 && !fsync(fd);
    error = errno;
    if (!close(fd) && written) return OK;
    unlink(path);
    return cannot_make(path, error, err);
}

/* Both, or none. */
static status write_pair(const char *name, const char *public_key, const char *secret, failure *err)
{
    buffer public_name = {0}, secret_name = {0};
    char *pub, *key;
    status st;

    buffer_printf(&public_name, "%s.pub", name);
    buffer_printf(&secret_name, "%s.key", name);
    pub = buffer_take(&public_name), key = buffer_take(&secret_name);
    if (!pub || !key)
        st = fail_memory(err);
    else if (!(st = write_key(pub, 0644, public_key, err)) &&
             (st = write_key(key, 0600, secret, err)))
        unlink(pub);
    free(pub);
    free(key);
    return st;
}

status secret_key_make(const char *name, char public_key[KEY_TEXT + 1], failure *err)
{
    secret_key *k;
    status st = key_new(&k, err);

    if (st) return st;
    if (!(st = mesh_keypair(public_key, k->text, err)))
        st = write_pair(name, public_key, k->text, err);
    secret_key_free(k);
    return st;
}
