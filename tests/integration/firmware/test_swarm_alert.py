"""Swarm on a real broker: an alert reaches all, its words by message or by fetch, its cancel silences."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.load.swarm_hardware import SwarmFetch
from bench.speed.field import furnish
from devices.protocol import codec, topics
from devices.protocol.messages import AlertContent, Speech, Target
from firmware_sim.core.effects import Fetch
from tests.integration.firmware.content_server import ContentServer
from tests.integration.firmware.province import Province

SWARM = 5
AREA = "bench-area"
WORDS = b"not even audio: a swarm's device has nothing to sound it with"


class Harness:
    """One swarm process, driven and read by lines."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def tell(self, **order: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        assert self.hear("armed")["round"] == order["arm"]

    def hear(self, event: str) -> dict[str, object]:
        (line,) = self.hear_all(event)
        return line

    def hear_all(self, *events: str) -> Sequence[dict[str, object]]:
        """Return the next lines in the order of ``events``; they may come in any."""
        assert self._process.stdout is not None
        lines = [json.loads(self._process.stdout.readline()) for _ in events]
        by_event = {line["event"]: line for line in lines}
        assert by_event.keys() == set(events)
        return [by_event[event] for event in events]


@contextmanager
def swarm(province: Province, content_url: str) -> Iterator[Harness]:
    settings = province.broker.settings
    furnish(settings, province.broker.keyring, SWARM)
    folder = settings.root / "swarm"
    about = json.loads((folder / "swarm.json").read_text())
    (folder / "swarm.json").write_text(json.dumps({**about, "content_url": content_url}))
    command = [sys.executable, "-m", "bench.load", "swarm", "--folder", str(folder), "--limit", str(SWARM)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        harness = Harness(process)
        try:
            harness.hear("connected")
            yield harness
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(30)


@pytest.mark.parametrize("way", ["message", "fetch"])
def test_every_device_has_its_siren_its_words_and_its_silence(province: Province, way: str, tmp_path: Path) -> None:
    assert tmp_path.exists()
    sha256 = hashlib.sha256(WORDS).hexdigest()
    said = Speech(lang="vi", sha256=sha256, bytes=len(WORDS), dur_ms=2_000)
    alert = AlertContent(id="a", level=3, hazard="flood", issued_at=0, tone_ms=0, speech=[said])
    command = province.command(cid="a-1", type="play", prio=9, alert=alert, target=Target(areas=[AREA]))
    cancel = province.command(cid="c-1", type="cancel", prio=9, refs=["a-1"], target=Target(areas=[AREA]))
    province.content.put(WORDS)
    with swarm(province, province.content.url if way == "fetch" else "") as harness:
        harness.tell(arm=1, bare=False, words=True)
        province.send_signed(topics.area_alert(AREA), codec.encode(command), "alert")
        if way == "message":
            province.send_raw(topics.area_speech(AREA, sha256), WORDS)
        found, spoken = harness.hear_all("round", "words")
        assert (found["count"], found["sirens"]) == (SWARM, SWARM)
        assert isinstance(found["siren_ms"], float)
        assert found["siren_ms"] > 0
        assert isinstance(found["last_ns"], int)
        words = spoken["at_ns"]
        assert isinstance(words, list)
        assert len(words) == SWARM
        harness.tell(arm=2, bare=False)
        province.send_signed(topics.area_command(AREA), codec.encode(cancel), "alert")
        assert harness.hear("round")["silenced"] == SWARM
        province.wait_for("all answered", lambda: len({ack.cid for ack in province.said if hasattr(ack, "cid")}) == 2)


def test_a_swarm_s_fetch_is_tried_again_until_what_came_is_right(content: ContentServer) -> None:
    content.lies.append(b"another")
    wanted = Fetch(content.put(WORDS), len(WORDS), 0, content.url, is_urgent=True)
    came: list[bytes] = []

    async def fetch() -> None:
        held = asyncio.Event()

        def on_held(data: bytes) -> bool:
            came.append(data)
            if data == WORDS:
                held.set()
            return data == WORDS

        SwarmFetch(wanted, on_held).start()
        async with asyncio.timeout(30):
            await held.wait()

    asyncio.run(fetch())
    assert came == [b"another", WORDS]
