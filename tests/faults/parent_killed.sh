# When the command itself is killed, its members end too, also one that is stopped just then, and take their
# sockets along.
. "$ROOT/tests/faults/_common.sh"

for stopped in no yes; do
    start_run
    victim=$(child bidder-1)
    sleep 0.7
    pids=$(children "$run")
    [ -n "$(ls "$XDG_RUNTIME_DIR")" ] || die "the run made no folder for its sockets: the test sees nothing"
    [ $stopped = no ] || kill -STOP "$victim"
    kill -KILL "$run"
    wait "$run" 2>/dev/null || true
    nothing_left $pids
done
