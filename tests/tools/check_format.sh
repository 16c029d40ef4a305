#!/usr/bin/env bash
# Names the C files that are not as clang-format would write them, and fails when there are any.
# usage: check_format.sh ROOT
set -euo pipefail
cd "$1"
differing=$(find vm compiler net runtime tests docs -name '*.[ch]' -print0 | sort -z |
    xargs -0 -n 16 -P "$(nproc)" clang-format --dry-run 2>&1 |
    sed -n 's/^\([^ :]*\):[0-9]*:.*Wclang-format-violations.*/\1/p' | sort -u)
if [ -n "$differing" ]; then
    echo "$differing"
    exit 1
fi
