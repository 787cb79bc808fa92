"""Rolling restart of a set: over to another version, a successor at a time."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cms.platform.cli import rolling_restart
from cms.platform.cli.supervisor import Program, Supervisor
from tests.integration.process import until

FIRST = """
import os, pathlib, signal, sys
folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
(folder / f"{name}.new").write_text(str(os.getpid()))
(folder / f"{name}.new").replace(folder / f"{name}.ready")
if name == "standby":
    (folder / "standby.runs").touch()
    signal.signal(signal.SIGTERM, lambda *_: ((folder / "standby.runs").unlink(), sys.exit()))
signal.signal(signal.SIGHUP, lambda *_: (folder / f"{name}.read").touch())
while True:
    signal.pause()
"""
LOA = """#!{python}
import os, pathlib, signal, sys
assert sys.argv[1] == "run" and os.environ["PYTHONPATH"] == {code!r}
folder, name = pathlib.Path({folder!r}), sys.argv[2]
if name == {broken!r}:
    sys.exit(1)
if name == "gateway":
    assert not (folder / "standby.runs").exists()
    (folder / "gateway.standby").touch()
else:
    (folder / f"{{name}}.ready").write_text("other")
signal.pause()
"""


def other_version(folder: Path, broken: str = "") -> Path:
    code = folder / "other"
    loa = code / ".venv" / "bin" / "loa"
    loa.parent.mkdir(parents=True)
    loa.write_text(LOA.format(python=sys.executable, folder=str(folder), code=str(code), broken=broken))
    loa.chmod(0o755)
    return loa


def program(folder: Path, name: str) -> Program:
    return Program(
        name,
        [sys.executable, "-c", FIRST, str(folder), name],
        (folder / f"{name}.ready").exists,
        standby=folder / "gateway.standby" if name == "gateway" else None,
        mark=folder / "web.ready" if name == "web" else None,
        stop_s=5,
        start_s=5,
    )


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    names = ("broker", "front", "web", "gateway", "standby")
    supervisor = Supervisor([program(tmp_path, name) for name in names], tmp_path / "log", report=lambda _: None)
    supervisor.start()
    loop = threading.Thread(target=supervisor.run)
    loop.start()
    yield supervisor
    supervisor.stop()
    loop.join(30)


def rolled(supervisor: Supervisor, loa: Path) -> str:
    said: list[str] = []
    supervisor.roll(rolling_restart.restart(supervisor, loa, said.append))
    until(lambda: bool(said))
    return said[0]


def version_of(supervisor: Supervisor, name: str) -> str:
    pid = supervisor.pid(name)
    return "other" if b"/other/" in Path(f"/proc/{pid}/cmdline").read_bytes() else "first"


def test_the_set_goes_over_to_another_version_and_brokers_stay(supervisor: Supervisor, tmp_path: Path) -> None:
    before = {name: supervisor.pid(name) for name in ("broker", "front")}
    assert rolled(supervisor, other_version(tmp_path)) == ""
    assert {name: version_of(supervisor, name) for name in ("broker", "front", "web", "gateway", "standby")} == {
        "broker": "first",
        "standby": "other",
        "front": "first",
        "web": "other",
        "gateway": "other",
    }
    assert {name: supervisor.pid(name) for name in before} == before
    until((tmp_path / "front.read").exists)


def test_where_the_successor_of_the_gateway_does_not_start_nothing_changes(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    before = {name: supervisor.pid(name) for name in ("web", "gateway")}
    standby = supervisor.pid("standby")
    problem = rolled(supervisor, other_version(tmp_path, broken="gateway"))
    assert "gateway of " in problem
    assert "does not start; the old one goes on" in problem
    assert {name: supervisor.pid(name) for name in before} == before
    assert supervisor.pid("standby") not in {None, standby}
    assert version_of(supervisor, "standby") == "first"


def test_a_web_process_that_does_not_start_is_named(supervisor: Supervisor, tmp_path: Path) -> None:
    assert "web of " in rolled(supervisor, other_version(tmp_path, broken="web"))
