#!/usr/bin/env bash
# Fuzzes for a while: each program of tests/fuzz for its share of the time, from what the repository holds.
# usage: fuzz.sh FUZZ_BUILD MOOT SECONDS
set -euo pipefail
build=$1 moot=$2 seconds=$3
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Seeds: text as it is written, right and wrong, and what the compiler makes of it. The compiler's words are the dictionary.
mkdir -p "$scratch/source" "$scratch/bytecode" "$scratch/found"
cp "$root"/tests/fuzz/corpus/source/* "$root"/programs/*.moot "$root"/tests/{language,mistakes}/*.moot "$scratch/source"
for program in "$root"/programs/*.moot "$root"/tests/language/*.moot; do
    "$moot" compile "$program" -o "$scratch/bytecode/$(basename "$program" .moot)" --quiet
done
find "$scratch/bytecode" -size +32k -delete # long inputs are slow ones
"$moot" words --json | python3 -c '
import json, sys
for word in json.load(sys.stdin)["words"]:
    print("\"" + word["name"] + " \"")' >"$scratch/source.dict"
echo '"moot"' >"$scratch/bytecode.dict" # an empty dictionary is refused

fuzzers=("$root"/tests/fuzz/*.c)
failed=0
for source in "${fuzzers[@]}"; do
    name=$(basename "$source" .c)
    mkdir -p "$scratch/found/$name"
    if ! "$build/tests/fuzz_$name" -max_total_time=$((seconds / ${#fuzzers[@]})) -timeout=30 -rss_limit_mb=2048 \
        -max_len=4096 -dict="$scratch/$name.dict" -artifact_prefix="$build/$name-" \
        "$scratch/found/$name" "$scratch/$name" >"$build/fuzz_$name.log" 2>&1; then
        tail -n 40 "$build/fuzz_$name.log"
        echo "fuzz_$name found a mistake. To see it again:"
        echo "    cmake --preset fuzz && cmake --build build-fuzz --target fuzz_$name"
        echo "    build-fuzz/tests/fuzz_$name $(ls -t "$build/$name-"* | head -n 1)"
        echo "That file, as short as it gets (-minimize_crash=1), goes into tests/fuzz/corpus/$name with the repair."
        failed=1
    else
        echo "fuzz_$name: $(grep -o '^Done [0-9]* runs' "$build/fuzz_$name.log"), no mistake"
    fi
done
exit $failed
