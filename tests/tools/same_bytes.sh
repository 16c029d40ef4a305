#!/usr/bin/env bash
# Two builds of moot must compile every program to the same bytes: nodes that were built by different compilers compare
# hashes of them. usage: same_bytes.sh MOOT OTHER_MOOT FILE…
set -euo pipefail
one=$1 other=$2
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

differ=0
for program in "$@"; do
    "$one" compile "$program" -o "$work/one" --quiet
    "$other" compile "$program" -o "$work/other" --quiet
    cmp -s "$work/one" "$work/other" || { echo "$program: other bytes with $other" >&2; differ=1; }
done
echo "$# programs compiled twice"
exit "$differ"
