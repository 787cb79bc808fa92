from __future__ import annotations

import re
from itertools import product
from pathlib import Path

import pytest

from broadcast.bulletins.lifecycle import TRANSITIONS, next_status, possible_actions
from broadcast.bulletins.model import BulletinAction, BulletinStatus
from province.errors import NotPossibleError
from province.state_machine import final
from scripts.state_diagram import diagram

ROOT = Path(__file__).parents[4]
S, A = BulletinStatus, BulletinAction

# Written from the issue, not from the table.
ALLOWED = {
    S.DRAFT: {A.EDIT: S.DRAFT, A.SUBMIT: S.SUBMITTED, A.RESCHEDULE: S.DRAFT, A.DELETE: S.DELETED},
    S.DELETED: {A.RESTORE: S.DRAFT},
    S.SUBMITTED: {
        A.APPROVE: S.APPROVED,
        A.HAND_DOWN: S.HANDED_DOWN,
        A.RETURN: S.RETURNED,
        A.REJECT: S.REJECTED,
        A.WITHDRAW: S.DRAFT,
        A.RESCHEDULE: S.SUBMITTED,
    },
    S.RETURNED: {A.EDIT: S.DRAFT, A.RESCHEDULE: S.DRAFT},
    S.REJECTED: {},
    S.APPROVED: {
        A.EDIT: S.DRAFT,
        A.FILL: S.APPROVED,
        A.SCHEDULE: S.SCHEDULED,
        A.WITHDRAW: S.WITHDRAWN,
        A.RESCHEDULE: S.APPROVED,
        A.CONFIRM: S.APPROVED,
        A.KEEP: S.APPROVED,
    },
    S.SCHEDULED: {
        A.EDIT: S.DRAFT,
        A.FILL: S.APPROVED,
        A.FINISH: S.PLAYED,
        A.WITHDRAW: S.WITHDRAWN,
        A.RESCHEDULE: S.SCHEDULED,
        A.CONFIRM: S.APPROVED,
        A.KEEP: S.SCHEDULED,
    },
    S.PLAYED: {},
    S.HANDED_DOWN: {A.WITHDRAW: S.WITHDRAWN},
    S.WITHDRAWN: {},
}


@pytest.mark.parametrize(("status", "action"), list(product(S, A)))
def test_every_step_leads_where_it_should_or_is_refused(status: BulletinStatus, action: BulletinAction) -> None:
    after = ALLOWED[status].get(action)
    if after is None:
        with pytest.raises(NotPossibleError) as refused:
            next_status(status, action)
        assert (refused.value.state, refused.value.action) == (status, action)
    else:
        assert next_status(status, action) is after


def test_possible_actions_are_those_of_the_table() -> None:
    assert {status: set(possible_actions(status)) for status in S} == {s: set(ALLOWED[s]) for s in S}


def test_rejected_played_and_withdrawn_are_final() -> None:
    assert final(TRANSITIONS, BulletinStatus) == (S.REJECTED, S.PLAYED, S.WITHDRAWN)


def test_every_state_can_be_reached_from_draft() -> None:
    seen, todo = {S.DRAFT}, [S.DRAFT]
    while todo:
        at = todo.pop()
        fresh = {after for (status, _), after in TRANSITIONS.items() if status is at} - seen
        seen |= fresh
        todo += fresh
    assert seen == set(S)


def test_the_document_shows_the_table_as_it_is() -> None:
    page = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    assert re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL)[0] == diagram(
        TRANSITIONS, BulletinStatus.DRAFT, final(TRANSITIONS, BulletinStatus)
    )
