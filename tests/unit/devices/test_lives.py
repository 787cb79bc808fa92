"""Life cycle of a device: every pair of state and action."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from devices.lives import TAKES_CERTIFICATES, TRANSITIONS, Life, LifeAction, LifeState, canonical_serial
from devices.model import DeviceKind
from devices.protocol.topics import ID_PATTERN
from province.areas import AreaId
from province.state_machine import diagram, final

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LIFE = Life("s-1", DeviceKind.CLUSTER, "", AreaId("xa"), "x", NOW, "u", "U", LifeState.REGISTERED, NOW)


@pytest.mark.parametrize(("state", "action"), list(product(LifeState, LifeAction)))
def test_nothing_leads_out_of_the_scrap_yard_and_only_a_claim_leads_to_a_pole(
    state: LifeState, action: LifeAction
) -> None:
    after = TRANSITIONS.get((state, action))
    assert after is None or state is not LifeState.RETIRED
    assert (after is LifeState.CLAIMED) == (after is not None and action is LifeAction.CLAIM)
    if after is LifeState.IN_SERVICE:
        assert action in {LifeAction.COME_IN, LifeAction.RELEASE}


def test_whatever_has_been_at_a_pole_can_be_taken_back_and_retired() -> None:
    for state in (LifeState.CLAIMED, LifeState.IN_SERVICE, LifeState.QUARANTINED):
        assert TRANSITIONS[state, LifeAction.REVOKE] is LifeState.REVOKED
        assert TRANSITIONS[state, LifeAction.RETIRE] is LifeState.RETIRED
        assert state in TAKES_CERTIFICATES


def test_every_state_is_reached_and_left() -> None:
    assert set(TRANSITIONS.values()) == set(LifeState)
    assert final(TRANSITIONS, LifeState) == (LifeState.RETIRED,)


def test_the_diagram_in_the_document_is_the_table() -> None:
    text = (Path(__file__).parents[3] / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    drawn = diagram(TRANSITIONS, LifeState.REGISTERED, final(TRANSITIONS, LifeState))
    assert f"```mermaid\n{drawn}```" in text


@pytest.mark.parametrize(
    ("typed", "serial"),
    [(" VTB 2026/01 ", "vtb-2026-01"), ("a_b", "a-b"), ("Hộp", None), ("", None), ("x" * 41, None), ("a+b", None)],
)
def test_a_serial_is_one_that_can_name_a_topic(typed: str, serial: str | None) -> None:
    assert canonical_serial(typed) == serial
    assert serial is None or re.fullmatch(ID_PATTERN, serial)


def test_a_lock_ends_by_itself() -> None:
    locked = Life(**{name: getattr(LIFE, name) for name in LIFE.__slots__} | {"locked_until_at": NOW})
    assert not LIFE.is_locked(NOW)
    assert not locked.is_locked(NOW)
    assert locked.is_locked(NOW - timedelta(seconds=1))
