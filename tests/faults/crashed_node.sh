# A member that crashes is named, as a bug, and the others end.
. "$ROOT/tests/faults/_common.sh"

start_run --timeout 10
victim=$(child auctioneer)
sleep 1
pids=$(children "$run")
kill -ABRT "$victim"
finish_run
expect_code 8
expect_silence
expect_text '`auctioneer` crashed'
nothing_left $pids
