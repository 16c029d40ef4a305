# Where results, messages and colours go: pipes, closed streams, full disks, terminals, folders.
. "$(dirname "$0")/_common.sh"
salary

# code WANTED: the exit code of the command before.
code() {
    local got=$?
    [ $got -eq "$1" ] || complain "exit $got, not $1: $(cat err)"
}

for command in "run salary.moot" "run salary.moot --json" "explain salary.moot" words "help mean" version; do
    "$MOOT" $command >/dev/full 2>err
    code 2
    err_has "could not be written to standard output: No space left on device"
    "$MOOT" $command >&- 2>err
    code 2
    err_has "could not be written to standard output"
done
# What members learned goes to their parent by files, which may be no larger than this.
printf 'party a\noutput many to all : int[50000]\n50_000 iota reveal many\n' >many.moot
(ulimit -f 100 && exec "$MOOT" run -q many.moot >out 2>err)
code 7
err_has "larger than files may be here"
# What belongs on a closed stream goes nowhere, above all not into a socket that got its number.
"$MOOT" run salary.moot 2>&- >out
code 0
out_has "average = 4333.33"
"$MOOT" run salary.moot <&- >out 2>err
code 0
out_has "average = 4333.33"
"$MOOT" check - <&- >out 2>err
code 2
err_has "standard input cannot be read"
run 2 run - --data -
err_has "cannot be both the program and the data"
"$MOOT" run - --data salary.json <salary.moot >out 2>err
code 0
out_has "average = 4333.33"
"$MOOT" run salary.moot --data - <salary.json >out 2>err
code 0
out_has "average = 4333.33"

# Files that cannot be read or written, before anything runs.
for command in run explain check test compile disasm; do
    run 2 $command .
    err_has ". is a folder"
    run 2 $command missing.moot
    err_has "missing.moot cannot be read: No such file or directory"
    : >empty.moot
    run 1 $command empty.moot
    err_has "nobody learns anything"
done
run 2 run salary.moot --data .
err_has ". is a folder"
for folder in salary.json missing/deeper; do
    run 2 run salary.moot --out $folder
    err_has "cannot write $folder"
    ! grep -q rounds err || complain "--out $folder was refused after the run"
done
if [ "$(id -u)" -ne 0 ]; then # root may write and read everywhere
    mkdir -m 555 locked
    run 2 run salary.moot --out locked
    err_has "cannot write locked: Permission denied"
    cp salary.moot hidden.moot
    chmod 000 hidden.moot
    run 2 check hidden.moot
    err_has "hidden.moot cannot be read: Permission denied"
fi
run 0 run salary.moot --out results
[ "$(stat -c %a results/employee-2.json)" = 600 ] || complain "the files of --out are for their owner only"
grep -q '"average":4333.33' results/employee-2.json || complain "results/employee-2.json: $(cat results/employee-2.json)"

# A device, a pipe or our own output is written to, never replaced; a link stays one, and so does the mode of a file.
run 0 run -q salary.moot --report report.html
page=$(wc -c <report.html)
mkfifo pipe
for command in "run -q salary.moot --report" "explain -q salary.moot --html" "report report.html --html" \
    "compile -q salary.moot -o"; do
    cat pipe >through &
    run 0 $command pipe
    wait
    [ -p pipe ] || complain "$command replaced a pipe"
    [ "$(wc -c <through)" -gt 500 ] || complain "$command wrote nothing into a pipe"
    "$MOOT" $command /proc/self/fd/1 >through 2>err
    code 0
    [ "$(wc -c <through)" -gt 500 ] || complain "$command wrote nothing to its own output"
    if mknod full c 1 7 2>err; then # root may
        run 2 $command full
        err_has "cannot write full: No space left on device"
        [ -c full ] || complain "$command replaced a device"
        rm full
    fi
    : >kept && ln -sf kept link && chmod 640 kept
    run 0 $command link
    [ -L link ] && [ -s kept ] || complain "$command replaced a link"
done
[ "$(stat -c %a kept)" = 640 ] || complain "compile changed the mode of a file"
[ "$page" -gt 10000 ] && "$MOOT" report - <report.html >out 2>err
code 0

# Colours on a terminal only, and not when NO_COLOR or TERM says so.
if command -v script >/dev/null; then
    # on_terminal VARIABLE=VALUE COMMAND: leaves in `out` what a terminal shows
    on_terminal() { env -u NO_COLOR TERM=xterm "$1" script -qec "'$MOOT' $2" /dev/null >out 2>err </dev/null; }
    escape=$(printf '\033[')
    for shown in "explain salary.moot" "check missing.moot"; do
        on_terminal A=b "$shown"
        out_has "$escape"
        on_terminal NO_COLOR=1 "$shown"
        ! grep -qF "$escape" out || complain "NO_COLOR: $(cat out)"
        on_terminal TERM=dumb "$shown"
        ! grep -qF "$escape" out || complain "TERM=dumb: $(cat out)"
    done
fi
run 0 explain salary.moot
! grep -qF "$(printf '\033')" out || complain "colours in a pipe"
finish
