#!/usr/bin/env bash
# Every check there is: installs what is missing, builds thrice, runs all tests. Stops at the first build that
# fails; after the builds everything runs, and the exit code tells whether anything failed.
set -euo pipefail
cd "$(dirname "$0")"
source cmake/setup.sh

install_missing "${build_packages[@]}" "${test_packages[@]}"
configure_flags=(-DBUILD_TESTING=ON)
build release
build dev
build clang

failed=0
run_tests() # PRESET [ctest argument…]
{
    local preset=$1
    shift
    say "testing $preset"
    timeout 1500 ctest --preset "$preset" -j "$(nproc)" "$@" || failed=1
}
run_tests release
run_tests dev --label-exclude source
run_tests clang --label-regex unit

if [ "$failed" -ne 0 ]; then
    say "tests failed"
    exit 1
fi
say "all tests passed"
