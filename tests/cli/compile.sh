# moot compile, disasm: bytecode is verified, canonical and readable.
. "$(dirname "$0")/_common.sh"
salary

run 0 compile salary.moot -o a.mbc
run 0 compile salary.moot --out b.mbc
cmp -s a.mbc b.mbc || complain "the same source gave different bytes"
run 0 compile salary.moot
cmp -s a.mbc salary.mbc || complain "without -o the bytes differ"
run 0 disasm a.mbc
out_has "salary mean  reveal average"
out_has "share"
out_has "reveal"
run 0 disasm a.mbc --json
out_is_json
run 0 disasm salary.moot
out_has "salary mean  reveal average"
out_has "~ r1 = share r0"
! grep -q "the owner's value becomes secret" out || complain "the opcodes are explained unasked"
run 0 disasm salary.moot -v
out_has "  share    the owner's value becomes secret; a group's members form the first axis"
! grep -q "  matmul " out || complain "an opcode that is not there is explained"
for command in run explain check test compile fmt; do
    run 2 $command a.mbc
    err_has "a.mbc is bytecode, and \`moot $command\` wants a program's source"
done
echo 'no program' >wrong.moot
run 1 disasm wrong.moot
err_has "wrong.moot:1"
run 2 disasm missing.moot
run 1 disasm salary.json
err_has "not moot bytecode"
printf 'x' | dd of=a.mbc bs=1 seek=40 conv=notrunc 2>dd.log
"$MOOT" disasm a.mbc >out 2>err
[ $? -le 1 ] || complain "damaged bytecode: $(cat err)"
head -c 50 b.mbc >cut.mbc
run 1 disasm cut.mbc
run 2 compile salary.moot -o no-such-folder/a.mbc

finish
