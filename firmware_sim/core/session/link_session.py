"""Session on the link: birth, will and subscriptions."""

from collections.abc import Iterable

from devices.protocol import codec, topics
from devices.protocol.messages import Desired, State
from firmware_sim.core.clock.clock import Moment
from firmware_sim.core.component import Component
from firmware_sim.core.effects import Connect, Publish, Subscribe, Unsubscribe
from firmware_sim.core.events import Connected, Connecting, Disconnected, Event


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
        del at
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
        own = [(topics.device_command(self._parts.id), 1), (topics.device_desired(self._parts.id), 1)]
        common = [(topics.keys(), 1), (topics.time_beacon(), 0)]
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
