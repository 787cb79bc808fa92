"""Call list of an alert: who is called for, in which order, and who may note what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from broadcast.alerts.call_list import (
    ANSWERED_WITHIN,
    CALL_HELD_FOR,
    CallLine,
    CallOutcome,
    CallRecord,
    in_order,
    is_to_be_called,
    require_free,
)
from broadcast.alerts.miss_reasons import MissReason
from broadcast.alerts.model import OrderId
from province.areas import AreaId
from province.errors import NotPossibleError
from province.people import UserId

NOW = datetime(2026, 11, 30, 1, tzinfo=UTC)
AN, BINH = UserId("an"), UserId("binh")
AT_ONCE = {MissReason.REFUSED, MissReason.MUTE}


def entry(outcome: CallOutcome, at: datetime = NOW) -> CallRecord:
    return CallRecord(OrderId("o"), AreaId("a"), 1, outcome, AN, "An", at)


def line(name: str, people: int | None, *, devices: int = 1, last: CallRecord | None = None) -> CallLine:
    missed = {MissReason.UNREACHABLE: devices}
    return CallLine(AreaId(name), name, devices, 0, None, missed, people, last=last)


@pytest.mark.parametrize(("reason", "is_online"), list(product(MissReason, (True, False))))
def test_what_may_still_be_answered_is_called_for_after_twenty_seconds(reason: MissReason, is_online: bool) -> None:
    is_known = reason in AT_ONCE or (reason is MissReason.UNREACHABLE and not is_online)
    assert is_to_be_called(reason, is_online=is_online, age=timedelta(0)) is is_known
    assert is_to_be_called(reason, is_online=is_online, age=ANSWERED_WITHIN)


@pytest.mark.parametrize(("before", "outcome", "by"), list(product(CallOutcome, CallOutcome, (AN, BINH))))
def test_nobody_calls_where_another_calls_and_who_was_told_is_only_opened_again(
    before: CallOutcome, outcome: CallOutcome, by: UserId
) -> None:
    is_refused = (before is CallOutcome.TAKEN and by == BINH) or (
        before is CallOutcome.TOLD and outcome is not CallOutcome.RETRY
    )
    require_free(None, outcome, by, NOW)
    if is_refused:
        with pytest.raises(NotPossibleError):
            require_free(entry(before), outcome, by, NOW)
    else:
        require_free(entry(before), outcome, by, NOW)


def test_a_place_taken_is_free_again_after_a_while() -> None:
    taken = entry(CallOutcome.TAKEN)
    assert taken.is_held(NOW + CALL_HELD_FOR - timedelta(seconds=1))
    assert not taken.is_held(NOW + CALL_HELD_FOR)
    require_free(taken, CallOutcome.TAKEN, BINH, NOW + CALL_HELD_FOR)


def test_most_people_come_first_and_those_told_last() -> None:
    told = line("told", 9000, last=entry(CallOutcome.TOLD))
    lines = [told, line("few", 10), line("unknown", None), line("many", 500), line("wide", 10, devices=3)]
    assert [each.area_name for each in sorted(lines, key=in_order)] == ["many", "wide", "few", "unknown", "told"]
    assert (told.is_told, told.unwarned) == (True, 1)
