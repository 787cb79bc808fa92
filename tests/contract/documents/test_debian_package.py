"""Debian package: built without its virtual environment, and what is in it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("deb")
    built = subprocess.run(
        ["bash", "scripts/deb.sh", "bare"],
        cwd=ROOT,
        env={**os.environ, "OUT": str(out)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert built.returncode == 0, built.stderr
    (found,) = out.glob("loa_*.deb")
    return found


def asked(*arguments: str) -> str:
    return subprocess.run(["dpkg-deb", *arguments], capture_output=True, text=True, check=True, timeout=60).stdout


def test_the_units_and_the_code_are_in_it_and_nothing_of_a_clone(package: Path, tmp_path: Path) -> None:
    asked("--extract", str(package), str(tmp_path))
    units = tmp_path / "usr" / "lib" / "systemd" / "system"
    shipped = {path.relative_to(units): path.read_text() for path in units.rglob("*") if path.is_file()}
    files = [path for path in DEPLOY.rglob("*") if path.suffix in {".service", ".target", ".conf"}]
    assert shipped == {path.relative_to(DEPLOY): path.read_text() for path in files}
    code = tmp_path / "opt" / "loa"
    assert {path.name for path in code.iterdir()} == {
        *("app.py", "broadcast", "cms", "devices", "docs", "firmware_sim", "media", "province")
    }
    assert list(code.rglob("__pycache__")) == []
    assert (code / "cms" / "migrations" / "versions" / "0001_baseline.py").exists()
    manuals = {path.relative_to(code) for path in (code / "docs").rglob("*") if path.is_file()}
    assert manuals == {path.relative_to(ROOT) for name in ("users", "img") for path in (ROOT / "docs" / name).iterdir()}
    assert (tmp_path / "usr" / "bin" / "loa").readlink() == Path("/opt/loa/.venv/bin/loa")


def test_all_belongs_to_root_and_only_root_writes(package: Path) -> None:
    lines = [line.split() for line in asked("--contents", str(package)).splitlines()]
    assert {line[1] for line in lines} == {"root/root"}
    assert [line for line in lines if line[0][0] != "l" and "w" in line[0][4:]] == []
    tops = {"/".join(line[5].split("/")[:3]) for line in lines}
    assert tops <= {"./", "./opt/", "./opt/loa", "./usr/", "./usr/bin", "./usr/lib", "./usr/share"}


def test_it_needs_what_the_set_up_installs(package: Path) -> None:
    needed = set(re.findall(r"[a-z][a-z0-9.-]+", asked("--field", str(package), "Depends")))
    setup = (ROOT / "scripts" / "setup.sh").read_text()
    (listed,) = re.findall(r"^packages=\((.*?)\)", setup, re.MULTILINE)
    assert set(listed.split()) | {"python3", "adduser", "valkey-server"} <= needed
    least = re.search(r"mosquitto \(>= (\S+)\)", asked("--field", str(package), "Depends"))
    assert least
    assert f"{least[1]} or newer is needed" in setup


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm"])
def test_its_scripts_are_shell_and_stop_at_an_error(package: Path, tmp_path: Path, script: str) -> None:
    asked("--control", str(package), str(tmp_path))
    text = (tmp_path / script).read_text()
    assert "\nset -e\n" in text
    assert subprocess.run(["sh", "-n", str(tmp_path / script)], check=False, timeout=60).returncode == 0
