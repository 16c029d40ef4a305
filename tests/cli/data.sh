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

# values <VALUE of x>: one party's three numbers, from JSON, CSV or NPY.
cat >v.moot <<'END'
party  a
input  x from a   : fix[3] -100..100
output s to   all : fix
x sum reveal s
END
values() { printf '{"a":{"x":%s}}' "$1" >v.json; }

values '{"csv":"v.csv","column":"age"}'
printf '\357\273\277age,"na""me"\r\n1.5,2\r\n-2,3\r\n"3",4\r\n\r\n\n' >v.csv
run 0 run v.moot --ideal --json
out_has '"s":2.5'
printf 'age,b\n1,2\n\n2,3\n3,4\n' >v.csv
run 3 run v.moot
err_has "row 3"
printf 'age\n1\nnan\n3\n' >v.csv
run 3 run v.moot
err_has "v.csv, row 3, column age"
printf 'age\n1\n500\n3\n' >v.csv
run 3 run v.moot
err_has "error[D02]: 500 is outside -100..100"
printf 'age\n1\n"2\n3\n' >v.csv
run 3 run v.moot
err_has "this quoted cell has no end"
printf 'height\n1\n2\n3\n' >v.csv
run 3 run v.moot
err_has "there is no column \`age\`"
printf 'age\n1\n\n3\n' >v.csv # RFC 4180: a row of one empty cell
run 3 run v.moot
err_has "error[D09]: a number is missing"
err_has "v.csv, row 3, column age"
for empty in '' '\357\273\277' '\r\n\n'; do
    printf "$empty" >v.csv
    run 3 run v.moot
    err_has "v.csv: it is empty"
done
printf 'age\n' >v.csv
run 3 run v.moot
err_has "\`x\` has 0 rows where the program wants 3"
rm v.csv
run 2 run v.moot
err_has "v.csv cannot be read"
values '{"npy":"v.npy"}'
printf 'hello' >v.npy
run 3 run v.moot
err_has "not a .npy file"
values '[1,2]'
run 3 run v.moot
err_has "D04"
values '[1,"Infinity",3]'
run 3 run v.moot
err_has "\"Infinity\" is not a number"
values '[1,NaN,3]'
run 3 run v.moot
err_has "not JSON"
printf '{"b":{"x":[1,2,3]}}' >v.json
run 3 run v.moot
err_has "the program has no party \`b\`"
err_has "v.json:1:2"
printf '{"a":{"y":[1,2,3]}}' >v.json
run 3 run v.moot
err_has "did you mean \`x\`?"
err_has "v.json:1:7"
printf '{"a":{"q\\\\\\"":1}}' >v.json
run 3 run v.moot
err_has "   |       ^^^^^^"
python3 -c 'print("[" * 100000)' >v.json
run 3 run v.moot
err_has "nested too deeply"
# Big data: a message still points, without the line's megabytes, and nothing takes long.
python3 -c 'print("{\"a\":{\"x\":[" + "1," * 1000000 + "\"no\"]}}")' >v.json
sed 's/x from a   : fix\[3\]/x from a : fix[1_000_001]/' v.moot >big.moot
run 3 run big.moot --data v.json
err_has "v.json:1:2000012, a, x, row 1000001"
[ "$(wc -c <err)" -lt 500 ] || complain "the message has $(wc -c <err) bytes"
: >v.json
run 3 run v.moot
err_has "D01"
# Private lengths that are paired have to be one; 3 does divide 6.
cat >lists.moot <<'END'
party  clinic[2]
input  age  from clinic : int[..9] 0..130
input  dose from clinic : int[..9] 0..130
output out  to   all    : int[2]

age dose * sum reveal out
END
printf '{"clinic":[{"age":[1,2],"dose":[3,4]},{"age":[1,2,3,4,5,6],"dose":[1,2,3]}]}' >lists.json
for how in --ideal "--nodes 3"; do
    run 3 run $how lists.moot
    err_has "have 6 and 3 items"
    err_has "lists.moot:6:10"
done
printf '{"clinic":[{"age":[1,2],"dose":[3,4]},{"age":[],"dose":[]}]}' >lists.json
run 0 run lists.moot
out_has "11"

finish
