"""Attempts to have a loudspeaker sound what no two people signed: every kind of message, with what is forged on it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from devices.protocol import codec, jws, topics
from devices.protocol.authorisation import SignaturePolicy
from devices.protocol.keyset import ROOT_KID
from devices.protocol.messages import (
    AlertContent,
    Audio,
    Beacon,
    Command,
    Desired,
    Image,
    Install,
    KeyRole,
    Keyset,
    Live,
    LocalOrder,
    LocalOrders,
    Manifest,
    Plan,
    PlanItem,
    PlanRef,
    Play,
    PublicKey,
    Target,
    Wire,
)
from tests.builders.forged_alerts import forgeries
from tests.builders.officers import SigningOfficer, an_alert, officers, signed
from tests.unit.firmware import signing
from tests.unit.firmware.address import session_key
from tests.unit.firmware.device_harness import AREA, CHAIN, DEVICE, MINUTE_MS, DeviceHarness
from tests.unit.protocol.trust import NOW_MS

FENCES = (*[1] * 600, 2**40)
"""The true gateway's; rarely a high one, which shuts out the attacker who asks the signer as well."""
SOUND = b"words of the attacker"
ALERT, EMERGENCY, REPLAY, DRILL, END = "alert", "play of priority 9", "replay", "drill", "end or other command"
PLAY, ADDRESS, PLANNED, SELF_TEST = "play", "live address", "planned bulletin", "audible self-test"
SETTINGS, CLOCK, LOCAL = "settings", "beacon", "local orders"
KEYSET, OFFICERS, FIRMWARE = "keyset", "officers", "firmware"


@dataclass(frozen=True)
class Attempt:
    """Message of one kind, for the key of this role. ``kid``: instead, for the stranger's key under this name.

    ``name``: that of its sound. ``then``: what is sent after it.
    """

    kind: str
    topic: str
    role: str
    body: Wire
    name: str
    kid: str = ""
    then: Attempt | None = None


@dataclass
class Attempts:
    """Attempts by a seed, before a device that can fetch what they name. ``kids``: names of the installation's keys."""

    seed: int
    real: Command
    spare: Command
    named: SigningOfficer
    kids: Sequence[str]
    device: Callable[[], DeviceHarness]
    _draw: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._draw = random.Random(self.seed)

    def take(self, count: int) -> Iterator[Attempt]:
        """Yield so many: two of five are alerts that look approved, the others of every other kind in turn."""
        alerts = forgeries(count, self.seed, self.real, self.spare, self.named)
        kinds = (
            *(self._emergency, self._drill, self._played, self._address, self._planned, self._self_test),
            *(self._replay, self._ends, self._settings, self._clock, self._local),
            *(self._keyset, self._officers, self._firmware),
        )
        for number in range(count):
            if number % 5 < 2:
                yield self._alert(next(alerts))
            else:
                yield kinds[number % len(kinds)](number)

    def _alert(self, body: Command) -> Attempt:
        draw = self._draw
        here = msgspec.structs.replace(
            body.target, areas=["tinh-1" if each == "tinh" else each for each in body.target.areas]
        )
        body = msgspec.structs.replace(body, target=here, jitter_ms=0, fence=draw.choice(FENCES))
        return self._sent(ALERT, body, topics.area_alert(AREA))

    def _emergency(self, number: int) -> Attempt:
        return self._sent(EMERGENCY, self._sounding(number, prio=9, alert=None), topics.area_alert(AREA))

    def _drill(self, number: int) -> Attempt:
        content = AlertContent(id=f"d{number}", level=3, hazard="flash_flood", issued_at=NOW_MS, text="Chạy đi!")
        command = an_alert(
            cid=f"drill-{number}", drill=True, alert=content, target=Target(areas=[AREA]), jitter_ms=0, fence=1
        )
        return self._sent(DRILL, command, topics.area_drill(AREA))

    def _played(self, number: int) -> Attempt:
        return self._sent(PLAY, self._sounding(number, prio=self._draw.randrange(9)), topics.area_command(AREA))

    def _address(self, number: int) -> Attempt:
        key = session_key(number % 200 + 1)
        live = Live(session=f"live-{number}", key=key.x, until=NOW_MS + 60 * MINUTE_MS, warm_ms=0, chime_ms=500)
        command = self._command(f"live-{number}", type="live_start", prio=self._draw.randrange(10), live=live)
        return self._sent(ADDRESS, command, topics.area_command(AREA))

    def _planned(self, number: int) -> Attempt:
        audio = Audio(sha256=self.device().put(SOUND), bytes=len(SOUND), dur_ms=1_000)
        start = self.device().now + 1_000
        item = PlanItem(f"item-{number}", start, start + 1_000, self._draw.randrange(10), audio, "drop")
        day = "2025-11-24"
        plan = codec.encode(Plan(v=1, area=AREA, day=day, items=[item]))
        days = {day: PlanRef(sha256=self.device().put(plan), bytes=len(plan))}
        body = Manifest(v=1, area=AREA, ver=number + 100, iat=NOW_MS, days=days)
        return Attempt(PLANNED, topics.area_plan(AREA), KeyRole.PLAN, body, item.item)

    def _self_test(self, number: int) -> Attempt:
        command = self._command(f"test-{number}", type="selftest", prio=self._draw.randrange(10), audible=True)
        return self._sent(SELF_TEST, command, topics.area_command(AREA))

    def _ends(self, number: int) -> Attempt:
        kind = self._draw.choice(["cancel", "stop", "receipt", "resync", "synced", "reboot", "volume"])
        refs = [self._draw.choice([self.real.cid, "order-1"])]
        command = self._command(f"end-{number}", type=kind, prio=9, refs=refs, volume_pct=100)
        return self._sent(END, command, topics.area_command(AREA))

    def _replay(self, _number: int) -> Attempt:
        command = self._draw.choice([self.real, msgspec.structs.replace(self.real, fence=1, jitter_ms=5)])
        return self._sent(REPLAY, command, topics.area_alert(AREA))

    def _settings(self, number: int) -> Attempt:
        body = Desired(v=1, device=DEVICE, ver=number + 100, iat=NOW_MS, areas=list(CHAIN), report_s=3600)
        return Attempt(SETTINGS, topics.device_desired(DEVICE), KeyRole.PLAN, body, SETTINGS)

    def _clock(self, number: int) -> Attempt:
        body = Beacon(
            v=1,
            now=NOW_MS + self._draw.randrange(-MINUTE_MS, MINUTE_MS),
            keyset=number,
            fence=self._draw.choice(FENCES),
        )
        return Attempt(CLOCK, topics.time_beacon(), KeyRole.PLAN, body, CLOCK)

    def _local(self, number: int) -> Attempt:
        warning = AlertContent(id="o1", level=3, hazard="flash_flood", issued_at=0)
        orders = [LocalOrder(id="o1", lasts_ms=60 * MINUTE_MS, alert=warning)]
        body = LocalOrders(*(1, DEVICE, AREA, number + 100, NOW_MS, NOW_MS - 1_000, NOW_MS + MINUTE_MS), orders=orders)
        return Attempt(LOCAL, topics.device_local(DEVICE), KeyRole.ALERT, body, LOCAL)

    def _keyset(self, number: int) -> Attempt:
        """Name a key of one's own, and have something played by it."""
        mine = PublicKey("mine", KeyRole.PLAN, jws.public_x(signing.STRANGER), 0, signing.FOREVER)
        played = self._sounding(number, prio=4)
        after = Attempt(KEYSET, topics.area_command(AREA), KeyRole.PLAN, played, played.cid, kid=mine.kid)
        body = Keyset(v=1, ver=number + 100, iat=NOW_MS, keys=[mine])
        return Attempt(KEYSET, topics.keys(), ROOT_KID, body, "", then=after)

    def _officers(self, number: int) -> Attempt:
        """Name officers of one's own, and send an alert that they signed."""
        mine = [SigningOfficer(name, {AREA: 3}) for name in ("mai", "minh")]
        policy = self._draw.choice([SignaturePolicy.OFF, SignaturePolicy.REQUIRED])
        order = signed(msgspec.structs.replace(self.real, authorisation=None, jitter_ms=0), *mine)
        after = Attempt(OFFICERS, topics.area_alert(AREA), KeyRole.ALERT, order, order.cid)
        body = officers(*mine, ver=number + 100, policy=policy).keyset
        return Attempt(OFFICERS, topics.officers(), ROOT_KID, body, "", then=after)

    def _firmware(self, number: int) -> Attempt:
        data = SOUND * 20
        found = Image(1, "sim-cluster", number + 100, "evil", self.device().put(data), len(data))
        manifest = signing.signed(found, self._draw.choice(self.kids), signing.STRANGER).decode()
        command = self._command(f"fw-{number}", type="install", prio=self._draw.choice([6, 9]))
        command = msgspec.structs.replace(command, install=Install(image=manifest))
        return replace(self._sent(FIRMWARE, command, topics.device_command(DEVICE)), name=found.sha256)

    def _sounding(self, number: int, **fields: object) -> Command:
        content = Audio(sha256=self.device().put(SOUND), bytes=len(SOUND), dur_ms=1_000)
        return self._command(f"play-{number}", type="play", content=content, play=Play(volume_pct=100), **fields)

    def _command(self, cid: str, **fields: object) -> Command:
        target = self._draw.choice([Target(areas=[AREA]), Target(devices=[DEVICE]), Target(areas=["tinh-1"])])
        return an_alert(cid=cid, **{"alert": None, "target": target, "jitter_ms": 0, "fence": 1, **fields})

    def _sent(self, kind: str, command: Command, topic: str) -> Attempt:
        """Return the command, one in five with other dates or another topic, for the key that the protocol wants."""
        draw = self._draw
        if draw.random() < 0.2:
            shift = draw.choice([-120, 30, 24 * 60]) * MINUTE_MS
            moved = {name: getattr(command, name) + shift for name in ("iat", "nbf", "exp")}
            command = msgspec.structs.replace(command, **moved)
        if draw.random() < 0.2:
            of = draw.choice([topics.area_alert, topics.area_drill, topics.area_command])
            topic = draw.choice([of(draw.choice(CHAIN)), topics.device_command(DEVICE)])
        role = KeyRole.DRILL if command.drill else KeyRole.ALERT if command.prio >= 9 else KeyRole.PLAN
        return Attempt(kind, topic, role, command, command.cid)


def spare_of(real: Command, *people: SigningOfficer) -> Command:
    """Return another alert that the same people signed."""
    assert real.alert is not None
    return signed(an_alert(alert=msgspec.structs.replace(real.alert, id="a2", text="Sơ tán ngay.")), *people)
