"""Life cycles of a remote command and of a batch: two tables of states, and the step that each answer means."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from devices.commands.model import BatchState, BatchStep, CommandKind, CommandState, CommandStep, RemoteCommand
from devices.commands.table import SPECS, CommandProof
from devices.protocol.messages import Ack, Code, ExecutionState

_C, _S = CommandState, CommandStep
COMMAND_STEPS: Final[Mapping[tuple[CommandState, CommandStep], CommandState]] = {
    (_C.QUEUED, _S.SEND): _C.SENT,
    (_C.QUEUED, _S.EXPIRE): _C.EXPIRED,
    (_C.QUEUED, _S.ABORT): _C.ABORTED,
    # A gateway may die between sending and storing it: the device's answer counts all the same.
    (_C.QUEUED, _S.RECEIVE): _C.RECEIVED,
    (_C.QUEUED, _S.FINISH): _C.DONE,
    (_C.QUEUED, _S.FAIL): _C.FAILED,
    (_C.SENT, _S.SEND): _C.SENT,
    (_C.SENT, _S.RECEIVE): _C.RECEIVED,
    (_C.SENT, _S.FINISH): _C.DONE,
    (_C.SENT, _S.FAIL): _C.FAILED,
    (_C.SENT, _S.EXPIRE): _C.EXPIRED,
    (_C.RECEIVED, _S.FINISH): _C.DONE,
    (_C.RECEIVED, _S.FAIL): _C.FAILED,
    # Answers to an abandoned command that arrive late.
    (_C.FAILED, _S.FINISH): _C.DONE,
    (_C.EXPIRED, _S.FINISH): _C.DONE,
    (_C.EXPIRED, _S.FAIL): _C.FAILED,
    (_C.ABORTED, _S.FINISH): _C.DONE,
}
_B, _T = BatchState, BatchStep
BATCH_STEPS: Final[Mapping[tuple[BatchState, BatchStep], BatchState]] = {
    (_B.WAITING, _T.AGREE): _B.RUNNING,
    (_B.WAITING, _T.REFUSE): _B.REFUSED,
    (_B.WAITING, _T.ABORT): _B.ABORTED,
    (_B.WAITING, _T.LAPSE): _B.LAPSED,
    (_B.RUNNING, _T.ABORT): _B.ABORTED,
    (_B.RUNNING, _T.END): _B.ENDED,
}
OPEN: Final = frozenset({_C.QUEUED, _C.SENT, _C.RECEIVED})
"""States in which an outcome may still arrive."""
NOT_SENT: Final = "NOT_SENT"
"""The server's own code: it could not be sent before it expired; the device was on air, or the gateway stood still."""
NO_ANSWER: Final = "NO_ANSWER"
"""It was sent, and the device did not answer before it expired."""
NO_RESULT: Final = "NO_RESULT"
"""The device accepted it, and the proof that it was done never arrived."""
GONE: Final = "GONE"
"""The device was taken out of service before it was sent."""
NOT_ENTITLED: Final = "NOT_ENTITLED"
"""The person who asked may not manage this device any more."""
NOT_SIGNED: Final = "NOT_SIGNED"
"""The signer refuses the message, now and later."""
SPOILT: Final = "SPOILT"
"""The log arrived, and its bytes do not match its hash."""
AS_IT_IS: Final = "AS_IT_IS"
"""The device's setting had changed by the time another person agreed: nothing was left to set."""
SERVER_CODES: Final = (NOT_SENT, NO_ANSWER, NO_RESULT, GONE, NOT_ENTITLED, NOT_SIGNED, SPOILT, AS_IT_IS)
SENDS_MAX: Final = 3
RETRY: Final = timedelta(seconds=30)
_TAKEN: Final = frozenset({ExecutionState.RECEIVED, ExecutionState.READY, ExecutionState.STARTED})


def after(command: RemoteCommand, step: CommandStep, at: datetime, *, code: str = "") -> RemoteCommand | None:
    """Return the command after ``step``; None where the table has no such step, and nothing changes."""
    state = COMMAND_STEPS.get((command.state, step))
    if state is None:
        return None
    sends = command.sends + (step is CommandStep.SEND)
    moved = replace(command, state=state, code=code, sends=sends)
    if step is CommandStep.SEND:
        return replace(moved, sent_at=at)
    if step is CommandStep.RECEIVE:
        return replace(moved, received_at=at)
    return replace(moved, ended_at=at)


def answered(command: RemoteCommand, ack: Ack, at: datetime) -> RemoteCommand | None:
    """Return the command after its device's answer, stored at ``at``; None where the answer changes nothing."""
    step = step_of(command, ack)
    if step is None:
        return None
    code = (ack.code or "") if step is CommandStep.FAIL else ""
    moved = after(command, step, at, code="".join(sign for sign in code if sign.isprintable()))
    if moved is None:
        return None
    if step is CommandStep.RECEIVE:
        return replace(moved, boot=ack.boot)
    return replace(moved, test=ack.test or moved.test)


def step_of(command: RemoteCommand, ack: Ack) -> CommandStep | None:
    """Return the step that an answer means for this command; None for the refusal of a second copy."""
    if ack.st in _TAKEN:
        return CommandStep.RECEIVE
    if ack.st is ExecutionState.DONE:
        return _done(command, ack.boot)
    return None if ack.code == Code.DUPLICATE and ack.st is ExecutionState.REJECTED else CommandStep.FAIL


def reborn(command: RemoteCommand, boot: str, at: datetime) -> RemoteCommand | None:
    """Return the command after a birth under ``boot``: a reboot that the device had taken on is done."""
    if command.kind is not CommandKind.REBOOT or command.state is not CommandState.RECEIVED:
        return None
    return after(command, CommandStep.FINISH, at) if is_another_run(command, boot) else None


def is_another_run(command: RemoteCommand, boot: str) -> bool:
    return bool(boot) and bool(command.boot) and boot != command.boot


def overdue(command: RemoteCommand, now: datetime) -> RemoteCommand | None:
    """Return the command given up, where its time has passed; None where it has not."""
    within = SPECS[command.kind].answer_within
    match command.state:
        case CommandState.QUEUED if now >= command.expires_at:
            return after(command, CommandStep.EXPIRE, now, code=NOT_SENT)
        case CommandState.SENT if now >= command.expires_at + within:
            return after(command, CommandStep.EXPIRE, now, code=NO_ANSWER)
        case CommandState.RECEIVED if now >= (command.received_at or command.queued_at) + within:
            return after(command, CommandStep.FAIL, now, code=NO_RESULT)
        case _:
            return None


def may_be_sent(command: RemoteCommand, now: datetime) -> bool:
    """Return whether it is still wanted, and still holds; checked at each send."""
    return command.state in (CommandState.QUEUED, CommandState.SENT) and now < command.expires_at


def is_due_again(command: RemoteCommand, now: datetime) -> bool:
    """Return whether a device that is connected gets the command once more."""
    return (
        command.state is CommandState.SENT
        and command.sends < SENDS_MAX
        and command.sent_at is not None
        and now >= command.sent_at + RETRY
        and now < command.expires_at
    )


def _done(command: RemoteCommand, boot: str) -> CommandStep:
    proof = SPECS[command.kind].proof
    match proof:
        case CommandProof.ANSWER | CommandProof.RESULT | CommandProof.SETTING:
            return CommandStep.FINISH
        case CommandProof.REBIRTH:
            return CommandStep.FINISH if is_another_run(command, boot) else CommandStep.RECEIVE
        case CommandProof.SYNC | CommandProof.FILE:
            return CommandStep.RECEIVE
        case _:
            assert_never(proof)
