"""Reports of a device: answers in batches, events, and as-run records until their receipt."""

import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Final, NamedTuple

import msgspec

from devices.protocol import codec, topics
from devices.protocol.limits import ITEMS_MAX, RAISED_ALERTS_MAX
from devices.protocol.messages import (
    Ack,
    AsRunRecord,
    Code,
    Command,
    CommandType,
    DeviceEvent,
    ExecutionState,
    LocalOrderReport,
    Proof,
    RaisedAlert,
    TestResult,
    Wire,
)
from firmware_sim.core.clock.clock import NEVER_MS, Clock, Moment
from firmware_sim.core.component import Component
from firmware_sim.core.effects import Publish
from firmware_sim.core.events import Connected, Disconnected, Event
from firmware_sim.core.maintenance.device_log import DeviceLog
from firmware_sim.core.step import Step

DAY_S: Final = 86_400
_RAISED: Final = "raised"
RECORDS_PER_EVENT: Final = 20
PARTS_PER_RECORD: Final = 4
"""This many parts of a relay take a record's place in an event."""
UNSENT_MAX: Final = 500
"""Answers kept while offline: items are announced again on connect and commands are asked again, so old ones may go."""
RESEND_FIRST_MS: Final = 5_000
RESEND_MAX_MS: Final = 600_000
RECORDS_WITHIN_MS: Final = 2_000
"""A record waits for its device's share of this: after a cancel, records must not queue ahead of the cancels."""
DISTRUST_EVERY_MS: Final = 2_000
"""Security events of one kind are at least this far apart: a flood of garbage must not become a flood of reports."""


class AlertTurn(NamedTuple):
    """Position of an alert that sounds: the round of its schedule, and how often it has begun on this device."""

    round: int = 0
    turn: int = 0


NO_TURN: Final = AlertTurn()


class _DueAnswer(NamedTuple):
    """Answer that waits for its moment; it is numbered when it is sent."""

    due_at: int
    standing: ExecutionState
    stamp: int
    cid: str = ""
    code: Code | None = None
    proof: Proof | None = None
    delay_ms: int | None = None
    test: TestResult | None = None
    turn: AlertTurn = NO_TURN
    items: tuple[str, ...] = ()
    plan: str = ""


class ReportQueue(Component):
    """Outgoing reports of one boot; each is written to the device's ``log`` too."""

    EVENTS = (Connected, Disconnected)
    COMMANDS = (CommandType.RECEIPT,)
    RUNS_WITHOUT_TIME = True

    def __init__(self, step: Step, clock: Clock, log: DeviceLog, device_id: str, *, boot: str, fw: str) -> None:
        self._step = step
        self._clock = clock
        self._log = log
        self._device_id = device_id
        self._share = zlib.crc32(device_id.encode())
        self.boot = boot
        self._firmware = fw
        self._is_online = False
        self._answers = 0
        self._records = 0
        self._acks: deque[_DueAnswer] = deque(maxlen=UNSENT_MAX)
        self._facts: deque[DeviceEvent] = deque(maxlen=UNSENT_MAX)
        self._first_due_at = NEVER_MS
        self._resend_at = NEVER_MS
        self._resend_after_ms = RESEND_FIRST_MS
        self._distrusted: dict[str, int] = {}

    @property
    def pending_records(self) -> int:
        return len(self._step.known("record"))

    def answer(
        self,
        cid: str,
        standing: ExecutionState,
        now: int,
        *,
        code: Code | None = None,
        jitter_ms: int = 0,
        proof: Proof | None = None,
        delay_ms: int | None = None,
        test: TestResult | None = None,
        turn: AlertTurn = NO_TURN,
    ) -> None:
        """Answer a command; an unsent answer to the same command that says less is replaced."""
        self._log.write(now, f"answer {cid} {standing} {code or ''}".rstrip())
        due = _DueAnswer(now + self.share_ms(jitter_ms), standing, now, cid, code, proof, delay_ms, test, turn)
        for place, waiting in enumerate(self._acks):
            if cid and _overtakes(due, waiting):
                self._acks[place] = due._replace(due_at=min(due.due_at, waiting.due_at))
                return
        self._put(due)

    def announce(
        self, standing: ExecutionState, items: Iterable[str], plan: str, now: int, code: Code | None = None
    ) -> None:
        """Report the state of planned items."""
        names = sorted(items)
        for first in range(0, len(names), ITEMS_MAX):
            batch = tuple(names[first : first + ITEMS_MAX])
            self._put(_DueAnswer(now, standing, now, code=code, items=batch, plan=plan))

    def add_event(self, kind: str, code: str, detail: str, now: int) -> None:
        """Report an event: security or fault."""
        self._log.write(now, f"{kind} {code} {detail}")
        self._facts.append(DeviceEvent(v=1, type=kind, ts=now, boot=self.boot, code=code, detail=detail[:300]))

    def distrust(self, topic: str, code: Code, now: int) -> None:
        """Report a message that could not be trusted or read, on a topic; once in a while for each code."""
        if self.suspect(topic, code, now):
            self._put(_DueAnswer(now, ExecutionState.REJECTED, now, code=code))

    def suspect(self, topic: str, code: Code, now: int) -> bool:
        """Report a forbidden attempt; False where the same was reported a moment ago."""
        if now - self._distrusted.get(code, -DISTRUST_EVERY_MS) < DISTRUST_EVERY_MS:
            return False
        self._distrusted[code] = now
        self.add_event("security", code, topic, now)
        return True

    def record(self, record: AsRunRecord, now: int) -> None:
        """Keep a record until its receipt, and send it as soon as possible."""
        self._log.write(now, f"as-run {record.item} {record.result} {record.code or ''}".rstrip())
        self._records += 1
        named = msgspec.structs.replace(record, rid=f"{self.boot}-{self._records}")
        self._step.remember("record", named.rid, msgspec.to_builtins(named))
        self._resend_at = min(self._resend_at, now + self.share_ms(RECORDS_WITHIN_MS))
        self._resend_after_ms = RESEND_FIRST_MS

    def raised(self, alert: RaisedAlert, now: int) -> None:
        """Keep the report of an alert raised here until its receipt, and send it at once."""
        self._log.write(now, f"raised {alert.cid} {alert.order}")
        self._step.remember(_RAISED, alert.cid, msgspec.to_builtins(alert))
        self._resend_at = now
        self._resend_after_ms = RESEND_FIRST_MS

    def untold(self) -> AbstractSet[str]:
        """Return the ids of alerts raised here that the server has not confirmed yet."""
        return self._step.known(_RAISED).keys()

    def tell_local(self, report: LocalOrderReport, now: int) -> None:
        """Report the local orders that are held."""
        self._facts.append(DeviceEvent(v=1, type="local", ts=max(0, now), boot=self.boot, local=report))

    def obey(self, command: Command, source: bytes, now: int) -> None:
        """Forget records and raised alerts that the server has received."""
        for rid in command.refs:
            self._step.forget("record", rid)
            self._step.forget(_RAISED, rid)
        self._resend_after_ms = RESEND_FIRST_MS

    def handle(self, event: Event, at: Moment) -> None:
        self._is_online = isinstance(event, Connected)
        self._log.write(at.stamp, "connected" if self._is_online else "connection lost")
        if self._is_online:
            self._resend_at = at.stamp

    def advance(self, now: int) -> None:
        """Publish the reports that are due, if online."""
        if not self._is_online:
            return
        is_due = self._resend_at <= now
        if is_due:
            self._send_raised(now)  # before the answers about them
        if self._first_due_at <= now:
            self._send_answers(now)
        while self._facts:
            self._publish(topics.device_event(self._device_id), self._facts.popleft())
        if is_due:
            self._send_records(now)

    def next_at(self, now: int) -> int:
        return min(self._first_due_at, self._resend_at) if self._is_online else NEVER_MS

    def _put(self, due: _DueAnswer) -> None:
        self._acks.append(due)
        self._first_due_at = min(self._first_due_at, due.due_at)

    def _send_answers(self, now: int) -> None:
        topic = topics.device_ack(self._device_id)
        for due in [due for due in self._acks if due.due_at <= now]:
            self._acks.remove(due)
            self._publish(topic, self._ack(due))
        self._first_due_at = min((due.due_at for due in self._acks), default=NEVER_MS)

    def _send_raised(self, now: int) -> None:
        raised = [msgspec.convert(raw, RaisedAlert) for raw in self._step.known(_RAISED).values()]
        for first in range(0, len(raised), RAISED_ALERTS_MAX):
            report = LocalOrderReport(raised=raised[first : first + RAISED_ALERTS_MAX])
            event = DeviceEvent(v=1, type="local", ts=max(0, now), boot=self.boot, local=report)
            self._publish(topics.device_event(self._device_id), event)

    def _send_records(self, now: int) -> None:
        records = [msgspec.convert(raw, AsRunRecord) for raw in self._step.known("record").values()]
        for batch in _batches(records):
            event = DeviceEvent(v=1, type="asrun", ts=now, boot=self.boot, records=batch)
            self._publish(topics.device_event(self._device_id), event)
        if records or self.untold():
            self._resend_at = now + self._resend_after_ms + self.share_ms(self._resend_after_ms // 2)
            self._resend_after_ms = min(self._resend_after_ms * 2, RESEND_MAX_MS)
        else:
            self._resend_at = NEVER_MS

    def _publish(self, topic: str, body: Wire) -> None:
        self._step.do(Publish(topic, codec.encode(body), expiry_s=DAY_S))

    def _ack(self, due: _DueAnswer) -> Ack:
        self._answers += 1
        return Ack(
            v=1,
            st=due.standing,
            ts=max(0, due.stamp),
            n=self._answers,
            boot=self.boot,
            cid=due.cid,
            items=list(due.items),
            plan=due.plan,
            code=due.code,
            clk_ms=self._clock.error_ms,
            fw=self._firmware,
            proof=due.proof,
            delay_ms=due.delay_ms,
            test=due.test,
            round=due.turn.round,
            turn=due.turn.turn,
        )

    def share_ms(self, within_ms: int) -> int:
        """Return this device's own, steady share of a span: thousands must not answer in one instant."""
        return self._share % (within_ms + 1)


def _overtakes(due: _DueAnswer, waiting: _DueAnswer) -> bool:
    """Return whether an answer replaces a waiting one. DONE is always sent, and so is the state of either turn."""
    if waiting.cid != due.cid or waiting.standing is ExecutionState.DONE or waiting.turn not in (NO_TURN, due.turn):
        return False
    return codec.RANK[waiting.standing] < codec.RANK[due.standing]


def _batches(records: Iterable[AsRunRecord]) -> Iterator[list[AsRunRecord]]:
    """Yield as many records at a time as fit a message."""
    batch: list[AsRunRecord] = []
    room = RECORDS_PER_EVENT
    for record in records:
        needs = 1 + (0 if record.relayed is None else len(record.relayed.parts) // PARTS_PER_RECORD)
        if batch and needs > room:
            yield batch
            batch, room = [], RECORDS_PER_EVENT
        batch.append(record)
        room -= needs
    if batch:
        yield batch
