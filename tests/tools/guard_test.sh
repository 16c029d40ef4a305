#!/usr/bin/env bash
# guard.sh must pass what is sound, and catch a failure and a report that a child leaves behind its back.
# usage: guard_test.sh GUARD
set -uo pipefail
guard=$1
leave() { echo "file=\${ASAN_OPTIONS#log_path=}; printf '%s\n' $1 >\"\${file%%:*}.1\""; }
ours="'ERROR: LeakSanitizer: detected memory leaks' '    #1 0x1 in parse /x.c:1'"
theirs="'ERROR: LeakSanitizer: detected memory leaks' '    #1 0x1  (/lib/libcriterion.so.3+0x1)'"

"$guard" true || { echo "refused a sound test" && exit 1; }
"$guard" bash -c "$(leave "$theirs")" 2>/dev/null || { echo "blamed us for Criterion" && exit 1; }
! "$guard" false || { echo "missed a failure" && exit 1; }
! "$guard" bash -c "$(leave "$ours")" 2>/dev/null || { echo "missed a report" && exit 1; }
