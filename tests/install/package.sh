#!/usr/bin/env bash
# Makes the Debian packages, installs them into a scratch root, and uses what is there: the command, and the library
# by a program that is built against it. usage: package.sh BUILD_FOLDER VERSION
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1 version=$2
for tool in cpack dpkg dpkg-deb dpkg-shlibdeps; do
    command -v "$tool" >/dev/null || { echo "there is no $tool here"; exit 77; }
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root

die() { echo "$*" >&2; exit 1; }

cpack --config "$build/CPackConfig.cmake" -B "$work" >"$work/log" 2>&1 || die "cpack: $(cat "$work/log")"
architecture=$(dpkg --print-architecture)
for package in moot libmoot0 libmoot-dev; do
    file=$work/${package}_${version}_$architecture.deb
    [ -f "$file" ] || die "no $(basename "$file")"
    # A database of its own; what they depend on is in that of this machine.
    mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" && touch "$root/var/lib/dpkg/status"
    dpkg --root="$root" --log="$work/dpkg.log" --force-depends --force-not-root --force-script-chrootless -i "$file" \
        >"$work/log" 2>&1 || die "dpkg: $(cat "$work/log")"
done

depends() { dpkg-deb -f "$work/${1}_${version}_$architecture.deb" Depends; }
grep -q 'libzmq5.*' <<<"$(depends libmoot0)" || die "libmoot0 depends on $(depends libmoot0)"
grep -q 'libmicrohttpd' <<<"$(depends moot)" || die "moot depends on $(depends moot)"
! grep -q 'libmicrohttpd' <<<"$(depends libmoot0)" || die "the library needs an HTTP server"
grep -q "libmoot0 (= $version)" <<<"$(depends libmoot-dev)" || die "libmoot-dev depends on $(depends libmoot-dev)"

moot=$root/usr/bin/moot
[ "$("$moot" version | grep -c "$version")" -ge 1 ] || die "the command is not of version $version"
"$moot" run "$here/../../programs/salary.moot" --quiet | grep -q 'average = ' || die "a run with the installed command"
for file in man/man1/moot.1 bash-completion/completions/moot doc/moot/copyright doc/moot/systemd/moot.service; do
    [ -s "$root/usr/share/$file" ] || die "usr/share/$file is not installed"
done

cc -std=c11 "$here/consumer.c" -o "$work/consumer" -I"$root/usr/include" -L"$root/usr/lib" -lmoot
[ "$(LD_LIBRARY_PATH=$root/usr/lib "$work/consumer")" = "$version" ] || die "a program against the installed library"
