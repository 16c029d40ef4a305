# moot init makes a project that checks, tests, explains and runs.
. "$(dirname "$0")/_common.sh"

run 0 init first
out_has "moot run first/first.moot"
run 0 check first/first.moot --quiet
silent
run 0 test first/first.moot
run 0 explain first/first.moot
run 0 run first/first.moot --json
out_has '"average":53916.66'
run 2 init first # it is there already
run 2 init ../up
run 2 init "Not a name"
run 2 init
finish
