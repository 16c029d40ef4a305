#!/usr/bin/env bash
# Runs clang-tidy over the sources of all parts. usage: check_tidy.sh ROOT BUILD_FOLDER
set -euo pipefail
cd "$1"
find vm compiler net runtime -name '*.c' -print0 | sort -z |
    xargs -0 -n 4 -P "$(nproc)" clang-tidy --quiet -p "$2" 2>/dev/null
