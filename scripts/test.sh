#!/usr/bin/env bash
# All tests with branch coverage. Arguments go to pytest; with arguments coverage is not judged.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${VENV:-.venv}/bin
export COVERAGE_FILE="$PWD/build/coverage/data"
rm -rf build/coverage && mkdir -p build/coverage
if [ $# -gt 0 ]; then exec "$bin/python" -m pytest "$@"; fi
echo "== tests"
"$bin/python" -m coverage run -m pytest
"$bin/python" -m coverage combine -q
"$bin/python" -m coverage report --skip-covered --precision=1 --fail-under=90
"$bin/python" -m coverage report -m --include='broadcast/*,devices/protocol/*' --fail-under=100
