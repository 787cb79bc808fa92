"""Time to an answer: kinds of pages, the wait before a thread, buckets, and files of several processes."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from cms.platform.process.precedence import Precedence
from cms.platform.web import request_times
from cms.platform.web.request_times import BOUNDS_S, RequestTimes, kind_of, read
from province.machine_clock import unix_s


class Listener:
    def __init__(self, name: str) -> None:
        self._name = name

    def getsockname(self) -> str:
        return f"/run/{self._name}.sock"


class App:
    """WSGI app that answers with a status, or fails without one."""

    def __init__(self, status: str) -> None:
        self._status = status

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        del environ
        if not self._status:
            raise ZeroDivisionError
        start_response(self._status, [])
        return [b""]


def asked(folder: Path, path: str, status: str = "200 OK", process: str = "web", **more: object) -> None:
    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "gunicorn.socket": Listener(process), **more}
    RequestTimes(App(status), folder)(environ, lambda *_: lambda _: None)


@pytest.mark.parametrize(
    ("path", "is_fragment", "kind"),
    [
        ("/", False, "console"),
        ("/bulletins", True, "polled"),
        ("/bulletins/x/approval", False, "urgent"),
        ("/bulletins/x/approval/ahead", False, "console"),
        ("/alerts/x", False, "urgent"),
        ("/alerts/x/live", True, "polled"),
        ("/stops", False, "urgent"),
        ("/stopping", False, "console"),
        ("/sign-in", False, "urgent"),
        ("/health/ready", True, "machine"),
        ("/metrics", False, "machine"),
        ("/api/v1/alerts", False, "api"),
        ("/cong-khai/", True, "public"),
        ("/content/x", False, "content"),
    ],
)
def test_each_page_has_its_kind(path: str, is_fragment: bool, kind: str) -> None:
    assert kind_of(path, is_fragment=is_fragment) == kind


def test_the_wait_for_a_thread_counts(tmp_path: Path) -> None:
    asked(tmp_path, "/", HTTP_X_REQUEST_START=f"{unix_s() - 7:.3f}")
    (found,) = read(tmp_path)
    assert (found.process, found.pages, found.status) == ("web", "console", "2xx")
    assert found.counts.index(1) == BOUNDS_S.index(10.0)
    assert 6.9 < found.sum_s < 10


@pytest.mark.parametrize("stamp", ["", "x", "nan", f"{unix_s() + 3600:.3f}", "1.0"])
def test_a_stamp_that_cannot_be_counts_as_no_wait(tmp_path: Path, stamp: str) -> None:
    asked(tmp_path, "/", HTTP_X_REQUEST_START=stamp)
    (found,) = read(tmp_path)
    assert found.sum_s < 600


def test_statuses_and_processes_are_apart(tmp_path: Path) -> None:
    asked(tmp_path, "/", "303 See Other")
    asked(tmp_path, "/alerts/x", "404 Not Found", process="urgent_web")
    with pytest.raises(ZeroDivisionError):
        asked(tmp_path, "/x", "", process="other")
    found = {(each.process, each.pages, each.status) for each in read(tmp_path)}
    assert found == {("web", "console", "3xx"), ("urgent_web", "urgent", "4xx"), ("other", "console", "5xx")}


def test_what_is_slower_than_all_bounds_is_counted_last(tmp_path: Path) -> None:
    asked(tmp_path, "/", HTTP_X_REQUEST_START=f"{unix_s() - 100:.3f}")
    (found,) = read(tmp_path)
    assert found.counts[-1] == 1


def test_a_damaged_file_is_left_out_and_a_disk_without_room_costs_no_answer(tmp_path: Path) -> None:
    folder = request_times.folder_of(tmp_path)
    folder.mkdir()
    (folder / "web").write_bytes(b"short")
    assert list(read(folder)) == []
    (tmp_path / "file").touch()
    asked(tmp_path / "file", "/")


def test_requests_past_the_front_are_not_counted(tmp_path: Path) -> None:
    RequestTimes(App("200 OK"), tmp_path)({"PATH_INFO": "/"}, lambda *_: lambda _: None)
    assert list(read(tmp_path)) == []


@pytest.mark.parametrize(("path", "order"), [("/bulletins", ["answer", "work"]), ("/metrics", ["work", "answer"])])
def test_heavy_work_waits_for_the_pages_of_people_only(tmp_path: Path, path: str, order: list[str]) -> None:
    precedence, begun, found = Precedence(60.0), threading.Event(), []

    def work() -> None:
        begun.set()
        precedence.give_way()
        found.append("work")

    busy = threading.Thread(target=work)

    def app(_environ: object, start_response: Any) -> Iterable[bytes]:
        busy.start()
        begun.wait(60)
        if order[0] == "work":
            busy.join(60)
        found.append("answer")
        start_response("200 OK", [])
        return [b""]

    environ = {"PATH_INFO": path, "REQUEST_METHOD": "GET", "gunicorn.socket": Listener("web")}
    RequestTimes(app, tmp_path, precedence)(environ, lambda *_: lambda _: None)
    busy.join(60)
    assert found == order
