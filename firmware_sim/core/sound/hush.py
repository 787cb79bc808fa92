"""Hush: nothing below an alert begins before it ends. It is on flash, and so outlives power cuts."""

from __future__ import annotations

from devices.protocol.limits import HUSH_MAX_MS
from devices.protocol.messages import Command
from firmware_sim.core.step import Step


class Hush:
    def __init__(self, step: Step) -> None:
        self._step = step

    def obey(self, stop: Command) -> None:
        """Apply a stop's ``hush_until``: after ``iat`` a hush holds until then; up to ``iat`` it ends; 0: no change."""
        if stop.hush_until > stop.iat:
            until = min(stop.hush_until, stop.iat + HUSH_MAX_MS)
            self._step.remember("setting", "hush", {"until": until, "prio": stop.prio, "cid": stop.cid})
        elif stop.hush_until:
            self._step.forget("setting", "hush")

    def in_force(self) -> dict[str, int]:
        """Return the stop that keeps it, with its end; none where an older firmware has not saved which stop."""
        kept = self._step.known("setting").get("hush")
        cid, until = (kept.get("cid"), kept.get("until")) if isinstance(kept, dict) else (None, None)
        return {cid: until} if isinstance(cid, str) and isinstance(until, int) else {}

    def cancel(self, cancel: Command) -> None:
        """End the hush where the cancel names its stop and has at least its level."""
        kept = self._step.known("setting").get("hush")
        if not isinstance(kept, dict):
            return
        prio = kept.get("prio")
        if isinstance(prio, int) and prio <= cancel.prio and not self.in_force().keys().isdisjoint(cancel.refs):
            self._step.forget("setting", "hush")

    @property
    def until(self) -> int:
        """Instant before which nothing below an alert begins; 0: none."""
        kept = self._step.known("setting").get("hush")
        until = kept.get("until") if isinstance(kept, dict) else 0
        return until if isinstance(until, int) else 0

    def prio(self, now: int) -> int:
        """Return the level of the hush in force; 0: none."""
        kept = self._step.known("setting").get("hush")
        prio = kept.get("prio") if isinstance(kept, dict) else 0
        return prio if isinstance(prio, int) and self.until > now else 0
