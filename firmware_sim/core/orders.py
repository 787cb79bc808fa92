"""Signed commands: the verdict, the answer, and what is done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from devices.protocol import quiet, verdict
from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import Audio, Code, Command, CommandType, Desired, Play, Standing
from devices.protocol.verdict import ALERT_PRIO
from firmware_sim.core.effects import Restart
from firmware_sim.core.events import Delivered
from firmware_sim.core.reports import Reports
from firmware_sim.core.sounding import Sounding
from firmware_sim.core.speaker import Speaker
from firmware_sim.core.step import Step

SEEN_MAX: Final = 5_000
"""Ids remembered at once: a sender that fills a device's flash is refused instead."""


class Orders:
    """Judges commands and carries them out."""

    def __init__(self, step: Step, reports: Reports, speaker: Speaker, device_id: str) -> None:
        self._step = step
        self._reports = reports
        self._speaker = speaker
        self._device_id = device_id
        self.on_play: Callable[[Sounding], None] = lambda _: None
        self.on_resync: Callable[[int], None] = lambda _: None
        self.obeyed = 0

    def power_on(self) -> None:
        """Take up the accepted plays that had not sounded yet."""
        for kept in list(self._step.known("play").values()):
            command = msgspec.convert(kept, Command)
            if command.content is not None and command.play is not None:
                self._take_on(command, command.content, command.play, command.play.start_at)

    def receive(
        self, message: Delivered, *, keys: TrustedKeys, desired: Desired | None, now: int | None, told_at: int
    ) -> None:
        """Obey or refuse. ``told_at`` stamps the answer where ``now`` is unknown."""
        found = verdict.weigh(
            message.payload,
            keys,
            device_id=self._device_id,
            areas=desired.areas if desired else (),
            groups=desired.groups if desired else (),
            now_ms=now,
            seen=self._step.known("seen"),
            cancelled=self._step.known("cancelled"),
            holding_prio=self._speaker.holding_prio,
        )
        command, refusal = found.command, found.refusal
        if command is None:
            self._reports.distrust(message.topic, refusal or Code.MALFORMED, told_at)
            return
        if refusal is None and now is not None:
            refusal = self._cannot(command, desired, now)
        if refusal is not None or now is None:
            self._refuse(command, refusal or Code.NO_CLOCK, told_at)
            return
        self._obey(command, now)

    def forget_expired(self, now: int) -> None:
        """Ids and tombstones may go when their command could not be obeyed any more."""
        for cid, kept in list(self._step.known("seen").items()):
            if isinstance(kept, dict) and _number(kept.get("exp")) < now:
                self._step.forget("seen", cid)
        for kind in ("cancelled", "settled"):
            for key, until in list(self._step.known(kind).items()):
                if _number(until) < now:
                    self._step.forget(kind, key)

    def _cannot(self, command: Command, desired: Desired | None, now: int) -> Code | None:
        """What the verdict leaves to the device."""
        if len(self._step.known("seen")) >= SEEN_MAX:
            return Code.NO_SPACE
        if command.type == CommandType.PLAY and command.play is not None and command.content is not None:
            sounding = _sounding(command, command.content, command.play, command.play.start_at or now)
            is_alert = command.prio >= ALERT_PRIO
            if (
                desired is not None
                and not is_alert
                and quiet.is_quiet(sounding.start_at, sounding.end_at, desired.quiet, desired.utc_offset_min)
            ):
                return Code.QUIET_HOURS
        if command.type == CommandType.CANCEL and any(
            sounding.cid and sounding.prio > command.prio for sounding in self._named(command.refs)
        ):
            return Code.BUSY_HIGHER
        if command.type == CommandType.VOLUME and command.volume_pct is None:
            return Code.MALFORMED
        return None

    def _refuse(self, command: Command, code: Code, now: int) -> None:
        standing = Standing.EXPIRED if code is Code.EXPIRED else Standing.REJECTED
        if code is Code.DUPLICATE:
            kept = self._step.known("seen").get(command.cid)
            if isinstance(kept, dict):
                standing = Standing(str(kept["st"]))
        if command.type != CommandType.RECEIPT or code is not Code.DUPLICATE:
            self._reports.answer(command.cid, standing, now, code=code, jitter_ms=command.jitter_ms)

    def _obey(self, command: Command, now: int) -> None:
        """Remember the id first: whatever happens then, it is not obeyed twice."""
        self.obeyed += 1
        kind = CommandType(command.type)
        standing = Standing.RECEIVED if kind is CommandType.PLAY else Standing.DONE
        self._step.remember("seen", command.cid, {"exp": command.exp, "st": standing.value})
        match kind:
            case CommandType.PLAY if command.content is not None and command.play is not None:
                start_at = command.play.start_at or now
                kept = msgspec.structs.replace(command, play=msgspec.structs.replace(command.play, start_at=start_at))
                self._step.remember("play", command.cid, msgspec.to_builtins(kept))
                self._take_on(command, command.content, command.play, start_at)
            case CommandType.STOP:
                self._stop(command, now)
            case CommandType.CANCEL:
                self._cancel(command, now)
            case CommandType.RECEIPT:
                self._reports.receipt(command.refs)
                return
            case CommandType.RESYNC:
                self.on_resync(now)
            case CommandType.VOLUME if command.volume_pct is not None:
                self._step.remember("setting", "volume_pct", command.volume_pct)
            case CommandType.REBOOT:
                self._reports.answer(command.cid, standing, now)
                self._reports.send_due(now)
                self._step.do(Restart())
                return
            case CommandType.PLAY | CommandType.VOLUME | CommandType.SELFTEST:
                pass
        self._reports.answer(command.cid, standing, now, jitter_ms=command.jitter_ms)

    def _take_on(self, command: Command, content: Audio, play: Play, start_at: int) -> None:
        sounding = _sounding(command, content, play, start_at)
        self._speaker.add(sounding)
        self.on_play(sounding)

    def _stop(self, command: Command, now: int) -> None:
        """Ends what sounds or waits to resume, up to the command's level; with ``refs`` only those."""
        meant = self._named(command.refs) if command.refs else [s for s in self._speaker if s.holds_speaker]
        for sounding in meant:
            if sounding.prio <= command.prio:
                self._speaker.withdraw(sounding, now, Code.CANCELLED)

    def _cancel(self, command: Command, now: int) -> None:
        for ref in command.refs:
            self._step.remember("cancelled", ref, command.exp)
        for sounding in self._named(command.refs):
            self._step.remember("cancelled", sounding.item, max(command.exp, sounding.latest_at))
            self._speaker.withdraw(sounding, now, Code.CANCELLED)

    def _named(self, refs: list[str]) -> list[Sounding]:
        return [sounding for ref in refs if (sounding := self._speaker.get(ref)) is not None]


def _sounding(command: Command, content: Audio, play: Play, start_at: int) -> Sounding:
    return Sounding(
        item=command.cid,
        audio=content,
        start_at=start_at,
        latest_at=command.exp,
        prio=command.prio,
        after=play.after,
        cid=command.cid,
        repeat=play.repeat,
        gap_ms=play.gap_ms,
        max_ms=play.max_ms,
        volume_pct=play.volume_pct,
        cuts_in=play.interrupt == "now",
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
