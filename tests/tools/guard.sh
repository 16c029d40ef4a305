#!/usr/bin/env bash
# Runs a test; fails when it fails, and also when a process under it left a sanitizer's report: Criterion
# and the party processes of `moot run` would otherwise hide a leak.
# usage: guard.sh COMMAND [ARGUMENT…]
set -uo pipefail
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
export ASAN_OPTIONS="log_path=$reports/asan:detect_leaks=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
export UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1"
export TSAN_OPTIONS="log_path=$reports/tsan:ignore_noninstrumented_modules=1"

"$@"
code=$?
if [ -n "$(ls -A "$reports")" ]; then
    cat "$reports"/* >&2
    [ $code -ne 0 ] || code=1
fi
exit $code
