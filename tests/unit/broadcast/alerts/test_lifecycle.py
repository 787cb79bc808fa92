from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest

from broadcast.alerts.hazard_rules import AlertLevel, SirenPattern
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.lifecycle import ENDED, OPEN, TRANSITIONS, has_siren, next_status, next_wave_at, urgency
from broadcast.alerts.model import Alert, AlertAction, AlertKind, AlertStatus, Purpose
from province.errors import NotPossibleError
from scripts.state_diagram import diagram
from tests.fakes import warnings
from tests.fakes.programme import NOW

ROOT = Path(__file__).parents[4]
S, A = AlertStatus, AlertAction

# Written from docs/alerts.md, not from the table.
ALLOWED = {
    S.DRAFT: {A.EDIT: S.DRAFT, A.SUBMIT: S.SUBMITTED, A.DISCARD: S.DISCARDED},
    S.SUBMITTED: {
        A.APPROVE: S.ACTIVE,
        A.RETURN: S.DRAFT,
        A.REJECT: S.REJECTED,
        A.DISCARD: S.DISCARDED,
        A.EXPIRE: S.EXPIRED,
    },
    S.ACTIVE: {A.CANCEL: S.CANCELLED, A.SUPERSEDE: S.SUPERSEDED, A.EXPIRE: S.EXPIRED},
    S.REJECTED: {},
    S.DISCARDED: {},
    S.SUPERSEDED: {},
    S.CANCELLED: {},
    S.EXPIRED: {},
}


@pytest.mark.parametrize(("status", "action"), list(product(S, A)))
def test_every_step_leads_where_it_should_or_is_refused(status: AlertStatus, action: AlertAction) -> None:
    after = ALLOWED[status].get(action)
    if after is None:
        with pytest.raises(NotPossibleError) as refused:
            next_status(status, action)
        assert (refused.value.state, refused.value.action) == (status, action)
    else:
        assert next_status(status, action) is after


def test_a_state_is_open_while_something_can_become_of_it() -> None:
    assert set(OPEN) == {status for status in S if ALLOWED[status]}
    assert set(OPEN) | set(ENDED) == set(S)
    assert set(OPEN).isdisjoint(ENDED)


def test_the_document_shows_the_table_as_it_is() -> None:
    page = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    assert re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL)[1] == diagram(TRANSITIONS, AlertStatus.DRAFT, ENDED)


def test_who_has_not_answered_is_told_again_twice_and_then_when_it_comes_back() -> None:
    seconds = [next_wave_at(NOW, NOW + timedelta(seconds=passed)) for passed in (0, 5, 19, 20)]
    assert seconds == [NOW + timedelta(seconds=5), *[NOW + timedelta(seconds=20)] * 2, None]


def test_what_ends_a_warning_has_no_siren() -> None:
    for hazard in Hazard:
        one = warnings.alert(hazard=hazard)
        assert not has_siren(replace(one, purpose=Purpose.ALL_CLEAR))
        assert has_siren(one) is has_siren(replace(one, purpose=Purpose.UPDATE))
    soft = [hazard for hazard in Hazard if not has_siren(warnings.alert(hazard=hazard))]
    assert Hazard.EPIDEMIC in soft
    assert Hazard.FLASH_FLOOD not in soft
    assert not has_siren(warnings.alert(siren=SirenPattern("gong")))


def test_real_warnings_stand_before_what_ends_them_and_drills_stand_last() -> None:
    def one(kind: AlertKind, purpose: Purpose, level: AlertLevel) -> Alert:
        return warnings.alert(kind=kind, purpose=purpose, level=level)

    wanted = [
        one(kind, purpose, level)
        for kind in (AlertKind.LIVE, AlertKind.DRILL)
        for purpose in (Purpose.WARNING, Purpose.ALL_CLEAR)
        for level in (AlertLevel.THREE, AlertLevel.TWO, AlertLevel.ONE)
    ]
    worst_last = list(reversed(wanted))
    assert sorted(worst_last, key=urgency) == wanted
    update = one(AlertKind.LIVE, Purpose.UPDATE, AlertLevel.THREE)
    assert urgency(update) == urgency(wanted[0])
