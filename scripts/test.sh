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
# Files of the tests, some 8 GB, in memory where there is room: a disk and its fsync take a tenth of the processor time.
files=/tmp
room_mb=$(df --output=avail -m /dev/shm 2>/dev/null | tail -n 1)
free_kb=$(awk '/^MemAvailable/ {print $2}' /proc/meminfo)
if [ "${room_mb:-0}" -ge 14000 ] && [ "$free_kb" -ge 14000000 ] && [ -w /dev/shm ] &&
  ! findmnt -no OPTIONS -T /dev/shm | grep -qw noexec; then
  files=/dev/shm
fi
TMPDIR=$(mktemp -d -p "$files" loa-XXXXXX)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
chmod 755 "$TMPDIR" # PostgreSQL does not run as root
# Three more than cores: two or three wait for a process, a device or an instant and leave their core to others.
"$bin/python" -m coverage run -m pytest -n "${TEST_PROCESSES:-$(($(nproc) + 3))}" --basetemp "$TMPDIR/t"
"$bin/python" -m coverage combine -q
rm -f "$COVERAGE_FILE".* # of programs that were killed while they wrote it: told once, not again with each report
"$bin/python" -m coverage report --skip-covered --precision=1 --fail-under=90
"$bin/python" -m coverage report -m --include='broadcast/*,devices/protocol/*' --fail-under=100
