# SIGTERM to one member ends that one; the others name it, and nothing is left.
. "$ROOT/tests/faults/_common.sh"

start_run --timeout 10
victim=$(child bidder-1)
sleep 1.2
pids=$(children "$run")
kill -TERM "$victim"
finish_run
expect_code 5
expect_silence
expect_text 'lost bidder-1.* in round [0-9]+'
expect_text 'the process of `bidder-1` was ended from outside'
nothing_left $pids
