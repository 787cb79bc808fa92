"""Slow line in front of a server, as a telephone in a village has on a bad day.

The browser's own emulation leaves a service worker's requests alone; a line slows whatever takes it.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

BYTES_A_SECOND: Final = 50_000
"""400 kbit/s, for all connections together."""
LATENCY_S: Final = 0.1
_BLOCK: Final = 4096


@dataclass
class SlowLine:
    """Line to the port ``to`` of this machine; ``is_slow``: else it is as fast as the machine."""

    to: int
    is_slow: bool = False
    carried: int = 0
    _free_at_s: float = 0.0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._connect(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def end(self) -> None:
        for each in tuple(self._tasks):
            each.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with closing(writer), suppress(OSError):
            # A connection that a browser opens in advance is none of the server's until something is asked.
            asked = await reader.read(_BLOCK)
            if not asked:
                return
            answer, server = await asyncio.open_connection("127.0.0.1", self.to)
            with closing(server):
                await self._late(LATENCY_S)
                server.write(asked)
                sending = asyncio.get_running_loop().create_task(self._carry(reader, server))
                try:
                    await self._carry(answer, writer)
                finally:
                    sending.cancel()
                    await asyncio.gather(sending, return_exceptions=True)

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while block := await source.read(_BLOCK):
            await self._late(self._turn_s(len(block)))
            sink.write(block)
            await sink.drain()

    def _turn_s(self, size: int) -> float:
        """Return how long the line needs until it has carried this too."""
        now_s = asyncio.get_running_loop().time()
        self._free_at_s = max(self._free_at_s, now_s) + size / BYTES_A_SECOND
        self.carried += size if self.is_slow else 0
        return self._free_at_s - now_s

    async def _late(self, wait_s: float) -> None:
        if self.is_slow:
            await asyncio.sleep(wait_s)
        else:
            self._free_at_s = 0.0


@contextmanager
def open_slow_line(to: int) -> Iterator[tuple[SlowLine, int]]:
    """Yield a line to the port, and the port of this end of it."""
    line, loop = SlowLine(to), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="slow line")
    thread.start()
    try:
        server = asyncio.run_coroutine_threadsafe(asyncio.start_server(line.connect, "127.0.0.1", 0), loop).result()
        try:
            yield line, server.sockets[0].getsockname()[1]
        finally:
            loop.call_soon_threadsafe(server.close)
            asyncio.run_coroutine_threadsafe(line.end(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
