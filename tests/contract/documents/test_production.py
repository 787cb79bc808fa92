"""Handbook: its shell blocks, run or checked as far as a test's machine allows, and the units that it installs."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from cms.platform.cli import embedded, main
from cms.platform.process import logs
from cms.platform.settings import Settings

ROOT = Path(__file__).parents[3]
DOCUMENT = (ROOT / "docs" / "production.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)
LINES = [line for block in BLOCKS for line in block.splitlines()]
DEPLOY = ROOT / "deploy"
OF_DEBIAN = frozenset(
    {
        *("apt-get", "adduser", "install", "git", "make", "ln", "chronyc", "sudo", "rabbitmqctl", "editor", "cp"),
        *("systemctl", "nft"),
    }
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOA_HOME", str(tmp_path / "loa"))
    return tmp_path / "loa"


def commands() -> list[list[str]]:
    """Return every ``loa`` command line of the handbook, also those run for the user ``loa``."""
    found = []
    for line in LINES:
        inner = re.search(r"exec (loa [^']+)'", line)
        if line.startswith("loa ") or inner:
            found.append(shlex.split(inner.group(1) if inner else line)[1:])
    return found


def test_each_command_of_loa_runs_in_the_order_of_the_handbook(home: Path) -> None:
    *before, (group, last) = commands()
    assert before[0] == ["init"]
    for command in before:
        done = CliRunner().invoke(main, command)
        assert done.exit_code == 0, (command, done.output)
    assert (group, last) == ("alerts", "check")
    done = CliRunner().invoke(main, [group, last])
    assert done.exit_code == 1
    assert "level 1, 2, 3: nobody at bt23-60" in done.output
    assert (home / "keys" / "root.key").exists()


def test_every_block_is_shell_and_names_known_programs() -> None:
    for block in BLOCKS:
        checked = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr
    assert {shlex.split(line)[0] for line in LINES} == OF_DEBIAN | {"loa"}


def test_every_file_that_is_copied_is_shipped() -> None:
    copied = re.findall(r"/opt/loa/(deploy/\S+)", "\n".join(LINES))
    found = {path.relative_to(DEPLOY).parts[0] for each in copied for path in DEPLOY.parent.glob(each)}
    assert found == {path.name for path in DEPLOY.iterdir()} - {"debian"}


def test_each_program_of_the_set_is_a_unit() -> None:
    (enabled,) = [line for line in LINES if "enable" in line]
    named = {name.removeprefix("loa@") for name in enabled.split() if name.startswith("loa@")}
    # A queue of ours runs without RabbitMQ, a replicator with a folder of its own, a standby during updates.
    assert named | {"queue", "replicator", "standby"} == set(embedded.UNITS)
    assert "ExecStart=/opt/loa/.venv/bin/loa run %i" in (DEPLOY / "loa@.service").read_text()
    assert "ExecStart=/opt/loa/.venv/bin/loa brokers" in (DEPLOY / "loa-brokers.service").read_text()


@pytest.mark.parametrize("name", ["loa@.service", "loa-brokers.service"])
def test_a_unit_is_started_again_for_ever_with_files_for_a_province(name: str) -> None:
    text = (DEPLOY / name).read_text()
    for line in ("Restart=always", "StartLimitIntervalSec=0", "LimitNOFILE=65536", "OOMPolicy=continue"):
        assert f"\n{line}\n" in text
    assert "NoNewPrivileges=yes" in text
    assert "ProtectSystem=strict" in text


def test_the_units_are_understood_by_systemd(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    for path in DEPLOY.rglob("*"):
        if path.suffix in {".service", ".target", ".conf"}:
            text = path.read_text().replace("/opt/loa/.venv/bin/loa", "/bin/true")
            target = tmp_path / path.relative_to(DEPLOY)
            target.parent.mkdir(exist_ok=True)
            target.write_text(text.replace("%i", "web") if path.name == "loa@.service" else text)
            assert all(re.fullmatch(r"|#.*|\[\w+\]|[A-Z]\w*=.*", line) for line in text.splitlines()), path
    if analyze:
        shutil.move(tmp_path / "loa@.service", tmp_path / "loa-web.service")
        units = [str(tmp_path / name) for name in ("loa-web.service", "loa-brokers.service")]
        checked = subprocess.run([analyze, "verify", "--man=no", *units], capture_output=True, text=True, check=False)
        found = [line for line in checked.stderr.splitlines() if str(tmp_path) in line]
        assert found == []


UNITS = ("loa-brokers", "loa@front", "loa@gateway", "loa@replicator", "loa@background_web", "loa@worker", "loa@signer")


@pytest.mark.parametrize("unit", UNITS)
def test_a_unit_is_exposed_by_no_more_than_two_of_ten_points(tmp_path: Path, unit: str) -> None:
    shutil.copytree(DEPLOY, tmp_path / "etc" / "systemd" / "system")
    asked = ["systemd-analyze", "security", f"--root={tmp_path}", "--offline=true", "--threshold=20", f"{unit}.service"]
    judged = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=60)
    assert judged.returncode == 0, judged.stdout[-300:] + judged.stderr
    assert f"exposure level for {unit}.service" in judged.stdout


def test_the_settings_that_are_shipped_are_settings() -> None:
    lines = [line for line in (DEPLOY / "loa.env").read_text().splitlines() if line and not line.startswith("#")]
    names = {line.partition("=")[0].removeprefix("LOA_").lower() for line in lines}
    assert names <= set(Settings.model_fields)


def test_the_log_of_requests_is_cut_as_the_handbook_says() -> None:
    said = re.search(r"`(LOA_HOME/log/access.log)` has the requests; the scheduler cuts it at (\d+) MB", DOCUMENT)
    assert said
    assert int(said[2]) * 1024 * 1024 == logs.KEEP_BYTES


def test_only_the_roots_private_half_goes_offline() -> None:
    assert "only `root.key`" in DOCUMENT
    assert "root.*" not in DOCUMENT
    for said in ("chrony", "LOA_HOME/broker/mosquitto.conf", "sqlite3", "Restore", "830 MB", "X-Forwarded-For"):
        assert said in DOCUMENT
