"""Device answers to orders: progress on each device, and the proof that the alert was audible."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import ENDED_BEFORE, Order, OrderReach, ReachState
from cms.alerts.messages.alerts import END_SUFFIX
from cms.alerts.repository.orders import Orders
from cms.health.repository.faults import SoundReferences
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.schedule.service import as_run
from devices.health.neighbour_proof import neighbours_db
from devices.health.sound_proof import sound_verdict
from devices.model import Device, DeviceId
from devices.protocol.messages import Ack, AsRunRecord, Code, ExecutionState, Proof
from province.areas import AreaId

STATES = {
    ExecutionState.RECEIVED: ReachState.RECEIVED,
    ExecutionState.READY: ReachState.RECEIVED,
    ExecutionState.STARTED: ReachState.SOUNDING,
    ExecutionState.DONE: ReachState.DONE,
    ExecutionState.CUT: ReachState.CUT,
    ExecutionState.CANCELLED: ReachState.CANCELLED,
    ExecutionState.REJECTED: ReachState.REFUSED,
    ExecutionState.FAILED: ReachState.REFUSED,
    ExecutionState.EXPIRED: ReachState.REFUSED,
}
OF_A_ROUND = frozenset({ReachState.SOUNDING, ReachState.CUT, ReachState.CANCELLED, ReachState.DONE})
_RESULTS = {"done": ReachState.DONE, "cut": ReachState.CUT, "missed": ReachState.REFUSED}
# The device finds itself outside the area, or has no loudspeaker: ignored where no answer was expected, as is the
# answer to an end, which reaches every device of the area.
_STRANGER = frozenset[str]({Code.NOT_TARGET, Code.OUTSIDE, Code.UNSUPPORTED})
_CLOCKLESS = frozenset[str]({Code.NO_CLOCK, Code.FUTURE_IAT, Code.NOT_YET})
TIME_DISBELIEVED: Final = "TIME_DISBELIEVED"
"""Used in place of a reason code: the device's start time is not plausible, so the server's time is stored."""
# A device timestamp that is ahead of the server by more than this is not trusted.
_CLOCK_SLACK = timedelta(hours=1)
# A correct device clock may lag the server's by this much.
_EARLY = timedelta(seconds=2)


class AnswerSender(Protocol):
    """Sender of an answer: a ``Device``, or a record with only these fields."""

    @property
    def id(self) -> DeviceId: ...

    @property
    def name(self) -> str: ...

    @property
    def area_id(self) -> AreaId: ...


class Answers:
    """Collector of one batch's answers within its transaction; ``flush`` writes them all.

    ``known``: orders, stops and live addresses by id, with the instant of issue of orders.
    """

    def __init__(self, unit: UnitOfWork, known: Mapping[str, datetime | None], now: datetime) -> None:
        self._unit = unit
        self._now = now
        self._latest_ms = (now + _CLOCK_SLACK).timestamp() * 1000
        self._known = known
        self._reaches: list[OrderReach] = []
        self._strangers: list[OrderReach] = []
        self._records: list[tuple[Device, AsRunRecord]] = []
        self.without_clock: list[tuple[DeviceId, str]] = []
        """Devices that refused an order because their clock is unset or wrong, with the order's id."""

    def is_about_order(self, ack: Ack) -> bool:
        """Return whether it answers an order, or the end of one."""
        name = ack.cid.removesuffix(END_SUFFIX)
        return name in self._known

    def take(self, device: AnswerSender, ack: Ack) -> None:
        """Add an answer for which ``is_about_order`` is true."""
        is_end = ack.cid.endswith(END_SUFFIX)
        name = ack.cid.removesuffix(END_SUFFIX)
        state = (ReachState.CANCELLED if ack.st is ExecutionState.DONE else None) if is_end else _state_of(ack)
        if state is not None:
            reach = self._reach(
                device,
                name,
                state,
                code=_code_of(ack),
                proof=ack.proof,
                started_at=self._instant(ack.ts) if state is ReachState.SOUNDING else None,
                delay_ms=ack.delay_ms,
                of_round=None if is_end else (ack.round, ack.turn, ack.ts),
                closed_at=self._now if state is ReachState.CANCELLED else None,
            )
            if ack.code in _CLOCKLESS:
                self.without_clock.append((device.id, name))
            (self._strangers if is_end or ack.code in _STRANGER else self._reaches).append(reach)

    def prove(self, device: Device, records: Sequence[AsRunRecord]) -> Sequence[AsRunRecord]:
        """Collect the as-run records of orders and queue their receipts; return the records about something else."""
        ours = [each for each in records if each.item in self._known]
        for each in ours:
            state = _RESULTS.get(each.result)
            if state is not None:
                self._reaches.append(self._sounded(device, each, state))
        if ours:
            self._records += [(device, each) for each in ours]
            self._unit.outbox.add(OutboxKind.RECEIPT, device.id, {"refs": [each.rid for each in ours]})
        return [each for each in records if each not in ours] if ours else records

    def goes_on(self, device: AnswerSender, meant: Iterable[Order], elsewhere: Iterable[str]) -> None:
        """Record what a reconnected device is sent now, so that the next alert retry skips it.

        ``elsewhere``: orders and stops that the device says it is still sounding, though they do not target its area.
        """
        who = device.id, device.name, device.area_id
        self._reaches += [OrderReach(order.id, *who, changed_at=self._now, sent=1) for order in meant]
        self._reaches += [OrderReach(OrderId(name), *who, ReachState.RECEIVED, self._now) for name in elsewhere]

    def flush(self) -> None:
        """Write everything collected."""
        if self._records:
            self._log()
        if self._strangers:
            named = {each.order_id for each in self._strangers}
            who = {each.device_id for each in self._strangers}
            expected = {(each.order_id, each.device_id) for each in self._reaches}
            expected |= self._unit[Orders].places_of(named, who).keys()
            self._reaches += [each for each in self._strangers if (each.order_id, each.device_id) in expected]
            self._strangers = []
        if self._reaches:
            self._unit[Orders].report(self._judged(self._timely(self._reaches)))
            self._reaches = []

    def _log(self) -> None:
        """Write alert playbacks to the as-run log and its hash chain; a stop or a live address is none."""
        orders = self._unit[Orders].get_many({OrderId(each.item) for _, each in self._records})
        told = [
            (who, order, each) for who, each in self._records if (order := orders.get(OrderId(each.item))) is not None
        ]
        self._records = []
        stood = self._unit[Orders].places_of(orders, {device.id for device, _, _ in told})
        as_run.record_alerts(self._unit, told, stood, self._now)

    def _timely(self, reaches: Sequence[OrderReach]) -> list[OrderReach]:
        """Replace start times earlier than the order by the server's time: the device's clock is wrong there."""
        found = []
        for each in reaches:
            issued_at = None if each.started_at is None else self._known.get(each.order_id)
            if issued_at is None or each.started_at is None or each.started_at >= issued_at - _EARLY:
                found.append(each)
                continue
            ended_at = self._now if each.ended_at is not None else None
            code = each.code or TIME_DISBELIEVED
            found.append(replace(each, started_at=self._now, ended_at=ended_at, code=code))
        return found

    def _judged(self, reaches: Sequence[OrderReach]) -> list[OrderReach]:
        """Add the verdict on the measured sound, compared with the box's own reference from commissioning."""
        measured = {each.device_id for each in reaches if each.amp_ma is not None or each.mic_db is not None}
        if not measured:
            return list(reaches)
        known = self._unit[SoundReferences].of(measured)
        return [
            replace(each, sound=sound_verdict(each.amp_ma, each.mic_db, known.get(each.device_id)))
            if each.amp_ma is not None or each.mic_db is not None
            else each
            for each in reaches
        ]

    def _sounded(self, device: AnswerSender, record: AsRunRecord, state: ReachState) -> OrderReach:
        return self._reach(
            device,
            record.item,
            state,
            code=record.code or "",
            proof=record.proof,
            started_at=self._instant(record.started_at),
            ended_at=self._instant(record.ended_at),
            of_round=(record.round, record.turn, record.ended_at or record.planned_at),
        )

    def _reach(
        self,
        device: AnswerSender,
        order_id: str,
        state: ReachState,
        *,
        code: str,
        proof: Proof | None,
        started_at: datetime | None = None,
        ended_at: datetime | None = None,
        delay_ms: int | None = None,
        of_round: tuple[int, int, int] | None,
        closed_at: datetime | None = None,
    ) -> OrderReach:
        """Build the reach. ``of_round``: its number, the turn, and the time; kept if the state belongs to a round."""
        number, turn, latest_ms = of_round if of_round is not None and state in OF_A_ROUND else (0, 0, None)
        return OrderReach(
            order_id=OrderId(order_id),
            device_id=device.id,
            device_name=device.name,
            area_id=device.area_id,
            state=state,
            changed_at=self._now,
            started_at=started_at,
            ended_at=ended_at,
            code=code if code.isprintable() else "".join(sign for sign in code if sign.isprintable()),
            amp_ma=None if proof is None else proof.amp_ma,
            mic_db=None if proof is None else proof.mic_db,
            neighbours_db=None if proof is None else neighbours_db(proof.levels),
            delay_ms=delay_ms,
            closed_at=closed_at,
            round=number,
            turn=turn,
            latest=None if latest_ms is None else state,
            latest_at=self._instant(latest_ms),
        )

    def _instant(self, at_ms: int | None) -> datetime | None:
        """Return the device's timestamp; the time of receipt if the device's clock cannot be trusted."""
        if at_ms is None:
            return None
        return self._now if at_ms > self._latest_ms else datetime.fromtimestamp(at_ms / 1000, UTC)


def _code_of(ack: Ack) -> str:
    """Return the protocol's reason code; a refusal because of an earlier cancellation gets a code of its own."""
    is_over = ack.st is ExecutionState.REJECTED and ack.code == Code.CANCELLED
    return ENDED_BEFORE if is_over else ack.code or ""


def _state_of(ack: Ack) -> ReachState | None:
    """Return the order's state by this answer; None if the answer only reports a duplicate."""
    if ack.code == Code.DUPLICATE and ack.st is ExecutionState.REJECTED:
        return None
    return ReachState.CANCELLED if ack.code == Code.CANCELLED else STATES[ack.st]
