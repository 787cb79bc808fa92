from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.alerts.cap.findings import FindingCode, Findings
from broadcast.alerts.cap.history import ReceivedMessages, RememberedMessage
from broadcast.alerts.cap.message import CapMessage, MsgType, Reference, Status
from tests.unit.cap.messages import MESSAGE, SENT


def message(name: str, minute: int, *, of: tuple[CapMessage, ...] = (), cancels: bool = False) -> CapMessage:
    kind = MsgType.CANCEL if cancels else MsgType.UPDATE if of else MsgType.ALERT
    at = SENT + timedelta(minutes=minute)
    return replace(MESSAGE, identifier=name, sent=at, msg_type=kind, references=tuple(each.key for each in of))


FIRST = message("1", 0)
SECOND = message("2", 10, of=(FIRST,))
THIRD = message("3", 20, of=(SECOND,))
OTHER_SECOND = message("2b", 5, of=(FIRST,))
CANCEL = message("4", 30, of=(FIRST,), cancels=True)


def said(asked: CapMessage, *heard: CapMessage) -> list[FindingCode]:
    found = Findings()
    ReceivedMessages(RememberedMessage.of(each) for each in heard).examine(asked, found)
    return [finding.code for finding in found]


def test_in_order_nothing_is_said() -> None:
    assert said(FIRST) == []
    assert said(SECOND, FIRST) == []
    assert said(THIRD, FIRST, SECOND) == []
    assert said(CANCEL, FIRST) == []


def test_the_same_again_is_a_duplicate() -> None:
    assert said(FIRST, FIRST) == [FindingCode.DUPLICATE]
    assert said(FIRST, FIRST, SECOND) == [FindingCode.DUPLICATE]


@pytest.mark.parametrize(
    "changed",
    [
        replace(FIRST, sent=SENT + timedelta(minutes=1)),
        replace(FIRST, status=Status.TEST),
        replace(FIRST, msg_type=MsgType.CANCEL),
    ],
)
def test_an_old_identifier_on_something_new_is_reused(changed: CapMessage) -> None:
    assert said(changed, FIRST) == [FindingCode.IDENTIFIER_REUSED]


def test_the_same_identifier_of_another_sender_is_another_message() -> None:
    assert said(replace(FIRST, sender="b"), FIRST) == []


def test_what_was_replaced_before_it_came_is_superseded() -> None:
    assert said(FIRST, SECOND) == [FindingCode.SUPERSEDED]
    assert said(FIRST, CANCEL) == [FindingCode.SUPERSEDED]
    assert said(SECOND, FIRST, THIRD) == [FindingCode.SUPERSEDED]


def test_an_update_overtaken_by_a_later_one_is_superseded() -> None:
    assert said(OTHER_SECOND, FIRST, SECOND) == [FindingCode.SUPERSEDED]
    assert said(SECOND, FIRST, OTHER_SECOND) == []
    assert said(SECOND, FIRST, CANCEL) == [FindingCode.SUPERSEDED]


def test_an_update_of_something_never_heard_is_marked_and_a_cancel_of_it_ignored() -> None:
    assert said(SECOND) == [FindingCode.REFERENCE_UNKNOWN]
    assert said(CANCEL) == [FindingCode.NOTHING_TO_CANCEL]


def test_one_known_reference_is_enough() -> None:
    assert said(message("5", 40, of=(FIRST, SECOND)), FIRST) == []


def test_an_exercise_touches_nothing_real() -> None:
    drill = replace(CANCEL, status=Status.EXERCISE)
    assert said(drill, FIRST) == [FindingCode.STATUS_CROSSED]
    assert said(replace(SECOND, status=Status.EXERCISE), FIRST) == [FindingCode.STATUS_CROSSED]
    assert said(FIRST, drill) == []
    assert said(SECOND, FIRST, drill) == []


def test_an_acknowledgement_replaces_nothing() -> None:
    ack = replace(MESSAGE, identifier="ack", msg_type=MsgType.ACK, references=(FIRST.key,))
    assert said(FIRST, ack) == []
    assert said(ack) == []


def test_a_message_is_known_by_its_key() -> None:
    assert RememberedMessage.of(FIRST).key == Reference(FIRST.sender, "1", SENT)
