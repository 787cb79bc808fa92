"""Times beside the time field: clashes, quiet hours and times gone by before anything is saved, and free times."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from broadcast.bulletins.model import BulletinStatus
from tests.builders import bulletins, inbox
from tests.console import COMMUNE, Console, post

AT = "17:00"


def form(at: str = AT, on: str = "2026-11-24", **more: object) -> dict[str, object]:
    return {
        "title": "Tin mới",
        "text": bulletins.TEXT,
        "areas": COMMUNE,
        "s": "1",
        "s-1-kind": "once",
        "s-1-on": on,
        "s-1-at": at,
        "topic": "notice",
        "language": "vi",
        "priority": "normal",
        "after": "restart",
        **more,
    }


def said(client: FlaskClient, typed: dict[str, object], path: str = "/bulletins/times") -> str:
    answer = post(client, path, typed)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def offered(html: str) -> list[str]:
    return re.findall(r'value="at:1:([^"]+)"', html)


def test_a_clash_is_told_while_the_time_is_typed_and_one_press_resolves_it(console: Console) -> None:
    bulletins.on_the_way(console, "Tin đã có", starts=f"2026-11-24T{AT}")
    client = console.client("editor")
    told = said(client, form())
    assert "Giờ này chưa phát được" in told
    assert "trùng với “Tin đã có”" in told
    free = offered(post(client, "/bulletins/times", form()).text)
    assert free == ["2026-11-24T16:50", "2026-11-24T16:55", "2026-11-24T17:05", "2026-11-24T17:10"]
    rows = post(client, "/bulletins/schedule-rows", form(act=f"at:1:{free[2]}"))
    assert rows.headers["HX-Trigger-After-Swap"] == "times"
    assert 'name="s-1-at" value="17:05"' in rows.text
    assert "Giờ này còn trống ở 1 nơi" in said(client, form("17:05"))


def test_free_times_of_a_series_are_free_on_all_its_days(console: Console) -> None:
    bulletins.on_the_way(console, "Tin đã có", starts=f"2026-11-24T{AT}")
    bulletins.on_the_way(console, "Tin hôm sau", starts="2026-11-25T17:05")
    client = console.client("editor")
    weekly = form(**{"s-1-kind": "daily", "s-1-until": "2026-11-28"})
    assert [at[11:] for at in offered(post(client, "/bulletins/times", weekly).text)] == [
        "16:50",
        "16:55",
        "17:10",
        "17:15",
    ]
    taken = post(client, "/bulletins/schedule-rows", {**weekly, "act": "at:1:2026-11-24T17:10"}).text
    assert 'name="s-1-at" value="17:10"' in taken
    assert 'name="s-1-on" value="24/11/2026"' in taken


def test_quiet_hours_are_named_with_who_may_change_them(console: Console) -> None:
    """Before, they stood under the heading of clashes, without the hours."""
    told = said(console.client("editor"), form("23:30"))
    assert "rơi vào giờ yên tĩnh 21:30–05:30 ở Mũi Né" in told
    assert "người duyệt của địa bàn đổi được" in told
    assert "Trùng lịch" not in told
    assert "Trong ba giờ trước và sau" not in told


def test_a_time_gone_by_is_refused_at_once_and_when_saved(console: Console) -> None:
    """Before, a bulletin for 2020 was saved without a word."""
    client = console.client("editor")
    assert "Giờ này đã qua" in said(client, form(on="2020-01-01"))
    refused = post(client, "/bulletins/new", form(on="2020-01-01"))
    assert refused.status_code == 422
    assert 'id="s-1-on-error-1"' in refused.text


def test_an_old_bulletin_can_still_be_edited(console: Console) -> None:
    old = bulletins.write(console, starts="2026-11-24T10:00")
    console.clock.pass_by(days=1)
    client = console.client("editor")
    answer = post(client, f"/bulletins/{old.id}/edit", form("10:00", version=old.version))
    assert answer.status_code == 302


def test_nothing_is_told_before_a_place_and_a_time_are_chosen(console: Console) -> None:
    client = console.client("editor")
    assert said(client, form(areas="")) == ""
    assert said(client, form("")) == ""
    assert said(client, form("25:99")) == ""


def test_its_own_airing_is_not_in_the_way_of_a_bulletin(console: Console) -> None:
    own = bulletins.on_the_way(console, starts=f"2026-11-24T{AT}")
    client = console.client("editor")
    assert "còn trống" in said(client, form(), f"/bulletins/times?bulletin={own.id}")
    assert "chưa phát được" in said(client, form())


def test_a_refused_submission_offers_free_times_and_one_press_takes_one(console: Console) -> None:
    bulletins.on_the_way(console, "Tin đã có", starts=f"2026-11-24T{AT}")
    mine = bulletins.make_sound(console, bulletins.write(console, "Tin mới", starts=f"2026-11-24T{AT}"))
    client = console.client("editor")
    refused = post(client, f"/bulletins/{mine.id}/submit", {"version": mine.version})
    assert refused.status_code == 409
    ways = refused.text[refused.text.index('id="ways-out"') :]
    (way,) = [each for each in ways.split("<form")[1:] if 'value="2026-11-24T17:05"' in each]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', way))
    fields.pop("csrf_token")
    assert post(client, f"/bulletins/{mine.id}/move", fields).status_code == 302
    moved = bulletins.again(console, mine)
    assert [each.starts.isoformat()[11:16] for each in moved.schedules] == ["17:05"]
    assert post(client, f"/bulletins/{mine.id}/submit", {"version": moved.version}).status_code == 302
    assert bulletins.again(console, mine).status is BulletinStatus.SUBMITTED


def test_the_inbox_tells_it_too(console: Console) -> None:
    bulletins.on_the_way(console, "Tin đã có", starts=f"2026-11-24T{AT}")
    item = inbox.hand_down(console)
    path = f"/inbox/{item.id}/times"
    told = said(console.client("operator"), form(), path)
    assert "trùng với “Tin đã có”" in told
    assert "17:05" in told
    assert post(console.client("far-operator"), path, form()).status_code in {403, 404}
