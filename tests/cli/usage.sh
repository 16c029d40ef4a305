# Flags, help, unknown names and files that are not there.
. "$(dirname "$0")/_common.sh"
salary

run 0 --help
out_has "moot run FILE"
run 0 version
out_has "moot "
run 0 version --json
out_is_json
run 0 --help --json
out_is_json
run 0 explain --help --json
out_is_json
for command in init run test check explain words help compile disasm version; do
    run 0 $command --help
    out_has "usage: moot $command"
done
run 2
err_has "wants a command"
run 2 explian salary.moot
err_has "did you mean \`moot explain\`?"
run 2 check
err_has "wants FILE"
run 2 check salary.moot other.moot
run 2 run salary.moot --thershold 1
err_has "did you mean \`--threshold\`?"
run 2 explain salary.moot --nodes
err_has "wants a value"
run 2 explain salary.moot --nodes two
err_has "\`--nodes\` wants N, a whole number from 3, not \`two\`"
run 2 explain salary.moot --nodes 2
run 2 explain salary.moot --nodes 32
err_has "from 3 to 31"
run 2 run salary.moot --timeout 0
err_has "\`--timeout\` wants SECONDS, a whole number from 1, not \`0\`"
run 2 run salary.moot --timeout 9999999999
err_has "up to 1000000"
run 2 run salary.moot --threshold 0
err_has "a whole number from 1, not \`0\`"
run 2 explain salary.moot --nodes 3 --threshold 2
run 2 explain salary.moot --security active --nodes 9
err_has "--threshold 1"
run 2 run salary.moot --security active --nodes 9
err_has "--threshold 1"
run 0 run salary.moot --security active --field gmp:1000000000000000000000007
run 0 explain "$ROOT/programs/second-price.moot" --security active --field gmp:1000000000000000000000007
out_has "distance of 2^-104"
run 0 run salary.moot --multiply king --json
run 2 run salary.moot --multiply king --nodes 9
err_has "--multiply grr"
run 2 run salary.moot --multiply queen
err_has "auto|grr|king"
run 2 explain salary.moot --security lazy
err_has "passive|active"
for flag in data html; do # an empty value is none, nor is the next flag
    run 2 explain salary.moot --$flag ''
    err_has "\`--$flag\` wants a value: FILE"
    run 2 explain salary.moot --$flag --quiet
    err_has "\`--$flag\` wants a value: FILE"
done
run 2 run ''
err_has "a file without a name"
run 2 run salary.moot --max-rounds 0
run 2 run salary.moot --max-bytes 0kB
run 1 check salary.moot --data salary.json --set n=0
err_has "note: --set n=0 was asked for"
run 2 explain salary.moot --set n
run 2 explain salary.moot --set n=3 --set n=3
run 2 explain salary.moot --set m=3
err_has "m"
run 2 check missing.moot
err_has "missing.moot"
run 2 check .
run 2 explain salary.moot --data missing.json
err_has "missing.json"
run 2 words no-such-word-at-all
run 2 help no-such-word-at-all
finish
