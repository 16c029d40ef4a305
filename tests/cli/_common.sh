# Sourced by the other scripts: a folder of its own, and what a command must do.
set -u
here=$(mktemp -d)
trap 'rm -rf "$here"' EXIT
cd "$here" || exit 1
failures=0

complain() {
    echo "FAILED: $*" >&2
    failures=$((failures + 1))
}

# run CODE ARGS…: the exit code is CODE; a command that fails prints nothing on stdout. Leaves out and err.
run() {
    local wanted=$1 code
    shift
    "$MOOT" "$@" >out 2>err </dev/null
    code=$?
    [ $code -eq "$wanted" ] || complain "moot $*: exit $code, not $wanted: $(cat err)"
    [ $code -eq 0 ] || [ ! -s out ] || complain "moot $* failed and printed on stdout: $(cat out)"
}

# run_findings CODE ARGS…: the same, for what prints findings on stdout.
run_findings() {
    local wanted=$1 code
    shift
    "$MOOT" "$@" >out 2>err </dev/null
    code=$?
    [ $code -eq "$wanted" ] || complain "moot $*: exit $code, not $wanted: $(cat err)"
}

out_has() { grep -qF -- "$1" out || complain "stdout lacks '$1': $(cat out)"; }
err_has() { grep -qF -- "$1" err || complain "stderr lacks '$1': $(cat err)"; }
silent() { [ ! -s out ] && [ ! -s err ] || complain "not silent: $(cat out err)"; }
out_is_json() { python3 -c 'import json,sys; json.load(open("out"))' || complain "stdout is not JSON: $(cat out)"; }
finish() { [ $failures -eq 0 ]; exit $?; }

salary() {
    cat >salary.moot <<'END'
party  employee[n]
input  salary  from employee : int 0..1_000_000
output average to   all      : fix

salary mean  reveal average

test "the mean of three" salary = { 3000 4000 5000 } expect average = 4000 ;
END
    echo '{"employee":[{"salary":3000},{"salary":4000},{"salary":6000}]}' >salary.json
}
