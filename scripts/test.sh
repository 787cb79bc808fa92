#!/usr/bin/env bash
# All tests with branch coverage, in several processes (TEST_PROCESSES: how many). Arguments go to pytest; with arguments
# there is one process and coverage is not judged.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=${VENV:-.venv}/bin
export COVERAGE_FILE="$PWD/build/coverage/data"
# Programs that a test starts load the plugin of coverage before they look for modules here.
export PYTHONPATH="$PWD"
rm -rf build/coverage && mkdir -p build/coverage
"$bin/python" -m tests.prepared
if [ $# -gt 0 ]; then exec "$bin/python" -m pytest "$@"; fi
echo "== tests"
# Three more than cores: two or three wait for a process, a device or an instant and leave their core to others.
"$bin/python" -m coverage run -m pytest -n "${TEST_PROCESSES:-$(($(nproc) + 3))}"
"$bin/python" -m coverage combine -q
"$bin/python" -m coverage report --skip-covered --precision=1 --fail-under=90
"$bin/python" -m coverage report -m --include='broadcast/*,devices/protocol/*' --fail-under=100
