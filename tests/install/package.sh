#!/usr/bin/env bash
# Makes the Debian packages, looks at what is in them, installs them into a root of their own, and uses them there.
# usage: package.sh BUILD_FOLDER VERSION
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1 version=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for tool in cpack dpkg dpkg-deb dpkg-shlibdeps; do
    command -v "$tool" >/dev/null || { echo "there is no $tool here"; exit 77; }
done
root=$work/root

wrong() # SENTENCE…
{
    echo "$*" >&2
    exit 1
}

(cd "$build" && cpack -B "$work/made" >"$work/log" 2>&1) || { cat "$work/log"; wrong "cpack failed"; }
architecture=$(dpkg --print-architecture)
packages=()
for package in moot libmoot0 libmoot-dev; do
    file=$work/made/${package}_${version}_$architecture.deb
    [ -f "$file" ] || wrong "$file was not made"
    packages+=("$file")
done

# A pipe into `grep -q` would fail at times: who writes on after grep has gone is killed.
says() # PATTERN COMMAND…
{
    grep -q -e "$1" <<<"$("${@:2}")"
}

control() # FILE MEMBER: a file of the package's control archive
{
    dpkg-deb --ctrl-tarfile "$1" | tar -xO "./$2"
}

field() # FILE FIELD
{
    dpkg-deb -f "$1" "$2"
}

# What lintian would say first.
for file in "${packages[@]}"; do
    name=$(field "$file" Package)
    for wanted in Version Architecture Maintainer Section Priority Installed-Size Description; do
        [ -n "$(field "$file" "$wanted")" ] || wrong "$name has no $wanted"
    done
    says . control "$file" md5sums || wrong "$name has no md5sums"
    dpkg-deb -c "$file" >"$work/list"
    awk '$2 != "root/root" { print; bad = 1 } END { exit bad }' "$work/list" || wrong "$name: files not of root"
    awk '$1 ~ /^[-d]......w|^[-d].....w/ { print; bad = 1 } END { exit bad }' "$work/list" || wrong "$name: others may write"
    awk '$6 !~ /^\.\/usr\// { print; bad = 1 } END { exit bad }' "$work/list" || wrong "$name: files outside of /usr"
    for wanted in copyright changelog.gz; do
        grep -q "\./usr/share/doc/$name/$wanted$" "$work/list" || wrong "$name has no $wanted"
    done
    if says '.\{81\}' field "$file" Description; then wrong "$name: a line of its description is longer than 80"; fi
done
says 'libzmq5' field "${packages[1]}" Depends || wrong "libmoot0 does not say that it needs libzmq5"
says 'libmicrohttpd' field "${packages[0]}" Depends || wrong "moot does not say that it needs libmicrohttpd"
if says 'libmicrohttpd' field "${packages[1]}" Depends; then wrong "the library needs an HTTP server"; fi
says "libmoot0 (= $version)" field "${packages[2]}" Depends || wrong "libmoot-dev does not want its libmoot0"
says "^libmoot 0 libmoot0 (>= $version)$" control "${packages[1]}" shlibs ||
    wrong "libmoot0 does not say what programs linked with it depend on"

# dpkg itself installs them, into a root that knows which packages this machine has: so dependencies are checked.
mkdir -p "$root/var/lib/dpkg/"{info,updates,triggers}
cp /var/lib/dpkg/status "$root/var/lib/dpkg/status"
in_root=(dpkg --root="$root" --force-script-chrootless) # their scripts only call ldconfig
if [ "$(id -u)" -ne 0 ]; then in_root+=(--force-not-root); fi
"${in_root[@]}" -i "${packages[@]}" >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log"; wrong "dpkg does not install them"; }
(cd "$root" && cat var/lib/dpkg/info/{moot,libmoot0,libmoot-dev}.md5sums | md5sum --quiet -c -) || wrong "files differ from md5sums"

export PATH=$root/usr/bin:$PATH LD_LIBRARY_PATH=$root/usr/lib PKG_CONFIG_PATH=$root/usr/lib/pkgconfig
says "$version" moot version || wrong "moot version"
cd "$here/../.."
says '^average' moot run programs/salary.moot --quiet || wrong "moot run"
moot run programs/kmeans.moot --ideal --quiet >/dev/null || wrong "words of std are not found"
gzip -dc "$root/usr/share/man/man1/moot.1.gz" >"$work/moot.1"
mapfile -t commands < <(moot --help 2>&1 | sed -n 's/^  moot \([a-z]*\) .*/\1/p')
[ "${#commands[@]}" -gt 10 ] || wrong "moot --help lists ${#commands[@]} commands"
for command in "${commands[@]}"; do
    grep -q "moot $command" "$work/moot.1" || wrong "moot(1) does not tell of $command"
done
[ -s "$root/usr/share/doc/moot/systemd/moot.service" ] || wrong "no unit for systemd"
bash -c "source '$root/usr/share/bash-completion/completions/moot' && complete -p moot" >/dev/null || wrong "no completion"
read -ra flags < <(pkg-config --cflags --libs moot)
cc -std=c11 "$here/consumer.c" -o "$work/consumer" "${flags[@]}"
[ "$("$work/consumer")" = "$version" ] || wrong "a program linked with libmoot0"
says 'NEEDED.*libmoot\.so\.0' readelf -d "$work/consumer" || wrong "it is not linked with libmoot.so.0"

"${in_root[@]}" -r libmoot-dev moot libmoot0 >"$work/log" 2>&1 ||
    { tail -n 20 "$work/log"; wrong "dpkg does not remove them"; }
if [ -e "$root/usr" ]; then wrong "left behind: $(find "$root/usr")"; fi
