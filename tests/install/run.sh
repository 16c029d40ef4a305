#!/usr/bin/env bash
# Installs to a temporary prefix, then builds and runs programs against it, by find_package and by pkg-config.
# usage: run.sh BUILD_FOLDER VERSION
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=$1 version=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

expect_version() # COMMAND…
{
    local got
    got=$("$@")
    if [ "$got" != "$version" ]; then
        echo "$* printed '$got', not '$version'" >&2
        exit 1
    fi
}

cmake --install "$build" --prefix "$work/prefix" >/dev/null
"$work/prefix/bin/moot" version >/dev/null
for file in share/man/man1/moot.1.gz share/bash-completion/completions/moot; do
    [ -s "$work/prefix/$file" ] || { echo "$file is not installed" >&2; exit 1; }
done

cmake -S "$here" -B "$work/consumer" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" >/dev/null
cmake --build "$work/consumer" >/dev/null
for program in c_shared c_static cxx_shared; do
    expect_version "$work/consumer/$program"
done

pc=$(dirname "$(find "$work/prefix" -name moot.pc)")
export PKG_CONFIG_PATH=$pc PKG_CONFIG_ALLOW_SYSTEM_CFLAGS=1
read -ra flags < <(pkg-config --cflags --libs moot)
cc -std=c11 "$here/consumer.c" -o "$work/c" "${flags[@]}"
c++ -std=c++17 "$here/consumer.cpp" -o "$work/cxx" "${flags[@]}"
LD_LIBRARY_PATH=$(dirname "$pc") expect_version "$work/c"
LD_LIBRARY_PATH=$(dirname "$pc") expect_version "$work/cxx"
