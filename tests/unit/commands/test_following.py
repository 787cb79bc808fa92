from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.commands.lifecycle import (
    BATCH_STEPS,
    COMMAND_STEPS,
    NO_ANSWER,
    NO_RESULT,
    NOT_SENT,
    OPEN,
    RETRY,
    SENDS_MAX,
    SERVER_CODES,
    after,
    answered,
    is_due_again,
    may_be_sent,
    overdue,
    reborn,
    step_of,
)
from devices.commands.model import BatchState, CommandKind, CommandState, CommandStep
from devices.commands.table import SPECS, CommandProof
from devices.protocol.messages import Code, ExecutionState, TestResult
from province.state_machine import final
from scripts.state_diagram import diagram
from tests.unit.commands.commands import NOW, ack, command

DOCUMENT = (Path(__file__).parents[3] / "docs" / "commands.md").read_text(encoding="utf-8")
LATER = NOW + timedelta(seconds=5)


def test_the_diagrams_in_the_document_are_the_tables() -> None:
    drawn = re.findall(r"```mermaid\n(.*?)```", DOCUMENT, re.DOTALL)
    assert drawn == [
        diagram(COMMAND_STEPS, CommandState.QUEUED, (CommandState.DONE,)),
        diagram(BATCH_STEPS, BatchState.WAITING, final(BATCH_STEPS, BatchState)),
    ]


def test_the_servers_codes_are_in_the_document() -> None:
    assert tuple(re.findall(r"^\| `([A-Z_]+)`", DOCUMENT, re.MULTILINE)) == SERVER_CODES


@pytest.mark.parametrize(("state", "step"), list(product(CommandState, CommandStep)))
def test_every_step_from_every_state_is_what_the_table_says_or_nothing(state: CommandState, step: CommandStep) -> None:
    moved = after(command(state=state), step, LATER, code="X")
    wanted = COMMAND_STEPS.get((state, step))
    assert (None if moved is None else moved.state) == wanted
    if moved is not None:
        assert moved.code == "X"
        assert (moved.sent_at, moved.received_at, moved.ended_at) == (
            LATER if step is CommandStep.SEND else None,
            LATER if step is CommandStep.RECEIVE else None,
            LATER if step not in {CommandStep.SEND, CommandStep.RECEIVE} else None,
        )


def test_what_is_done_stays_done() -> None:
    assert not any(state is CommandState.DONE for state, _ in COMMAND_STEPS)
    assert not OPEN & {CommandState.DONE, CommandState.FAILED, CommandState.EXPIRED, CommandState.ABORTED}


@pytest.mark.parametrize(("kind", "standing"), list(product(CommandKind, ExecutionState)))
def test_every_answer_to_every_command_means_one_thing(kind: CommandKind, standing: ExecutionState) -> None:
    step = step_of(command(kind, state=CommandState.SENT, boot="b0"), ack(standing, boot="b0"))
    if standing in {ExecutionState.RECEIVED, ExecutionState.READY, ExecutionState.STARTED}:
        assert step is CommandStep.RECEIVE
    elif standing is ExecutionState.DONE:
        is_word_enough = SPECS[kind].proof in {CommandProof.ANSWER, CommandProof.RESULT, CommandProof.SETTING}
        assert step is (CommandStep.FINISH if is_word_enough else CommandStep.RECEIVE)
    else:
        assert step is CommandStep.FAIL


def test_a_reboot_is_done_by_the_word_of_another_run_only() -> None:
    sent = command(CommandKind.REBOOT, state=CommandState.SENT, boot="b0")
    taken = answered(sent, ack(ExecutionState.DONE, boot="b0"), LATER)
    assert taken is not None
    assert (taken.state, taken.boot) == (CommandState.RECEIVED, "b0")
    done = answered(taken, ack(ExecutionState.DONE, boot="b1"), LATER)
    assert done is not None
    assert done.state is CommandState.DONE


@pytest.mark.parametrize(
    ("state", "boot", "is_done"),
    [
        (CommandState.RECEIVED, "b1", True),
        (CommandState.RECEIVED, "b0", False),
        (CommandState.RECEIVED, "", False),
        # Power may have gone before it had the command.
        (CommandState.SENT, "b1", False),
        (CommandState.DONE, "b1", False),
    ],
)
def test_a_birth_proves_a_reboot_that_was_taken_on(state: CommandState, boot: str, is_done: bool) -> None:
    moved = reborn(command(CommandKind.REBOOT, state=state, boot="b0"), boot, LATER)
    assert (moved is not None and moved.state is CommandState.DONE) == is_done


def test_a_birth_proves_nothing_else() -> None:
    assert reborn(command(CommandKind.RESYNC, state=CommandState.RECEIVED, boot="b0"), "b1", LATER) is None
    assert reborn(command(CommandKind.REBOOT, state=CommandState.RECEIVED), "b1", LATER) is None


def test_a_refusal_fails_with_its_code_and_a_self_test_keeps_what_it_measured() -> None:
    measured = TestResult(audible=True, amp_ma=63, spk="open")
    sent = command(CommandKind.SELFTEST, state=CommandState.SENT)
    failed = answered(sent, ack(ExecutionState.FAILED, "AMP_\x00FAULT", test=measured), LATER)
    assert failed is not None
    assert (failed.state, failed.code, failed.test, failed.ended_at) == (
        CommandState.FAILED,
        "AMP_FAULT",
        measured,
        LATER,
    )
    nameless = answered(sent, ack(ExecutionState.REJECTED), LATER)
    assert nameless is not None
    assert nameless.code == ""


def test_a_second_copy_says_nothing_new() -> None:
    sent = command(state=CommandState.SENT)
    assert answered(sent, ack(ExecutionState.REJECTED, Code.DUPLICATE), LATER) is None
    again = answered(sent, ack(ExecutionState.DONE, Code.DUPLICATE), LATER)
    assert again is not None
    assert (again.state, again.code) == (CommandState.DONE, "")
    assert answered(again, ack(ExecutionState.DONE, Code.DUPLICATE), LATER) is None


@given(st.lists(st.tuples(st.sampled_from(ExecutionState), st.sampled_from(["b0", "b1"])), max_size=8), st.data())
def test_no_word_takes_back_what_is_done(words: list[tuple[ExecutionState, str]], data: st.DataObject) -> None:
    at = command(data.draw(st.sampled_from(CommandKind)), state=CommandState.SENT, boot="b0")
    was_done = False
    for standing, boot in words:
        at = answered(at, ack(standing, boot=boot), LATER) or at
        assert not was_done or at.state is CommandState.DONE
        was_done = at.state is CommandState.DONE


def test_what_could_not_be_sent_in_time_has_expired() -> None:
    waiting = command()
    assert overdue(waiting, waiting.expires_at - timedelta(seconds=1)) is None
    given_up = overdue(waiting, waiting.expires_at)
    assert given_up is not None
    assert (given_up.state, given_up.code) == (CommandState.EXPIRED, NOT_SENT)


def test_what_was_not_answered_expires_when_no_answer_can_come_any_more() -> None:
    sent = command(state=CommandState.SENT, sent_at=NOW)
    end_at = sent.expires_at + SPECS[sent.kind].answer_within
    assert overdue(sent, end_at - timedelta(seconds=1)) is None
    given_up = overdue(sent, end_at)
    assert given_up is not None
    assert (given_up.state, given_up.code) == (CommandState.EXPIRED, NO_ANSWER)


def test_what_was_taken_on_and_never_proved_has_failed() -> None:
    taken = command(CommandKind.LOG, state=CommandState.RECEIVED, received_at=LATER)
    end_at = LATER + SPECS[CommandKind.LOG].answer_within
    assert overdue(taken, end_at - timedelta(seconds=1)) is None
    given_up = overdue(taken, end_at)
    assert given_up is not None
    assert (given_up.state, given_up.code) == (CommandState.FAILED, NO_RESULT)
    assert overdue(replace(taken, received_at=None), end_at) is not None
    assert overdue(given_up, end_at + timedelta(days=1)) is None


@pytest.mark.parametrize("state", CommandState)
def test_only_what_still_holds_is_sent(state: CommandState) -> None:
    each = command(state=state)
    assert may_be_sent(each, NOW) == (state in {CommandState.QUEUED, CommandState.SENT})
    assert not may_be_sent(each, each.expires_at)


def test_silence_is_asked_again_three_times_in_all() -> None:
    sent = command(state=CommandState.SENT, sent_at=NOW, sends=1)
    assert not is_due_again(sent, NOW + RETRY - timedelta(seconds=1))
    assert is_due_again(sent, NOW + RETRY)
    assert not is_due_again(replace(sent, sends=SENDS_MAX), NOW + RETRY)
    assert not is_due_again(replace(sent, state=CommandState.RECEIVED), NOW + RETRY)
    assert not is_due_again(replace(sent, sent_at=None), NOW + RETRY)
    assert not is_due_again(sent, sent.expires_at)
