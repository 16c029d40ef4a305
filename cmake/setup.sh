# What demo.sh and test.sh share: install what is missing, build. Sourced by bash, from the repository's root.

# say SENTENCE…: one line on standard error about what happens next.
say()
{
    echo "moot: $*" >&2
}

# install_missing PACKAGE…: installs those Debian packages that are not there yet.
install_missing()
{
    local missing=() as_root=() package

    for package in "$@"; do
        if ! dpkg-query -W -f='${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed'; then
            missing+=("$package")
        fi
    done
    if [ ${#missing[@]} -eq 0 ]; then
        return 0
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            say "these packages are missing, and neither root nor sudo is here: ${missing[*]}"
            return 1
        fi
        as_root=(sudo)
    fi
    say "installing ${missing[*]}"
    "${as_root[@]}" apt-get -qq update
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -qq install -y --no-install-recommends "${missing[@]}" >/dev/null
}

# What the command needs, and what the tests need besides.
build_packages=(gcc libc6-dev cmake ninja-build pkg-config libgmp-dev libzmq3-dev libcjson-dev libssl-dev libmicrohttpd-dev
    libsqlite3-dev)
test_packages=(g++ clang libclang-rt-14-dev clang-format clang-tidy libcriterion-dev libmpfr-dev python3 curl
    dpkg-dev file iproute2 valgrind gcovr)

# build PRESET [TARGET…]: configures where that has not been done, and builds.
build()
{
    local preset=$1 folder=build-$1 log
    shift
    if [ "$preset" = release ]; then folder=build; fi
    log=$folder/setup.log
    mkdir -p "$folder"
    say "building $preset in $folder/"
    if ! { cmake --preset "$preset" "${configure_flags[@]}" && cmake --build "$folder" -- "$@"; } >"$log" 2>&1; then
        tail -n 60 "$log" >&2
        say "the build failed; its last lines are above, all of it is in $log"
        return 1
    fi
}
configure_flags=()
