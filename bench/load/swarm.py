"""Swarm: thousands of devices in one process, for measuring: real links, real cores, flash in memory, no sound.

Driven by JSON lines on standard input, answered by JSON lines on standard output:

* ``{"arm": K, "bare": false}`` → ``{"event": "armed", "round": K}``; then every command is counted, and ``{"event":
  "round", "round": K, "count": N, "last_ns": …, "sirens": N, "siren_ms": …, "silenced": N}`` gives when the last device
  had obeyed its command (bare: had received it), on the machine's monotonic clock. Of those, ``sirens`` handed a siren
  to their card, the slowest ``siren_ms`` after the command came, with its card's own time; ``silenced`` stopped one.
* With ``"answers": true`` a bare device also answers, after its share of an alert's jitter.
* With ``"words": true``, also: ``{"event": "words", "round": K, "count": N, "at_ns": […]}``, once every device has
  speech to sound: when the first of it sounds, on the same clock.
* ``{"live": true}`` → ``{"event": "listening"}``; then frames of a live address are counted, until ``{"live": false}``
  → ``{"event": "live", "delay_ms": {…}}``: number of frames by delay from capture to sound.
* ``{"state": true}`` → ``{"event": "state", "online": N, "connected_ns": …, "obeyed": [least, most], "words": N}``: how
  many are connected, when the last connection was made, how many commands each has obeyed since the round was armed,
  and, while words are awaited, how many devices have them.
* ``{"storm": true}`` → ``{"event": "watching"}``; then ``{"storm": false}`` → ``{"event": "storm", "topics": {…}}``: of
  each topic of alerts and drills the number of devices that have judged a command of it, and when the last one had.
* end of input: stop.
"""

import asyncio
import gc
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence

from bench.load.bare_client import BareClient
from bench.load.shared_timer import SharedTimer
from bench.load.swarm_device import SharedKeys, SwarmDevice, SwarmFolder
from bench.load.swarm_hardware import CARD_MS, SwarmInbox
from firmware_sim.host.fleet import allow_open_files
from firmware_sim.network.link import Crowd


class Swarm:
    """Swarm: its devices, and the counters of a round."""

    def __init__(self, place: SwarmFolder) -> None:
        self._place = place
        self._total = len(place.ids)
        self._round = 0
        self._count = 0
        self._sirens = 0
        self._siren_ns = 0
        self._silenced = 0
        self._words: list[int] | None = None
        self._delays: Counter[int] = Counter()
        self._verified: dict[str, tuple[int, int]] = {}
        self._is_storm = False
        self.is_bare = self.is_answering = False
        self._connected = 0
        self._connected_ns = 0
        self._devices: Sequence[SwarmDevice | BareClient] = ()
        self._obeyed: Sequence[int] = ()
        self._all_connected = asyncio.Event()

    async def run(self) -> None:
        allow_open_files(self._total * 2 + 200)
        keys = SharedKeys.from_root(self._place.root_x, (self._place.folder / "keyset.jws").read_bytes())
        timer, inbox = SharedTimer(), SwarmInbox()
        crowd = Crowd(timer.after)
        began_s = time.monotonic()
        self._devices = [
            BareClient(name, self._place, self, crowd)
            if self._place.is_bare
            else SwarmDevice(name, self._place, self, keys, crowd, timer=timer, inbox=inbox)
            for name in self._place.ids
        ]
        tasks = [asyncio.create_task(each.run()) for each in self._devices]
        await self._all_connected.wait()
        gc.collect()
        gc.freeze()
        gc.disable()  # one process stands for thousands, none of which would ever collect this much: between rounds
        tell(event="connected", devices=self._total, seconds=round(time.monotonic() - began_s, 1))
        await self._obey_input()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def connected(self) -> None:
        self._connected += 1
        self._connected_ns = time.monotonic_ns()
        if self._connected == self._total:
            self._all_connected.set()

    def count(self) -> None:
        """Count a device that has obeyed (bare: received) the round's command."""
        self._count += 1
        if self._count == self._total and not self._is_storm:
            tell(
                event="round",
                round=self._round,
                count=self._count,
                last_ns=time.monotonic_ns(),
                sirens=self._sirens,
                siren_ms=round(self._siren_ns / 1e6 + CARD_MS, 3) if self._sirens else None,
                silenced=self._silenced,
            )

    def siren(self, after_ns: int) -> None:
        """Count a device that handed a siren to its card ``after_ns`` after its command came."""
        self._sirens += 1
        self._siren_ns = max(self._siren_ns, after_ns)

    def silenced(self) -> None:
        """Count a device that ordered its card to stop a siren."""
        self._silenced += 1

    def words(self, at_ns: int) -> None:
        """Note when a device's speech begins to sound."""
        if self._words is None:
            return
        self._words.append(at_ns)
        if len(self._words) == self._total:
            tell(event="words", round=self._round, count=self._total, at_ns=self._words)
            self._words = None

    def frame(self, delay_ms: int) -> None:
        """Count a frame that sounds ``delay_ms`` after it was captured."""
        self._delays[delay_ms] += 1

    def _tell_state(self) -> None:
        online = sum(each.is_online for each in self._devices)
        fresh = [each.obeyed - before for each, before in zip(self._devices, self._obeyed, strict=False)]
        obeyed = [min(fresh, default=0), max(fresh, default=0)]
        words = len(self._words or ())
        tell(event="state", online=online, connected_ns=self._connected_ns, obeyed=obeyed, words=words)

    def verified(self, topic: str) -> None:
        """Count a device that has judged a command of this topic."""
        self._verified[topic] = (self._verified.get(topic, (0, 0))[0] + 1, time.monotonic_ns())

    def _watch_topics(self, *, is_on: bool) -> None:
        self._is_storm = True  # until the next round is armed
        if is_on:
            self._verified.clear()
            tell(event="watching")
        else:
            tell(event="storm", topics=self._verified)

    def _listen(self, *, is_on: bool) -> None:
        if is_on:
            self._delays.clear()
            tell(event="listening")
        else:
            tell(event="live", delay_ms=dict(self._delays))

    async def _obey_input(self) -> None:
        reader = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        while line := await reader.readline():
            order = json.loads(line)
            if "state" in order:
                self._tell_state()
                continue
            gc.collect()
            if "live" in order:
                self._listen(is_on=order["live"])
                continue
            if "storm" in order:
                self._watch_topics(is_on=order["storm"])
                continue
            self._obeyed = [each.obeyed for each in self._devices]
            self._round, self.is_bare, self._count, self._is_storm = order["arm"], order["bare"], 0, False
            self.is_answering = bool(order.get("answers"))
            self._sirens = self._siren_ns = self._silenced = 0
            self._words = [] if order.get("words") else None
            tell(event="armed", round=self._round)


def tell(**line: object) -> None:
    print(json.dumps(line), flush=True)
