#!/usr/bin/env bash
# House rules that no linter knows: file sizes, names, addresses and paths that may not be committed.
# firmware_sim/core is the device core, a thing of the domain; no other core is one.
set -euo pipefail
cd "$(dirname "$0")/.."
bad=0
fault() { printf 'house rule: %s\n%s\n' "$1" "$2" >&2; bad=1; }
files() { git ls-files --cached --others --exclude-standard "$@"; }

found=$(files '*.py' | xargs -r wc -l | awk '$2 != "total" && $1 > 400 {print "  " $2 ": " $1}')
[ -z "$found" ] || fault "no Python file over 400 lines" "$found"
found=$(files '*.py' | grep -E '(^|/)(core|common|utils?|helpers?|managers?|base|misc)(\.py|/)' | grep -v '^firmware_sim/core/' || true)
[ -z "$found" ] || fault "names that say nothing" "$found"
found=$(git grep -nE '"resolved": *"|(^|[ "])--(extra-)?index-url|registry *= *[{"h]|pypi\.[o]rg|registry\.[n]pmjs|deb\.[d]ebian' -- ':!scripts/house.sh' | cut -c1-140 || true)
[ -z "$found" ] || fault "no registry is named" "$found"
found=$(git grep -nE '(^|[^a-zA-Z.])/(w[o]rk|r[o]ot|h[o]me)/' -- ':!*.svg' | cut -c1-140 || true)
[ -z "$found" ] || fault "no machine path" "$found"
found=$(git grep -nE '\b(time\.sleep|asyncio\.sleep\([1-9])|pytest\.mark\.skip|assert True\b' -- tests | cut -c1-140 || true)
[ -z "$found" ] || fault "no sleep, skip or empty assertion in tests" "$found"
found=$(git grep -nE '# type: ignore($|[^[])|[T]ODO|[F]IXME' -- '*.py' | cut -c1-140 || true)
[ -z "$found" ] || fault "no bare type-ignore, nothing left to do" "$found"
found=$("$(bash scripts/python.sh)" scripts/house.py) || fault "docstrings name the thing or the action; one class, one name; modules by words of the field" "$found"
exit $bad
