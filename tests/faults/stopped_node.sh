# A node that hangs (SIGSTOP) is noticed within the timeout.
. "$ROOT/tests/faults/_common.sh"

start_run --timeout 2
victim=$(child bidder-1)
sleep 1
pids=$(children "$run")
kill -STOP "$victim"
begin=$(date +%s)
finish_run
took=$(($(date +%s) - begin))
expect_code 5
expect_silence
expect_text 'lost bidder-1.* in round [0-9]+'
[ "$took" -le 8 ] || die "noticed after $took s"
nothing_left $pids
