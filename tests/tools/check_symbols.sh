#!/usr/bin/env bash
# Fails when a library shows any symbol but moot_*, or none. usage: check_symbols.sh LIBRARY…
set -euo pipefail
failed=0
for library in "$@"; do
    dynamic=()
    case $library in *.so*) dynamic=(--dynamic) ;; esac
    names=$(nm "${dynamic[@]}" --defined-only --extern-only --format=posix "$library" |
        awk 'NF > 1 && $2 != "A" { print $1 }')
    if ! grep -q '^moot_' <<<"$names"; then
        echo "$library shows no moot_* at all"
        failed=1
    fi
    if others=$(grep -v '^moot_' <<<"$names"); then
        echo "$library shows:" $others
        failed=1
    fi
done
exit $failed
