"""A hush: nothing below an alert begins before it ends. It is on flash, and so outlives power cuts."""

from __future__ import annotations

from devices.protocol.limits import HUSH_MAX_MS
from devices.protocol.messages import Command
from firmware_sim.core.step import Step


class Hush:
    def __init__(self, step: Step) -> None:
        self._step = step

    def obey(self, stop: Command) -> None:
        """``hush_until`` after ``iat``: from now on; up to ``iat``: over; 0: as it was."""
        if stop.hush_until > stop.iat:
            until = min(stop.hush_until, stop.iat + HUSH_MAX_MS)
            self._step.remember("setting", "hush", {"until": until, "prio": stop.prio, "cid": stop.cid})
        elif stop.hush_until:
            self._step.forget("setting", "hush")

    def in_force(self) -> dict[str, int]:
        """The stop that keeps it, with its end; an older firmware has not kept which."""
        kept = self._step.known("setting").get("hush")
        cid, until = (kept.get("cid"), kept.get("until")) if isinstance(kept, dict) else (None, None)
        return {cid: until} if isinstance(cid, str) and isinstance(until, int) else {}

    def cancel(self, cancel: Command) -> None:
        """Over, where the stop that keeps it is named by somebody of its level."""
        kept = self._step.known("setting").get("hush")
        if not isinstance(kept, dict):
            return
        prio = kept.get("prio")
        if isinstance(prio, int) and prio <= cancel.prio and not self.in_force().keys().isdisjoint(cancel.refs):
            self._step.forget("setting", "hush")

    def prio(self, now: int) -> int:
        """Of who silences this device now; 0: nobody."""
        kept = self._step.known("setting").get("hush")
        if not isinstance(kept, dict):
            return 0
        until, prio = kept.get("until"), kept.get("prio")
        return prio if isinstance(until, int) and isinstance(prio, int) and until > now else 0
