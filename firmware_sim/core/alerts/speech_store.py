"""Speech of alerts: fetched by hash or taken from a message, trusted only by the hash in a signed alert."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Final

from devices.protocol.limits import SPEECH_MAX_BYTES
from devices.protocol.messages import Speech
from devices.protocol.topics import Topic, TopicKind
from firmware_sim.core.clock.clock import Moment
from firmware_sim.core.component import Component
from firmware_sim.core.effects import Store
from firmware_sim.core.events import MessageDelivered

UNCLAIMED_MAX: Final = 8
"""Clips of at most 48 KiB that came before their alert: they wait in memory, and never touch flash."""

Digest = Callable[[bytes], str]


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class SpeechStore(Component):
    """Speech that is on flash. ``digest`` hashes; a swarm passes one that hashes identical bytes once."""

    TOPICS = (TopicKind.AREA_SPEECH,)

    def _set_up(self) -> None:
        self._wanted: set[str] = set()
        self._held: set[str] = set()
        self._unclaimed: dict[str, bytes] = {}

    def want(self, speech: Iterable[Speech]) -> None:
        """Get the speech that an alert names, those that sound first before the others."""
        for place, clip in enumerate(speech):
            if clip.sha256 in self._wanted:
                continue
            self._wanted.add(clip.sha256)
            if (data := self._unclaimed.pop(clip.sha256, None)) is not None:
                self._step.do(Store(clip.sha256, data))
            else:
                self._fetch(clip, place)

    def keep_only(self, sha256s: set[str]) -> None:
        """Forget all other speech: no alert in force names it."""
        self._wanted &= sha256s
        self._held &= sha256s

    def receive(self, topic: Topic, message: MessageDelivered, at: Moment) -> None:
        """Take content from an area's speech topic; any client may have sent it."""
        sha256, data = topic.sha256, message.payload
        if sha256 in self._held or sha256 in self._unclaimed or len(data) > SPEECH_MAX_BYTES:
            return
        if self._parts.digest(data) != sha256:
            return
        if sha256 in self._wanted:
            self._step.do(Store(sha256, data))
            return
        while len(self._unclaimed) >= UNCLAIMED_MAX:
            del self._unclaimed[next(iter(self._unclaimed))]
        self._unclaimed[sha256] = data

    def held(self, sha256: str) -> bool:
        """Note that content is on flash; False where no alert asked for it."""
        if sha256 not in self._wanted:
            return False
        self._held.add(sha256)
        return True

    def spoilt(self, sha256: str, speech: Iterable[Speech]) -> bool:
        """Fetch lost content again; False where no alert asked for it."""
        if sha256 not in self._wanted:
            return False
        self._held.discard(sha256)
        for place, clip in enumerate(speech):
            if clip.sha256 == sha256:
                self._fetch(clip, place)
                break
        return True

    def have(self, speech: Iterable[Speech]) -> list[Speech]:
        """Return the speech of these that are on flash."""
        return [clip for clip in speech if clip.sha256 in self._held]

    def _fetch(self, clip: Speech, place: int) -> None:
        self._content.fetch(clip.sha256, clip.bytes, place, is_urgent=True)
