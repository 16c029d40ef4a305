# A node that is killed is noticed by all others, who name it, the round and the line; nothing is left.
. "$ROOT/tests/faults/_common.sh"

delay=500 # so that also on a loaded machine the first reveal is far
for transport in ipc tcp; do
    start_run --transport $transport --timeout 10
    victim=$(child bidder-1)
    sleep 1.2
    pids=$(children "$run")
    kill -KILL "$victim"
    finish_run
    expect_code 5
    expect_silence
    expect_text 'lost bidder-1.* in round [0-9]+ of [0-9]+'
    expect_text 'at .*second-price.moot:[0-9]+ `.+`'
    expect_text 'last heard [0-9.]+ s ago'
    expect_text 'nothing was revealed; the first .reveal. is in round [0-9]+'
    expect_text 'and 1 more'
    nothing_left $pids
done
