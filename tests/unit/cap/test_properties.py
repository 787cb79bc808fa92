"""Properties of reading CAP: for any message, and for any bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.cap_fuzz import fuzz
from broadcast.alerts.cap.findings import FindingCode, Findings, Weight
from broadcast.alerts.cap.history import ReceivedMessages, RememberedMessage
from broadcast.alerts.cap.message import CapMessage, CapScope, MsgType, Status
from broadcast.alerts.cap.parser import build
from broadcast.alerts.cap.verdict import Airs, CapVerdict, Circumstances, Judgement, Trust, judge
from cms.exchange.cap.check import check
from cms.exchange.cap.reader import read
from cms.exchange.cap.writer import write
from tests.unit.cap.messages import messages, quick_messages

REFUSING = {MsgType.UPDATE, MsgType.CANCEL, MsgType.ACK, MsgType.ERROR}


def judged(message: CapMessage, given: Circumstances | None = None) -> Judgement:
    return judge(message, Findings(), Trust.VERIFIED, given or Circumstances())


@given(messages())
@settings(max_examples=50, deadline=None)
def test_what_is_written_is_read_again(message: CapMessage) -> None:
    again, found = build(read(write(message)).root)
    assert (list(found), again) == ([], message)


def breaks_a_rule(message: CapMessage) -> bool:
    """Return whether the message breaks a rule, by an independent statement of the rules."""
    names = [(r.sender, r.identifier) for r in message.references]
    return (
        (message.msg_type in REFUSING and not names)
        or (message.scope is CapScope.RESTRICTED and message.restriction == "")
        or (message.scope is CapScope.PRIVATE and message.addresses == ())
        or (message.msg_type is MsgType.CANCEL and any(sender != message.sender for sender, _ in names))
        or (
            message.msg_type in {MsgType.CANCEL, MsgType.UPDATE}
            and (message.sender, message.identifier) in names
            and not message.says_it_is_over
        )
        or (
            message.msg_type in {MsgType.CANCEL, MsgType.UPDATE}
            and any(r.sent > message.sent for r in message.references)
        )
        or (
            message.msg_type in {MsgType.ALERT, MsgType.UPDATE}
            and message.status in {Status.ACTUAL, Status.EXERCISE}
            and not message.infos
        )
    )


@given(quick_messages)
@settings(max_examples=200, deadline=None)
def test_what_the_rules_forbid_is_refused_and_nothing_else(message: CapMessage) -> None:
    assert (judged(message).verdict is CapVerdict.REFUSE) == breaks_a_rule(message)


@given(quick_messages)
@settings(max_examples=200, deadline=None)
def test_only_actual_messages_lead_to_alerts_and_only_exercises_to_drills(message: CapMessage) -> None:
    airs = judged(message).airs
    if airs is not Airs.NOTHING:
        assert message.status in {Status.ACTUAL, Status.EXERCISE}
        assert ("drill" in airs) == (message.status is Status.EXERCISE)
    if message.msg_type is MsgType.CANCEL:
        assert airs in {Airs.NOTHING, Airs.DRAFT_CANCEL, Airs.DRAFT_DRILL_CANCEL}


@given(quick_messages)
@settings(max_examples=100, deadline=None)
def test_the_same_message_again_leads_to_nothing(message: CapMessage) -> None:
    again = judged(message, Circumstances(past=ReceivedMessages([RememberedMessage.of(message)])))
    assert again.airs is Airs.NOTHING


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_answered(document: bytes) -> None:
    assert check(document).verdict is CapVerdict.REFUSE


def test_mutated_documents_are_answered_and_what_is_taken_is_whole() -> None:
    def look(document: bytes, judgement: Judgement) -> None:
        if judgement.verdict is CapVerdict.REFUSE:
            assert judgement.message is None
            return
        message = judgement.message
        assert message is not None, document
        assert not any(finding.weight is Weight.REFUSES for finding in judgement.findings)
        assert check(write(message)).verdict is judgement.verdict

    done = fuzz(1_000, seed=20261020, look=look)
    assert done.raised == []
    assert {CapVerdict.REFUSE, CapVerdict.DRAFT, CapVerdict.IGNORE} == set(done.verdicts)
    assert {FindingCode.NOT_WELL_FORMED, FindingCode.MISSING, FindingCode.BAD_TIME} <= set(done.codes)


def test_what_raises_is_kept_with_the_document_that_caused_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_document: bytes) -> Judgement:
        raise ZeroDivisionError

    monkeypatch.setattr("bench.cap_fuzz.check", broken)
    assert [("ZeroDivisionError" in each) for each in fuzz(2, seed=1).raised] == [True, True]
