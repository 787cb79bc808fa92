"""Replay of a flood: shows what would have been drafted when, and does nothing."""

from __future__ import annotations

import io
from random import Random

import pytest
from flask.testing import FlaskClient

from bench import gauge_series
from cms.gauges import flood_series
from cms.gauges.repository import GaugeRises
from province.errors import InvalidError
from tests.builders import gauges
from tests.console import Console, post


def replayed(console: Console, client: FlaskClient, text: str) -> tuple[int, str]:
    mine = gauges.registered(console)
    answer = post(client, f"/gauges/{mine.id}/replay", {"file": (io.BytesIO(text.encode()), "lu.csv")})
    return answer.status_code, answer.text


def test_a_flood_shows_each_draft_at_its_time_and_nothing_is_raised(console: Console, officer: FlaskClient) -> None:
    gauges.ruled(console)
    readings = gauge_series.flood(Random(7))
    lines = [f"{each.at.isoformat()};{each.value}".replace(".", ",") for each in readings]
    status, page = replayed(console, officer, "\n".join(["Thời gian;Mực nước", *lines]))
    assert status == 200
    assert page.count("Bản nháp theo quy tắc “Lũ sông Lũy”") == 3
    assert "Nước đã xuống dưới ngưỡng" in page
    assert 'id="player"' in page
    with console.context.uow() as unit:
        assert not unit[GaugeRises].alerts_since(gauge_series.BEGIN)
    assert "Không có bản nháp nào" in replayed(console, officer, "2026-11-30 14:00;2\n2026-11-30 14:10;2,1")[1]


@pytest.mark.parametrize(
    "text", ["", "abc", "30/11/2026 14:00;4\nabc;4", "30/11/2026 14:00;4\n30/11/2026 14:10;x", "a;b\n" * 5002]
)
def test_what_is_no_series_is_told_at_the_file(console: Console, officer: FlaskClient, text: str) -> None:
    status, page = replayed(console, officer, text)
    assert status == 422
    assert "file-error-1" in page


def test_times_and_values_are_read_as_people_and_programs_write_them() -> None:
    text = "gio,muc\n2026-11-30T14:10:00+07:00,4.5\n30/11/2026 14:00\t4,25\n\n2026-11-30T07:20:00Z;-1\n"
    found = flood_series.read_series(text.encode("utf-8-sig"))
    assert [(each.at.hour, each.at.minute, each.value) for each in found] == [(7, 0, 4.25), (7, 10, 4.5), (7, 20, -1.0)]


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"x" * (512 * 1024 + 1), b"0001-01-01T00:00:00+14:00;1\n" * 3])
def test_what_is_no_text_or_too_much_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidError):
        flood_series.read_series(data)
