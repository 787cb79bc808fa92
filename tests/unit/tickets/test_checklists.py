"""Checklists at the pole: each kind of fault has its steps, and the newest result of each counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from devices.health.kinds import FaultKind
from devices.model import DeviceKind
from devices.tickets.checklists import CHECKLISTS, checks_of, ticked
from devices.tickets.model import Check, EntryId, TicketEntry, TicketId, TicketStep

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
ALWAYS = {Check.LOOK, Check.MEASURE, Check.LISTEN}


def test_every_kind_of_fault_has_a_checklist_and_every_step_a_fault() -> None:
    """Before, a ticket said what was broken and not how to mend it."""
    assert list(CHECKLISTS) == list(FaultKind)
    assert all(found and len(found) == len(set(found)) for found in CHECKLISTS.values())
    assert {each for found in CHECKLISTS.values() for each in found} == set(Check) - ALWAYS


@pytest.mark.parametrize(("kind", "fault"), list(product([*DeviceKind, None], FaultKind)))
def test_one_looks_first_and_only_what_sounds_is_measured_and_heard_last(
    kind: DeviceKind | None, fault: FaultKind
) -> None:
    found = checks_of(kind, [fault])
    sounds = kind in {DeviceKind.CLUSTER, DeviceKind.BRIDGE}
    assert found == (Check.LOOK, *CHECKLISTS[fault], *((Check.MEASURE, Check.LISTEN) if sounds else ()))


def test_of_several_faults_each_step_is_made_once_what_is_put_right_first_at_first() -> None:
    found = checks_of(None, {FaultKind.LINK_FLAPS, FaultKind.MAINS_LOST})
    assert found == (Check.LOOK, Check.BREAKER, Check.MAINS, Check.BATTERY, Check.ANTENNA, Check.SIM)


def test_the_newest_result_of_a_step_counts() -> None:
    def entry(name: str, step: TicketStep, check: Check | None, *, is_good: bool | None) -> TicketEntry:
        at = NOW + timedelta(minutes=int(name))
        about = {"id": EntryId(name), "ticket_id": TicketId("t"), "by": "u", "by_name": "Lan"}
        return TicketEntry(step=step, at=at, done_at=at, check=check, is_good=is_good, **about)  # type: ignore[arg-type]

    first = entry("1", TicketStep.CHECK, Check.SIM, is_good=False)
    note = entry("2", TicketStep.NOTE, None, is_good=None)
    again = entry("3", TicketStep.CHECK, Check.SIM, is_good=True)
    assert ticked([first, note, again]) == {Check.SIM: again}
