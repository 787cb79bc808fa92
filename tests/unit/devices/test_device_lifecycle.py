"""Life cycle of a device: every pair of state and action."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from devices.lifecycle import (
    TAKES_CERTIFICATES,
    TRANSITIONS,
    DeviceLifecycle,
    LifecycleAction,
    LifecycleState,
    canonical_serial,
)
from devices.model import DeviceKind
from devices.protocol.topics import ID_PATTERN
from province.areas import AreaId
from province.state_machine import final
from scripts.state_diagram import diagram

NOW = datetime(2026, 11, 24, tzinfo=UTC)
LIFE = DeviceLifecycle("s-1", DeviceKind.CLUSTER, "", AreaId("xa"), "x", NOW, "u", "U", LifecycleState.REGISTERED, NOW)


@pytest.mark.parametrize(("state", "action"), list(product(LifecycleState, LifecycleAction)))
def test_nothing_leads_out_of_the_scrap_yard_and_only_a_claim_leads_to_a_pole(
    state: LifecycleState, action: LifecycleAction
) -> None:
    after = TRANSITIONS.get((state, action))
    assert after is None or state is not LifecycleState.RETIRED
    assert (after is LifecycleState.CLAIMED) == (after is not None and action is LifecycleAction.CLAIM)
    if after is LifecycleState.IN_SERVICE:
        assert action in {LifecycleAction.COME_IN, LifecycleAction.RELEASE}


def test_whatever_has_been_at_a_pole_can_be_taken_back_and_retired() -> None:
    for state in (LifecycleState.CLAIMED, LifecycleState.IN_SERVICE, LifecycleState.QUARANTINED):
        assert TRANSITIONS[state, LifecycleAction.REVOKE] is LifecycleState.REVOKED
        assert TRANSITIONS[state, LifecycleAction.RETIRE] is LifecycleState.RETIRED
        assert state in TAKES_CERTIFICATES


def test_every_state_is_reached_and_left() -> None:
    assert set(TRANSITIONS.values()) == set(LifecycleState)
    assert final(TRANSITIONS, LifecycleState) == (LifecycleState.RETIRED,)


def test_the_diagram_in_the_document_is_the_table() -> None:
    text = (Path(__file__).parents[3] / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    drawn = diagram(TRANSITIONS, LifecycleState.REGISTERED, final(TRANSITIONS, LifecycleState))
    assert f"```mermaid\n{drawn}```" in text


@pytest.mark.parametrize(
    ("typed", "serial"),
    [(" VTB 2026/01 ", "vtb-2026-01"), ("a_b", "a-b"), ("Hộp", None), ("", None), ("x" * 41, None), ("a+b", None)],
)
def test_a_serial_is_one_that_can_name_a_topic(typed: str, serial: str | None) -> None:
    assert canonical_serial(typed) == serial
    assert serial is None or re.fullmatch(ID_PATTERN, serial)


def test_a_lock_ends_by_itself() -> None:
    locked = DeviceLifecycle(**{name: getattr(LIFE, name) for name in LIFE.__slots__} | {"locked_until_at": NOW})
    assert not LIFE.is_locked(NOW)
    assert not locked.is_locked(NOW)
    assert locked.is_locked(NOW - timedelta(seconds=1))
