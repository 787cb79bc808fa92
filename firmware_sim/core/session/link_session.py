"""Session on the link: birth, will, subscriptions, and the request for missing commands (``req/sync``)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Final

from devices.protocol import codec, topics
from devices.protocol.limits import HELD_ORDERS_MAX
from devices.protocol.messages import Desired, Manifest, State, SyncRequest
from firmware_sim.core.clock.clock import Clock
from firmware_sim.core.effects import Connect, Publish, Subscribe, Unsubscribe
from firmware_sim.core.firmware.bootloader import Running
from firmware_sim.core.session.identity import Identity
from firmware_sim.core.step import Step

_SYNC_EXPIRY_S: Final = 60
NONCE_CHARACTERS: Final = 32
QUESTIONS_MAX: Final = 8
"""Questions whose answers are still awaited; an older one proves no time any more."""


class LinkSession:
    """One boot's connections; the counter of all connections ever is on flash."""

    def __init__(self, step: Step, clock: Clock, identity: Identity, boot: str, *, running: Running) -> None:
        self._step = step
        self._clock = clock
        self._id = identity.id
        self._model = identity.model
        self._running = running
        self._boot = boot
        self._questions = 0
        self._asked_ms: dict[str, int] = {}
        self.is_online = False
        self.is_synced = False
        """True once the server has answered on this connection."""

    def connect(self, now: int) -> None:
        """Connect; the will carries the connection's number, so that an old will is recognized."""
        self._step.remember("counter", "conn", self._step.number("counter", "conn") + 1)
        self._step.do(Connect(self._state("offline", now)))

    def give_birth(self, now: int, cert: str = "") -> None:
        """Publish the birth. ``cert``: serial number of the certificate that this connection was made with."""
        self._step.do(self._state("online", now, cert))

    def subscribe(self, desired: Desired | None) -> None:
        own = [(topics.device_command(self._id), 1), (topics.device_desired(self._id), 1)]
        common = [(topics.keys(), 1), (topics.time_beacon(), 0)]
        areas = _area_topics(desired.areas) if desired else []
        self._step.do(Subscribe((*common, *own, *areas)))

    def move(self, old: Desired, new: Desired) -> None:
        """Change the subscriptions to the new chain of areas only."""
        kept = dict(_area_topics(new.areas))
        if gone := [topic for topic, _ in _area_topics(old.areas) if topic not in kept]:
            self._step.do(Unsubscribe(tuple(gone)))
        self.subscribe(new)

    def ask_for_news(
        self,
        now: int,
        *,
        local_ms: int,
        desired: Desired | None,
        manifest: Manifest | None,
        keyset_ver: int,
        pending_records: int,
        orders: Mapping[str, int],
        cid: str = "",
    ) -> None:
        """Request every command still valid, and state what is held. ``cid``: the command that asked for it."""
        nonce = self._new_nonce(local_ms)
        request = SyncRequest(
            v=1,
            ts=max(0, now),
            boot=self._boot,
            desired_ver=desired.ver if desired else 0,
            manifests={manifest.area: manifest.ver} if manifest else {},
            keyset=keyset_ver,
            pending_records=pending_records,
            cid=cid,
            nonce=nonce,
            epochs=(desired.epoch if desired else 0, manifest.epoch if manifest else 0),
            orders=dict(islice(orders.items(), HELD_ORDERS_MAX)),
            knows_time=self._clock.is_known and not self._clock.off_ms,
        )
        self._step.do(Publish(topics.device_request(self._id, "sync"), codec.encode(request), expiry_s=_SYNC_EXPIRY_S))

    def answered(self, nonces: Iterable[str]) -> int | None:
        """Return when the answered question was asked (local ms); None: none of ours, or answered before."""
        asked = [at for nonce in nonces if (at := self._asked_ms.pop(nonce, None)) is not None]
        self.is_synced = self.is_synced or bool(asked)
        return max(asked, default=None)

    def _new_nonce(self, local_ms: int) -> str:
        """Return a nonce that was never used before, and cannot be guessed ahead by a collector of answers."""
        self._questions += 1
        seed = f"{self._id} {self._boot} {self._questions} {local_ms}"
        nonce = hashlib.sha256(seed.encode()).hexdigest()[:NONCE_CHARACTERS]
        self._asked_ms[nonce] = local_ms
        while len(self._asked_ms) > QUESTIONS_MAX:
            del self._asked_ms[next(iter(self._asked_ms))]
        return nonce

    def _state(self, standing: str, now: int, cert: str = "") -> Publish:
        state = State(
            v=1,
            st=standing,
            conn=self._step.number("counter", "conn"),
            boot=self._boot,
            ts=max(0, now),
            fw=self._running.version,
            clk_ms=self._clock.error_ms,
            cert=cert,
            model=self._model,
            fwn=self._running.number,
        )
        return Publish(topics.device_state(self._id), codec.encode(state), retain=True)


def _area_topics(areas: Iterable[str]) -> list[tuple[str, int]]:
    """Return topics and their QoS: commands and alerts of the whole chain, the manifest of the leaf alone.

    Alerts with 0: a broker must not queue them for an absent device and deliver them after their end. Those in force
    then are retained, and are the answer to ``req/sync``.
    """
    found: list[tuple[str, int]] = []
    for place, area in enumerate(areas):
        found += [(topics.area_command(area), 1), (topics.area_alert(area), 0), (topics.area_drill(area), 0)]
        found += [(topics.area_speech(area, "+"), 0), (topics.area_live(area, "+"), 0)]
        if place == 0:
            found.append((topics.area_plan(area), 1))
    return found
