# Ctrl-C and SIGTERM end every process, with the shell's exit codes, and leave no file. Ctrl-C goes to the
# whole process group, as a terminal sends it.
. "$ROOT/tests/faults/_common.sh"

for how in INT:130 TERM:143; do
    start_run
    child bidder-1 >/dev/null
    sleep 0.7
    pids=$(children "$run")
    [ "$(echo "$pids" | wc -l)" = 3 ] || die "expected 3 members, have: $pids"
    if [ ${how%:*} = INT ]; then kill -INT -- "-$run"; else kill -TERM "$run"; fi
    finish_run
    expect_code "${how#*:}"
    expect_silence
    nothing_left $pids
done
