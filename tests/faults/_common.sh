# What the fault tests share: a run that lasts, its processes by name, and what must be gone afterwards.
# Each test runs in a runtime folder of its own, so that what is left there is its own doing.
set -euo pipefail

scratch=$(mktemp -d)
export XDG_RUNTIME_DIR=$scratch/runtime
mkdir -m 0700 "$XDG_RUNTIME_DIR"
trap 'rm -rf "$scratch"' EXIT

die() {
    echo "FAILED: $*" >&2
    [ -f "$scratch/err" ] && sed 's/^/  stderr: /' "$scratch/err" >&2
    exit 1
}

# start_run FLAG…: second-price.moot with two bidders, slowly; its pid is $run. Among three nodes no masks are made ahead,
# so that rounds of the program come early. Job control gives it a process group of its own and leaves SIGINT alone, as an
# interactive shell does.
start_run() {
    echo '{"bidder": [{"bid": 310}, {"bid": 420}]}' >"$scratch/bids.json"
    set -m
    "$MOOT" run "$ROOT/programs/second-price.moot" --data "$scratch/bids.json" --delay "${delay:-200}" "$@" >"$scratch/out" 2>"$scratch/err" &
    run=$!
    set +m
}

# children PID: the pids of its children.
children() {
    local stat
    for stat in /proc/[0-9]*/stat; do
        awk -v parent="$1" '{ pid = $1; sub(/^.*\) /, ""); if ($2 == parent) print pid }' "$stat" 2>/dev/null || true
    done
}

# child NAME: waits until the run has a member of this name that is under way, and prints its pid.
child() {
    local try pid
    for try in $(seq 100); do
        for pid in $(children "$run"); do
            if [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = "$1" ]; then
                echo "$pid"
                return
            fi
        done
        sleep 0.05
    done
    die "no process for $1"
}

# finish_run: waits for the run, at most 20 seconds; its exit code is $code.
finish_run() {
    local try
    for try in $(seq 200); do
        kill -0 "$run" 2>/dev/null || break
        sleep 0.1
    done
    kill -0 "$run" 2>/dev/null && die "the run did not end"
    code=0
    wait "$run" || code=$?
}

# nothing_left PID…: these processes are gone, or go within two seconds, and so are sockets and folders.
nothing_left() {
    local try pid left
    for try in $(seq 20); do
        left=$(ls "$XDG_RUNTIME_DIR")
        for pid in "$@"; do
            [ -d "/proc/$pid" ] && [ "$(awk '{ sub(/^.*\) /, ""); print $1 }' "/proc/$pid/stat" 2>/dev/null)" != Z ] &&
                left="$left process $pid"
        done
        [ -z "$left" ] && return 0
        sleep 0.1
    done
    die "left behind: $left"
}

expect_code() { [ "$code" = "$1" ] || die "exit $code, not $1"; }
expect_text() { grep -qE -- "$1" "$scratch/err" || die "stderr does not say: $1"; }
expect_silence() { [ ! -s "$scratch/out" ] || die "something on stdout: $(cat "$scratch/out")"; }
