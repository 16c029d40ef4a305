# When the command itself is killed, its members end too and take their sockets along.
. "$ROOT/tests/faults/_common.sh"

start_run
child bidder-3 >/dev/null
sleep 0.7
pids=$(children "$run")
[ -n "$(ls "$XDG_RUNTIME_DIR")" ] || die "the run made no folder for its sockets: the test sees nothing"
kill -KILL "$run"
wait "$run" 2>/dev/null || true
nothing_left $pids
