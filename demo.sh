#!/usr/bin/env bash
# The average of three salaries, none of which is seen by anyone: installs what is missing, builds, runs.
set -euo pipefail
cd "$(dirname "$0")"
source cmake/setup.sh

install_missing "${build_packages[@]}"
configure_flags=(-DBUILD_TESTING=OFF)
build release moot

say "running programs/salary.moot over programs/salary.json: three employees, a process each"
exec build/moot run programs/salary.moot
