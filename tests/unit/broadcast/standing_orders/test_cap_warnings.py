from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from broadcast.alerts.cap.findings import Finding, FindingCode
from broadcast.alerts.cap.message import (
    CapInfo,
    CapMessage,
    CapSeverity,
    Certainty,
    MsgType,
    NamedValue,
    ResponseType,
    Status,
    Urgency,
)
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Audience
from broadcast.standing_orders.cap_warnings import feed_source, sender_source, warning_of
from broadcast.standing_orders.model import IncomingWarning, WarningSeverity
from tests.console import START
from tests.unit.exchange.messages import SENDER, info, message, update

VERIFIED, UNSIGNED = Finding(FindingCode.VERIFIED), Finding(FindingCode.UNSIGNED)


def read(
    found: CapMessage | None = None, *findings: Finding, channel: str = "push x", is_pinned: bool = True, **changes: Any
) -> IncomingWarning:
    told = message(infos=(info(**changes),)) if found is None else found
    return warning_of(
        told, Audience(), findings or (VERIFIED,), hazard=Hazard.FLASH_FLOOD, channel=channel, is_pinned=is_pinned
    )


def test_a_signed_message_is_proved_whole_clear_and_certain() -> None:
    found = read()
    assert (found.sources, found.proved) == ((sender_source(SENDER),), (sender_source(SENDER),))
    assert (found.severity, found.severity_most) == (WarningSeverity.SEVERE, WarningSeverity.SEVERE)
    assert (found.is_first, found.is_whole, found.is_clear, found.is_certain, found.is_drill) == (*(True,) * 4, False)
    assert (found.begins_at, found.sent_at) == (START - timedelta(minutes=1),) * 2
    assert found.expires_at == START + timedelta(hours=6)
    assert read(onset=START + timedelta(hours=1)).begins_at == START + timedelta(hours=1)


@pytest.mark.parametrize(
    ("finding", "is_pinned", "proved"),
    [
        (VERIFIED, True, (sender_source(SENDER), feed_source("kttv"))),
        (UNSIGNED, False, (feed_source("kttv"),)),
        (Finding(FindingCode.SIGNATURE_MISSING), True, ()),
    ],
)
def test_a_feed_proves_what_it_serves_unless_the_sender_s_signer_is_pinned(
    finding: Finding, is_pinned: bool, proved: tuple[str, ...]
) -> None:
    found = read(None, finding, channel="feed kttv", is_pinned=is_pinned)
    assert found.sources == (sender_source(SENDER), feed_source("kttv"))
    assert found.proved == proved


def test_what_was_pushed_is_proved_by_its_signature_alone() -> None:
    assert read(None, UNSIGNED, channel="push feed kttv", is_pinned=False).proved == ()


@pytest.mark.parametrize("code", [FindingCode.POLYGON_CROSSES, FindingCode.NOT_PUBLIC, FindingCode.NAMES_ITSELF])
def test_what_was_mended_or_is_not_meant_for_the_public_is_not_whole(code: FindingCode) -> None:
    assert not read(None, VERIFIED, Finding(code)).is_whole


@pytest.mark.parametrize(
    "found",
    [
        update("m-2", message()),
        message(msg_type=MsgType.CANCEL),
        message(status=Status.TEST),
        message(references=(message("m-0").key,)),
        message(infos=(info(), info(urgency=Urgency.PAST))),
        message(infos=(info(response_types=(ResponseType.ALL_CLEAR,)),)),
    ],
)
def test_only_a_new_warning_is_a_first_one(found: CapMessage) -> None:
    assert not read(found).is_first


def test_an_exercise_is_a_drill_s() -> None:
    found = read(message(status=Status.EXERCISE))
    assert found.is_drill
    assert found.is_first


@pytest.mark.parametrize(
    ("infos", "is_clear"),
    [
        ((info(event="Flash flood warning"),), True),
        ((info(event="x", event_codes=(NamedValue("Loa:hazard", "flash_flood"),)),), True),
        ((info(event="Lũ quét", event_codes=(NamedValue("Loa:hazard", "tsunami"),)),), False),
        ((info(event="Lũ quét", event_codes=(NamedValue("Loa:hazard", "nonsense"),)),), False),
        ((info(event="Thông báo", headline="Không có lũ quét"),), False),
        ((info(event="Hết lũ quét"),), False),
        ((info(headline="Flash flood warning cancelled"),), False),
        ((info(event="Diễn tập lũ quét"),), False),
        ((info(), info(event="Sóng thần")), False),
        ((), False),
    ],
)
def test_the_event_has_to_name_the_hazard_a_headline_does_not(infos: tuple[CapInfo, ...], is_clear: bool) -> None:
    assert read(message(infos=infos)).is_clear is is_clear


def test_an_exercise_may_say_that_it_is_one() -> None:
    assert read(message(status=Status.EXERCISE, infos=(info(event="Diễn tập lũ quét"),))).is_clear


@pytest.mark.parametrize(
    "changes",
    [{"certainty": Certainty.POSSIBLE}, {"certainty": Certainty.UNKNOWN}, {"urgency": Urgency.FUTURE}],
)
def test_what_is_possible_or_in_the_future_is_not_certain(changes: dict[str, Any]) -> None:
    assert not read(**changes).is_certain


def test_the_least_severe_part_counts() -> None:
    found = read(message(infos=(info(severity=CapSeverity.EXTREME), info(severity=CapSeverity.MINOR))))
    assert (found.severity, found.severity_most) == (WarningSeverity.MINOR, WarningSeverity.EXTREME)
    assert read(message(infos=())).severity is WarningSeverity.UNKNOWN
