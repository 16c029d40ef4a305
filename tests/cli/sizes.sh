# Sizes that follow from data: what disagrees is exit 3 and names the owners; the program's own mistakes come first.
. "$(dirname "$0")/_common.sh"

cat >one.moot <<'END'
param  n = 3
party  alice
input  x from alice : int[n] 0..9
output s to all : int
x sum reveal s
END
echo '{"alice":{"x":[1,2,3,4]}}' >one.json
for command in run explain check; do
    run 3 $command one.moot
    err_has "error[D12]: \`n\` is 3 in the program but 4 in the data of alice"
    err_has "help: --set n=4"
    run 3 $command one.moot --set n=5
    err_has "error[D12]: \`n\` was set to 5 but it is 4 in the data of alice"
done
run 0 run one.moot --set n=4
out_has "s = 10"

cat >two.moot <<'END'
param  n
party  alice
party  bob[m]
input  x from alice : int[n] 0..9
input  y from bob   : int[n] 0..9
output s to all : int
x sum y total + reveal s
END
echo '{"alice":{"x":[1,2,3]},"bob":[{"y":[1,2,3]},{"y":[1,2]}]}' >two.json
run 3 run two.moot
err_has "error[D12]: \`n\` is 3 in the data of alice but 2 in those of bob[1]"
echo '{"alice":{"x":[1,2,3]},"bob":[{"y":[1,2,3]},{"y":[4,5,6]}]}' >two.json
run 3 run two.moot --set m=3
err_has "error[D12]: \`m\` was set to 3 but it is 2 in the data of bob"
run 0 run two.moot
out_has "s = 27"

# A size that the header does not declare, and a kind that an output cannot have, are the compiler's findings.
echo 'party a  input x from a : fix[n] 0..9  output s to all : fix  x sum reveal s' >undeclared.moot
echo '{"a":{"x":[1,2,3]}}' >undeclared.json
echo 'party a  input x from a : key[2]  output s to all : key[2]  x reveal s' >keys.moot
echo '{"a":{"x":["one","two"]}}' >keys.json
for command in run explain check; do
    run 1 $command undeclared.moot
    err_has "error[E0104]: I do not know the size \`n\` of \`x\`"
    err_has "undeclared.moot:1:31"
    run 1 $command keys.moot
    err_has "error[E0305]: \`s\` cannot be a key"
done
finish
