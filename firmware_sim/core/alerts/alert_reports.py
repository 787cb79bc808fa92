"""Reports of alerts: on the board's screen, in answers, and in as-run records."""

from __future__ import annotations

from typing import Final

import msgspec

from devices.protocol.messages import AsRunRecord, Code, Proof, Standing
from firmware_sim.core.alerts.active_alert import ActiveAlert
from firmware_sim.core.alerts.alert_round import AlertRound
from firmware_sim.core.alerts.round_schedule import round_number
from firmware_sim.core.clock.clock import Clock
from firmware_sim.core.effects import ClearText, ShowText
from firmware_sim.core.reports.report_queue import NO_TURN, AlertTurn, ReportQueue
from firmware_sim.core.step import Step

NO_SPEECH: Final = "0" * 64
"""Hash in a record where a tone sounded alone."""


class AlertReports:
    """Reports of one device about its alerts."""

    def __init__(self, step: Step, reports: ReportQueue, clock: Clock) -> None:
        self._step = step
        self._reports = reports
        self._clock = clock
        self._shown = ""

    def show(self, top: ActiveAlert | None) -> None:
        """Show the highest alert in force on the board; None: there is none."""
        shown = top.cid if top is not None else ""
        if shown == self._shown:
            return
        self._shown = shown
        if top is None:
            self._step.do(ClearText())
            return
        alert, until_ms = top.alert, self._clock.to_local(top.command.exp)
        self._step.do(ShowText(alert.head, alert.text, alert.level, top.is_drill, until_ms, alert.calm))

    def stand(
        self,
        alarm: ActiveAlert,
        standing: Standing,
        now: int,
        code: Code | None = None,
        proof: Proof | None = None,
        *,
        ring: AlertRound | None = None,
    ) -> None:
        """Answer with an alert's state and its round; a copy of its command is answered with this state too.

        The state of a later round is not given to copies: the alert was heard to the end by then.
        """
        alarm.is_answered = True
        kept = self._step.known("seen").get(alarm.cid)
        is_of_later = ring is not None and alarm.was_whole and standing is not Standing.DONE
        if isinstance(kept, dict) and (not is_of_later or code is Code.CANCELLED):
            self._step.remember("seen", alarm.cid, {**kept, "st": standing.value})
        turn = NO_TURN if ring is None else _turn(alarm, ring)
        jitter_ms = alarm.command.jitter_ms
        self._reports.answer(alarm.cid, standing, now, code=code, jitter_ms=jitter_ms, proof=proof, turn=turn)

    def remember_open(self, ring: AlertRound) -> None:
        """Save the record that a power cut would leave."""
        record = _as_run(ring.alarm, ring.planned_at, ring.started_at, NO_SPEECH, _turn(ring.alarm, ring))
        self._step.remember("open", ring.item, msgspec.to_builtins(record))

    def round_ended(self, ring: AlertRound, at: int, *, is_whole: bool, proof: Proof | None) -> None:
        """Record one round that was heard, or a part of it."""
        self._step.forget("open", ring.item)
        if ring.started_at is None or at <= ring.started_at:
            return
        lacks_words = ring.is_wordless or ring.is_missing
        code = Code.FETCH_FAILED if lacks_words and (is_whole or ring.is_wordless) else ring.reason
        record = msgspec.structs.replace(
            _as_run(ring.alarm, ring.planned_at, ring.started_at, ring.sha256 or NO_SPEECH, _turn(ring.alarm, ring)),
            result="done" if is_whole else "cut",
            ended_at=at,
            code=None if is_whole and not lacks_words else code,
            proof=proof,
        )
        self._reports.record(record, at)

    def missed(self, alarm: ActiveAlert, reason: Code, now: int) -> None:
        """Record that nothing of an alert was heard until its expiry."""
        record = _as_run(alarm, alarm.handled_at, None, NO_SPEECH)
        self._reports.record(msgspec.structs.replace(record, result="missed", code=reason), now)


def _turn(alarm: ActiveAlert, ring: AlertRound) -> AlertTurn:
    """Return the round by the alert's own schedule, also where it took over its predecessor's round."""
    return AlertTurn(round_number(alarm.alert, ring.begun_at), ring.turn)


def _as_run(
    alarm: ActiveAlert, planned_at: int, started_at: int | None, sha256: str, turn: AlertTurn = NO_TURN
) -> AsRunRecord:
    return AsRunRecord(
        rid="open",
        item=alarm.cid,
        sha256=sha256,
        planned_at=planned_at,
        result="cut",
        started_at=started_at,
        volume_pct=alarm.volume_pct,
        round=turn.round,
        turn=turn.turn,
    )
