"""Rules of local alerts: what a proposal and a key holder need, and the state of the orders on a device."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from broadcast.alerts.hazard_rules import AlertLevel, Rounds, SirenPattern
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.local_alerts import (
    LASTS,
    RENEWED_AFTER,
    LocalAlert,
    LocalAlertId,
    LocalIssue,
    LocalIssueState,
    holder_problems,
    problems_of,
)
from devices.model import DeviceId
from province.areas import AreaId
from province.people import UserId

NOW = datetime(2026, 11, 30, 8, tzinfo=UTC)
OTHER = LocalAlert(
    id=LocalAlertId("o1"),
    area_id=AreaId("xa"),
    hazard=Hazard.FLASH_FLOOD,
    level=AlertLevel.TWO,
    headline="Lên chỗ cao ngay. Lũ quét.",
    text="Không qua suối.",
    minutes=30,
    rounds=Rounds(),
    siren=SirenPattern("siren-a"),
    proposed_at=NOW,
    proposed_by=UserId("u1"),
    proposed_by_name="A",
)
ISSUE = LocalIssue(DeviceId("d"), 2, NOW, NOW + LASTS, "mark", 2, NOW + LASTS, NOW)


@pytest.mark.parametrize(
    ("headline", "text", "minutes", "beside", "wrong"),
    [
        ("Lũ quét", "Lên cao", 30, 5, []),
        ("", "", 30, 0, [("headline", "MISSING"), ("text", "MISSING")]),
        ("x" * 121, "x" * 601, 30, 0, [("headline", "TOO_LONG"), ("text", "TOO_LONG")]),
        ("Lũ quét", "Lên cao", 4, 0, [("minutes", "OUT_OF_BOUNDS")]),
        ("Lũ quét", "Lên cao", 1441, 0, [("minutes", "OUT_OF_BOUNDS")]),
        ("Lũ quét", "Lên cao", 30, 6, [("area_id", "TOO_MANY")]),
        ("Lũ quét", "ữ" * 600, 30, 4, [("text", "TOO_MUCH_TO_SEND")]),
    ],
)
def test_a_proposal_is_complete_and_short(
    headline: str, text: str, minutes: int, beside: int, wrong: list[tuple[str, str]]
) -> None:
    long = replace(OTHER, text="ữ" * 500) if "ữ" in text else OTHER
    found = problems_of(headline, text, minutes, [long] * beside)
    assert [(each.field, each.code) for each in found] == wrong


@pytest.mark.parametrize(
    ("name", "phone", "counts", "wrong"),
    [
        ("Bảy", "", [0, 7], []),
        ("", "", [], [("person_name", "MISSING"), ("devices", "MISSING")]),
        ("x" * 101, "0" * 21, [0], [("person_name", "TOO_LONG"), ("phone", "TOO_LONG")]),
        ("Bảy", "", [0, 8], [("devices", "TOO_MANY")]),
    ],
)
def test_a_holder_has_a_name_and_loudspeakers(
    name: str, phone: str, counts: list[int], wrong: list[tuple[str, str]]
) -> None:
    assert [(each.field, each.code) for each in holder_problems(name, phone, counts)] == wrong


@pytest.mark.parametrize(
    ("issue", "state"),
    [
        (ISSUE, LocalIssueState.VALID),
        (replace(ISSUE, mark=""), LocalIssueState.NONE),
        (replace(ISSUE, held_until_at=None), LocalIssueState.WAITING),
        (replace(ISSUE, held_until_at=NOW), LocalIssueState.EXPIRED),
        (replace(ISSUE, held_number=1), LocalIssueState.OUTDATED),
    ],
)
def test_the_state_of_a_box_is_what_it_has_reported(issue: LocalIssue, state: LocalIssueState) -> None:
    assert issue.state(NOW) is state


def test_orders_are_renewed_each_week_and_a_withdrawal_is_not() -> None:
    week = NOW + RENEWED_AFTER
    second = timedelta(seconds=1)
    assert [ISSUE.is_due("mark", at) for at in (NOW, week - second, week)] == [False, False, True]
    assert ISSUE.is_due("other", NOW)
    assert not replace(ISSUE, mark="").is_due("", week)
