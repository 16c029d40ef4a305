#!/usr/bin/env bash
# Fuzzes for a while: each program of tests/fuzz for its share of the time, from what the repository holds. With a seed,
# 1 when none is given, the same inputs are tried in the same order each time, as far as the time goes: what is found is
# found again. "random" explores. What was found stands at the very end, in few and short lines: some logs show no others.
# usage: fuzz.sh FUZZ_BUILD MOOT SECONDS [SEED|random [NAME…]]
set -euo pipefail
build=$1 moot=$2 seconds=$3 seed=${4:-1}
shift $(($# < 4 ? 3 : 4))
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fuzzers=("$@")
if [ ${#fuzzers[@]} -eq 0 ]; then
    for source in "$root"/tests/fuzz/*.c; do fuzzers+=("$(basename "$source" .c)"); done
fi
at_once=$(nproc)
share=$((seconds * at_once / ${#fuzzers[@]}))

# What is tried first: text as it is written, right and wrong, and what the compiler makes of it. The compiler's words are
# the dictionary.
for name in "${fuzzers[@]}"; do mkdir -p "$scratch/$name" "$scratch/found/$name"; done
cp -r "$root"/tests/fuzz/corpus/* "$scratch"
mkdir -p "$scratch/bytecode" "$scratch/source" "$scratch/again"
cp "$root"/programs/*.moot "$root"/tests/{language,mistakes}/*.moot "$scratch/source"
for program in "$root"/programs/*.moot "$root"/tests/language/*.moot; do
    "$moot" compile "$program" -o "$scratch/bytecode/$(basename "$program" .moot)" --quiet
done
find "$scratch/bytecode" -size +32k -delete # long inputs are slow ones
"$moot" words --json | python3 -c '
import json, sys
for word in json.load(sys.stdin)["words"]:
    print("\"" + word["name"] + " \"")' >"$scratch/source.dict"
for name in data config; do
    grep -aoh '"[a-z_]*"' "$root/tests/fuzz/corpus/$name"/* | sort -u | sed 's/"\(.*\)"/"\\"\1\\""/' >"$scratch/$name.dict"
done

order=() # without address randomization, where that is allowed, and files by name: folders have orders of their own
flags=(-max_total_time="$share" -timeout=30 -rss_limit_mb=2048 -max_len=4096 -reload=0)
if [ "$seed" != random ]; then
    flags+=(-seed="$seed")
    if setarch -R true 2>/dev/null; then order=(setarch -R); fi
fi

# As short as it gets in half a minute; what takes long stays as it is, for each step would.
shorten() # NAME FOUND: writes FOUND.short
{
    local name=$1 found=$2
    cp "$found" "$found.short"
    if [[ $found == *-timeout-* ]]; then return 0; fi
    timeout 40 "$build/tests/fuzz_$name" -minimize_crash=1 -max_total_time=30 -rss_limit_mb=2048 \
        -exact_artifact_path="$found.short" "$found" >/dev/null 2>&1 || true
}

how_to_see_again() # NAME FOUND
{
    local name=$1 found=$2 file
    file=$(basename "$found")
    echo "fuzz_$name found a mistake. To see it again:"
    echo "    cmake --preset fuzz && cmake --build build-fuzz --target fuzz_$name"
    echo "    base64 -d <<'end' | gunzip >$file"
    gzip -9 <"$found.short" | base64 -w 76
    echo "end"
    echo "    build-fuzz/tests/fuzz_$name $file"
    echo "That file goes into tests/fuzz/corpus/$name with the repair."
}

fuzz() # NAME
{
    local name=$1 log=$build/fuzz_$1.log dictionary=()
    if [ -s "$scratch/$name.dict" ]; then dictionary=(-dict="$scratch/$name.dict"); fi
    # without a line break at the end, which would belong to the last name
    find "$scratch/$name" -type f | LC_ALL=C sort | paste -sd, | tr -d '\n' >"$scratch/$name.inputs"
    if "${order[@]}" "$build/tests/fuzz_$name" "${flags[@]}" "${dictionary[@]}" -artifact_prefix="$build/$name-" \
        -seed_inputs="@$scratch/$name.inputs" "$scratch/found/$name" >"$log" 2>&1; then
        echo "fuzz_$name: $(grep -o '^Done [0-9]* runs' "$log"), no mistake"
        return 0
    fi
    local found
    found=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
    # What took long once, on a machine that was busy, is no mistake.
    if [[ $found == *-timeout-* ]] && "${order[@]}" "$build/tests/fuzz_$name" -timeout=30 "$found" >/dev/null 2>&1; then
        echo "fuzz_$name: no mistake; $found took long once, and does not alone"
        return 0
    fi
    tail -n 40 "$log" | cut -c 1-160
    if [ -f "$found" ]; then
        shorten "$name" "$found"
        how_to_see_again "$name" "$found" >"$scratch/again/$name"
    fi
    return 1
}

failed=0 running=0
for name in "${fuzzers[@]}"; do
    if [ $running -eq "$at_once" ]; then
        wait -n || failed=1
        running=$((running - 1))
    fi
    fuzz "$name" &
    running=$((running + 1))
done
for ((; running; running--)); do wait -n || failed=1; done
find "$scratch/again" -type f -exec cat {} +
exit $failed
