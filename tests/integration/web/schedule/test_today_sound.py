"""Today: it names the person who stopped or spoke live, and bulletins that only boards still show."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from broadcast.boards.showings import is_showing
from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.model import BoardText, BulletinStatus
from broadcast.bulletins.transmissions import OccurrenceId
from broadcast.scheduling.make_good import Remedy
from cms.alerts.repository.orders import Orders
from cms.alerts.service import stop_orders
from cms.bulletins.repository.bulletins import Bulletins
from cms.fleet.repository.devices import Devices
from cms.health.repository.faults import FaultRecords
from cms.schedule.queries.airings import Airing
from cms.schedule.repository.missed import MissedAirings
from devices.health.faults import Fault, FaultState
from devices.health.kinds import FaultKind
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId
from tests.builders import after_air, bulletins, live, reports, stations
from tests.console import COMMUNE, DISTRICT, FAR_COMMUNE, Console, post

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
    assert "Đang phát trực tiếp" in html
    assert "Nhắc nộp thuế" in html[html.index('id="day-line"') :]
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


def test_what_a_lifted_stop_silenced_can_be_made_good(console: Console) -> None:
    """Before, a stop by mistake could not be made good: its airings were left for good."""
    airing = on_air(console)
    stop(console, COMMUNE, hush=timedelta(hours=2))
    after_air.tell(console, airing, bulletins.devices(console)[0], "cut", "CANCELLED")
    console.clock.at = airing.end_at + timedelta(minutes=1)
    approver = console.client("approver")
    html = approver.get("/").text
    assert "loa bị dừng theo lệnh" in html
    assert 'value="again"' in html
    assert 'value="leave"' not in html, "it is left already"
    path = f"/missed/{airing.occurrence_id}"
    refused = post(approver, path, {"act": "again"})
    assert "giữ loa im đến 12:00" in approver.get(refused.location).text
    with console.context.uow() as uow:
        (stopped,) = uow[Orders].stops_since(airing.start_at)
    stop_orders.lift(
        console.context.uow(), stopped.id, call=console.context.call(console.actor("operator"), console.clock())
    )
    answer = post(approver, path, {"act": "again"})
    assert "Sẽ phát bù" in approver.get(answer.location).text
    with console.context.uow() as uow:
        (missed,) = uow[MissedAirings].of_occurrence(airing.occurrence_id)
    assert missed.remedy is Remedy.PLANNED


def test_a_disconnected_loudspeaker_is_not_said_to_have_lost_its_sound(console: Console) -> None:
    airing = on_air(console)
    away, faulty = bulletins.devices(console)[:2]
    lost = Fault("f1", away.id, FaultKind.LINK_LOST, FaultState.OPEN, airing.start_at - timedelta(minutes=9))
    with console.context.uow() as uow:
        uow[FaultRecords].save([lost], [])
        uow.commit()
    console.clock.at = airing.end_at + timedelta(minutes=1)
    after_air.tell_all(console, airing, [away, faulty], "missed", "FETCH_FAILED")
    html = read(console)
    assert "1 không phát: mất kết nối lúc phải phát" in html
    assert "1 không phát: chưa tải được âm thanh" in html


def test_what_failed_is_counted_on_loudspeakers_alone(console: Console) -> None:
    """Before, "7 of 5 loudspeakers": boards were counted in one half of the fraction."""
    airing = on_air(console)
    for device in bulletins.devices(console):
        bulletins.report(console, airing, device, DeliveryState.MISSED, "POWER_LOST")
    with console.context.uow() as uow:
        board = replace(
            bulletins.devices(console)[0], id=DeviceId("bt-mui-ne-b01"), serial="S-b01", kind=DeviceKind.BOARD
        )
        uow[Devices].add(board)
        uow.commit()
    bulletins.report(console, airing, board, DeliveryState.MISSED, "POWER_LOST")
    console.clock.at = airing.end_at + timedelta(minutes=1)
    html = read(console)
    assert "0/3 loa đã phát" in html
    assert "3 không phát: mất điện" in html


def test_a_text_that_is_on_a_board_no_more_is_no_missed_airing(console: Console) -> None:
    """Before, a withdrawn text of boards waited for a decision beside what loudspeakers had missed."""
    airing = on_air(console)
    showing = f"{airing.occurrence_id.partition('-')[0]}-board-{int(airing.start_at.timestamp()) // 60}"
    assert is_showing(showing)
    shown = replace(airing, occurrence_id=OccurrenceId(showing))
    console.clock.at = airing.end_at + timedelta(minutes=1)
    for each in (airing, shown):
        after_air.tell(console, each, bulletins.devices(console)[0])
    with console.context.uow.reading() as uow:
        missed = [len(uow[MissedAirings].of_occurrence(each.occurrence_id)) for each in (airing, shown)]
    assert missed == [1, 0]
