#!/usr/bin/env bash
# Which lines of the library tests reach: builds release with counters, runs them, and writes the report. Fails when a test
# does, and when fewer than LEAST of 100 lines of the library are reached. Wants gcovr (apt-get install gcovr).
# usage: coverage.sh LEAST [CTEST ARGUMENT…], without arguments: -L 'unit|cli|hosts'
set -euo pipefail
cd "$(dirname "$0")/../.."
source cmake/setup.sh
least=$1
shift
folder=build-coverage

configure_flags=(-DBUILD_TESTING=ON)
build coverage
find "$folder" -name '*.gcda' -delete
if [ $# -eq 0 ]; then set -- -L 'unit|cli|hosts'; fi
failed=0
ctest --preset coverage -j "$(nproc)" "$@" || failed=1
# Threads that lose counts to each other make some branches count less than nothing, which gcovr would not read.
gcovr --root . "$folder" --object-directory "$folder" --filter 'compiler/' --filter 'vm/' --filter 'net/' --filter 'runtime/[^/]*$' \
    --exclude-unreachable-branches --gcov-ignore-parse-errors -j "$(nproc)" --html-details "$folder/coverage.html" --json-summary "$folder/coverage.json" \
    --txt "$folder/coverage.txt" --print-summary --fail-under-line "$least" || failed=1
echo "by file: $folder/coverage.txt; by line: $folder/coverage.html"
exit $failed
