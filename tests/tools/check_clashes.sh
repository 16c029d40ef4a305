#!/usr/bin/env bash
# Fails when an object file of ours shows a name that a library it is linked with has too: the linker would
# quietly give the library's callers ours. (A function named `bind` once stood between libzmq and libc.)
# usage: check_clashes.sh COMMAND OBJECT…
set -euo pipefail
command=$1
shift
names() # NM_FLAG FILE…
{
    nm "$1" --defined-only --extern-only --format=posix "${@:2}" 2>/dev/null |
        awk 'NF > 1 && $2 ~ /[TDBRVWi]/ { sub(/@.*/, "", $1); print $1 }' | sort -u
}
mapfile -t libraries < <(ldd "$command" | awk '$3 ~ /^\// { print $3 }')
ours=$(names --extern-only "$@")
theirs=$(names --dynamic "${libraries[@]}")
if [ "$(wc -l <<<"$ours")" -lt 50 ] || [ "$(wc -l <<<"$theirs")" -lt 1000 ]; then
    echo "too few names were found to tell anything"
    exit 1
fi
if clashes=$(comm -12 <(echo "$ours") <(echo "$theirs") | grep -v '^_'); then
    echo "these names are also in a library:" $clashes
    exit 1
fi
