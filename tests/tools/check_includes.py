#!/usr/bin/env python3
"""Fails when an #include goes against the arrows between the parts (docs/architecture.md).

usage: check_includes.py ROOT
       check_includes.py --self-test
"""

import re
import sys
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)

# What each part may include. A path ending in / stands for every file below it. The longest part that a
# file's own path begins with decides.
ANYWHERE = ["vm/base.h", "vm/num.h", "vm/key.h"]
ARROWS = {
    "vm/": ["vm/"],
    "compiler/": ["compiler/", "vm/bytecode.h", "vm/opcodes.def"],
    "net/": ["net/"],
    "runtime/": ["runtime/", "vm/", "net/", "compiler/compile.h"],
    "runtime/cli/": ["runtime/", "vm/", "compiler/compile.h", "compiler/format.h"],
}
# Files of runtime/ that compile or load on a user's behalf. The others, the engine, see neither the
# compiler nor the headers of these.
LOADERS = re.compile(r"runtime/(moot|data|config|source|explain|test_file|watch|unfold|deploy|node|reach|serve|submit)")


def allowed(file, header):
    part = max((p for p in ARROWS if file.startswith(p)), key=len)
    if part == "runtime/" and not LOADERS.match(file):
        if header.startswith("compiler/") or LOADERS.match(header):
            return False
    return any(header == a or (a.endswith("/") and header.startswith(a)) for a in ANYWHERE + ARROWS[part])


def violations(file, text):
    """The includes of one file (its path from the root) that are not allowed, as sentences."""
    found = []
    for match in INCLUDE.finditer(text):
        header = match.group(1)
        line = text.count("\n", 0, match.start(1)) + 1
        if "/" not in header or header.startswith("."):
            found.append(f'{file}:{line}: "{header}" should be named from the root')
        elif not allowed(file, header):
            found.append(f'{file}:{line}: must not include "{header}"')
    return found


def check(root):
    files = sorted(f for part in ("vm", "compiler", "net", "runtime") for f in (root / part).rglob("*.[ch]"))
    if not files:
        return [f"{root}: no sources here"]
    return [v for f in files for v in violations(f.relative_to(root).as_posix(), f.read_text())]


def self_test():
    """The check must find each of these, and leave the others alone."""
    bad = [
        ("vm/x.c", "runtime/shamir.h"),
        ("vm/x.c", "compiler/ir.h"),
        ("compiler/x.c", "vm/interp.h"),
        ("compiler/x.c", "net/mesh.h"),
        ("net/x.c", "vm/bytecode.h"),
        ("net/x.c", "runtime/launch.h"),
        ("runtime/shamir.c", "compiler/compile.h"),
        ("runtime/shamir.c", "runtime/data.h"),
        ("runtime/moot.c", "compiler/ir.h"),
        ("runtime/cli/main.c", "net/mesh.h"),
        ("vm/x.c", "base.h"),
        ("vm/x.c", "../runtime/shamir.h"),
    ]
    good = [
        ("vm/x.c", "vm/num.h"),
        ("compiler/x.c", "vm/bytecode.h"),
        ("compiler/x.c", "vm/key.h"),
        ("net/x.c", "vm/base.h"),
        ("runtime/shamir.c", "net/channel.h"),
        ("runtime/data.c", "compiler/compile.h"),
        ("runtime/cli/main.c", "vm/interp.h"),
    ]
    wrong = [f"missed: {f} includes {h}" for f, h in bad if not violations(f, f'\n  # include "{h}"\n')]
    wrong += [f"refused: {f} includes {h}" for f, h in good if violations(f, f'#include "{h}"\n')]
    wrong += ["refused: a system header"] * bool(violations("vm/x.c", "#include <gmp.h>\n"))
    return wrong


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = self_test() if sys.argv[1] == "--self-test" else check(Path(sys.argv[1]))
    print("\n".join(found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
