from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from broadcast.alerts.model import AlertKind, AlertStatus
from broadcast.bulletins.schedules import Schedule
from cms.alerts.service import drills
from cms.alerts.service.expiry import expire_due
from cms.platform.store.kinds import OutboxKind
from tests.builders import alert_states
from tests.console import Console, open_console
from tests.fakes.programme import wall


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "home") as console:
        yield console


def _outbox(console: Console) -> list[OutboxKind]:
    with console.context.uow() as uow:
        return [row.kind for row in uow.outbox.take(console.clock())]


def test_an_order_is_ended_once_it_has_run_out(console: Console) -> None:
    made = alert_states.active(console)
    assert expire_due(console.context, console.clock()) == 0
    console.clock.pass_by(hours=6)
    assert expire_due(console.context, console.clock()) == 1
    assert expire_due(console.context, console.clock()) == 0
    assert alert_states.stored(console, made.id).status is AlertStatus.EXPIRED
    assert _outbox(console) == [OutboxKind.ALERT, OutboxKind.ALERT_END]


def test_a_drill_on_the_calendar_goes_out_at_its_time(console: Console) -> None:
    context = console.context
    ready = alert_states.make_sound(console, alert_states.draft(console, kind=AlertKind.DRILL))
    plan = drills.propose(
        context.uow(),
        ready.id,
        schedules=(Schedule("s1", wall("2026-11-24T10:00")),),
        lasts_ms=600_000,
        expected_version=ready.version,
        call=context.call(console.actor("officer")),
        voices=context.voices,
    )
    drills.agree(
        context.uow(),
        plan.id,
        expected_version=plan.version,
        call=context.call(replace(alert_states.second_officer(console), second_factor_at=context.now())),
    )
    assert expire_due(context, console.clock()) == 0
    console.clock.pass_by(hours=1)
    assert expire_due(context, console.clock()) == 1
    assert expire_due(context, console.clock()) == 0
    assert _outbox(console) == [OutboxKind.ALERT]
    console.clock.pass_by(minutes=10)
    assert expire_due(context, console.clock()) == 1
    assert _outbox(console) == [OutboxKind.ALERT, OutboxKind.ALERT_END]
