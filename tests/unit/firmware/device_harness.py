"""Device host with one simulated device: time, broker, content server and sound card in plain Python."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import dataclass, field

import msgspec

from bench.fault_injection.flash import MemoryFlash
from devices.protocol import codec, topics
from devices.protocol.messages import (
    Ack,
    AsRunRecord,
    Audio,
    Beacon,
    BoardItem,
    BoardPlan,
    Command,
    Desired,
    DeviceEvent,
    ExecutionState,
    Manifest,
    Plan,
    PlanItem,
    PlanRef,
    Play,
    Proof,
    QuietHours,
    Target,
)
from firmware_sim.core.device import DeviceCore
from firmware_sim.core.effects import (
    ClearText,
    Effect,
    ExtendTrack,
    Fetch,
    Keep,
    PlayLive,
    Probe,
    Publish,
    Save,
    ShowPage,
    ShowText,
    StartLive,
    StartRelay,
    StartSound,
    StartTrack,
    StopSound,
    Store,
    Subscribe,
    Unsubscribe,
    WakeAt,
)
from firmware_sim.core.events import (
    Connected,
    Connecting,
    ContentHeld,
    ContentSpoilt,
    Disconnected,
    Event,
    LocalStop,
    MessageDelivered,
    PowerOn,
    Probed,
    Woken,
)
from firmware_sim.core.session.device_config import ProvisionedIdentity
from tests.unit.firmware import signing
from tests.unit.firmware.recording_card import RecordingCard
from tests.wire import breaches

DEVICE, AREA, DAY = "xa-1-l01", "xa-1", "2026-11-24"
CHAIN = [AREA, "huyen-1", "tinh-1"]
NOON_MS = 1_795_496_400_000
"""2026-11-24 12:00 in Việt Nam."""
MINUTE_MS = 60_000
IDLE = Proof(amp_ma=60, mic_db=-55.0)


class PowerCutError(Exception):
    """Power cut between two effects."""


@dataclass
class DeviceHarness:
    """Device host that runs the core's effects. ``heard``: the first samples of all items, over all boots."""

    now: int = NOON_MS
    flash: MemoryFlash = field(default_factory=MemoryFlash)
    clock_known: bool = True
    server_has_content: bool = True
    effects_until_power_cut: int | None = None
    published: list[Publish] = field(default_factory=list)
    subscribed: set[str] = field(default_factory=set)
    fetched: list[Fetch] = field(default_factory=list)
    is_board: bool = False
    is_bridge: bool = False
    has_loudspeaker: bool = True
    screen: ShowText | ShowPage | None = None
    done: list[Effect] = field(default_factory=list)
    _content: dict[str, bytes] = field(default_factory=dict)
    _events: deque[Event] = field(default_factory=deque)
    _core: DeviceCore | None = None
    _wake_at: int | None = None
    _boots: int = 0
    _versions: int = 0
    _is_online: bool = False

    def __post_init__(self) -> None:
        self.card = RecordingCard(lambda: self.now, self._events.append)

    @property
    def heard(self) -> list[tuple[str, int]]:
        """Items and when they began, over all boots."""
        return self.card.heard

    @property
    def ended(self) -> list[tuple[str, int, bool]]:
        return self.card.ended

    @property
    def sounds(self) -> list[tuple[str, int, int]]:
        """Sounds of ended tracks: name, start, length."""
        return [(sound.name, sound.at, sound.until - sound.at) for sound in self.card.sounds]

    # Power.

    def power_on(self) -> None:
        self._boots += 1
        self.card.sounding = self.card.waiting = None
        self.screen = None
        self._events.clear()
        self._wake_at = None
        power = PowerOn(nonce=f"boot{self._boots}", clock_known=self.clock_known)
        identity = ProvisionedIdentity(
            DEVICE,
            signing.ROOT_X,
            signing.keyset(),
            "http://content",
            is_board=self.is_board,
            is_bridge=self.is_bridge,
            has_loudspeaker=self.has_loudspeaker,
        )
        self._core = DeviceCore(identity, self.flash.load(), power, self.now)
        self._is_online = False
        self.feed(power)

    def power_cut(self, off_ms: int = 0) -> None:
        """Switch off, and after a while on again."""
        self._core = None
        self.now += off_ms
        self.power_on()

    def connect(self) -> None:
        self.feed(Connecting())
        self._is_online = True
        self.feed(Connected())

    def disconnect(self) -> None:
        self._is_online = False
        self.feed(Disconnected())

    @property
    def obeyed(self) -> int:
        assert self._core is not None
        return self._core.obeyed

    # Time.

    def run(self, for_ms: int) -> None:
        self.run_until(self.now + for_ms)

    def run_until(self, until: int) -> None:
        """Run all timers due by then, in order."""
        while (instant := self._next_instant()) is not None and instant <= until:
            self.now = max(self.now, instant)
            self._tick()
        self.now = max(self.now, until)

    def _next_instant(self) -> int | None:
        instants = [at for at in (self.card.next_instant(), self._wake_at) if at is not None]
        return min(instants, default=None)

    def _tick(self) -> None:
        self.card.tick()
        self._meet()
        if self._wake_at is not None and self._wake_at <= self.now:
            self._wake_at = None
            self.feed(Woken())

    # Events in, effects out.

    def feed(self, event: Event) -> None:
        self._events.append(event)
        self._meet()

    def _meet(self) -> None:
        while self._events:
            assert self._core is not None
            for effect in self._core.handle(self._events[0], self.now):
                if self.effects_until_power_cut is not None:
                    if self.effects_until_power_cut == 0:
                        self.effects_until_power_cut = None
                        self._events.clear()
                        raise PowerCutError
                    self.effects_until_power_cut -= 1
                self.done.append(effect)
                self._do(effect)
            self._events.popleft()

    def _do(self, effect: Effect) -> None:
        match effect:
            case Save():
                self.flash.save(effect.entries)
            case Publish() | Subscribe() | Unsubscribe():
                self._send(effect)
            case Fetch():
                self.fetched.append(effect)
                self._fetch(effect)
            case Keep():
                self.flash.keep_only(effect.sha256s)
            case StartSound() | StartRelay() | StartTrack() | ExtendTrack() | StopSound() | StartLive() | PlayLive():
                self._sound(effect)
            case Store() | Probe() | ShowText() | ShowPage() | ClearText():
                self._box(effect)
            case WakeAt():
                self._wake_at = effect.at_ms
            case _:
                pass  # no effect that a test looks at

    def _send(self, effect: Publish | Subscribe | Unsubscribe) -> None:
        match effect:
            case Publish():
                assert not breaches(
                    effect.topic, effect.body, qos=effect.qos, retain=effect.retain, expiry_s=effect.expiry_s
                )
                self.published.append(effect)
            case Subscribe():
                self.subscribed |= {topic for topic, _ in effect.topics}
            case Unsubscribe():
                self.subscribed -= set(effect.topics)

    def _sound(
        self, effect: StartSound | StartRelay | StartTrack | ExtendTrack | StopSound | StartLive | PlayLive
    ) -> None:
        """Pass the effect to the card; content that flash does not hold is reported as spoilt."""
        match effect:
            case StartSound() | StartRelay() if self.flash.held(effect.sha256) is None:
                self.card.take_back()
                self._events.append(ContentSpoilt(effect.sha256))
            case _:
                self.card.do(effect)

    def _box(self, effect: Store | Probe | ShowText | ShowPage | ClearText) -> None:
        match effect:
            case Store():
                self.flash.content[effect.sha256] = effect.data
                self._events.append(ContentHeld(effect.sha256))
            case Probe():
                self._events.append(Probed(effect.item, IDLE))
            case ShowText() | ShowPage():
                self.screen = effect
            case ClearText():
                self.screen = None

    def _fetch(self, fetch: Fetch) -> None:
        if self.server_has_content and fetch.sha256 in self._content:
            self.flash.content[fetch.sha256] = self._content[fetch.sha256]
        if (data := self.flash.held(fetch.sha256)) is not None:
            self._events.append(ContentHeld(fetch.sha256, data if fetch.is_plan else None))

    # Messages of the server.

    def desire(self, *, areas: list[str] | None = None, ver: int = 0, **more: object) -> None:
        """Send a desired state; ``more`` are other fields of it. No amplifier sleeps unless a test says so."""
        there = CHAIN if areas is None else areas
        values: dict[str, object] = {"areas": there, "report_s": 3600, "amp_wake_ms": 0, **more}
        desired = Desired(v=1, device=DEVICE, ver=ver or self.next_version(), iat=0, **values)  # type: ignore[arg-type] # each test names fields
        self.deliver(topics.device_desired(DEVICE), signing.signed(desired))

    def plan(self, *items: PlanItem, area: str = AREA, day: str = DAY, ver: int = 0) -> None:
        data = codec.encode(Plan(v=1, area=area, day=day, items=list(items)))
        sha256 = self.put(data)
        days = {day: PlanRef(sha256=sha256, bytes=len(data))}
        self.manifest(Manifest(v=1, area=area, ver=ver or self.next_version(), iat=0, days=days))

    def boards(self, *items: BoardItem, area: str = AREA, names: bool = True) -> None:
        """Set what the area's boards show from now on; with ``names`` false the manifest does not name that plan."""
        data = codec.encode(BoardPlan(v=1, area=area, items=list(items)))
        ref = PlanRef(sha256=self.put(data), bytes=len(data))
        boards = ref if names else None
        self.manifest(Manifest(v=1, area=AREA, ver=self.next_version(), iat=0, days={}, boards=boards))

    def manifest(self, manifest: Manifest) -> None:
        self.deliver(topics.area_plan(manifest.area), signing.signed(manifest))

    def item(
        self, name: str, start_at: int, *, dur_ms: int = MINUTE_MS, prio: int = 4, after: str = "drop"
    ) -> PlanItem:
        sha256 = self.put(name.encode())
        audio = Audio(sha256=sha256, bytes=len(name), dur_ms=dur_ms)
        return PlanItem(item=name, start_at=start_at, end_at=start_at + dur_ms, prio=prio, audio=audio, after=after)

    def command(self, cid: str = "", **fields: object) -> Command:
        self._versions += 1
        base = Command(
            v=1,
            cid=cid or f"cid-{self._versions}",
            type="selftest",
            prio=4,
            iat=self.now,
            nbf=self.now,
            exp=self.now + 10 * MINUTE_MS,
            target=Target(areas=[AREA]),
            jitter_ms=0,
        )
        return msgspec.structs.replace(base, **fields)

    def play(self, cid: str = "", *, dur_ms: int = MINUTE_MS, play: Play | None = None, **fields: object) -> Command:
        sha256 = self.put(b"live words")
        content = Audio(sha256=sha256, bytes=10, dur_ms=dur_ms)
        return self.command(cid, type="play", content=content, play=play or Play(), **fields)

    def order(self, command: Command, kid: str = "plan") -> None:
        self.deliver(topics.area_command(AREA), signing.signed(command, kid, signing.KEYS[kid]))

    def beacon(self, now: int) -> None:
        self.deliver(topics.time_beacon(), signing.signed(Beacon(v=1, now=now, keyset=1)))

    def deliver(self, topic: str, payload: bytes) -> None:
        self.feed(MessageDelivered(topic, payload))

    def spoil(self, sha256: str) -> None:
        """Report content that the card cannot read."""
        self.flash.content.pop(sha256, None)
        self.feed(ContentSpoilt(sha256))

    def lose_card(self, item: str) -> None:
        """End an item on the card's own initiative."""
        self.card.stop(item)
        self._meet()

    def press_stop(self) -> None:
        """Press the stop key at the device."""
        self.feed(LocalStop())

    @staticmethod
    def changed(command: Command, **changes: object) -> Command:
        return msgspec.structs.replace(command, **changes)

    def put(self, data: bytes) -> str:
        sha256 = hashlib.sha256(data).hexdigest()
        self._content[sha256] = data
        return sha256

    def next_version(self) -> int:
        self._versions += 1
        return self._versions

    # Messages of the device.

    def acks(self) -> list[Ack]:
        return [codec.decode(Ack, sent.body) for sent in self.sent(topics.device_ack(DEVICE))]

    def last_ack(self, cid: str) -> Ack:
        return [ack for ack in self.acks() if ack.cid == cid][-1]

    def announced(self, standing: ExecutionState) -> set[str]:
        return {item for ack in self.acks() if ack.st is standing for item in ack.items}

    def events(self) -> list[DeviceEvent]:
        return [codec.decode(DeviceEvent, sent.body) for sent in self.sent(topics.device_event(DEVICE))]

    def records(self) -> list[AsRunRecord]:
        """Return every record that was ever sent, once."""
        found = {record.rid: record for event in self.events() for record in event.records}
        return list(found.values())

    def results(self) -> list[tuple[str, str, str | None]]:
        return [(record.item, record.result, record.code) for record in self.records()]

    def sent(self, topic: str) -> list[Publish]:
        return [sent for sent in self.published if sent.topic == topic]


def ready_device(*, quiet: list[QuietHours] | None = None, has_loudspeaker: bool = True) -> DeviceHarness:
    """Return a device that is powered, connected, and has its desired state."""
    device = DeviceHarness(has_loudspeaker=has_loudspeaker)
    device.power_on()
    device.connect()
    device.desire(quiet=quiet or [])
    return device
