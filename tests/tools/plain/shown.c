/* What is public in the checks of active mode, declared so to valgrind where it comes about: values that were opened under
 * a mask, and hashes that nodes show each other. On a passive box they stay unknown, and with them what follows. Linked
 * around runtime's own functions (CMakeLists.txt). */
#include "runtime/audit.h"
#include "runtime/box.h"

#include <openssl/evp.h>
#include <valgrind/memcheck.h>

void __real_note_opening(job *j, uint32_t receivers, const void *share, const void *opened,
                         size_t len);
void __wrap_note_opening(job *j, uint32_t receivers, const void *share, const void *opened,
                         size_t len);
void __real_note_bit_opening(job *j, const uint64_t *share, const uint64_t *opened, size_t words,
                             size_t len);
void __wrap_note_bit_opening(job *j, const uint64_t *share, const uint64_t *opened, size_t words,
                             size_t len);
int __real_EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *out, unsigned *len);
int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *out, unsigned *len);

void __wrap_note_opening(job *j, uint32_t receivers, const void *share, const void *opened,
                         size_t len)
{
    if (job_box(j)->audit && opened) VALGRIND_MAKE_MEM_DEFINED(opened, len * job_box(j)->f->size);
    __real_note_opening(j, receivers, share, opened, len);
}

void __wrap_note_bit_opening(job *j, const uint64_t *share, const uint64_t *opened, size_t words,
                             size_t len)
{
    if (job_box(j)->audit && opened)
        VALGRIND_MAKE_MEM_DEFINED(opened, gf2m_degree(job_box(j)->nodes) * words * sizeof *opened);
    __real_note_bit_opening(j, share, opened, words, len);
}

int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *out, unsigned *len)
{
    int made = __real_EVP_DigestFinal_ex(ctx, out, len);

    VALGRIND_MAKE_MEM_DEFINED(out, (size_t)EVP_MD_CTX_get_size(ctx));
    return made;
}
