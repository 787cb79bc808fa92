"""Session on the link: birth, will, subscriptions, and sync requests.

A sync request (``req/sync``) asks for the commands still valid, states what is held, and proves the server's time.
"""

import hashlib
from collections.abc import Iterable
from itertools import islice
from typing import Final

from devices.protocol import codec, topics
from devices.protocol.limits import HELD_ORDERS_MAX
from devices.protocol.messages import Code, Command, Desired, KeyRole, PublicKey, State, SyncRequest
from firmware_sim.core.clock.clock import NEVER_MS, Moment
from firmware_sim.core.component import Component
from firmware_sim.core.effects import Connect, Publish, Subscribe, Unsubscribe
from firmware_sim.core.events import Connected, Connecting, Disconnected, Event

_EXPIRY_S: Final = 60
NONCE_CHARACTERS: Final = 32
QUESTIONS_MAX: Final = 8
"""Questions whose answers are still awaited; an older one proves no time any more."""
ASK_AGAIN_MS: Final = 5_000
"""A request that something waits for is sent at most this often."""


class LinkSession(Component):
    """One boot's connections; the counter of all connections ever is on flash."""

    EVENTS = (Connecting, Connected, Disconnected)

    def _set_up(self) -> None:
        self.is_online = False

    def handle(self, event: Event, at: Moment) -> None:
        match event:
            case Connecting():
                self._connect(at.stamp)
            case Connected():
                self.is_online = True
                self._subscribe()
                self._step.do(self._state("online", at.stamp, event.cert))
            case _:
                self.is_online = False

    def reconfigure(self, old: Desired | None, at: Moment) -> None:
        """Change the subscriptions to the new chain of areas."""
        if not self.has_moved(old):
            return
        kept = dict(_area_topics(self._config.areas))
        held = self._config.areas if old is None else old.areas
        if gone := [topic for topic, _ in _area_topics(held) if topic not in kept]:
            self._step.do(Unsubscribe(tuple(gone)))
        self._subscribe()

    def has_moved(self, old: Desired | None) -> bool:
        """Return whether this connection was made for other areas than those of the desired state in force."""
        return self.is_online and (old is None or self._config.areas != old.areas)

    def _connect(self, now: int) -> None:
        """Connect; the will carries the connection's number, so that an old will is recognized."""
        self._step.remember("counter", "conn", self._step.number("counter", "conn") + 1)
        self._step.do(Connect(self._state("offline", now)))

    def _subscribe(self) -> None:
        names = (topics.device_command, topics.device_desired, topics.device_local)
        own = [(name(self._parts.id), 1) for name in names]
        common = [(topics.keys(), 1), (topics.officers(), 1), (topics.time_beacon(), 0)]
        self._step.do(Subscribe((*common, *own, *_area_topics(self._config.areas))))

    def _state(self, standing: str, now: int, cert: str = "") -> Publish:
        """Return birth or will. ``cert``: serial number of the certificate that this connection was made with."""
        state = State(
            v=1,
            st=standing,
            conn=self._step.number("counter", "conn"),
            boot=self._parts.boot,
            ts=max(0, now),
            fw=self._parts.running.version,
            clk_ms=self._clock.error_ms,
            cert=cert,
            model=self._parts.identity.model,
            fwn=self._parts.running.number,
        )
        return Publish(topics.device_state(self._parts.id), codec.encode(state), retain=True)


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


class SyncClient(Component):
    """Sync requests of one boot, and their answers."""

    EVENTS = (Connected,)
    RUNS_WITHOUT_TIME = True

    def _set_up(self) -> None:
        self._questions = 0
        self._asked_ms: dict[str, int] = {}
        self._is_wanted = False
        self._wanted_at = -ASK_AGAIN_MS
        self.is_synced = False
        """True once the server has answered on this connection."""

    def handle(self, event: Event, at: Moment) -> None:
        self.is_synced = False
        self.ask(at.stamp)

    def reconfigure(self, old: Desired | None, at: Moment) -> None:
        """Ask again: earlier commands were judged by the old areas, or by none."""
        if self._parts.session.has_moved(old) and self._config.desired is not None:
            self.ask(at.now_or(self._config.desired.iat))

    def request(self, now: int) -> None:
        """Ask soon, unless something asked for it a moment ago."""
        if not 0 <= now - self._wanted_at < ASK_AGAIN_MS:
            self._wanted_at = now
            self._is_wanted = True

    def ask(self, now: int, cid: str = "") -> None:
        """Request every command still valid, and state what is held. ``cid``: the command that asked for it."""
        self._is_wanted = False
        desired, manifest, clock = self._config.desired, self._parts.plans.manifest, self._parts.time.clock
        officers = self._config.officers
        request = SyncRequest(
            v=1,
            ts=max(0, now),
            boot=self._reports.boot,
            desired_ver=desired.ver if desired else 0,
            manifests={manifest.area: manifest.ver} if manifest else {},
            keyset=self._config.keys.ver,
            pending_records=self._reports.pending_records,
            cid=cid,
            nonce=self._new_nonce(self._parts.time.begin_round_trip()),
            epochs=(desired.epoch if desired else 0, manifest.epoch if manifest else 0),
            orders=dict(islice(self._held_orders().items(), HELD_ORDERS_MAX)),
            knows_time=clock.is_known and not clock.off_ms,
            officers=0 if officers is None else officers.keyset.ver,
        )
        self._step.do(Publish(topics.device_request(self._parts.id, "sync"), codec.encode(request), expiry_s=_EXPIRY_S))

    def accept(self, command: Command, key: PublicKey) -> bool:
        """Take an answer of the server, at any local time; False: it answers no question of this device.

        It proves the server's time. Where that corrects the clock, alerts move with it, and the device asks again:
        earlier commands were judged by a wrong time.
        """
        is_valid = key.role == KeyRole.PLAN and key.nbf <= command.iat <= key.exp
        if not is_valid or self._parts.id not in command.target.devices:
            return False
        asked_ms = self._answered(command.refs)
        if asked_ms is None:
            return False
        change = self._parts.time.end_round_trip(command.iat, asked_ms)
        if change is not None:
            if change.has_moved:
                self._reports.add_event("fault", Code.NO_CLOCK, f"{self._parts.time.clock.off_ms} ms", change.now)
            self._parts.alerts.time_changed(change.by_ms)
            if self._parts.session.is_online:
                self.ask(change.now)
        return True

    def advance(self, now: int) -> None:
        time = self._parts.time
        if self._is_wanted or (time.ask_at <= time.local_ms and self._parts.session.is_online):
            self.ask(now)

    def next_at(self, now: int) -> int:
        time = self._parts.time
        if time.ask_at == NEVER_MS or not self._parts.session.is_online:
            return NEVER_MS
        return now + max(0, time.ask_at - time.local_ms)

    def _held_orders(self) -> dict[str, int]:
        """Return the orders held here, with their ends: alerts, the stop of a hush, plays.

        Without alerts raised here of which the server does not know yet: they are told in a report of their own.
        """
        plays = {cid: kept.get("exp") for cid, kept in self._step.known("play").items() if isinstance(kept, dict)}
        found = {cid: exp if isinstance(exp, int) else 0 for cid, exp in plays.items()}
        held = {**self._parts.alerts.ends(), **self._parts.hush.in_force(), **found}
        untold = self._reports.untold()
        return {name: exp for name, exp in held.items() if name not in untold}

    def _answered(self, nonces: Iterable[str]) -> int | None:
        """Return when the answered question was asked (local ms); None: none of ours, or answered before."""
        asked = [at for nonce in nonces if (at := self._asked_ms.pop(nonce, None)) is not None]
        self.is_synced = self.is_synced or bool(asked)
        return max(asked, default=None)

    def _new_nonce(self, local_ms: int) -> str:
        """Return a nonce that was never used before, and cannot be guessed ahead by a collector of answers."""
        self._questions += 1
        seed = f"{self._parts.id} {self._reports.boot} {self._questions} {local_ms}"
        nonce = hashlib.sha256(seed.encode()).hexdigest()[:NONCE_CHARACTERS]
        self._asked_ms[nonce] = local_ms
        while len(self._asked_ms) > QUESTIONS_MAX:
            del self._asked_ms[next(iter(self._asked_ms))]
        return nonce
