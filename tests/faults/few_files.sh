# Too few file descriptors are told before the run, with what would help, not met in the middle of it.
. "$ROOT/tests/faults/_common.sh"

for most in 12 16 20; do
    (
        ulimit -n $most
        exec timeout 10 "$MOOT" run "$ROOT/programs/salary.moot" >"$scratch/out" 2>"$scratch/err"
    ) && die "it ran with $most files"
    grep -q 'help: ulimit -n' "$scratch/err" || die "no word of ulimit with $most files"
done
