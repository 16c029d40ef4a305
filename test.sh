#!/usr/bin/env bash
# Every check there is: installs what is missing, builds, runs all tests, fuzzes for a minute. Stops at the first build that
# fails; after the builds everything runs, and the exit code tells whether anything failed.
set -euo pipefail
cd "$(dirname "$0")"
source cmake/setup.sh

install_missing "${build_packages[@]}" "${test_packages[@]}"
configure_flags=(-DBUILD_TESTING=ON)
build release
build dev
build clang
build coverage
build fuzz fuzzers

passed=0 failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

run_tests() # PRESET [CTEST ARGUMENT…]
{
    local preset=$1 bad total
    shift
    say "testing $preset"
    timeout 1200 ctest --preset "$preset" -j "$(nproc)" "$@" | tee "$log" || true
    # "98% tests passed, 1 tests failed out of 50"; without that line ctest itself was stopped.
    read -r bad total < <(sed -n 's/.*tests passed, \([0-9]*\) tests failed out of \([0-9]*\).*/\1 \2/p' "$log") ||
        { bad=1 total=1; }
    passed=$((passed + total - bad)) failed=$((failed + bad))
}
# What these reach is counted: they run in the build that is release with counters, below.
counted='^(vm|compiler|net|runtime|cli/(bench|explain|show|test|trace)|hosts/(party|serve|submit)|sim/serve|e2e/(psi-three|threshold-prf)/outputs)$'
run_tests release --exclude-regex "$counted"
run_tests dev --label-exclude 'source|install'
run_tests clang --label-regex 'unit|tidy'

run_check() # COMMAND [ARGUMENT…]
{
    if "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}
say "testing coverage"
run_check tests/tools/coverage.sh 90 -R "$counted"
say "gcc and clang build the same compiler"
run_check tests/tools/same_bytes.sh build/moot build-clang/moot programs/*.moot tests/language/*.moot
say "taking out checks of active security, of which tests have to notice each"
run_check tests/tools/mutations.py build --quick
say "fuzzing for a minute"
run_check tests/tools/fuzz.sh build-fuzz build/moot 60

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
