#!/usr/bin/env bash
# Which lines of the library the tests reach: builds with counters, runs the unit tests and the scripts, and writes the
# report. Members of `moot run` end without writing their counters, so what only they do counts as not reached.
# usage: coverage.sh [CTEST ARGUMENT…], without arguments: -L 'unit|cli|hosts'. Wants gcovr (apt-get install gcovr).
set -euo pipefail
cd "$(dirname "$0")/../.."
build=build-coverage

cmake --preset coverage -DBUILD_TESTING=ON >/dev/null
cmake --build "$build" -j "$(nproc)" >/dev/null
find "$build" -name '*.gcda' -delete
if [ $# -eq 0 ]; then set -- -L 'unit|cli|hosts'; fi
ctest --preset coverage "$@" || echo "some tests failed; what they reached counts" >&2
gcovr --root . --object-directory "$build" --filter 'compiler/' --filter 'vm/' --filter 'net/' --filter 'runtime/[^/]*$' \
    --exclude-unreachable-branches --html-details "$build/coverage.html" --json-summary "$build/coverage.json" \
    --txt "$build/coverage.txt" --print-summary
echo "by file: $build/coverage.txt; by line: $build/coverage.html"
