from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from bench.demo.run import answers_http
from bench.ports import free_port
from cms.platform.cli import embedded
from cms.platform.settings import Settings
from tests.integration.process import commands_of
from tests.programs import PythonProgram


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    settings = Settings(
        home=tmp_path / "loa", web_port=free_port(), mqtt_port=free_port(), enrol_port=free_port(), worker_processes=1
    )
    return {**os.environ, **settings.as_environment(), "PYTHONUNBUFFERED": "1"}


def loa(environment: dict[str, str], *words: str) -> PythonProgram:
    """Start a command whose programs are not measured: other tests run every line of theirs."""
    return PythonProgram(
        "cms.platform.cli",
        *words,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        is_measured_alone=True,
    )


@pytest.mark.parametrize(("command", "told"), [("up", "Loa is up"), ("brokers", "The brokers are up")])
def test_a_set_runs_refuses_a_second_one_and_stops_cleanly(
    environment: dict[str, str], tmp_path: Path, command: str, told: str
) -> None:
    with loa(environment, command) as first:
        assert first.stdout is not None
        next(line for line in first.stdout if told in line)
        ports = ["MQTT", "ENROL", *(["WEB"] if command == "up" else [])]
        assert all(embedded.is_listening("127.0.0.1", int(environment[f"LOA_{name}_PORT"])) for name in ports)
        with loa(environment, command) as second:
            assert second.stdout is not None
            assert f"process {first.pid}" in second.stdout.read()
            assert second.wait(180) == 1
        first.send_signal(signal.SIGTERM)
        assert first.wait(180) == 0
    assert commands_of(tmp_path / "loa") == []
    assert "ACL pattern" in (tmp_path / "loa" / "log" / "broker.log").read_text()


def test_init_may_be_repeated(environment: dict[str, str], tmp_path: Path) -> None:
    for _ in range(2):
        with loa(environment, "init") as done:
            assert done.stdout is not None
            words = done.stdout.read()
            assert done.wait(180) == 0, words
    assert (tmp_path / "loa" / "loa.db").exists()


def test_a_missing_program_is_named() -> None:
    with pytest.raises(embedded.MissingProgramError, match="no-such-broker / nor-this-one"):
        embedded.find_program("no-such-broker", "nor-this-one")


def test_a_home_too_deep_for_a_socket_is_refused(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 120)
    with pytest.raises(ValueError, match="too deep"):
        embedded.programs(Settings(home=deep), tmp_path)


def test_what_does_not_answer_is_not_ready(tmp_path: Path) -> None:
    assert not embedded.answers_ping(tmp_path / "none.sock")
    assert not answers_http("http://127.0.0.1:9/health")
    assert not embedded.is_listening("127.0.0.1", 9)
