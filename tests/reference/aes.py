"""The outputs that programs/aes.moot must have: AES-128 by the tables of FIPS 197, checked against its appendices."""


def doubled(x):
    return x << 1 ^ (0x11B if x & 0x80 else 0)


def product(x, y):
    total = 0
    while y:
        total ^= x if y & 1 else 0
        x, y = doubled(x), y >> 1
    return total


def substitute(x):
    inverse = next((y for y in range(256) if product(x, y) == 1), 0)
    turns = [inverse << k | inverse >> (8 - k) for k in range(5)]
    return (turns[0] ^ turns[1] ^ turns[2] ^ turns[3] ^ turns[4]) & 255 ^ 0x63


SBOX = [substitute(x) for x in range(256)]


def schedule(key):
    """Eleven round keys of sixteen bytes."""
    words, constant = [key[k : k + 4] for k in range(0, 16, 4)], 1
    while len(words) < 44:
        last = words[-1]
        if len(words) % 4 == 0:
            last = [SBOX[x] for x in last[1:] + last[:1]]
            last[0] ^= constant
            constant = doubled(constant)
        words.append([a ^ b for a, b in zip(words[-4], last)])
    return [sum(words[k : k + 4], []) for k in range(0, 44, 4)]


def mixed(column):
    turns = [column[r:] + column[:r] for r in range(4)]
    return [doubled(a) ^ doubled(b) ^ b ^ c ^ d for a, b, c, d in turns]


def encrypt(key, block):
    keys = schedule(key)
    state = [a ^ b for a, b in zip(block, keys[0])]
    for k in range(1, 11):
        state = [SBOX[x] for x in state]
        state = [state[(i + 4 * (i % 4)) % 16] for i in range(16)]
        if k < 10:
            state = sum((mixed(state[c : c + 4]) for c in range(0, 16, 4)), [])
        state = [a ^ b for a, b in zip(state, keys[k])]
    return state


VECTORS = [  # FIPS 197, appendices B and C.1: key, block, cipher text
    ("2b7e151628aed2a6abf7158809cf4f3c", "3243f6a8885a308d313198a2e0370734", "3925841d02dc09fbdc118597196a0b32"),
    ("000102030405060708090a0b0c0d0e0f", "00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a"),
]
for key, block, cipher in VECTORS:
    assert bytes(encrypt(list(bytes.fromhex(key)), list(bytes.fromhex(block)))).hex() == cipher


def outputs(data):
    key = [a ^ b for a, b in zip(data["left"]["key-1"], data["right"]["key-2"])]
    return {"left": {}, "right": {}, "owner": {"cipher": encrypt(key, data["owner"]["block"])}}
