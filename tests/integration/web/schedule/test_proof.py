from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.scheduling.area_rules import AreaRules
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.schedule.views.deliveries import PROOF_WITHIN
from tests.builders import bulletins
from tests.console import COMMUNE, FAR_COMMUNE, Console

AT = "2026-11-24T17:00:05"


def counts(html: str) -> list[int]:
    return [int(number) for number in re.findall(r"<b>([\d.]+)</b>", html)]


def test_delivery_counts_every_rung_and_lists_every_device(console: Console) -> None:
    once = bulletins.on_the_way(console)
    airing = bulletins.airings(console, once)[0]
    one, two, three = bulletins.devices(console)
    bulletins.report(console, airing, one, DeliveryState.DONE)
    bulletins.report(console, airing, two, DeliveryState.MISSED, "POWER_LOST")
    client = console.client("editor")
    html = client.get(f"/bulletins/{once.id}/delivery").text
    assert counts(html) == [0, 1, 0, 0, 0, 1, 0, 1]
    assert "17:00:00" in html
    assert "4 ms" in html
    assert "mất điện" in html
    assert html.count("<circle") == 3
    missed = client.get(f"/bulletins/{once.id}/delivery?state=missed").text
    assert two.name in missed
    assert f'<th scope="row">{three.name}' not in missed
    sent = client.get(f"/bulletins/{once.id}/delivery?state=sent").text
    assert f'<th scope="row">{three.name}' in sent
    assert f'<th scope="row">{two.name}' not in sent
    assert "Không có loa nào ở tình trạng này" in client.get(f"/bulletins/{once.id}/delivery?state=planned").text
    assert client.get(f"/bulletins/{once.id}/delivery?state=nonsense").text.count('<th scope="row">') == 3


def test_delivery_refreshes_itself_until_it_is_over_and_its_records_had_time_to_come(console: Console) -> None:
    once = bulletins.on_the_way(console)
    client = console.client("editor")
    path = f"/bulletins/{once.id}/delivery"
    assert 'hx-trigger="every 3s"' in client.get(path).text
    end_at = bulletins.airings(console, once)[0].end_at
    console.clock.at = end_at + timedelta(seconds=1)
    assert 'hx-trigger="every 3s"' in client.get(path).text
    console.clock.at = end_at + PROOF_WITHIN
    over = client.get(path).text
    assert "đã qua giờ phát" in over
    assert 'hx-trigger="every 3s"' not in over


def test_each_airing_of_a_daily_bulletin_has_its_own_ladder(console: Console) -> None:
    daily = bulletins.on_the_way(console, rrule="FREQ=DAILY;COUNT=5")
    client = console.client("editor")
    html = client.get(f"/bulletins/{daily.id}/delivery").text
    assert html.count("occurrence=") > 5
    second = bulletins.airings(console, daily)[1].occurrence_id
    chosen = client.get(f"/bulletins/{daily.id}/delivery?occurrence={second}").text
    assert "<strong><time" in chosen
    assert "17:00:00 25/11/2026" in chosen


def test_the_results_of_the_airing_that_began_last_are_shown_first(console: Console) -> None:
    """Before, the page opened on the next airing, of which there is nothing to see yet."""
    daily = bulletins.on_the_way(console, rrule="FREQ=DAILY;COUNT=5")
    first, second = bulletins.airings(console, daily)[:2]
    console.clock.at = first.end_at + timedelta(hours=1)
    client = console.client("editor")
    opened, *asked = (
        client.get(f"/bulletins/{daily.id}/delivery{query}").text.partition("<strong><time")[2][:90]
        for query in ("", f"?occurrence={first.occurrence_id}", f"?occurrence={second.occurrence_id}")
    )
    assert opened == asked[0] != asked[1]


def test_an_airing_of_another_bulletin_is_not_shown_as_one_of_this(console: Console) -> None:
    daily = bulletins.on_the_way(console, rrule="FREQ=DAILY;COUNT=5")
    other = bulletins.on_the_way(console, starts="2026-11-24T19:00")
    client = console.client("editor")
    asked = bulletins.airings(console, other)[0].occurrence_id
    path = f"/bulletins/{daily.id}/delivery"
    opened, another = (
        client.get(f"{path}{query}").text.partition("<strong><time")[2][:90] for query in ("", f"?occurrence={asked}")
    )
    assert opened == another != ""


def test_of_many_airings_those_about_the_chosen_one_are_offered(console: Console) -> None:
    hourly = bulletins.write(console, starts="2026-11-24T10:00", rrule="FREQ=DAILY;COUNT=14")
    both = bulletins.make_sound(console, bulletins.twice_a_day(console, hourly))
    bulletins.approve(console, bulletins.submit(console, both))
    bulletins.plan(console)
    found = bulletins.airings(console, both)
    assert len(found) == 28
    html = console.client("editor").get(f"/bulletins/{both.id}/delivery?occurrence={found[20].occurrence_id}").text
    assert html.count('<li><a href="/bulletins/') == 15 + 8


def test_a_bulletin_without_a_plan_says_so(console: Console) -> None:
    draft = bulletins.write(console)
    assert "Chưa có lần phát nào" in console.client("editor").get(f"/bulletins/{draft.id}/delivery").text


def test_devices_are_paged(console: Console) -> None:
    bulletins.more_devices(console, 110)
    once = bulletins.on_the_way(console)
    client = console.client("editor")
    html = client.get(f"/bulletins/{once.id}/delivery").text
    assert counts(html)[1] == 113
    more = re.search(r'href="([^"]+after=[^"]+)"', html)
    assert more is not None
    rest = client.get(more.group(1).replace("&amp;", "&")).text
    assert rest.count('<th scope="row">') == 13
    assert "Về đầu danh sách" in rest


def test_of_many_devices_the_map_shows_places(console: Console) -> None:
    bulletins.more_devices(console, 450)
    once = bulletins.on_the_way(console)
    html = console.client("editor").get(f"/bulletins/{once.id}/delivery").text
    assert html.count("<circle") == 1
    assert "Mỗi chấm là một địa bàn" in html


def test_devices_without_a_known_place_are_no_dots(console: Console) -> None:
    with console.context.uow() as uow:
        for device in uow[Devices].in_area(COMMUNE):
            uow[Devices].save(replace(device, point=None))
        uow.commit()
    once = bulletins.on_the_way(console)
    assert "<circle" not in console.client("editor").get(f"/bulletins/{once.id}/delivery").text


def test_what_is_planned_and_not_sent_yet_is_told_apart(console: Console) -> None:
    ready = bulletins.make_sound(console, bulletins.write(console))
    bulletins.approve(console, bulletins.submit(console, ready))
    bulletins.plan(console, is_sent=False)
    html = console.client("editor").get(f"/bulletins/{ready.id}/delivery?state=planned").text
    assert counts(html) == [3, 0, 0, 0, 0, 0, 0, 0]
    assert html.count('<th scope="row">') == 3


def test_today_shows_what_was_is_and_will_be(console: Console) -> None:
    early = bulletins.on_the_way(console, "Tin sáng", starts="2026-11-24T09:05")
    now = bulletins.on_the_way(console, "Tin giữa giờ", starts="2026-11-24T10:00")
    bulletins.on_the_way(console, "Tin chiều", starts="2026-11-24T17:00")
    bulletins.on_the_way(console, "Tin mai", starts="2026-11-25T09:00")
    bulletins.report(console, bulletins.airings(console, early)[0], bulletins.devices(console)[0], DeliveryState.DONE)
    bulletins.report(console, bulletins.airings(console, early)[0], bulletins.devices(console)[1], DeliveryState.CUT)
    bulletins.report(console, bulletins.airings(console, early)[0], bulletins.devices(console)[2], DeliveryState.MISSED)
    bulletins.report(console, bulletins.airings(console, now)[0], bulletins.devices(console)[0], DeliveryState.STARTED)
    console.clock.at = bulletins.airings(console, now)[0].start_at + timedelta(seconds=3)
    html = console.client("editor").get("/").text
    places = [html.index(part) for part in (">Tin sáng</a>", ">Tin giữa giờ</a>", 'id="now"', ">Tin chiều</a>")]
    assert places == sorted(places)
    assert "Tin mai" not in html
    for chip in ("1/3 loa đang phát", "3/3 loa chưa sẵn sàng", "1/3 loa đã phát", "1 không phát", "1 bị ngắt"):
        assert chip in html


def test_today_warns_of_what_is_not_ready_soon(console: Console) -> None:
    bulletins.on_the_way(console, starts="2026-11-24T10:30")
    assert "3/3 loa sẽ lỡ" in console.client("editor").get("/").text
    assert "loa sẽ lỡ" not in console.client("far-operator").get("/").text


def test_why_tells_what_won_and_how_far_it_got(console: Console) -> None:
    once = bulletins.on_the_way(console)
    device = bulletins.devices(console)[0]
    bulletins.report(console, bulletins.airings(console, once)[0], device, DeliveryState.DONE)
    html = console.client("technician").get(f"/why?device={device.id}&at={AT}").text
    for shown in ("Theo kế hoạch phát", "Đúng lịch, không vướng gì.", "Đã phát", "4 ms", "Loa chưa bao giờ lên tiếng"):
        assert shown in html


def test_why_tells_what_lost_and_to_whom(console: Console) -> None:
    bulletins.on_the_way(console, "Tin thường")
    urgent = bulletins.make_sound(console, bulletins.write(console, "Tin ưu tiên", priority="priority"))
    bulletins.approve(console, bulletins.submit(console, urgent))
    bulletins.plan(console)
    html = console.client("editor").get(f"/why?device=bt-mui-ne-l01&at={AT}").text
    assert "Thắng “Tin thường” (17:00)" in html
    assert "Nhường “Tin ưu tiên” (17:00) vì tin đó ưu tiên cao hơn" in html
    assert "Không được phát lúc này" in html


def test_why_finds_what_began_before_midnight(console: Console) -> None:
    open_all_night = AreaRules(quiet=())
    with console.context.uow() as unit:
        unit[Places].set_rules(COMMUNE, open_all_night)
        unit.commit()
    bulletins.on_the_way(console, "Tin giao thừa", starts="2026-11-24T23:59:55")
    html = console.client("technician").get("/why?device=bt-mui-ne-l01&at=2026-11-25T00:00:02").text
    assert "Tin giao thừa" in html


def test_why_tells_of_silence(console: Console) -> None:
    client = console.client("editor")
    assert "Chưa có kế hoạch phát cho ngày này" in client.get(f"/why?device=bt-mui-ne-l01&at={AT}").text
    bulletins.on_the_way(console)
    assert "Kế hoạch không có bản tin nào lúc này" in client.get("/why?device=bt-mui-ne-l01&at=2026-11-24T12:00").text
    assert "Đây là giờ yên tĩnh" in client.get("/why?device=bt-mui-ne-l01&at=2026-11-24T23:00").text


def test_why_takes_an_instant_with_an_offset_and_forgives_a_wrong_one(console: Console) -> None:
    bulletins.on_the_way(console)
    client = console.client("editor")
    assert "Theo kế hoạch phát" in client.get("/why?device=bt-mui-ne-l01&at=2026-11-24T10:00:05%2B00:00").text
    assert client.get("/why?device=bt-mui-ne-l01&at=xyz").status_code == 200


def test_a_device_of_other_places_is_not_told_to_exist(console: Console) -> None:
    client = console.client("operator")
    for device in (f"{FAR_COMMUNE}-l01", "nope"):
        assert "Không có loa mã này" in client.get(f"/why?device={device}").text
    assert f"{COMMUNE}-l01" in client.get("/why").text


def test_history_tells_who_did_what(console: Console) -> None:
    once = bulletins.on_the_way(console)
    html = console.client("editor").get(f"/bulletins/{once.id}").text
    for line in ("Tạo bản tin · Editor", "Gửi duyệt · Editor", "Duyệt · Approver", "Lên lịch phát"):
        assert line in html
