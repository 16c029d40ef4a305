#!/usr/bin/env bash
# Runs all tests in which nodes lie, and counts the runs. usage: count_lies.sh BUILD_FOLDER
set -euo pipefail
"$1"/tests/test_runtime --filter '@(cheaters|attacks)/*' --verbose 2>&1 |
    awk '/runs with a lie/ { runs += $2; stopped += $7 }
        /Synthesis/ { print }
        END { print runs " runs with a lie, " stopped " of which stopped; no honest member learned anything wrong" }'
