# moot check: silent when all is well, all findings otherwise, as text or JSON.
. "$(dirname "$0")/_common.sh"
salary

run 0 check salary.moot --quiet
silent
rm salary.json
run 0 check salary.moot --quiet # sizes stay letters
silent
"$MOOT" check - --quiet <salary.moot >out 2>err || complain "check - failed: $(cat err)"
silent
run_findings 0 check salary.moot --json
out_is_json
out_has '{"diagnostics":['

cat >wrong.moot <<'END'
party a
input x from a : int
output y to all : int
x maximun reveal y
END
run 1 check wrong.moot
err_has "error[E0101]"
err_has "wrong.moot:4:3"
run_findings 1 check wrong.moot --json
out_is_json
out_has '"code":"E0101"'
out_has '"line":4'
out_has '"col":3'
[ ! -s err ] || complain "check --json printed on stderr: $(cat err)"
run 1 explain wrong.moot
run 1 run wrong.moot
run 1 test wrong.moot
finish
