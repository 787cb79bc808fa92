"""Every number on every screen of an alert, second by second, is what the simulated street knows.

What a device tells takes its way and is gathered for half a second: a number may be that of any instant of the last
``LAG_MS``. Health holds a fault back for its time, and may know of a mute box before it has ended its round.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from broadcast.model.alerts import Alert, Purpose
from broadcast.model.orders import ReachState
from broadcast.use_cases import ending, silencing
from tests import alert_desk
from tests.console import COMMUNE
from tests.integration.virtual.stage import (
    BOARD,
    LATE,
    LOUDSPEAKERS,
    SECOND_MS,
    UNHEARD,
    VirtualStage,
    open_stage,
)

LAG_MS = 2_000
STEP_MS = 100
FOLLOWED_S = 110
LATE_AFTER_S = 25


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[VirtualStage]:
    with open_stage(tmp_path / "home") as stage:
        yield stage


class Street:
    """What is true of one order at an instant."""

    def __init__(self, stage: VirtualStage, order_id: str) -> None:
        self._stage = stage
        self._order_id = order_id

    def count(self, which: Callable[[int, int | None, bool, bool], bool], of: tuple[str, ...] = LOUDSPEAKERS) -> int:
        """``which`` is asked of every sounding: when it began, when it ended, whether whole, whether heard."""
        return len(
            {
                each.device
                for each in self._stage.soundings(self._order_id)
                if each.device in of and which(each.started_at, each.ended_at, each.is_whole, each.is_heard)
            }
        )

    def figures(self, at_ms: int) -> dict[str, int]:
        def began(start: int, _end: int | None, _whole: bool, _heard: bool) -> bool:
            return start <= at_ms

        def on(start: int, end: int | None, _whole: bool, _heard: bool) -> bool:
            return start <= at_ms and (end is None or end > at_ms)

        def over(_start: int, end: int | None, _whole: bool, _heard: bool) -> bool:
            return end is not None and end <= at_ms

        return {
            "loa": len(LOUDSPEAKERS),
            "đã nhận": self.count(began),
            "không trả lời": len(LOUDSPEAKERS) - self.count(began),
            "đang phát": self.count(on),
            "phát xong": self.count(lambda *of: over(*of) and of[2]),
            "nghe được": self.count(lambda *of: over(*of) and of[3]),
            "không nghe được": self.count(lambda *of: over(*of) and not of[3]),
            "không đo được": 0,
            "từ chối": 0,
        }


def shown(html: str) -> dict[str, int]:
    found = re.findall(r"<li[^>]*><b>(\d+)</b> <span>(?:\S )?([^<]+)</span>", html)
    return {name: int(count) for count, name in found}


def possible(street: Street, now_ms: int) -> dict[str, set[int]]:
    """Each number, as it was at any instant of the last ``LAG_MS``."""
    values: dict[str, set[int]] = {}
    for at_ms in range(now_ms - LAG_MS, now_ms + 1, STEP_MS):
        for name, count in street.figures(at_ms).items():
            values.setdefault(name, set()).add(count)
    # An answer goes out up to a second before the first sample.
    for at_ms in range(now_ms, now_ms + SECOND_MS, STEP_MS):
        figures = street.figures(at_ms)
        for name in ("đã nhận", "không trả lời"):
            values[name].add(figures[name])
    # Health knows of the mute ones by itself.
    values["không nghe được"] |= set(range(min(values["không nghe được"]), len(UNHEARD) + 1))
    return values


def check(stage: VirtualStage, client: FlaskClient, alert: Alert, street: Street) -> list[str]:
    """Every number that no instant of the last ``LAG_MS`` had."""
    now_ms = stage.timeline.now_ms
    allowed = possible(street, now_ms)
    html = client.get(f"/alerts/{alert.id}/live?area={COMMUNE}").text
    found = shown(html)
    wrong = [
        f"page {name}: {found.get(name)} not in {sorted(values)}"
        for name, values in allowed.items()
        if found.get(name) not in values
    ]
    row = re.findall(r'data-label="([^"]+)">(\d+)</td>', html[html.index('id="by-area"') : html.index('id="devices"')])
    names = {"Đã nhận": "đã nhận", "Đang phát": "đang phát", "Phát xong": "phát xong", "Nghe được": "nghe được"}
    names |= {"Chưa trả lời": "không trả lời", "Từ chối": "từ chối", "Không nghe được": "không nghe được"}
    wrong += [f"table {label}: {count}" for label, count in row if int(count) not in allowed[names[label]]]
    told = client.get(f"/api/v1/alerts/{alert.id}/reach", headers=stage.console.bearer("officer")).get_json()
    (area,) = told["areas"]
    for name, count in (
        ("loa", area["meant"]),
        ("đã nhận", area["answered"]),
        ("nghe được", area["heard"]),
        ("không nghe được", area["not_heard"]),
        ("không đo được", area["unmeasured"]),
        ("đang phát", area["states"].get("sounding", 0)),
        ("phát xong", area["states"].get("done", 0)),
    ):
        if count not in allowed[name]:
            wrong.append(f"api {name}: {count} not in {sorted(allowed[name])}")
    drawn = client.get(f"/alerts/{alert.id}/map?box=8,102,24,110").get_json()["devices"]
    on_map = {name: state for _, _, state, name in drawn}
    if len([each for each in on_map.values() if each == "sounding"]) > max(allowed["đang phát"]):
        wrong.append(f"map: {on_map}")
    return [f"{(now_ms // SECOND_MS)}: {each}" for each in wrong]


def test_every_number_on_every_screen_is_what_the_street_knows(stage: VirtualStage) -> None:
    console = stage.console
    made = alert_desk.active(console, areas=(COMMUNE,))
    order_id = str(made.order_id)
    client, street = console.client("officer"), Street(stage, order_id)
    wrong: list[str] = []
    for second in range(FOLLOWED_S):
        if second == LATE_AFTER_S:
            stage.fleet.poles[LATE].power_on()
        stage.run(SECOND_MS)
        wrong += check(stage, client, made, street)
    assert wrong == []

    # It was no empty walk: each of them did what it is there for.
    with console.context.uow() as uow:
        reaches = {each.device_id: each for each in uow.orders.reaches(made.order_id)}  # type: ignore[arg-type]
    assert {each: reaches[each].state for each in LOUDSPEAKERS} == dict.fromkeys(LOUDSPEAKERS, ReachState.DONE)
    html = client.get(f"/alerts/{made.id}/live").text
    assert (shown(html)["nghe được"], shown(html)["không nghe được"]) == (2, 2)
    assert re.search(r"<b>1/1</b> <span>▤ bảng hiện</span>", html)
    assert reaches[BOARD].amp_ma is None
    assert "2 không nghe được" in html


def test_a_lift_an_update_and_a_cancel_are_what_the_street_knows(stage: VirtualStage) -> None:
    console, context = stage.console, stage.console.context
    officer = console.actor("officer")
    wired: dict[str, Any] = {"authority": context.authority, "new_id": context.new_id}
    stopped = silencing.stop_everything(
        context.uow(),
        areas=[COMMUNE],
        reason="Họp dân",
        actor=officer,
        now=context.now(),
        hush_for=timedelta(hours=1),
        spares_alerts=True,
        **wired,
    )
    stage.run(2 * SECOND_MS)
    first = alert_desk.active(console, areas=(COMMUNE,))
    client = console.client("officer")
    followed = [(first, Street(stage, str(first.order_id)))]
    wrong: list[str] = []

    def follow(seconds: int) -> None:
        for _ in range(seconds):
            stage.run(SECOND_MS)
            for made, street in followed:
                wrong.extend(check(stage, client, made, street))

    follow(12)
    silencing.lift(context.uow(), stopped.id, actor=officer, now=context.now(), **wired)
    follow(12)
    assert {each.ended_at for each in stage.soundings(str(first.order_id))} == {None}

    changes: dict[str, Any] = {"purpose": Purpose.UPDATE, "updates_id": first.id, "headline": "Nước lên nhanh hơn"}
    second = alert_desk.active(console, areas=(COMMUNE,), **changes)
    followed.append((second, Street(stage, str(second.order_id))))
    follow(15)
    assert all(each.ended_at is not None for each in stage.soundings(str(first.order_id)))
    assert any(each.ended_at is None for each in stage.soundings(str(second.order_id)))

    ending.cancel(
        context.uow(),
        second.id,
        reason="Hết nguy hiểm",
        actor=replace(officer, second_factor_at=context.now()),
        voices=context.voices,
        now=context.now(),
        **wired,
    )
    follow(8)
    assert all(each.ended_at is not None for each in stage.soundings(str(second.order_id)))
    assert wrong == []
