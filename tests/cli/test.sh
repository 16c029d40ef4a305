# moot test: a failing test shows what was expected and what came, exit 1.
. "$(dirname "$0")/_common.sh"
salary

run 0 test salary.moot
out_has "1 test passed"
run_findings 0 test salary.moot --json
[ "$(cat out)" = '{"diagnostics":[]}' ] || complain "test --json: $(cat out)"

sed 's/average = 4000/average = 4002/' salary.moot >fails.moot
run 1 test fails.moot
err_has "error[T01]"
err_has "= expected  average = 4002"
err_has "= got       average = 4000"
err_has "--> fails.moot:7:1"
run_findings 1 test fails.moot --json
out_is_json
out_has '"code":"T01"'
out_has '"line":7'
out_has '"notes":["expected  average = 4002","got       average = 4000"]'

# What the language has as { 1 2 } is shown so.
cat >rows.moot <<'END'
party a
input m from a : int[2 2]
output t to all : int[2 2]
m transpose reveal t
test "not turned" m = { { 1 2 } { 3 4 } } expect t = { { 1 2 } { 3 4 } } ;
END
run 1 test rows.moot
err_has "= got       t = { { 1 3 } { 2 4 } }"

# All that is wrong is told at once.
cat >two.moot <<'END'
party a
input x from a : int
output y to all : int
output z to all : int
output w to all : int
x 1 + reveal y  x 2 + reveal z  x 3 + reveal w
test "two of three" x = 1 expect y = 3 z = 3 w = 5 ;
END
run 1 test two.moot
err_has 'test "two of three": 2 outputs are not what it expects'
err_has "= expected  y = 3"
err_has "= got       y = 2"
err_has "= expected  w = 5"
err_has "= got       w = 4"
run_findings 1 test two.moot --json
out_has '"notes":["expected  y = 3","got       y = 2","expected  w = 5","got       w = 4"]'

grep -v '^test' salary.moot >none.moot
run 0 test none.moot
out_has "0 tests passed"
err_has "there are no tests in none.moot"

# A fix agrees within one unit of the last digit written, and no more.
sed 's/3000 4000 5000/3000 4000 4000/; s/average = 4000/average = 3666.67/' salary.moot >near.moot
run 0 test near.moot
sed 's/3000 4000 5000/3000 4000 4000/; s/average = 4000/average = 3666.69/' salary.moot >far.moot
run 1 test far.moot
sed 's/{ 3000/{ 3_000_000/' salary.moot >range.moot
run 1 test range.moot
finish
