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
void __real_strict_bits(job *j, wires opened, uint8_t *const packed[NODES_MAX], size_t len,
                        const char *what);
void __wrap_strict_bits(job *j, wires opened, uint8_t *const packed[NODES_MAX], size_t len,
                        const char *what);
int __real_EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *out, unsigned *len);
int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *out, unsigned *len);

void __wrap_note_opening(job *j, uint32_t receivers, const void *share, const void *opened,
                         size_t len)
{
    if (job_box(j)->audit && opened) VALGRIND_MAKE_MEM_DEFINED(opened, len * job_box(j)->f->size);
    __real_note_opening(j, receivers, share, opened, len);
}

void __wrap_strict_bits(job *j, wires opened, uint8_t *const packed[NODES_MAX], size_t len,
                        const char *what)
{
    const size_t bytes = bits_packed(gf2m_degree(job_box(j)->nodes) * opened.count, len);

    for (unsigned k = 0; k < job_box(j)->nodes; k++) VALGRIND_MAKE_MEM_DEFINED(packed[k], bytes);
    __real_strict_bits(j, opened, packed, len, what);
}

int __wrap_EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *out, unsigned *len)
{
    int made = __real_EVP_DigestFinal_ex(ctx, out, len);

    VALGRIND_MAKE_MEM_DEFINED(out, (size_t)EVP_MD_CTX_get_size(ctx));
    return made;
}
