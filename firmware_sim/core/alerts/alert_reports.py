"""Reports of alerts: on the board's screen, in answers, and in as-run records."""

from typing import Final

import msgspec

from devices.protocol.messages import AsRunRecord, Code, ExecutionState, Proof
from firmware_sim.core.alerts.active_alert import ActiveAlert, round_number
from firmware_sim.core.alerts.round_player import AlertRound
from firmware_sim.core.component import DevicePart
from firmware_sim.core.effects import ClearText, ShowText
from firmware_sim.core.reports.report_queue import NO_TURN, AlertTurn

NO_SPEECH: Final = "0" * 64
"""Hash in a record where a tone sounded alone."""


class AlertReports(DevicePart):
    """Reports of one device about its alerts."""

    def _set_up(self) -> None:
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
        content, until_ms = top.content, self._clock.to_local(top.command.exp)
        self._step.do(ShowText(content.head, content.text, content.level, top.is_drill, until_ms, content.calm))

    def report(
        self,
        alert: ActiveAlert,
        standing: ExecutionState,
        now: int,
        code: Code | None = None,
        proof: Proof | None = None,
        *,
        playing: AlertRound | None = None,
    ) -> None:
        """Answer with an alert's state and its round; a copy of its command is answered with this state too.

        The state of a later round is not given to copies: the alert was heard to the end by then.
        """
        alert.is_answered = True
        kept = self._step.known("seen").get(alert.cid)
        is_of_later = playing is not None and alert.was_whole and standing is not ExecutionState.DONE
        if isinstance(kept, dict) and (not is_of_later or code is Code.CANCELLED):
            self._step.remember("seen", alert.cid, {**kept, "st": standing.value})
        turn = NO_TURN if playing is None else _turn(alert, playing)
        jitter_ms = alert.command.jitter_ms
        self._reports.answer(alert.cid, standing, now, code=code, jitter_ms=jitter_ms, proof=proof, turn=turn)

    def remember_open(self, playing: AlertRound) -> None:
        """Save the record that a power cut would leave."""
        alert = playing.alert
        record = _as_run(alert, playing.planned_at, playing.started_at, NO_SPEECH, _turn(alert, playing))
        self._step.remember("open", playing.item, msgspec.to_builtins(record))

    def round_ended(self, playing: AlertRound, at: int, *, is_whole: bool, proof: Proof | None) -> None:
        """Record one round that was heard, or a part of it."""
        self._step.forget("open", playing.item)
        if playing.started_at is None or at <= playing.started_at:
            return
        lacks_speech = playing.is_speechless or playing.is_missing
        code = Code.FETCH_FAILED if lacks_speech and (is_whole or playing.is_speechless) else playing.reason
        alert, sha256 = playing.alert, playing.sha256 or NO_SPEECH
        record = msgspec.structs.replace(
            _as_run(alert, playing.planned_at, playing.started_at, sha256, _turn(alert, playing)),
            result="done" if is_whole else "cut",
            ended_at=at,
            code=None if is_whole and not lacks_speech else code,
            proof=proof,
        )
        self._reports.record(record, at)

    def missed(self, alert: ActiveAlert, reason: Code, now: int) -> None:
        """Record that nothing of an alert was heard until its expiry."""
        record = _as_run(alert, alert.handled_at, None, NO_SPEECH)
        self._reports.record(msgspec.structs.replace(record, result="missed", code=reason), now)


def _turn(alert: ActiveAlert, playing: AlertRound) -> AlertTurn:
    """Return the round by the alert's own schedule, also where it took over its predecessor's round."""
    return AlertTurn(round_number(alert.content, playing.begun_at), playing.turn)


def _as_run(
    alert: ActiveAlert, planned_at: int, started_at: int | None, sha256: str, turn: AlertTurn = NO_TURN
) -> AsRunRecord:
    return AsRunRecord(
        rid="open",
        item=alert.cid,
        sha256=sha256,
        planned_at=planned_at,
        result="cut",
        started_at=started_at,
        volume_pct=alert.volume_pct,
        round=turn.round,
        turn=turn.turn,
    )
