"""Simulated district station: our alerts and programmes as files that people there, or machines, can open.

``station.json`` lists those in force now, ``cap/{document}.xml`` is each document as it was signed, and
``programmes/{programme}.mp3`` the sound that it may air. All follow at once when a notice comes, ends or expires. It
reports programmes received and aired over its device's link until the server has receipted them.
"""

import asyncio
import json
import logging
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from devices.protocol.keyset import TrustedKeys
from devices.protocol.messages import CapNotice, ProgrammeNotice
from firmware_sim.core.effects import Fetch, Publish
from firmware_sim.core.session.device_config import ProvisionedIdentity
from firmware_sim.core.stations.cap_notices import CapNotices, texts_of
from firmware_sim.core.stations.programmes import ProgrammeNotices, ProgrammeReports
from firmware_sim.network.fetch import FetchPool, Shelf
from firmware_sim.storage.flash import Flash

log = logging.getLogger(__name__)

_LONGEST_SLEEP_S: Final = 86_400.0
RESEND_FIRST_S: Final = 5.0
RESEND_MAX_S: Final = 600.0


class SimulatedStation:
    """District station. ``flash`` is its own; ``now`` its clock, milliseconds UTC. Call it from the loop's thread."""

    def __init__(
        self, identity: ProvisionedIdentity, flash: Flash, folder: Path, pool: FetchPool, now: Callable[[], int]
    ) -> None:
        self._identity = identity
        self._flash = flash
        self._folder = folder
        self._now = now
        keys = TrustedKeys.from_root(identity.root_x, identity.keyset)
        facts = flash.load()
        self._notices = CapNotices(identity.id, keys, facts)
        self._programmes = ProgrammeNotices(identity.id, facts)
        self._log = ProgrammeReports(identity.id, secrets.token_hex(5), facts)
        self._publish: Callable[[Publish], None] | None = None
        self._resend_after_s = RESEND_FIRST_S
        self._resend: asyncio.TimerHandle | None = None
        self._shelf = Shelf(flash, pool, self._held)
        self._timer: asyncio.TimerHandle | None = None
        (folder / "cap").mkdir(parents=True, exist_ok=True)
        (folder / "programmes").mkdir(exist_ok=True)
        self._show()

    @property
    def subscriptions(self) -> tuple[tuple[str, int], ...]:
        return (*self._notices.subscriptions, *self._programmes.subscriptions)

    def connected(self, publish: Callable[[Publish], None]) -> None:
        """Fetch content that is still missing, and send the reports without a receipt."""
        self._publish = publish
        self._tell()
        for notice in self._notices.held.values():
            self._want(notice)
        self._want_programmes()

    def disconnected(self) -> None:
        """Hold reports until the next connection."""
        self._publish = None
        self._rest()

    def receive(self, topic: str, payload: bytes) -> None:
        self._flash.save(self._log.receive(topic, payload, self._now(), self._notices.keys, self._notices.areas))
        found = self._programmes.receive(topic, payload, self._now(), self._notices.keys, self._notices.areas)
        if found is not None:
            if found.refusal is not None:
                log.warning("%s: programme notice refused: %s", self._identity.id, found.refusal)
            self._flash.save(found.entries)
            self._want_programmes()
            self._show()
            return
        outcome = self._notices.receive(topic, payload, self._now())
        if outcome is None:
            return
        if outcome.refusal is not None:
            log.warning("%s: CAP notice refused: %s", self._identity.id, outcome.refusal)
        self._flash.save(outcome.entries)
        if outcome.kept is not None:
            if outcome.document is None:
                self._want(outcome.kept)
            else:
                self._shelf.put(outcome.kept.sha256, outcome.document)
        self._show()

    def close(self) -> None:
        """Power off."""
        self._rest()
        if self._timer is not None:
            self._timer.cancel()
        self._shelf.close()
        self._flash.close()

    def _want(self, notice: CapNotice) -> None:
        url = self._identity.content_url
        # Its bytes are handed over like those of a plan; the text of an alert does not wait.
        self._shelf.want(Fetch(notice.sha256, notice.bytes, self._now(), url, is_plan=True, is_urgent=True))

    def _want_programmes(self) -> None:
        url, now = self._identity.content_url, self._now()
        for each in self._programmes.ready():
            self._shelf.want(Fetch(each.mp3, each.mp3_bytes, now, url))

    def _held(self, sha256: str, data: bytes | None) -> None:
        del sha256, data
        self._show()

    def _show(self) -> None:
        """Write all files again: notices in force, their documents, and programmes."""
        now = self._now()
        self._flash.save([*self._notices.expire(now), *self._programmes.expire(now)])
        programmes = self._programmes.ready()
        self._shelf.keep_only(texts_of(self._notices.held) | {each.mp3 for each in programmes})
        showing = self._notices.in_force(now)
        for path in (self._folder / "cap").glob("*.xml"):
            if path.stem not in self._notices.held:
                path.unlink()
        for notice in showing:
            text = self._flash.held(notice.sha256)
            if text is not None:
                _replace(self._folder / "cap" / f"{notice.document}.xml", text)
        details = {"showing": [self._line(each) for each in showing], "programmes": self._shelved(programmes)}
        _replace(self._folder / "station.json", json.dumps(details, ensure_ascii=False).encode())
        news = self._log.follow(programmes, lambda sha256: self._flash.held(sha256) is not None, now)
        if news:
            self._flash.save(news)
            self._tell()
        ends = [*(each.exp for each in showing), *(each.exp for each in self._programmes.held.values())]
        airs_at = self._log.next_at(programmes)
        self._sleep_until(min([*ends, *([] if airs_at is None else [airs_at])], default=None))

    def _tell(self) -> None:
        """Send reports at once, and then at growing intervals."""
        self._resend_after_s = RESEND_FIRST_S
        self._send()

    def _send(self) -> None:
        self._rest()
        if self._publish is None or not self._log.waiting:
            return
        for message in self._log.messages(self._now()):
            self._publish(message)
        self._resend = asyncio.get_running_loop().call_later(self._resend_after_s, self._send)
        self._resend_after_s = min(self._resend_after_s * 2, RESEND_MAX_S)

    def _rest(self) -> None:
        if self._resend is not None:
            self._resend.cancel()
            self._resend = None

    def _shelved(self, programmes: Sequence[ProgrammeNotice]) -> list[dict[str, object]]:
        """Write the programmes as files; return the entry of each for ``station.json``."""
        there = {f"{each.programme}.mp3": self._flash.held(each.mp3) for each in programmes}
        for path in (self._folder / "programmes").iterdir():
            if there.get(path.name) is None:
                path.unlink()
        for name, sound in there.items():
            if sound is not None:
                _replace(self._folder / "programmes" / name, sound)
        return [
            {
                "programme": each.programme,
                "head": each.head,
                "from_ms": each.start,
                "until_ms": each.end,
                "has_sound": there[f"{each.programme}.mp3"] is not None,
            }
            for each in programmes
        ]

    def _line(self, notice: CapNotice) -> dict[str, object]:
        return {
            "document": notice.document,
            "alert": notice.alert,
            "type": notice.type,
            "drill": notice.drill,
            "level": notice.level,
            "head": notice.head,
            "until_ms": notice.exp,
            "sha256": notice.sha256,
            "has_text": (self._folder / "cap" / f"{notice.document}.xml").exists(),
        }

    def _sleep_until(self, at_ms: int | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if at_ms is not None:
            wait_s = min(_LONGEST_SLEEP_S, max(0.0, (at_ms - self._now()) / 1000))
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._show)


def _replace(path: Path, data: bytes) -> None:
    new = path.with_suffix(f"{path.suffix}.new")
    new.write_bytes(data)
    new.replace(path)
