# moot manual: a page that says all that --help says, and a completion that offers what there is.
. "$(dirname "$0")/_common.sh"

run 0 manual
cp out moot.1
if command -v groff >found; then
    groff -man -ww -z moot.1 2>warnings || complain "groff refuses the page"
    [ ! -s warnings ] || complain "groff warns: $(head -3 warnings)"
    groff -man -Tascii -P-cbou moot.1 >page
else
    sed 's/\\-/-/g; s/\\f[IR]//g' moot.1 >page
fi
commands=$("$MOOT" --help | sed -n 's/^  moot \([a-z]*\).*/\1/p')
[ "$(echo "$commands" | wc -l)" -gt 10 ] || complain "--help lists few commands"
for command in $commands; do
    grep -q "moot $command\b" page || complain "the page lacks moot $command"
    for flag in $("$MOOT" "$command" --help | grep -o '^  [^ ].*' | grep -o -- '--[a-z-]*'); do
        grep -q -- "$flag\b" page || complain "the page lacks $flag of $command"
    done
done

# --- the completion, as bash asks for it
run 0 manual bash
cp out completion
# offers WORDS… : the last one is being written
offers() {
    bash -c '. ./completion; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _moot; printf "%s\n" "${COMPREPLY[@]}"' bash "$@" | sort
}
wants() {
    local wanted=$1
    shift
    [ "$(offers "$@" | tr '\n' ' ')" = "$wanted" ] || complain "'$*' offers $(offers "$@" | tr '\n' ' ')"
}
[ "$(offers moot '')" = "$(echo "$commands" | sort)" ] || complain "not all commands are offered"
wants 'test trace ' moot t
wants '--threshold --timeout --transport --truncation ' moot run --t
wants 'active passive ' moot run --security ''
wants 'passive ' moot run a.moot --security p
wants 'argmax argmin ' moot help arg
wants ' ' moot run --nodes ''
wants ' ' moot run a
wants '--types ' moot fmt --t
wants ' ' moot fmt --th

run 2 manual zsh
run 0 manual --json
out_is_json
finish
