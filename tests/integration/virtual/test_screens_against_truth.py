"""Every number on every screen about an alert agrees with the ground truth, second by second."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from broadcast.alerts.hazard_rules import Rounds
from broadcast.alerts.model import Purpose
from broadcast.alerts.orders import ReachState
from cms.alerts.queries.order_moment import round_results
from cms.alerts.repository.orders import Orders
from cms.alerts.service import ends, stop_orders
from cms.fleet.repository.devices import Devices
from cms.platform.store.engine import reading
from cms.schedule.repository import as_run_chain
from tests.builders import alert_states
from tests.console import COMMUNE
from tests.integration.virtual.alert_truth import AlertTruth, check, check_others, shown
from tests.integration.virtual.stage import (
    BOARD,
    LATE,
    LOUDSPEAKERS,
    SECOND_MS,
    WELL,
    VirtualStage,
    open_stage,
)

FOLLOWED_S = 60
LATE_AFTER_S = 25
TWO_ROUNDS = Rounds((60_000,))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[VirtualStage]:
    with open_stage(tmp_path / "home") as stage:
        yield stage


@dataclass
class Followed:
    """Alerts whose screens are checked, second by second."""

    stage: VirtualStage
    client: FlaskClient = field(init=False)
    streets: list[AlertTruth] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = self.stage.console.client("officer")

    def seconds(self, seconds: int) -> None:
        for _ in range(seconds):
            self.stage.run(SECOND_MS)
            for truth in self.streets:
                self.wrong += check(self.client, truth)
            self.wrong += check_others(self.client, self.streets)


def test_every_number_on_every_screen_is_what_the_street_knows_in_every_round(stage: VirtualStage) -> None:
    console = stage.console
    made = alert_states.active(console, areas=(COMMUNE,), rounds=TWO_ROUNDS)
    followed = Followed(stage, [AlertTruth.of(stage, made)])
    followed.seconds(LATE_AFTER_S)
    stage.fleet.devices[LATE].power_on()
    followed.seconds(FOLLOWED_S + 60 - LATE_AFTER_S)
    assert followed.wrong == []

    # The run was not empty: each device played its part.
    with console.context.uow() as uow:
        reaches = {each.device_id: each for each in uow[Orders].reaches(made.order_id)}  # type: ignore[arg-type]
    assert {each: reaches[each].state for each in LOUDSPEAKERS} == dict.fromkeys(LOUDSPEAKERS, ReachState.DONE)
    # The late device's first round was on when the second was due, and counts as round 1.
    rounds = {each: reaches[each].round for each in LOUDSPEAKERS}
    assert rounds == {**dict.fromkeys(LOUDSPEAKERS, 2), LATE: 1}
    html = followed.client.get(f"/alerts/{made.id}/live").text
    assert (shown(html)["nghe được"], shown(html)["không nghe được"]) == (2, 2)
    assert re.search(r"<b>1/1</b> <span>▤ bảng hiện</span>", html)
    assert reaches[BOARD].amp_ma is None
    assert "Phát nhưng không nghe được: 2" in followed.client.get(f"/alerts/{made.id}/calls").text
    with reading(console.context.engine) as session:
        results = round_results(session, str(made.order_id))
        assert as_run_chain.verify(session).holds
    assert [(each.number, each.done, each.cut) for each in results] == [(1, 4, 0), (2, 3, 0)]
    log = followed.client.get("/as-run").text
    assert log[log.index("<tbody>") :].count(made.headline) == len(stage.soundings(str(made.order_id)))
    assert "đợt 2" in log
    assert 'id="by-round"' in followed.client.get(f"/alerts/{made.id}/plot").text


def test_a_box_that_dies_between_rounds_does_not_stay_green(stage: VirtualStage) -> None:
    made = alert_states.active(stage.console, areas=(COMMUNE,), rounds=TWO_ROUNDS)
    client = stage.console.client("officer")
    stage.run(54 * SECOND_MS)
    stage.fleet.devices[WELL].power_off()
    with stage.console.context.uow() as uow:
        name = uow[Devices].get(WELL).name

    def drawn() -> str:
        found = client.get(f"/alerts/{made.id}/map?box=8,102,24,110").get_json()["devices"]
        return next(str(state) for _, _, state, named in found if named == name)

    assert drawn() == "done"
    stage.run(10 * SECOND_MS)
    html = client.get(f"/alerts/{made.id}/live?area={COMMUNE}").text
    assert re.search(r"Đợt 2</strong>.* 2 đang phát · ✓ 0 phát xong · 2 chưa bắt đầu", html)
    assert drawn() == "received"
    stage.run(180 * SECOND_MS)
    html = client.get(f"/alerts/{made.id}/live?area={COMMUNE}").text
    assert re.search(r"Đợt 2</strong>.* 0 đang phát · ✓ 2 phát xong · 2 chưa bắt đầu", html)
    assert drawn() == "lost"
    assert (shown(html)["mất kết nối"], shown(html)["phát xong"]) == (1, 3)


def test_a_stop_in_a_later_round_and_what_sounds_again_are_what_the_street_knows(stage: VirtualStage) -> None:
    console, context = stage.console, stage.console.context
    officer = console.actor("officer")
    made = alert_states.active(console, areas=(COMMUNE,), rounds=TWO_ROUNDS)
    followed = Followed(stage, [AlertTruth.of(stage, made)])
    stage.run(55 * SECOND_MS)
    followed.seconds(15)
    stopped = stop_orders.stop_everything(
        context.uow(),
        areas=[COMMUNE],
        reason="Loa phát nhầm",
        mutes_alerts=True,
        hush_for=timedelta(hours=1),
        call=context.call(officer),
    )
    followed.streets[0].stopped_at = stage.timeline.now_ms
    followed.seconds(8)
    stop_orders.lift(context.uow(), stopped.id, call=context.call(officer))
    followed.seconds(5)
    assert all(each.ended_at is not None for each in stage.soundings(str(made.order_id)))
    assert "loa đang phát" not in followed.client.get("/").text
    again = ends.sound_again(context.uow(), made.id, call=context.call(officer))
    followed.streets = [AlertTruth.of(stage, again)]
    followed.seconds(8)
    assert followed.wrong == []


def test_a_lift_an_update_and_a_cancel_are_what_the_street_knows(stage: VirtualStage) -> None:
    console, context = stage.console, stage.console.context
    officer = console.actor("officer")
    stopped = stop_orders.stop_everything(
        context.uow(),
        areas=[COMMUNE],
        reason="Họp dân",
        hush_for=timedelta(hours=1),
        spares_alerts=True,
        call=context.call(officer),
    )
    stage.run(2 * SECOND_MS)
    first = alert_states.active(console, areas=(COMMUNE,))
    followed = Followed(stage, [AlertTruth.of(stage, first)])
    followed.seconds(12)
    stop_orders.lift(context.uow(), stopped.id, call=context.call(officer))
    followed.seconds(12)
    assert {each.ended_at for each in stage.soundings(str(first.order_id))} == {None}

    changes: dict[str, Any] = {"purpose": Purpose.UPDATE, "updates_id": first.id, "headline": "Nước lên nhanh hơn"}
    second = alert_states.active(console, areas=(COMMUNE,), **changes)
    followed.streets.append(AlertTruth.of(stage, second))
    followed.seconds(15)
    assert all(each.ended_at is not None for each in stage.soundings(str(first.order_id)))
    assert any(each.ended_at is None for each in stage.soundings(str(second.order_id)))

    ends.cancel(
        context.uow(),
        second.id,
        reason="Hết nguy hiểm",
        voices=context.voices,
        call=context.call(replace(officer, second_factor_at=context.now())),
    )
    followed.seconds(8)
    assert all(each.ended_at is not None for each in stage.soundings(str(second.order_id)))
    assert followed.wrong == []


def test_a_minor_update_tells_that_the_siren_of_what_it_replaces_sounds(stage: VirtualStage) -> None:
    console = stage.console
    first = alert_states.active(console, areas=(COMMUNE,))
    followed = Followed(stage, [AlertTruth.of(stage, first)])
    followed.seconds(12)
    changes: dict[str, Any] = {"purpose": Purpose.UPDATE, "updates_id": first.id, "headline": "Đến 20 giờ"}
    second = alert_states.active(console, areas=(COMMUNE,), is_minor=True, **changes)
    # One order at a time: current soundings continue under the new one.
    followed.streets = [AlertTruth.of(stage, second, first)]
    assert len(followed.streets[0].inherited) == 3
    followed.seconds(48)
    assert followed.wrong == []
    assert shown(followed.client.get(f"/alerts/{second.id}/live").text)["phát xong"] == 3
