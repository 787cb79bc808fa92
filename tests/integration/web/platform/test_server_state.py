"""State of the server: queried by machines, shown to people on every page."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InternalError, OperationalError

from cms.platform import readiness, server_readiness
from cms.platform.process import bounded_probe, program_reports
from cms.platform.process.clock import ClockDoubt, DoubtKind
from cms.platform.process.disk import Disk
from cms.platform.process.program_reports import ProgramReports
from cms.platform.readiness import CODES, SILENT_AFTER_S
from cms.platform.server_readiness import DatabaseProbe
from cms.platform.store import engine as engines
from cms.platform.store.heartbeats import BrokerState, ProcessHeartbeat, write_heartbeat
from cms.platform.store.kinds import JobKind
from cms.platform.store.tables import JobRow
from cms.platform.web import security, server_state
from tests.builders.heartbeats import beat
from tests.console import Console, post

GB = 10**9


@pytest.fixture(autouse=True)
def disk(console: Console) -> list[Disk]:
    """Fake disk with room, whatever this machine's disk has."""
    held = [Disk(50 * GB, 100 * GB)]
    console.use(disk=lambda: held[0])
    return held


@pytest.fixture(autouse=True)
def _answers_are_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_probe, "PROBE_AGE_S", 0.0)
    # Whatever else this machine does.
    monkeypatch.setattr(server_readiness, "SLOW_COMMIT_S", float("inf"))


def ready(console: Console) -> tuple[int, dict[str, str]]:
    token = security.metrics_token(console.context.settings.keys_dir)
    answer = console.app.test_client().get("/health/ready", headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, {each["code"]: each["severity"] for each in answer.get_json()["reasons"]}


def line(console: Console, path: str = "/server/line") -> str:
    return console.client("editor").get(path).text


def test_a_server_whose_parts_all_live_is_ready(console: Console) -> None:
    beat(console.context)
    assert ready(console) == (200, {})
    assert "server-line" not in line(console)
    assert "Mọi phần của máy chủ đang hoạt động" in line(console, "/server")


def test_a_slow_disk_is_told_and_hides_no_frozen_gateway(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    beat(console.context)
    monkeypatch.setattr(server_readiness, "SLOW_COMMIT_S", 0.0)
    assert ready(console) == (200, {"DISK_SLOW": "warning"})
    console.clock.pass_by(seconds=SILENT_AFTER_S["gateway"] + 1)
    beat(console.context, ["scheduler", "worker", "urgent"])
    assert ready(console) == (503, {"GATEWAY_SILENT": "fault", "DISK_SLOW": "warning"})


def test_while_the_disk_is_slow_monitoring_is_answered_without_a_commit(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before, the answer waited behind every program's heartbeat, and monitoring had none for up to eight seconds."""
    beat(console.context)
    monkeypatch.setattr(server_readiness, "SLOW_COMMIT_S", 0.15)
    monkeypatch.setitem(console.app.extensions, server_state._SYNC, lambda: 0.2)
    monkeypatch.setattr(server_readiness, "write_heartbeat", lambda *_: pytest.fail("it waits for the disk"))
    assert ready(console) == (200, {"DISK_SLOW": "warning"})


def test_a_disk_that_takes_long_to_store_a_byte_is_told_on_every_page(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat(console.context)
    monkeypatch.setitem(console.app.extensions, server_state._SYNC, lambda: 0.2)
    assert "server-line" not in line(console)
    console.use(disk=console.context.disk)  # what was measured is asked anew
    monkeypatch.setattr(server_readiness, "SLOW_COMMIT_S", 0.15)
    assert "ghi chậm" in line(console)


def test_a_canary_that_is_off_or_lost_is_told_on_every_page(console: Console) -> None:
    console.set(canary=False)
    beat(console.context)
    assert ready(console) == (200, {"CANARY_OFF": "warning"})
    assert "Cảnh báo thử không tiếng ba phút một lần đang bị tắt" in line(console)
    console.set(canary=True)
    now = console.clock()
    with console.context.uow() as unit:
        for name in SILENT_AFTER_S:
            write_heartbeat(unit.session, ProcessHeartbeat(name, now - timedelta(minutes=1), now))
        unit.commit()
    assert ready(console) == (503, {"CANARY_LOST": "fault"})
    assert "cảnh báo có thể không tới loa nào" in line(console)


def test_a_program_that_is_away_is_told_to_machines_and_on_every_page(console: Console) -> None:
    beat(console.context)
    path = program_reports.path_of(console.context.settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    reports = ProgramReports(path)
    reports.away("queue", has_ended=True)
    assert ready(console) == (503, {"PROGRAM_AWAY": "fault"})
    assert "không phản hồi hoặc đang được khởi động lại: queue" in line(console)
    reports.back("queue")
    assert ready(console) == (200, {"PROGRAM_RESTARTED": "warning"})


def test_a_frozen_gateway_is_told_to_machines_and_on_every_page(console: Console) -> None:
    beat(console.context)
    console.clock.pass_by(seconds=SILENT_AFTER_S["gateway"] + 1)
    beat(console.context, ["scheduler", "worker", "urgent"])
    assert ready(console) == (503, {"GATEWAY_SILENT": "fault"})
    words = "Cổng gửi lệnh tới loa không hoạt động"
    for path in ("/", "/bulletins", "/server"):
        assert words in line(console, path)
    assert words in console.client("officer").get("/alerts/news?known=").text


def test_the_line_of_a_page_leads_to_what_to_do_and_counts_the_rest(console: Console) -> None:
    beat(console.context)
    console.clock.pass_by(minutes=5)
    page = line(console)
    assert "Cổng gửi lệnh" in page
    assert "và 3 việc khác" in page
    assert 'href="/server"' in page
    assert page.index("Cổng gửi lệnh") < page.index("và 3 việc khác")


def test_a_process_that_never_ran_is_missed_by_machines_only(console: Console) -> None:
    assert ready(console)[0] == 503
    assert set(ready(console)[1]) == {"GATEWAY_SILENT", "SCHEDULER_SILENT", "WORKER_SILENT", "URGENT_SILENT"}
    assert "server-line" not in line(console)


def test_a_disk_that_takes_no_recordings_is_told_everywhere(console: Console, disk: list[Disk]) -> None:
    beat(console.context)
    disk[0] = Disk(25 * GB, 100 * GB, upload_min_bytes=26 * GB, is_reserve_spent=True)
    assert ready(console) == (503, {"DISK_RESERVE_SPENT": "fault", "RECORDINGS_REFUSED": "fault"})
    assert "Phần đĩa dự trữ cho cảnh báo không còn" in line(console)
    assert "không nhận tệp ghi âm nữa, trừ của cảnh báo" in line(console, "/server")
    token = security.metrics_token(console.context.settings.keys_dir)
    text = console.app.test_client().get("/metrics", headers={"Authorization": f"Bearer {token}"}).text
    assert "loa_disk_reserve_spent 1.0" in text
    assert "loa_recordings_refused 1.0" in text


@pytest.mark.parametrize(
    ("broker", "code"),
    [(BrokerState(is_connected=False), "BROKER_LOST"), (BrokerState(reconnects=9, recent=3), "BROKER_FLAPPING")],
)
def test_the_gateways_own_connection_is_told(console: Console, broker: BrokerState, code: str) -> None:
    beat(console.context, broker=broker)
    assert ready(console) == (503, {code: "fault"})
    assert "máy chủ tin nhắn" in line(console, "/")


@pytest.mark.parametrize(
    ("unsigned", "code", "says"),
    [
        ("away", "SIGNER_AWAY", "Tiến trình ký"),
        ("token", "TOKEN_AWAY", "thiết bị lưu khóa"),
        ("limit", "SIGNING_REFUSED", "từ chối ký"),
    ],
)
def test_messages_that_are_not_signed_are_told(console: Console, unsigned: str, code: str, says: str) -> None:
    beat(console.context, unsigned=unsigned)
    assert ready(console) == (503, {code: "fault"})
    assert says in line(console, "/")


def test_one_of_several_brokers_that_is_away_is_a_warning(console: Console) -> None:
    beat(console.context, broker=BrokerState(away=("b.example.vn:8883",)))
    assert ready(console) == (200, {"BROKER_AWAY": "warning"})
    assert "b.example.vn:8883" in line(console, "/")


def test_a_loop_that_hangs_and_a_clock_in_doubt_are_told(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    beat(console.context)
    beat(console.context, ["gateway"], stuck=["alerts"])
    monkeypatch.setattr(readiness, "doubt_of", lambda _now: ClockDoubt(3600.2))
    assert ready(console) == (503, {"GATEWAY_STUCK": "fault", "CLOCK_IN_DOUBT": "fault"})


@pytest.mark.parametrize(
    ("why", "code", "says"),
    [
        (DoubtKind.DEVICES_DISAGREE, "CLOCK_AGAINST_DEVICES", "so với phần lớn loa"),
        (DoubtKind.EVENTS_AHEAD, "CLOCK_BEHIND_EVENTS", "chậm hơn nhật ký"),
        (DoubtKind.NOT_SYNCHRONISED, "CLOCK_WITHOUT_NTP", "chưa đồng bộ giờ"),
    ],
)
def test_what_speaks_against_the_clock_is_told_with_what_to_do(
    console: Console, monkeypatch: pytest.MonkeyPatch, why: DoubtKind, code: str, says: str
) -> None:
    beat(console.context)
    monkeypatch.setattr(readiness, "doubt_of", lambda _now: ClockDoubt(-3600.2, why))
    assert ready(console) == (503, {code: "fault"})
    assert says in line(console, "/")
    assert "loa clock accept" in console.client("admin").get("/server").text


def test_an_alerts_sound_that_nobody_makes_is_told(console: Console) -> None:
    with console.context.uow() as unit:
        job_id = unit.jobs.add(JobKind.MAKE_ALERT_SOUND, "a1", {})
        unit.session.execute(update(JobRow).where(JobRow.id == job_id).values(created_at=console.context.now()))
        unit.commit()
    console.clock.pass_by(seconds=6)
    beat(console.context)
    assert ready(console) == (503, {"URGENT_WAITING": "fault"})


@pytest.mark.parametrize(
    ("free_gb", "found"),
    [
        (21, (200, {})),
        (19, (200, {"DISK_LOW": "warning"})),
        (9, (200, {"DISK_LOW": "warning"})),
        (4, (503, {"DISK_LOW": "fault"})),
    ],
)
def test_a_disk_that_fills_is_told_before_it_is_full(
    console: Console, disk: list[Disk], free_gb: int, found: tuple[int, dict[str, str]]
) -> None:
    beat(console.context)
    disk[0] = Disk(free_gb * GB, 100 * GB)
    assert ready(console) == found
    assert ("Ổ đĩa máy chủ sắp đầy" in line(console)) == bool(found[1])


def test_the_reasons_are_for_whoever_may_read_the_figures(console: Console) -> None:
    answer = console.app.test_client().get("/health/ready")
    assert (answer.status_code, answer.get_json()) == (503, {"ready": False})


def test_a_queue_that_is_away_is_a_warning_only(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    beat(console.context)
    monkeypatch.setitem(console.app.extensions, server_state._QUEUE, lambda: True)
    assert ready(console) == (200, {"QUEUE_AWAY": "warning"})
    assert "Hàng đợi công việc" in line(console)


def test_every_reason_has_its_words(console: Console) -> None:
    assert set(server_state._SENTENCES) == set(CODES)


@contextmanager
def locked(console: Console) -> Iterator[None]:
    """Hold the write lock from another connection."""
    path = make_url(console.context.settings.effective_database_url).database
    assert path is not None
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture
def _no_patience(monkeypatch: pytest.MonkeyPatch, console: Console) -> None:
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_MS", 1)
    console.context.engine.dispose()


@pytest.mark.usefixtures("_no_patience")
def test_a_database_that_cannot_be_written_to_is_named_and_not_the_silence_it_causes(console: Console) -> None:
    beat(console.context)
    console.clock.pass_by(minutes=5)
    editor = console.client("editor")
    with locked(console):
        assert ready(console) == (503, {"DATABASE_LOCKED": "fault"})
        assert "Cơ sở dữ liệu đang bận ghi" in editor.get("/server/line").text


@pytest.mark.usefixtures("_no_patience")
def test_what_cannot_be_stored_is_answered_in_words_and_never_with_500(console: Console) -> None:
    beat(console.context)
    editor = console.client("editor")
    form = {"title": "Tin mới", "text": "Xin chào", "topic": "health", "priority": "normal", "language": "vi"}
    with locked(console):
        answer = post(editor, "/bulletins/new", {**form, "after": "restart", "areas": "bt-mui-ne"})
    assert answer.status_code == 503
    assert "Cơ sở dữ liệu bận quá lâu" in answer.text
    assert "vẫn còn ở trang trước" in answer.text
    assert answer.headers["Retry-After"] == "15"


def test_a_database_that_is_gone_is_told_on_every_page(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    client = console.client("editor")
    monkeypatch.setattr("cms.accounts.views.sessions.standing", gone)
    page = client.get("/")
    assert (page.status_code, "Không kết nối được cơ sở dữ liệu" in page.text) == (503, True)
    assert "tải lại trang" in page.text
    monkeypatch.setattr(server_readiness, "look", gone)
    assert ready(console) == (503, {"DATABASE_UNREACHABLE": "fault"})


def test_a_line_that_cannot_be_read_is_about_the_database(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("connection refused"))

    monkeypatch.setattr(server_readiness, "look", gone)
    assert "Không kết nối được cơ sở dữ liệu" in line(console)


def test_a_defect_is_no_outage(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("no such column: x"))

    client = console.client("editor")
    monkeypatch.setattr("cms.accounts.views.sessions.standing", broken)
    with pytest.raises(OperationalError):
        client.get("/")


def test_the_api_answers_an_outage_with_its_problem_and_a_defect_with_none(console: Console) -> None:
    api = console.app.extensions["loa.api"]
    with api.test_request_context("/bulletins"):
        read_only = InternalError("INSERT", {}, Exception("cannot execute INSERT in a read-only transaction"))
        answer = api.handle_user_exception(read_only)
        with pytest.raises(InternalError):
            api.handle_user_exception(InternalError("INSERT", {}, Exception("syntax error")))
    assert (answer.status_code, answer.get_json()["code"]) == (503, "DATABASE_READ_ONLY")
    assert answer.headers["Retry-After"] == "15"


def test_a_database_that_says_nothing_keeps_nobody_waiting(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    probe = DatabaseProbe(console.context.engine, deadline_s=0)
    with locked(console):
        assert probe.ask(console.context.now()) == (None, "DATABASE_SILENT")
        assert probe.ask(console.context.now()) == (None, "DATABASE_SILENT")
    assert probe._probe._thread is not None
    probe._probe._thread.join(60)
    monkeypatch.setattr(bounded_probe, "PROBE_AGE_S", 1e9)
    assert probe.ask(console.context.now())[1] == ""


def test_a_full_disk_is_no_defect(console: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    client = console.client("editor")
    monkeypatch.setattr("cms.accounts.views.sessions.standing", full)
    assert "Ổ đĩa của máy chủ đã đầy" in client.get("/").text


def test_a_back_up_that_is_behind_is_told(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    beat(console.context)
    of_backup = readiness.of_backup
    settings = console.context.settings.model_copy(update={"backup_folder": "/backup"})
    monkeypatch.setattr(server_readiness, "of_backup", lambda _settings, now: of_backup(settings, now))
    assert ready(console) == (200, {}), "a replicator never ran here"
    settings.run_dir.mkdir(exist_ok=True)
    settings.backup_mark.touch()
    for behind_s, found in ((60, {}), (600, {"BACKUP_BEHIND": "warning"})):
        at_s = console.context.now().timestamp() - behind_s
        os.utime(settings.backup_mark, (at_s, at_s))
        assert ready(console) == (200, found)
    assert "những gì làm trong 10 phút qua chỉ có trên máy chủ này" in line(console)
