#!/usr/bin/env bash
# Runs a test; fails when it fails, and also when a process under it left a sanitizer's report: Criterion
# and the party processes of `moot run` would otherwise hide a leak.
# usage: guard.sh COMMAND [ARGUMENT…]
set -uo pipefail
reports=$(mktemp -d)
trap 'rm -rf "$reports"' EXIT
export ASAN_OPTIONS="log_path=$reports/asan:detect_leaks=1:exitcode=99${ASAN_OPTIONS:+:$ASAN_OPTIONS}"
export UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1"
export TSAN_OPTIONS="log_path=$reports/tsan:suppressions=$(dirname "$0")/tsan.supp:ignore_noninstrumented_modules=1"

# Criterion 2.4.1 itself now and then leaks what it keeps of a worker. A report of leaks alone, each allocated
# by a function of libcriterion itself, is not ours.
of_criterion() # REPORT
{
    grep -q 'detected memory leaks' "$1" && ! grep -Eq 'runtime error|ERROR: [^L]' "$1" &&
        grep -q '^ *#1 .*libcriterion\.so' "$1" && ! grep '^ *#1 ' "$1" | grep -qv 'libcriterion\.so'
}

# A member that its parent ends by SIGKILL while LeakSanitizer looks at it: no finding, only that the look failed.
of_killed() # REPORT
{
    ! grep -qv '^==[0-9]*==Unable to get registers from thread [0-9]*\.$' "$1"
}

"$@"
code=$?
[ $code -ne 99 ] || code=0 # the sanitizer's own exit code: the reports tell
for report in "$reports"/*; do
    if [ -f "$report" ] && ! of_criterion "$report" && ! of_killed "$report"; then
        cat "$report" >&2
        [ $code -ne 0 ] || code=99
    fi
done
exit $code
