"""Network conditions between devices and broker, as bad as in a storm.

Lost packets are shown as TCP shows them to a device: bytes come late, in order, and every loss costs a retransmission,
twice as long each time it is lost again. The ends of a TCP stream never see bytes lost or doubled: only whole
connections are lost, and only messages come twice, as the broker and the alert retries send them again.
"""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Self, TypeVar

T = TypeVar("T")

_CHUNK_BYTES: Final = 4096
_RETRANSMIT_S: Final = 0.3
_LOST_AGAIN_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class NetworkConditions:
    """Network conditions. ``loss``: share of chunks that are sent again. ``cuts_per_s``: rate of broken connections."""

    delay_s: float = 0.0
    loss: float = 0.0
    cuts_per_s: float = 0.0


FAIR: Final = NetworkConditions()


class NetworkProxy:
    """TCP proxy to a port of this machine. Call it only from outside its thread."""

    def __init__(self, upstream_port: int, seed: int) -> None:
        self._upstream_port = upstream_port
        self._dice = random.Random(seed)  # noqa: S311 - weather, no secret
        self._weather = FAIR
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._held: set[int] = set()
        self._let_go = asyncio.Event()
        self._writers: dict[int, tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = {}
        self._accepted = 0
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._do(self._serve())
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def become(self, weather: NetworkConditions) -> None:
        self._weather = weather

    def hold_half(self) -> None:
        """Hold back all bytes to the device of every second connection from now on."""

        def hold() -> None:
            self._let_go.clear()
            self._held.update(number for number in self._writers if number % 2)

        self._call(hold)

    def drop_held(self) -> None:
        """Cut the held connections, with all bytes on their way."""

        def drop() -> None:
            for number in self._held & self._writers.keys():
                self._cut(number)
            self._held.clear()
            self._let_go.set()

        self._call(drop)

    def _do(self, work: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def _call(self, work: Callable[[], object]) -> None:
        async def run() -> None:
            work()

        self._do(run())

    async def _serve(self) -> asyncio.Server:
        self._cutting = asyncio.create_task(self._cut_now_and_then())
        return await asyncio.start_server(self._relay, "127.0.0.1", 0, backlog=512)

    async def _close(self) -> None:
        self._cutting.cancel()
        self._server.close()
        for number in list(self._writers):
            self._cut(number)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _relay(self, device_in: asyncio.StreamReader, device_out: asyncio.StreamWriter) -> None:
        try:
            broker_in, broker_out = await asyncio.open_connection("127.0.0.1", self._upstream_port)
        except OSError:
            device_out.close()
            return
        self._accepted += 1
        number = self._accepted
        self._writers[number] = (device_out, broker_out)
        try:
            with suppress(OSError):
                async with asyncio.TaskGroup() as both:
                    both.create_task(self._pump(device_in, broker_out, None))
                    both.create_task(self._pump(broker_in, device_out, number))
        except* (OSError, asyncio.CancelledError):
            pass
        finally:
            self._cut(number)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int | None) -> None:
        """Copy bytes under the network conditions; ``number`` names the connection if the device is the receiver."""
        while data := await reader.read(_CHUNK_BYTES):
            if number in self._held:
                await self._let_go.wait()
            weather = self._weather
            if weather.delay_s or weather.loss:
                await asyncio.sleep(self._late_s(weather))
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError

    def _late_s(self, weather: NetworkConditions) -> float:
        late_s, again_s = weather.delay_s, _RETRANSMIT_S
        for _ in range(_LOST_AGAIN_MAX):
            if self._dice.random() >= weather.loss:
                break
            late_s += again_s
            again_s *= 2
        return late_s

    async def _cut_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(0.1)
            for number in list(self._writers):
                if self._dice.random() < self._weather.cuts_per_s / 10:
                    self._cut(number)

    def _cut(self, number: int) -> None:
        for writer in self._writers.pop(number, ()):
            with suppress(RuntimeError):
                writer.transport.abort()
