from __future__ import annotations

import asyncio

import pytest

from bench.load import swarm_hardware
from bench.load.swarm_hardware import SwarmFetch
from firmware_sim.core.effects import Fetch

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_a_download_that_hangs_is_given_up_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swarm_hardware, "READ_TIMEOUT_S", 0.05)

    async def fetched() -> tuple[bytes, int]:
        held: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        attempts = 0

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal attempts
            attempts += 1
            await reader.readuntil(b"\r\n\r\n")
            if attempts == 1:
                await reader.read()  # until the other side gives up
            else:
                writer.write(ANSWER)
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            fetch = Fetch("a" * 64, 2, 0, f"http://127.0.0.1:{port}", is_urgent=True)

            def on_held(data: bytes) -> bool:
                held.set_result(data)
                return True

            SwarmFetch(fetch, on_held).start()
            return await asyncio.wait_for(held, 30), attempts

    assert asyncio.run(fetched()) == (b"ok", 2)
