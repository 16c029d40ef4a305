#!/usr/bin/env bash
# Fails when a C file is not as clang-format would write it. usage: check_format.sh ROOT
set -euo pipefail
cd "$1"
find vm compiler net runtime tests -name '*.[ch]' -print0 | sort -z |
    xargs -0 -n 16 -P "$(nproc)" clang-format --dry-run -Werror
