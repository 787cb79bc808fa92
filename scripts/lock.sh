#!/usr/bin/env bash
# Pins every requirements/*.in with hashes, for all supported Pythons at once.
set -euo pipefail
cd "$(dirname "$0")/.."
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
"$(bash scripts/python.sh)" -m venv "$tool"
"$tool/bin/pip" install -q --require-hashes -r requirements/lock.txt
for name in lock node voice voice-kokoro voice-weights runtime dev; do
  "$tool/bin/uv" pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
    --no-emit-index-url --no-annotate --no-strip-extras --allow-unsafe "requirements/$name.in" -o "requirements/$name.txt"
done
