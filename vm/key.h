/* Keys: texts that are only compared, as numbers. Equal texts are equal keys; different ones are, but for the
 * chance that two hashes agree. */
#ifndef MOOT_VM_KEY_H
#define MOOT_VM_KEY_H

#include "vm/num.h"

/* What the fields hold beside a sign: p61 and p127. */
enum { KEY_BITS_NARROW = 60, KEY_BITS_WIDE = 126 };

/* The key of a text, byte by byte: KEY_BITS_WIDE bits of SHA-256(tag, SHA-256(text)), the tag being 32 bytes that
 * no other use of a hash here has. */
num key_of_text(slice text);

/* The key of a whole number: that of its decimal digits, so that 1 and "1" are equal. */
num key_of_number(num whole);

/* 2^bits - 1: keys of this width are 0 … that. */
num key_most(unsigned bits);

/* The key at the width whose key_most is `most`: its low bits. */
num key_cut(num key, num most);

#endif
