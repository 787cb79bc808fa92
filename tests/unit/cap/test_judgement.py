from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from broadcast.alerts.cap.findings import FindingCode, Findings
from broadcast.alerts.cap.history import ReceivedMessages, RememberedMessage
from broadcast.alerts.cap.message import CapArea, CapMessage, CapScope, MsgType, ResponseType, Status, Urgency
from broadcast.alerts.cap.verdict import (
    IMPOSED_MS,
    Airs,
    CapVerdict,
    Circumstances,
    Judgement,
    MessageKind,
    Trust,
    ends_at,
    judge,
)
from tests.unit.cap.messages import FIRST, INFO, MESSAGE, SENDER, SENT

OVER = replace(INFO, urgency=Urgency.PAST)
DRILL = {Airs.DRAFT_DRILL, Airs.DRAFT_DRILL_UPDATE, Airs.DRAFT_DRILL_CANCEL, Airs.DRAFT_DRILL_ALL_CLEAR}
UPDATE = replace(MESSAGE, msg_type=MsgType.UPDATE, references=(FIRST,))
CANCEL = replace(MESSAGE, msg_type=MsgType.CANCEL, references=(FIRST,), infos=())


def verdict(message: CapMessage, trust: Trust = Trust.UNSIGNED, **given: object) -> Judgement:
    return judge(message, Findings(), trust, Circumstances(**given))  # type: ignore[arg-type]


def codes(judgement: Judgement) -> set[FindingCode]:
    return {finding.code for finding in judgement.findings}


TABLE = {
    (Status.ACTUAL, MsgType.ALERT): (MessageKind.ALERT, Airs.DRAFT_ALERT),
    (Status.ACTUAL, MsgType.UPDATE): (MessageKind.UPDATE, Airs.DRAFT_UPDATE),
    (Status.ACTUAL, MsgType.CANCEL): (MessageKind.CANCEL, Airs.DRAFT_CANCEL),
    (Status.ACTUAL, MsgType.ACK): (MessageKind.ACK, Airs.NOTHING),
    (Status.ACTUAL, MsgType.ERROR): (MessageKind.ERROR, Airs.NOTHING),
    (Status.EXERCISE, MsgType.ALERT): (MessageKind.EXERCISE, Airs.DRAFT_DRILL),
    (Status.EXERCISE, MsgType.UPDATE): (MessageKind.EXERCISE, Airs.DRAFT_DRILL_UPDATE),
    (Status.EXERCISE, MsgType.CANCEL): (MessageKind.EXERCISE, Airs.DRAFT_DRILL_CANCEL),
    (Status.EXERCISE, MsgType.ACK): (MessageKind.ACK, Airs.NOTHING),
    (Status.EXERCISE, MsgType.ERROR): (MessageKind.ERROR, Airs.NOTHING),
}


@pytest.mark.parametrize(("status", "msg_type"), list(product(Status, MsgType)))
def test_every_status_and_type_leads_where_the_table_says(status: Status, msg_type: MsgType) -> None:
    message = replace(MESSAGE, status=status, msg_type=msg_type, references=(FIRST,))
    silent = {Status.SYSTEM: MessageKind.SYSTEM, Status.TEST: MessageKind.TEST, Status.DRAFT: MessageKind.DRAFT}
    kind, airs = TABLE.get((status, msg_type), (silent.get(status), Airs.NOTHING))
    found = verdict(message)
    assert (found.kind, found.airs) == (kind, airs)
    assert found.verdict is (CapVerdict.IGNORE if airs is Airs.NOTHING else CapVerdict.DRAFT)


def test_a_heartbeat_is_a_system_alert_that_says_nothing() -> None:
    beat = replace(MESSAGE, status=Status.SYSTEM, infos=(), references=(FIRST,))
    assert verdict(beat).kind is MessageKind.HEARTBEAT
    assert verdict(replace(beat, msg_type=MsgType.UPDATE)).kind is MessageKind.SYSTEM


@pytest.mark.parametrize("msg_type", [MsgType.ALERT, MsgType.UPDATE])
@pytest.mark.parametrize("over", [OVER, replace(INFO, response_types=(ResponseType.ALL_CLEAR,))])
def test_an_all_clear_comes_as_urgency_past_or_as_response_all_clear(msg_type: MsgType, over: object) -> None:
    message = replace(MESSAGE, msg_type=msg_type, references=(FIRST,), infos=(over,))  # type: ignore[arg-type]
    assert (verdict(message).kind, verdict(message).airs) == (MessageKind.ALL_CLEAR, Airs.DRAFT_ALL_CLEAR)
    drill = replace(message, status=Status.EXERCISE)
    assert (verdict(drill).kind, verdict(drill).airs) == (MessageKind.EXERCISE, Airs.DRAFT_DRILL_ALL_CLEAR)


def test_over_for_some_is_not_an_all_clear() -> None:
    found = verdict(replace(UPDATE, infos=(OVER, INFO)))
    assert found.airs is Airs.DRAFT_UPDATE
    assert FindingCode.ALL_CLEAR_IN_PART in codes(found)


@pytest.mark.parametrize(
    ("trust", "expected"),
    [
        (Trust.UNSIGNED, (CapVerdict.DRAFT, FindingCode.UNSIGNED)),
        (Trust.SIGNER_UNKNOWN, (CapVerdict.DRAFT, FindingCode.SIGNER_UNKNOWN)),
        (Trust.MISSING, (CapVerdict.DRAFT, FindingCode.SIGNATURE_MISSING)),
        (Trust.INVALID, (CapVerdict.REFUSE, FindingCode.SIGNATURE_INVALID)),
        (Trust.VERIFIED, (CapVerdict.ACCEPT, FindingCode.VERIFIED)),
    ],
)
def test_trust_decides_between_draft_and_accept(trust: Trust, expected: tuple[CapVerdict, FindingCode]) -> None:
    found = verdict(MESSAGE, trust)
    assert (found.verdict, found.code) == expected


def test_a_verified_test_is_ignored_all_the_same() -> None:
    assert verdict(replace(MESSAGE, status=Status.TEST), Trust.VERIFIED).verdict is CapVerdict.IGNORE


def test_what_could_not_be_read_is_of_unknown_kind() -> None:
    found = Findings()
    found.add(FindingCode.DOCTYPE)
    judgement = judge(None, found, Trust.UNSIGNED, Circumstances())
    assert (judgement.verdict, judgement.kind, judgement.code) == (
        CapVerdict.REFUSE,
        MessageKind.UNKNOWN,
        FindingCode.DOCTYPE,
    )
    assert judgement.starts_at(SENT) == SENT


def test_parts_that_could_not_be_read_are_not_called_missing() -> None:
    found = Findings()
    found.add(FindingCode.BAD_REFERENCES)
    judgement = judge(replace(UPDATE, references=(), infos=()), found, Trust.UNSIGNED, Circumstances())
    assert codes(judgement).isdisjoint({FindingCode.REFERENCES_MISSING, FindingCode.NO_INFO})


def test_it_is_over_when_the_last_of_its_parts_has_expired() -> None:
    message = replace(MESSAGE, infos=(INFO, replace(INFO, expires=SENT + timedelta(hours=9))))
    assert verdict(message, now=SENT + timedelta(hours=9)).verdict is CapVerdict.DRAFT
    assert verdict(message, now=SENT + timedelta(hours=9, seconds=1)).code is FindingCode.EXPIRED


def test_a_message_without_an_end_gets_one() -> None:
    message = replace(MESSAGE, infos=(replace(INFO, expires=None),))
    assert ends_at(message) == SENT + timedelta(milliseconds=IMPOSED_MS)
    found = verdict(message, now=SENT + timedelta(minutes=2), imposed_ms=60_000)
    assert found.code is FindingCode.EXPIRED
    assert FindingCode.EXPIRES_MISSING in codes(found)


def test_a_cancel_does_not_expire() -> None:
    late = SENT + timedelta(days=9)
    assert verdict(CANCEL, now=late).airs is Airs.DRAFT_CANCEL
    assert verdict(replace(CANCEL, infos=(replace(INFO, expires=None),)), now=late).airs is Airs.DRAFT_CANCEL


def test_what_begins_later_is_scheduled() -> None:
    onset = SENT + timedelta(hours=2)
    found = verdict(replace(MESSAGE, infos=(replace(INFO, onset=onset), INFO)))
    assert FindingCode.ONSET_LATER in codes(found)
    assert found.starts_at(SENT) == onset
    assert found.starts_at(onset + timedelta(hours=1)) == onset + timedelta(hours=1)
    assert FindingCode.ONSET_LATER not in codes(verdict(found.message or MESSAGE, now=onset))


def test_a_message_from_the_future_is_marked() -> None:
    assert FindingCode.SENT_LATER in codes(verdict(MESSAGE, now=SENT - timedelta(hours=1)))


def test_a_refused_message_is_not_looked_up_in_the_past() -> None:
    found = verdict(replace(UPDATE, references=()), past=ReceivedMessages([RememberedMessage.of(UPDATE)]))
    assert found.code is FindingCode.REFERENCES_MISSING
    assert FindingCode.DUPLICATE not in codes(found)


def test_superiors_may_cancel_and_update_below_them() -> None:
    foreign = replace(CANCEL, sender="tinh@lamdong.example.vn")
    assert verdict(foreign).code is FindingCode.FOREIGN_REFERENCE
    below = {"tinh@lamdong.example.vn": frozenset({SENDER})}
    assert verdict(foreign, superiors=below).airs is Airs.DRAFT_CANCEL
    update = replace(UPDATE, sender="tinh@lamdong.example.vn")
    assert FindingCode.FOREIGN_UPDATE in codes(verdict(update))
    assert FindingCode.FOREIGN_UPDATE not in codes(verdict(update, superiors=below))


def test_people_are_told_what_may_mislead_them() -> None:
    odd = replace(
        INFO, headline="", description="Nước <b>lên</b>", onset=SENT + timedelta(hours=6), areas=(CapArea("x"),)
    )
    found = codes(verdict(replace(MESSAGE, status=Status.EXERCISE, restriction="x", infos=(odd,))))
    assert {
        FindingCode.MARKUP,
        FindingCode.EXPIRES_BEFORE_ONSET,
        FindingCode.NO_SHAPE,
        FindingCode.NOTE_MISSING,
        FindingCode.RESTRICTION_UNUSED,
    } <= found
    mute = replace(INFO, headline="", description="", areas=())
    assert {FindingCode.NO_WORDS, FindingCode.NO_AREA} <= codes(verdict(replace(MESSAGE, infos=(mute,))))
    assert FindingCode.NOT_PUBLIC in codes(verdict(replace(MESSAGE, scope=CapScope.PRIVATE, addresses=("x",))))
