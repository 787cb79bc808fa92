#!/usr/bin/env bash
# Prints the Python to make the virtual environment with: PYTHON where it is set, else the distribution's, else the first
# in PATH. A distribution builds its own with profile and link-time optimisation; one built by hand without them takes
# twice the processor time for an alert (docs/adr/0014-python.md).
set -euo pipefail
for python in ${PYTHON:-/usr/bin/python3 python3 python3.13 python3.12 python3.11}; do
  if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
    echo "$python"
    exit
  fi
done
echo "Python 3.11 to 3.13 is needed; set PYTHON=python3.x" >&2
exit 1
