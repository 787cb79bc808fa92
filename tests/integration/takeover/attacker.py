"""Attacker who holds one program, and a loudspeaker before which everything is tried."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

from cms.platform.signer.port import NotSignedError
from devices.protocol import codec, jws, topics
from devices.protocol.errors import ProtocolError
from devices.protocol.keyset import ROOT_KID
from devices.protocol.messages import Desired, KeyRole
from firmware_sim.core.effects import PlayLive, StartLive, StartRelay, StartSound, StartTrack, WriteSlot
from tests.builders.officers import an_alert, signed
from tests.integration.takeover.attempts import Attempt, Attempts, spare_of
from tests.integration.takeover.installation import AN, BINH, SIGNING_KEYS, Holding, Installation
from tests.unit.firmware import signing
from tests.unit.firmware.device_harness import AREA, CHAIN, DEVICE
from tests.unit.firmware.updatable_device import UpdatableDevice
from tests.unit.protocol.trust import NOW_MS

PER_DEVICE = 50
AFTER_MS, LATER_MS = 2_000, 60_000
SOUNDING = StartSound | StartTrack | StartLive | PlayLive | StartRelay
ORDER = signed(an_alert(jitter_ms=0), AN, BINH)


class Attacker:
    """Attacker with a holding. ``delivered``: number of messages that reached a device."""

    def __init__(self, installation: Installation, holding: Holding, seed: int = 107) -> None:
        self._there, self._held = installation, holding
        self._draw = random.Random(seed)
        self._kids = [*installation.kids.values(), ROOT_KID]
        self._by_x = {jws.public_x(key): key for key in holding.keys}
        self._has_heard = False
        self._device = self._next_device()
        self._attempts = Attempts(seed, ORDER, spare_of(ORDER, AN, BINH), AN, self._kids, lambda: self._device)
        self.delivered = 0

    def attack(self, count: int) -> Counter[str]:
        """Make so many attempts; return how many sounded, by kind."""
        sounded: Counter[str] = Counter()
        kinds: dict[str, str] = {}
        for number, attempt in enumerate(self._attempts.take(count), start=1):
            for topic, payload in self._messages(attempt, number):
                self.delivered += 1
                self._device.deliver(topic, payload)
            kinds |= {each.name: each.kind for each in (attempt, attempt.then) if each is not None}
            self._device.run(AFTER_MS)
            if number % PER_DEVICE == 0 or number == count:
                self._device.run(LATER_MS)
                sounded.update(kinds[name] for name in _sounds(self._device) - self._late)
                self._device = self._next_device()
        return sounded

    @property
    def _late(self) -> set[str]:
        """Names of what two people did sign, and comes late: the recording is no replay to who has not heard it."""
        return set() if self._has_heard else {ORDER.cid}

    def _messages(self, attempt: Attempt, number: int) -> Iterator[tuple[str, bytes]]:
        """Yield what reaches devices: signed by the signer for whoever can ask it, or by what is in the files."""
        may_ask = self._held.asks_signer or self._held.writes_database
        is_asked = may_ask and not attempt.kid and number % 3 > 0
        payload = self._asked(attempt) if is_asked else self._forged(attempt)
        # What the gateway is made to send goes out by its own connection.
        if payload and (is_asked or self._there.may_publish(self._held, attempt.topic)):
            yield attempt.topic, payload
        if attempt.then is not None:
            yield from self._messages(attempt.then, number)

    def _asked(self, attempt: Attempt) -> bytes:
        if attempt.role not in {*KeyRole}:
            return b""
        try:
            body = attempt.body
            return self._signer.sign(KeyRole(attempt.role), type(body).__name__, codec.encode(body))
        except (ProtocolError, NotSignedError):
            return b""

    def _forged(self, attempt: Attempt) -> bytes:
        """Sign with the key of the role where it is held, else with any; some are damaged, or of another name."""
        draw = self._draw
        kid = attempt.kid or self._there.kids.get(attempt.role, attempt.role)
        held = self._by_x.get(jws.public_x(SIGNING_KEYS[attempt.role]), draw.choice(self._held.keys))
        key = signing.STRANGER if attempt.kid else held
        if draw.random() < 0.1:
            kid, key = draw.choice(self._kids), draw.choice(self._held.keys)
        payload = jws.sign(codec.encode(attempt.body), kid, key)
        match draw.randrange(20):
            case 0:
                return payload[: draw.randrange(len(payload))]
            case 1:
                place = draw.randrange(len(payload))
                return payload[:place] + bytes([payload[place] ^ 1]) + payload[place + 1 :]
            case 2:
                real = self._there.signed(KeyRole.ALERT, ORDER).split(b".")
                return b".".join([real[0], payload.split(b".")[1], real[2]])
            case _:
                return payload

    def _next_device(self) -> UpdatableDevice:
        """Return a loudspeaker that knows its officers and its place; every other one has heard an alert."""
        self._signer = self._there.signer()
        device = UpdatableDevice(now=NOW_MS, keyset=self._there.keyring.keyset_jws)
        device.power_on()
        device.deliver(topics.officers(), self._there.officers)
        here = Desired(v=1, device=DEVICE, ver=1, iat=0, areas=list(CHAIN), report_s=3600, amp_wake_ms=0)
        device.deliver(topics.device_desired(DEVICE), self._there.signed(KeyRole.PLAN, here))
        self._has_heard = not self._has_heard
        if self._has_heard:
            device.deliver(topics.area_alert(AREA), self._there.signed(KeyRole.ALERT, ORDER))
            device.run(LATER_MS)
            assert _sounds(device) == {ORDER.cid}
            device.done.clear()
        return device


def _sounds(device: UpdatableDevice) -> set[str]:
    """Return the names of what began to sound, and of images that were written."""
    begun = {each.item.partition("#")[0] for each in device.done if isinstance(each, SOUNDING)}
    return begun | {each.sha256 for each in device.done if isinstance(each, WriteSlot)}
