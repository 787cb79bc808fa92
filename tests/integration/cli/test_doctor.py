"""``loa doctor``: each thing that is wrong is one sentence, with its remedy and the right exit status."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.x509 import load_pem_x509_certificate
from sqlalchemy import text

from cms.health import doctor
from cms.platform.cli import embedded, startup
from cms.platform.cli.backup import LATEST
from cms.platform.readiness import SILENT_AFTER_S
from cms.platform.store.heartbeats import ProcessDetail, ProcessHeartbeat, write_heartbeat
from cms.platform.web import languages
from devices import enrolment
from province.machine_clock import utc_now
from tests.integration.cli.conftest import open_terminal
from tests.integration.cli.test_commands import Terminal


@pytest.fixture(scope="module")
def staffed(province: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The province with two people for alerts, to be copied."""
    home = tmp_path_factory.mktemp("staffed")
    with open_terminal(home, province) as opened:
        for login in ("truc", "huy"):
            opened.ok("users", "add", login, login.title(), "--role", "emergency_officer@bt23-60")
            opened.ok("alerts", "rights", login, "--give", "bt23-60:3")
            opened.enrol(login)
    return home


@pytest.fixture
def terminal(tmp_path: Path, staffed: Path) -> Iterator[Terminal]:
    with open_terminal(tmp_path, staffed) as opened:
        yield opened


@pytest.fixture(autouse=True)
def sound(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Everything right: processes that report and answer, a time service, people for alerts, and a fresh back-up."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    for name in ("answers_health", "answers_at_all", "is_accepting", "is_listening", "answers_ping"):
        monkeypatch.setattr(embedded, name, lambda *_: True)
    monkeypatch.setattr(doctor, "kernel_is_synchronised", lambda: True)
    beat(terminal)
    (terminal.home / LATEST).write_text(utc_now().isoformat())
    before = os.umask(0o027)
    yield
    os.umask(before)


def beat(terminal: Terminal, *but: str) -> None:
    now = utc_now()
    with terminal.units() as unit:
        for program in SILENT_AFTER_S.keys() - set(but):
            write_heartbeat(unit.session, ProcessHeartbeat(program, now, now, ProcessDetail()))
        unit.commit()


def told(terminal: Terminal, status: int) -> list[str]:
    result = terminal.type("doctor")
    assert result.exit_code == status, result.output
    return result.output.splitlines()


def test_a_whole_server_has_nothing_to_report(terminal: Terminal) -> None:
    assert told(terminal, 0) == ["Every part of the server works."]


def test_findings_are_in_the_language_of_the_terminal(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "vi_VN.UTF-8")
    (terminal.home / LATEST).unlink()
    assert told(terminal, 0)[0].startswith("Lưu ý: Chưa có bản sao lưu nào.")


def test_the_language_of_a_terminal_is_that_of_its_command_alone(terminal: Terminal) -> None:
    told(terminal, 0)
    assert languages._("Fault") == "Hỏng"


def test_one_silent_process_is_told_in_the_words_of_the_screens(terminal: Terminal) -> None:
    with terminal.units() as unit:
        unit.session.execute(text("DELETE FROM process_heartbeats WHERE program = 'gateway'"))
        unit.commit()
    (line,) = told(terminal, 1)
    assert line.startswith("Fault: The gateway to the loudspeakers does not work: alerts do not go out.")


def test_a_server_that_does_not_run_is_one_finding_and_its_listeners_are_not_asked(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "answers_health", lambda _listener: False)
    with terminal.units() as unit:
        unit.session.execute(text("DELETE FROM process_heartbeats"))
        unit.commit()
    (line,) = told(terminal, 1)
    assert "Loa is not running on" in line
    assert "loa up" in line


def test_listeners_that_do_not_answer_are_named(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("is_accepting", "is_listening"):
        monkeypatch.setattr(embedded, name, lambda *_: False)
    monkeypatch.setattr(embedded, "answers_ping", lambda *_: False)
    lines = told(terminal, 1)
    assert [line.partition(".")[0] for line in lines] == [
        "Fault: The signer does not answer",
        "Fault: The message broker does not answer",
        "Fault: The enrolment listener does not answer",
        "Warning: The job queue does not work",
    ]


def test_faults_stand_before_warnings(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "kernel_is_synchronised", lambda: False)
    monkeypatch.setattr(startup, "needed_for", lambda _devices: 2**40)
    monkeypatch.setattr(resource, "getrlimit", lambda _kind: (1024, 4096))
    terminal.home.joinpath("keys").chmod(0o750)
    (terminal.home / LATEST).write_text((utc_now() - timedelta(days=9)).isoformat())
    lines = told(terminal, 1)
    assert [line.partition(":")[0] for line in lines] == ["Fault", "Warning", "Warning", "Warning"]
    assert "chmod 700" in lines[0]
    assert "9 days old" in lines[3]


@pytest.mark.parametrize(("days", "kind"), [(20, "Warning"), (3, "Fault"), (-2, "Fault")])
def test_a_certificate_near_its_end_is_named_with_its_days(terminal: Terminal, days: int, kind: str) -> None:
    now = utc_now() + timedelta(hours=1)
    made = enrolment.issue_client(enrolment.make_ca("Loa CA", now), "gateway", now)
    life = load_pem_x509_certificate(made.certificate).not_valid_after_utc - now
    ends = enrolment.issue_client(enrolment.make_ca("Loa CA", now), "gateway", now + timedelta(days=days) - life)
    (terminal.home / "keys" / "gateway.pem").write_bytes(ends.certificate)
    (line,) = told(terminal, int(kind == "Fault"))
    assert line.startswith(f"{kind}: The certificate ")
    assert f"gateway.pem ends in {days} days. Renew it with the command loa init" in line


def test_a_given_certificate_that_cannot_be_read_is_a_fault(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOA_TLS_CERTIFICATE", str(terminal.home / "nowhere.pem"))
    (line,) = told(terminal, 1)
    assert "nowhere.pem cannot be read" in line


def test_a_missing_program_is_named(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def find(*names: str) -> str:
        if "ffmpeg" in names or "valkey-server" in names:
            embedded.refuse_missing(names)
        return names[0]

    monkeypatch.setattr(embedded, "find_program", find)
    monkeypatch.setenv("LOA_QUEUE_URL", "amqp://queue.example.vn")
    (line,) = told(terminal, 1)
    assert "The program ffmpeg is not installed. Install the Debian package" in line


def test_places_without_two_people_for_an_alert_are_a_fault(terminal: Terminal) -> None:
    for login in ("truc", "huy"):
        terminal.ok("alerts", "rights", login, "--take", "bt23-60")
    (line,) = told(terminal, 1)
    assert "No two people can let out an alert of level 1, 2, 3 in Tỉnh Bình Thuận and 0 other places." in line


def test_a_database_of_another_version_is_told(terminal: Terminal) -> None:
    with terminal.units() as unit:
        unit.session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        unit.commit()
    (line,) = told(terminal, 1)
    assert "another version of Loa. Stop the programs, run loa init" in line


def test_a_database_without_areas_is_a_warning(terminal: Terminal) -> None:
    with terminal.units() as unit:
        for table in ("declaration_rights", "area_contacts", "grants", "areas"):
            unit.session.execute(text(f"DELETE FROM {table}"))
        unit.commit()
    assert told(terminal, 0) == ["Warning: No areas are loaded. Load them with the command loa areas load."]


def test_without_an_installation_nothing_else_is_asked(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    empty = tmp_path_factory.mktemp("empty")
    monkeypatch.setenv("LOA_HOME", str(empty))
    (line,) = told(terminal, 1)
    assert f"There is no installation in {empty}" in line
    assert list(empty.iterdir()) == []


def test_keys_that_are_not_whole_are_told_in_a_sentence(terminal: Terminal) -> None:
    (terminal.home / "keys" / "plan.key").unlink()
    (line,) = told(terminal, 1)
    assert "plan.key" in line
    assert "Bring back the file" in line


def test_a_back_up_leaves_its_instant_for_the_doctor_and_not_in_the_copy(terminal: Terminal, tmp_path: Path) -> None:
    (terminal.home / LATEST).unlink()
    made = Path(terminal.ok("backup", str(tmp_path / "copies"))[0])
    assert told(terminal, 0) == ["Every part of the server works."]
    assert not (made / LATEST).exists()
