# What is wrong with data is exit 3 with a place; nothing is on stdout.
. "$(dirname "$0")/_common.sh"
salary

given() { printf '%s' "$1" >salary.json; }

given '{"employee":[{"salary":3000},{"salary":1250000},{"salary":1}]}'
run 3 run salary.moot
err_has "error[D02]: 1250000 is outside 0..1_000_000"
err_has "salary.json:1:40, employee[1], salary"
run 3 run salary.moot --json
run 3 run salary.moot --ideal
run 3 explain salary.moot
given '{"employee":[{"salary":3000},{"salary":1.5},{"salary":1}]}'
run 3 run salary.moot
err_has "D03"
given '{"employee":[{"salary":3000},{"salary":1},{"salary":1}]} x'
run 3 run salary.moot
err_has "after the end"
given '{"employee":[{"salary":3000},{"salary":1,"salary":1},{"salary":1}]}'
run 3 run salary.moot
err_has "given twice"
given '{"employee":[{"salary":3000},{"salary":9007199254740993},{"salary":1}]}'
run 3 run salary.moot
err_has "as a string"
given '{"employee":[{"salary":3000},{"salary":1},{}]}'
run 3 run salary.moot
err_has "\`salary\` of employee[2] is missing"
given '{"employee":[{"salary":3000},{"salary":1},{"salary":1}]}'
run 3 run salary.moot --set n=4
err_has "data of employee"
run 0 run salary.moot --json --set n=3
out_is_json
rm salary.json
run 2 run salary.moot
finish
