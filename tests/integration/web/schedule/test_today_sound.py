"""Today: it names the person who stopped or spoke live, and bulletins that only boards still show."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.model import BoardText, BulletinStatus
from cms.alerts.service import stop_orders
from cms.bulletins.repository.bulletins import Bulletins
from cms.schedule.queries.airings import Airing
from province.areas import AreaId
from tests.builders import after_air, bulletins, live, reports, stations
from tests.console import COMMUNE, DISTRICT, FAR_COMMUNE, Console

AT = "2026-11-24T10:00"


def stop(console: Console, *areas: AreaId, hush: timedelta = timedelta(0)) -> None:
    stop_orders.stop_everything(
        console.context.uow(),
        areas=areas,
        reason="Loa kêu nhầm",
        call=console.context.call(
            console.actor("far-operator" if FAR_COMMUNE in areas else "operator"), console.clock()
        ),
        hush_for=hush,
    )


def read(console: Console) -> str:
    """Return Today as the ward's official reads it."""
    return re.sub(r"</?time[^>]*>", "", console.client("operator").get("/").text)


def on_air(console: Console) -> Airing:
    """Return an airing that started a second ago."""
    airing = bulletins.airings(console, bulletins.on_the_way(console, "Tin giữa giờ", starts=AT))[0]
    console.clock.at = airing.start_at + timedelta(seconds=1)
    return airing


def test_an_airing_that_was_stopped_says_by_whom_and_when(console: Console) -> None:
    """Before, it was called withdrawn, without the person who had stopped it."""
    airing = on_air(console)
    stop(console, COMMUNE)
    after_air.tell(console, airing, bulletins.devices(console)[0], "cut", "CANCELLED")
    html = read(console)
    assert "1 loa đã dừng bởi Operator lúc 10:00" in html
    assert "Đã dừng loa lúc" in html
    assert "Loa kêu nhầm" in html
    console.clock.pass_by(hours=3)
    html = read(console)
    assert "1 loa đã dừng bởi Operator lúc 10:00" in html
    assert "Đã dừng loa lúc" not in html


def test_a_stop_elsewhere_or_at_another_time_is_not_blamed(console: Console) -> None:
    airing = on_air(console)
    stop(console, FAR_COMMUNE)
    console.clock.at = airing.end_at + timedelta(minutes=5)
    stop(console, COMMUNE)
    after_air.tell(console, airing, bulletins.devices(console)[0], "cut", "CANCELLED")
    html = console.client("operator").get("/").text
    assert "đã dừng bởi" not in html
    assert "1 bị ngắt" in html


def test_a_silence_that_holds_stands_on_today_until_it_is_over(console: Console) -> None:
    stop(console, COMMUNE, hush=timedelta(hours=6))
    console.clock.pass_by(hours=5)
    assert "Loa đang được giữ im đến" in console.client("operator").get("/").text
    assert "giữ im đến" not in console.client("far-operator").get("/").text
    console.clock.pass_by(hours=2)
    assert "giữ im đến" not in console.client("operator").get("/").text


def test_live_addresses_stand_where_bulletins_stand(console: Console) -> None:
    """Before, a quarter of an hour on four loudspeakers left no trace on Today."""
    live.on_air(console)
    client = console.client("operator")
    html = client.get("/").text
    assert html.index("Đang phát trực tiếp") < html.index("Sắp phát")
    assert "Nhắc nộp thuế" in html
    assert "Lúc này không có loa nào phát" not in html
    assert "Nhắc nộp thuế" not in console.client("far-operator").get("/").text
    console.clock.pass_by(minutes=1)
    live.end_all(console)
    html = client.get("/").text
    assert "Đã phát trực tiếp" in html
    assert "Đang phát trực tiếp" not in html


def test_a_bulletin_that_only_boards_still_show_says_so(console: Console) -> None:
    """Before, a bulletin that all had heard at 16:05 still read "the loudspeakers will play it" at 17:26."""
    bulletin = bulletins.on_the_way(console, "Lịch cắt điện", starts=AT)
    assert bulletin.status is BulletinStatus.SCHEDULED
    with console.context.uow() as uow:
        uow[Bulletins].save(replace(bulletin, board=BoardText("Cắt điện 8 giờ"), version=bulletin.version + 1))
        uow.commit()
    client = console.client("operator")
    assert "Đã phát, còn hiện trên bảng" not in client.get("/bulletins").text
    console.clock.at = bulletins.airings(console, bulletin)[0].end_at + timedelta(minutes=1)
    assert "Đã qua giờ, chưa loa nào báo đã phát" in client.get("/bulletins").text
    page = client.get(f"/bulletins/{bulletin.id}").text
    assert "Loa sẽ tự phát đúng giờ" not in page
    assert "hãy xem kết quả phát" in page
    airing = bulletins.airings(console, bulletin)[0]
    bulletins.report(console, airing, bulletins.devices(console)[0], DeliveryState.DONE)
    assert "Đã phát, còn hiện trên bảng" in client.get("/bulletins").text
    page = client.get(f"/bulletins/{bulletin.id}").text
    assert "Đã phát, còn hiện trên bảng" in page
    assert "Loa sẽ tự phát đúng giờ" not in page


def test_a_report_counts_the_stations_that_are_registered(console: Console) -> None:
    """Before, it showed 0 beside a list of stations: it counted only stations with a receiver of ours."""
    stations.registered(console)
    reports.count(console)
    assert reports.figures(console, DISTRICT).whole.stations == 1
