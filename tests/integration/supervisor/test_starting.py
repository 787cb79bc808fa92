"""Checks of a program before it runs, as its users see them: messages, waiting, and the limit of open files."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bench.ports import free_port
from cms import bootstrap
from cms.areas.repository import Places
from cms.fleet.queries.devices import registered_devices
from cms.fleet.repository.devices import Devices
from cms.platform.cli import embedded, startup
from cms.platform.cli.up import APP_DIR
from cms.platform.settings import Settings
from devices.model import Device, DeviceId, DeviceKind
from media.engine import URGENT_NICE
from province.areas import Area, AreaId
from tests.integration.process import until
from tests.programs import PythonProgram

MISSING = "postgresql+psycopg://loa@/loa?host=/nowhere"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        home=tmp_path / "loa", mqtt_port=free_port(), enrol_port=free_port(), web_port=free_port(), worker_processes=1
    )


def loa(settings: Settings, *words: str, files: tuple[int, int] | None = None) -> PythonProgram:
    return PythonProgram(
        "cms.platform.cli",
        *words,
        env={**os.environ, **settings.as_environment(), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        open_files=files,
    )


def told(settings: Settings, *words: str, files: tuple[int, int] | None = None) -> str:
    """Return the output of a command that is refused; it ends with status 1 and without a traceback."""
    with loa(settings, *words, files=files) as process:
        assert process.stdout is not None
        text = process.stdout.read()
        process.wait(180)
    assert process.returncode == 1, text
    assert "Traceback" not in text
    return text


def register(settings: Settings, count: int) -> None:
    bootstrap.prepare(settings)
    context = bootstrap.build(settings)
    area = AreaId("xa-1")
    with context.uow() as unit:
        unit[Places].add([Area(area, "Xã Một", "commune", None, context.now().date())])
        unit[Devices].add_many(
            Device(DeviceId(f"d-{n}"), f"sn-{n}", f"Cụm {n}", DeviceKind.CLUSTER, area, context.now())
            for n in range(count)
        )
        unit.commit()
    context.engine.dispose()


@pytest.mark.parametrize("command", ["brokers", "up", "gateway"])
def test_too_few_open_files_for_the_devices_registered_are_refused(settings: Settings, command: str) -> None:
    register(settings, 100)
    said = told(settings, command, files=(1024, 1024))
    assert "at most 1024 files may be open, and the devices registered here need 1110" in said
    assert "LimitNOFILE" in said


def test_the_brokers_run_with_a_raised_limit_and_say_nothing_untrue_at_their_end(settings: Settings) -> None:
    register(settings, 1_500)
    with loa(settings, "brokers", files=(1024, 8192)) as process:
        assert process.stdout is not None
        next(line for line in process.stdout if "The brokers are up" in line)
        pid = int((settings.run_dir / "broker.pid").read_text())
        limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
        assert next(line for line in limits if "open files" in line).split()[3:5] == ["8192", "8192"]
        process.send_signal(signal.SIGTERM)
        assert "The brokers are up" not in process.stdout.read()
        assert process.wait(180) == 0


def test_brokers_that_never_came_up_do_not_say_so_at_their_end(settings: Settings) -> None:
    """The address is another machine's, so the broker dies again and again."""
    elsewhere = settings.model_copy(update={"mqtt_listen_host": "192.0.2.1"})
    with loa(elsewhere, "brokers") as process:
        assert process.stdout is not None
        next(line for line in process.stdout if "broker ended" in line)
        process.send_signal(signal.SIGTERM)
        assert "The brokers are up" not in process.stdout.read()


def test_the_broker_listens_elsewhere_than_devices_are_told(settings: Settings) -> None:
    """Behind an address translation devices are given a name, and this machine listens on all its addresses."""
    behind = settings.model_copy(update={"mqtt_host": "loa.example.vn", "mqtt_listen_host": "0.0.0.0"})
    bootstrap.prepare(behind)
    programs = embedded.broker_programs(behind)
    assert f"listener {behind.mqtt_port} 0.0.0.0" in Path(programs[0].argv[-1]).read_text()
    context = bootstrap.build(behind)
    folder = context.keyring.provision("d-1", "sn-1", "xa-1", behind)
    assert '"mqtt_host": "loa.example.vn"' in (folder / "device.json").read_text()
    assert (behind.mqtt_local_host, behind.broker_names) == ("127.0.0.1", ("loa.example.vn", "127.0.0.1"))
    context.engine.dispose()


def test_brokers_run_on_a_machine_that_has_only_their_keys(settings: Settings, tmp_path: Path) -> None:
    bootstrap.prepare_files(settings)
    other = settings.model_copy(update={"home": tmp_path / "other", "enrol_port": 0})
    keys = other.home / "keys"
    keys.mkdir(parents=True)
    for name in ("ca.pem", "broker.pem", "broker.key", "revoked.pem", "supervisor.probe.pem", "supervisor.probe.key"):
        shutil.copy(settings.keys_dir / name, keys)
    with loa(other, "brokers") as process:
        assert process.stdout is not None
        assert any("The brokers are up" in line for line in process.stdout)
        process.send_signal(signal.SIGTERM)
        assert process.wait(180) == 0
    assert not (keys / "ca.key").exists()


def test_brokers_start_without_the_database(settings: Settings) -> None:
    bootstrap.prepare(settings)
    away = settings.model_copy(update={"database_url": MISSING})
    with loa(away, "brokers") as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if "The brokers are up" in line:
                break
        assert any("the database does not answer" in line for line in lines)
        process.send_signal(signal.SIGTERM)
        assert process.wait(180) == 0


def test_the_whole_set_waits_for_the_database(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    away = settings.model_copy(update={"database_url": MISSING})
    paused: list[float] = []
    said: list[str] = []
    there = registered_devices

    def pause(seconds: float) -> None:
        paused.append(seconds)
        if len(paused) == startup.TELL_EVERY + 1:
            monkeypatch.setattr("cms.bootstrap.registered_devices", lambda _url: there(settings.effective_database_url))

    monkeypatch.setattr(bootstrap, "prepare", lambda _settings: bootstrap.prepare_files(settings))
    startup.prepare_when_there(away, said.append, pause=pause)
    assert paused == [startup.LOOK_EVERY_S] * (startup.TELL_EVERY + 1)
    assert len(said) == 2
    assert all(each.startswith("waiting for the database: ") for each in said)


def test_a_database_that_never_answers_is_named_after_a_time(settings: Settings) -> None:
    away = settings.model_copy(update={"database_url": MISSING})
    with pytest.raises(click.ClickException, match="the database does not answer"):
        startup.prepare_when_there(away, lambda _: None, wait_most_s=-1)


@pytest.mark.parametrize("command", [("init",), ("users", "list"), ("devices", "list"), ("up",), ("brokers",)])
def test_a_lost_root_is_one_sentence_and_nothing_is_made(settings: Settings, command: tuple[str, ...]) -> None:
    bootstrap.prepare(settings)
    for name in ("root.key", "root.pub"):
        (settings.keys_dir / name).unlink()
    assert "put root.pub back" in told(settings, *command)
    assert not (settings.keys_dir / "root.key").exists()


def test_a_unit_of_its_own_is_the_very_program_of_the_set(settings: Settings) -> None:
    bootstrap.prepare(settings)
    settings = settings.model_copy(update={"backup_folder": "/backup"})
    whole = {each.name: each for each in embedded.programs(settings, APP_DIR)}
    for name in embedded.UNITS:
        found, same = embedded.alone(settings, name, APP_DIR), whole["gateway" if name == "standby" else name]
        assert (found.argv, found.env) == (same.argv, same.env)
    assert {*whole, "standby"} == {*embedded.UNITS, "broker", "enrolment"}


def test_the_speech_of_alerts_goes_before_other_programs_where_that_is_permitted_and_other_jobs_after(
    settings: Settings,
) -> None:
    bootstrap.prepare(settings)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    say = (sys.executable, "-c", "import os; print(os.getpriority(os.PRIO_PROCESS, 0))")

    def run(name: str) -> int:
        argv = embedded.alone(settings, name, APP_DIR).argv
        command = [*argv[: argv.index(sys.executable)], *say]
        return int(subprocess.run(command, check=True, capture_output=True, text=True, start_new_session=True).stdout)

    try:
        os.setpriority(os.PRIO_PROCESS, 0, URGENT_NICE)
        is_permitted = True
    except PermissionError:
        is_permitted = False
    finally:
        os.setpriority(os.PRIO_PROCESS, 0, own)
    assert run("urgent") == (URGENT_NICE if is_permitted else own)
    assert run("worker") == (15 if is_permitted else max(own, 15))
    assert run("web") == own


def test_a_program_becomes_its_unit(settings: Settings) -> None:
    bootstrap.prepare(settings)
    # Others of the set are started by a shell, which is found in PATH.
    with loa(settings, "run", "web") as process:
        until(lambda: embedded.answers_health(settings.web_socket("web")))
        process.send_signal(signal.SIGTERM)
        assert process.wait(180) == 0


def test_the_limit_that_devices_need() -> None:
    assert startup.needed_for(10_000) == 12_000
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with pytest.raises(startup.TooFewFilesError):
        startup.raise_limit(10**9)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
