#!/usr/bin/env bash
# Builds build/loa_VERSION_ARCHITECTURE.deb: this version in /opt/loa, its virtual environment with hash-pinned packages,
# hardened units. With the argument "bare" there is no virtual environment in it, as in the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:-whole}
python=$(bash scripts/python.sh)
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
minor=$("$python" -c 'import sys; print(sys.version_info.minor)')
architecture=$(dpkg --print-architecture)
out=${OUT:-build}
mkdir -p "$out"
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
code=$stage/opt/loa
umask 022

if [ "$kind" = whole ] && [ ! -d cms/platform/web/static/vendor ]; then
  echo "the front-end packages are missing: run make setup first" >&2
  exit 1
fi
mkdir -p "$code" "$stage/DEBIAN" "$stage/usr/lib/systemd/system" "$stage/usr/share/doc/loa" "$stage/usr/bin"
# The console shows the manuals.
tar --exclude=__pycache__ -cf - app.py broadcast cms devices docs/img docs/users firmware_sim media province | tar -xf - -C "$code" --no-same-permissions
cp -r deploy/*.service deploy/*.target deploy/*.d "$stage/usr/lib/systemd/system/"
cp -r deploy/loa.env docs CHANGELOG.md NOTICE "$stage/usr/share/doc/loa/"
ln -s /opt/loa/.venv/bin/loa "$stage/usr/bin/loa"

if [ "$kind" = whole ]; then
  "$python" -m venv "$code/.venv"
  "$code/.venv/bin/python" -m pip install -q --disable-pip-version-check --require-hashes --no-compile -r requirements/runtime.txt
  "$code/.venv/bin/python" -c 'import pathlib, sysconfig; pathlib.Path(sysconfig.get_path("purelib"), "loa.pth").write_text("/opt/loa\n")'
  printf '#!/opt/loa/.venv/bin/python\nfrom cms.platform.cli import main\n\nmain()\n' >"$code/.venv/bin/loa"
  chmod 755 "$code/.venv/bin/loa"
  # Scripts name the interpreter by its path here.
  grep -rlI "$stage" "$code/.venv/bin" "$code/.venv/pyvenv.cfg" | xargs -r sed -i "s#$stage##g"
  find "$code" -name __pycache__ -prune -exec rm -rf {} +
fi

chmod -R u=rwX,go=rX "$stage"
sed "s/ARCHITECTURE/$architecture/; s/VERSION/$version/; s/NEXT_PYTHON/3.$((minor + 1))/; s/PYTHON/3.$minor/" deploy/debian/control >"$stage/DEBIAN/control"
install -m 755 deploy/debian/postinst deploy/debian/prerm deploy/debian/postrm "$stage/DEBIAN/"
[ "$kind" = whole ] && compression=zstd || compression=none
package=$out/loa_${version}_$architecture.deb
dpkg-deb --root-owner-group -Z$compression -z9 --build "$stage" "$package.part"
mv "$package.part" "$package"
