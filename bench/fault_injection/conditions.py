"""Network conditions between a box and the server, and the shaping of its link by them in real time."""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

FAIR_MS: Final = (40, 250)
"""One-way delay over a sound mobile network: a device has its own steady value in this range."""
RETRANSMIT_MS: Final = 300
LOST_AGAIN_MAX: Final = 6


@dataclass(slots=True)
class LinkConditions:
    """Network conditions. ``base_ms``: one way. ``is_held``, or no ``has_signal``: nothing passes, no end knows.

    ``is_spoilt``: a broken cache on the way hands out wrong bytes. ``loss``: of packets, which are sent again later.

    ``is_doubled``: acknowledgements are lost, so every QoS 1 message comes twice. ``nat_idle_s``: the carrier forgets a
    connection that was idle for this long; 0: never. ``is_unordered``: only messages of one topic keep their order.
    """

    base_ms: int
    is_held: bool = False
    has_signal: bool = True
    delay_ms: int = 0
    loss: float = 0.0
    is_doubled: bool = False
    nat_idle_s: int = 0
    is_spoilt: bool = False
    is_unordered: bool = False

    @property
    def is_cut(self) -> bool:
        return self.is_held or not self.has_signal

    def late_ms(self, dice: random.Random) -> int:
        """Return the one-way delay of a message: every loss costs a retransmission, each twice as long as the last."""
        late, again = self.base_ms + self.delay_ms, RETRANSMIT_MS
        if self.loss:
            for _ in range(LOST_AGAIN_MAX):
                if dice.random() >= self.loss:
                    break
                late += again
                again *= 2
        return late


class NetworkShaper:
    """Both directions of one device's connection. After a change of ``network`` from outside call ``changed``.

    TCP's promises hold on it: data that is held up arrives, in order, when the network is open again, unless either end
    has hung up meanwhile.
    """

    def __init__(self, network: LinkConditions, dice: random.Random, loop: asyncio.AbstractEventLoop) -> None:
        self.network = network
        self._loop = loop
        self._passed_s = loop.time()
        self._is_forgotten = False
        self._is_open = asyncio.Event()
        self.up = _ShapedDirection(self, dice, loop)
        self.down = _ShapedDirection(self, dice, loop)
        self.changed()

    def begin(self) -> None:
        """Begin another connection: waiting data belonged to the previous one."""
        self._is_forgotten = False
        self._passed_s = self._loop.time()
        self.up.forget()
        self.down.forget()

    def changed(self) -> None:
        """Apply a change of the conditions."""
        if self.network.is_cut:
            self._is_open.clear()
            return
        self._is_open.set()
        self.up.pass_on()
        self.down.pass_on()

    async def opened(self) -> None:
        """Wait until data can pass."""
        await self._is_open.wait()

    def is_known(self) -> bool:
        """Return whether the carrier still knows this connection; asked with each packet, which keeps it known."""
        now_s, idle_s = self._loop.time(), self.network.nat_idle_s
        self._is_forgotten |= bool(idle_s) and now_s - self._passed_s > idle_s
        self._passed_s = now_s
        return not self._is_forgotten


class _ShapedDirection:
    """One direction of the connection, in order."""

    def __init__(self, shaper: NetworkShaper, dice: random.Random, loop: asyncio.AbstractEventLoop) -> None:
        self._shaper = shaper
        self._dice = dice
        self._loop = loop
        self._waiting: deque[tuple[float, Callable[[], object]]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def carry(self, arrive: Callable[[], object]) -> None:
        """Call ``arrive`` when the data is through: perhaps at once, perhaps never."""
        if not self._shaper.is_known():
            return
        late_s = self._shaper.network.late_ms(self._dice) / 1000
        if not late_s and not self._waiting and not self._shaper.network.is_cut:
            arrive()
            return
        due_s = self._loop.time() + late_s
        # In order: data arrives no sooner than the data before it.
        self._waiting.append((max(due_s, self._waiting[-1][0]) if self._waiting else due_s, arrive))
        self._wait()

    def pass_on(self) -> None:
        """Pass on data that is due, while the network is open."""
        while self._waiting and not self._shaper.network.is_cut and self._waiting[0][0] <= self._loop.time():
            self._waiting.popleft()[1]()
        self._wait()

    def forget(self) -> None:
        self._waiting.clear()
        self._wait()

    def _wait(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting and not self._shaper.network.is_cut:
            self._timer = self._loop.call_later(max(0.0, self._waiting[0][0] - self._loop.time()), self.pass_on)
