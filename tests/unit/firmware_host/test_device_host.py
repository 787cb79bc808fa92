"""Device host: order of events and effects, power cuts, the watchdog, and the hardware that each effect reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import msgspec
import pytest

from devices.protocol.messages import Code, Proof
from firmware_sim.core.effects import (
    Connect,
    Effect,
    Fetch,
    Keep,
    Probe,
    Publish,
    Restart,
    Save,
    ScreenEffect,
    SetContact,
    ShowKeypad,
    ShowText,
    SoundEffect,
    StopSound,
    Store,
    Subscribe,
    Unsubscribe,
    WakeAt,
    WriteSlot,
)
from firmware_sim.core.events import (
    ContentHeld,
    Event,
    LocalStop,
    Measured,
    Measurements,
    PowerOn,
    Woken,
)
from firmware_sim.host.device_host import DeviceHost, Hardware, RewrittenLink
from firmware_sim.storage.flash import JournalEntry

POWER = PowerOn(nonce="boot")
PROOF = Proof(amp_ma=60, mic_db=-55.0)
WILL = Publish("state", b"gone")


class PaperCore:
    """Core that answers each type of event with the effects that a test names, and writes down its calls."""

    def __init__(self, **answers: tuple[Effect, ...]) -> None:
        self.answers = answers
        self.calls: list[str] = []

    def handle(self, event: Event, local_ms: int) -> list[Effect]:
        return [*self.meet(event, local_ms), *self.settle(local_ms)]

    def meet(self, event: Event, local_ms: int) -> list[Effect]:
        self.calls.append(f"{type(event).__name__} {local_ms}")
        return list(self.answers.get(type(event).__name__, ()))

    def settle(self, local_ms: int) -> list[Effect]:
        self.calls.append(f"settle {local_ms}")
        return list(self.answers.get("settle", ()))


@dataclass
class PaperHardware:
    """All hardware of a device on paper: ``done`` lists what reached it, in order."""

    done: list[str] = field(default_factory=list)
    on: Callable[[str], object] = lambda _: None
    now_ms: int = 7

    def _note(self, what: str) -> None:
        self.done.append(what)
        self.on(what)

    def local_ms(self) -> int:
        return self.now_ms

    def wake_at(self, local_ms: int) -> None:
        self._note(f"wake {local_ms}")

    def save(self, entries: Iterable[JournalEntry]) -> None:
        self._note(f"save {len(list(entries))}")

    def publish(self, message: Publish) -> None:
        self._note(f"publish {message.topic}")

    def subscribe(self, topics: Iterable[tuple[str, int]]) -> None:
        self._note(f"subscribe {list(topics)}")

    def unsubscribe(self, topics: Iterable[str]) -> None:
        self._note(f"unsubscribe {list(topics)}")

    def want(self, fetch: Fetch) -> None:
        self._note(f"want {fetch.sha256}")

    def put(self, sha256: str, data: bytes) -> None:
        self._note(f"put {sha256} {len(data)}")

    def keep_only(self, sha256s: frozenset[str]) -> None:
        self._note(f"keep {sorted(sha256s)}")

    def do(self, effect: SoundEffect | ScreenEffect) -> None:
        self._note(type(effect).__name__)

    def idle_proof(self) -> Proof:
        return PROOF

    def restart(self, reason: str) -> None:
        self._note(f"restart {reason}")

    def contact(self, is_closed: object) -> None:
        self._note(f"contact {is_closed}")

    def keypad(self, shown: ShowKeypad) -> None:
        self._note(f"keypad {shown.refusal}")


class Stand:
    """Host on paper hardware. ``faults`` are those that its watchdog was called with."""

    def __init__(
        self, core: PaperCore, *, faults: tuple[type[Exception], ...] = (OSError,), settles_each: bool = True
    ) -> None:
        self.core = core
        self.paper = PaperHardware()
        self.faults: list[str] = []
        self.idle = 0
        paper = self.paper
        self.host = DeviceHost(
            Hardware(
                paper,
                paper,
                paper,
                paper,
                paper,
                paper.restart,
                screen=paper,
                contact=paper.contact,
                keypad=paper.keypad,
            ),
            on_fault=lambda fault: self.faults.append(str(fault)),
            faults=faults,
            on_idle=self._is_idle,
            settles_each=settles_each,
        )
        self.host.boot(core, POWER)

    def _is_idle(self) -> None:
        self.idle += 1


REACHED: list[tuple[Effect, list[str]]] = [
    (Save((JournalEntry("a", "b", 1),)), ["save 1"]),
    (Publish("t", b""), ["publish t"]),
    (Connect(WILL), []),
    (Subscribe((("t", 1),)), ["subscribe [('t', 1)]"]),
    (Unsubscribe(("t",)), ["unsubscribe ['t']"]),
    (Fetch("s", 1, 0, ""), ["want s"]),
    (Keep(frozenset({"s"})), ["keep ['s']"]),
    (Store("s", b"ab"), ["put s 2"]),
    (Probe("p"), []),
    (WriteSlot("b", "s"), []),
    (SetContact(is_closed=True), ["contact True"]),
    (WakeAt(9), ["wake 9"]),
    (Restart("order"), ["restart order"]),
    (ShowKeypad(Code.WRONG_PIN), ["keypad WRONG_PIN"]),
]


@pytest.mark.parametrize(("effect", "done"), REACHED, ids=lambda value: type(value).__name__)
def test_an_effect_reaches_its_hardware(effect: Effect, done: list[str]) -> None:
    assert Stand(PaperCore(PowerOn=(effect,))).paper.done == done


def made(kind: type[Effect]) -> Effect:
    """Make an effect of sound or screen; the host looks at none of its fields."""
    make: Callable[..., Effect] = kind
    return make(**{each.name: None for each in msgspec.structs.fields(kind) if each.required})


@pytest.mark.parametrize(
    "kind", [*SoundEffect.__subclasses__(), *ScreenEffect.__subclasses__()], ids=lambda kind: kind.__name__
)
def test_an_effect_of_sound_or_screen_reaches_the_outlet(kind: type[Effect]) -> None:
    assert Stand(PaperCore(PowerOn=(made(kind),))).paper.done == [kind.__name__]


def test_no_effect_is_left_out() -> None:
    tested = {type(effect) for effect, _ in REACHED} | {SoundEffect, ScreenEffect}
    assert tested == set(Effect.__subclasses__())


def test_a_device_without_screen_contact_and_slots_goes_on() -> None:
    core = PaperCore(PowerOn=(made(ShowText), SetContact(is_closed=True), ShowKeypad(None), WriteSlot("b", "s")))
    stand = Stand(PaperCore())
    paper = stand.paper
    stand.host.hardware = Hardware(paper, paper, paper, paper, paper, paper.restart)
    stand.host.boot(core, POWER)
    assert stand.paper.done == []
    assert core.calls == ["PowerOn 7", "settle 7", "SlotWritten 7", "settle 7"]


def test_events_caused_by_effects_wait_their_turn() -> None:
    core = PaperCore(PowerOn=(Store("s", b""), Publish("first", b"")), ContentHeld=(Publish("second", b""),))
    stand = Stand(PaperCore())
    stand.paper.on = lambda what: stand.host.feed(ContentHeld("s")) if what.startswith("put") else None
    stand.host.boot(core, POWER)
    assert stand.paper.done == ["put s 0", "publish first", "publish second"]
    assert core.calls == ["PowerOn 7", "settle 7", "ContentHeld 7", "settle 7"]


def test_a_probe_is_answered_by_the_hardware() -> None:
    core = PaperCore(PowerOn=(Probe("p"),), Probed=(StopSound("p"),))
    assert Stand(core).paper.done == ["StopSound"]
    assert core.calls[2] == "Probed 7"


def test_the_will_is_that_of_the_last_connection() -> None:
    stand = Stand(PaperCore())
    assert stand.host.will() is None
    stand.core.answers["Connecting"] = (Connect(WILL),)
    assert stand.host.will() == WILL


def test_power_may_fail_between_two_effects() -> None:
    stand = Stand(PaperCore(LocalStop=(Publish("first", b""), Publish("second", b""))))
    stand.paper.on = lambda _: stand.host.power_off()
    stand.host.feed(LocalStop())
    assert stand.paper.done == ["publish first"]
    assert not stand.host.is_on
    stand.host.feed(Woken())
    assert stand.core.calls == ["PowerOn 7", "settle 7", "LocalStop 7", "settle 7"]


def test_the_watchdog_bites_where_flash_refuses_a_write() -> None:
    stand = Stand(PaperCore(LocalStop=(Save(()), Publish("never", b""))))

    def refuse(_: str) -> None:
        stand.host.queue(Woken())
        raise OSError("read-only")

    stand.paper.on = refuse
    stand.host.feed(LocalStop())
    assert (stand.faults, stand.paper.done) == (["read-only"], ["save 0"])
    assert not stand.host.is_busy
    stand.paper.on = lambda _: None
    stand.host.run()
    assert stand.core.calls[-1] == "settle 7", "the waiting event is dropped"


def test_a_fault_that_is_not_the_watchdogs_is_raised() -> None:
    stand = Stand(PaperCore(LocalStop=(Save(()),)), faults=())
    stand.paper.on = _refuse
    with pytest.raises(OSError, match="read-only"):
        stand.host.feed(LocalStop())
    assert not stand.host.is_busy


def _refuse(_: str) -> None:
    raise OSError("read-only")


def test_a_measurement_is_not_settled_where_another_event_follows() -> None:
    stand = Stand(PaperCore())
    stand.host.queue(Measured(Measurements()))
    stand.host.feed(Woken())
    assert stand.core.calls[2:] == ["Measured 7", "Woken 7", "settle 7"]
    stand.host.feed(Measured(Measurements()))
    assert stand.core.calls[5:] == ["Measured 7", "settle 7"]


def test_idle_is_told_after_the_last_event() -> None:
    stand = Stand(PaperCore())
    before = stand.idle
    stand.host.queue(LocalStop())
    stand.host.queue(Woken())
    stand.host.run()
    assert stand.idle == before + 1


def test_an_owner_that_settles_does_so_once_for_many_events() -> None:
    stand = Stand(PaperCore(settle=(Probe("p"),)), settles_each=False)
    stand.host.feed(LocalStop())
    stand.host.feed(Woken())
    assert stand.core.calls == ["PowerOn 7", "LocalStop 7", "Woken 7"]
    stand.core.answers["Probed"] = (Publish("probed", b""),)
    stand.paper.on = lambda _: stand.core.answers.pop("settle", None)
    stand.host.settle()
    assert stand.core.calls[3:] == ["settle 7", "Probed 7", "settle 7"]
    assert stand.paper.done == ["publish probed"]


def test_a_rewritten_link_changes_messages_only() -> None:
    paper = PaperHardware()
    link = RewrittenLink(paper, lambda message: msgspec.structs.replace(message, topic=f"not {message.topic}"))
    link.publish(Publish("t", b""))
    link.subscribe([("t", 1)])
    link.unsubscribe(["t"])
    assert paper.done == ["publish not t", "subscribe [('t', 1)]", "unsubscribe ['t']"]


def test_nothing_is_told_of_a_connection_without_power() -> None:
    stand = Stand(PaperCore(Connecting=(Connect(WILL),)))
    stand.host.power_off()
    assert stand.host.will() is None
    assert stand.core.calls == ["PowerOn 7", "settle 7"]
