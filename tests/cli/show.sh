# `show` prints what is on top of the stack on the ideal box, in the order of the program, and nowhere else.
. "$(dirname "$0")/_common.sh"

cat >shows.moot <<'END'
party  a
party  g[2]
input  x from a : int[3] -10..10
input  p from g : fix[..4]
output o to all : int[3]
output f to all : fix
: half ( x -- y ) show 2 / ;
x show 1 + show reveal o
p show sum [ half ] map show total show
2 [ show 1 + ] times
1_200 [ 0.5 * show ] times
true [ show ] [ 0 * show ] if
12 iota show sum + reveal f
test "one" x = { 1 2 3 } p = { { 1 } { 2 0.5 } } expect f = 66 ;
END
echo '{"a": {"x": [1, 2, 3]}, "g": [{"p": [1, 2]}, {"p": []}]}' >shows.json
cat >wanted <<'END'
shows.moot:8:3: secret int[3]  { 1 2 3 }
shows.moot:8:12: secret int[3]  { 2 3 4 }
shows.moot:9:3: secret fix[2 ..4]  { { 1 2 } { } }
shows.moot:7:19: secret fix  3   (the first item)
shows.moot:9:25: secret fix[2]  { 1.5 0 }
shows.moot:9:36: secret fix  1.5
shows.moot:10:5: secret fix  1.5
shows.moot:10:5: secret fix  2.5
shows.moot:11:15: secret fix  1.75
shows.moot:11:15: secret fix  0.875
END
run 0 run --ideal -q shows.moot
grep -v "ideal box" err | head -10 | diff wanted - || complain "show printed something else"
[ "$(grep -c '^shows.moot:11:15:' err)" = 101 ] || complain "$(grep -c '^shows.moot:11:15:' err) rounds were shown"
err_has "shows.moot:12:8: secret fix  0"
[ "$(grep -c '^shows.moot:12:' err)" = 1 ] || complain "the arm that is not taken was shown"
err_has "shows.moot:13:9: known int[12]  { 0 1 2 3 4 5 6 7 8 9 … }"
out_has "f = 66"
cp out ideal

run 0 test shows.moot
err_has 'test "one"'
err_has "shows.moot:8:12: secret int[3]  { 2 3 4 }"
run 0 run -q shows.moot
cmp -s out ideal || complain "real nodes give something else"
! grep -q "shows.moot:" err || complain "real nodes show values"

# What was there until a run failed is shown.
cat >fails.moot <<'END'
party a input x from a : fix output o to all : fix
x show 2_000 [ sq ] times reveal o
END
echo '{"a": {"x": 1000}}' >fails.json
run 7 run --ideal fails.moot
err_has "fails.moot:2:3: secret fix  1000"
finish
