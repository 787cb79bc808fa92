"""Content on S3, chosen by settings alone, served to devices by the front of a running server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path

import pytest

from cms import bootstrap
from cms.platform.settings import Settings
from cms.platform.web import security
from firmware_sim.core.effects import Fetch
from firmware_sim.network.fetch import FetchPool, Shelf
from firmware_sim.storage.flash import Flash
from media.ports import ContentStore
from media.s3 import S3ContentStore
from tests.integration.front.webs import Webs, open_webs
from tests.integration.process import until
from tests.object_server import ACCESS_KEY, SECRET_KEY, ObjectServer

DEVICES = 6
DEADLINE_S = 120
DATA = b"OggS" + os.urandom(199_996)


@pytest.fixture(scope="module")
def webs(object_server: ObjectServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Webs]:
    access, home = object_server.access(), tmp_path_factory.mktemp("webs") / "loa"
    (home / "keys").mkdir(parents=True, mode=0o700)
    (home / "keys" / bootstrap.S3_KEY_FILE).write_text(f"{SECRET_KEY}\n")
    with open_webs(
        home,
        s3_endpoint=access.endpoint,
        s3_bucket=access.bucket,
        s3_access_key=ACCESS_KEY,
        s3_timeout_s=3.0,
        upload_disk_min_mb=0,
    ) as found:
        yield found


def reasons(webs: Webs) -> list[str]:
    token = security.metrics_token(webs.context.settings.keys_dir)
    answer = webs.get("/health/ready", Authorization=f"Bearer {token}")
    return [each["code"] for each in answer.json()["reasons"]]


def another_host(webs: Webs, home: Path) -> ContentStore:
    """Return the content as a worker on another host has it: what it puts is not in the cache of the webs."""
    chosen = {"home": home, "s3_secret_key": SECRET_KEY, "s3_timeout_s": 20.0}
    return bootstrap.content_store_of(Settings.model_validate(webs.context.settings.model_dump() | chosen))


def test_a_device_fetches_what_another_host_stored_also_while_the_bucket_is_away(
    webs: Webs, object_server: ObjectServer, tmp_path: Path
) -> None:
    elsewhere = another_host(webs, tmp_path / "worker")
    assert isinstance(webs.context.content, S3ContentStore)
    sha256, later = elsewhere.put_bytes(DATA), elsewhere.put_bytes(b"later")

    # The store rests for a while after an answer that was late, as on a busy machine.
    until(lambda: "CONTENT_AWAY" not in reasons(webs))
    until(lambda: webs.get(f"/content/{sha256}").status == HTTPStatus.OK)
    whole = webs.get(f"/content/{sha256}?as=mp3")
    assert (whole.status, whole.data, whole.headers["Content-Type"]) == (200, DATA, "audio/mpeg")
    assert "immutable" in whole.headers["Cache-Control"]
    assert "X-Accel-Redirect" not in whole.headers
    part = webs.get(f"/content/{sha256}", Range="bytes=100-199")
    assert (part.status, part.data, part.headers["Content-Range"]) == (206, DATA[100:200], "bytes 100-199/200000")
    assert webs.get(f"/content/{sha256}", If_None_Match=whole.headers["ETag"]).status == 304
    assert webs.get(f"/content/{'0' * 64}").status == 404

    with object_server.frozen():
        assert webs.get(f"/content/{sha256}").data == DATA
        refused = webs.get(f"/content/{later}")
        assert (refused.status, refused.headers["Retry-After"]) == (503, "15")
        assert "CONTENT_AWAY" in reasons(webs)
    assert not webs.context.settings.content_dir.exists()


async def fetched(
    webs: Webs, server: ObjectServer, sounds: Mapping[str, bytes], folder: Path
) -> tuple[Sequence[Flash], Sequence[Shelf], list[str]]:
    """Let devices fetch all sounds; the S3 server is killed when half are held, and started when people were told."""
    held: list[tuple[int, str]] = []
    half, whole = asyncio.Event(), asyncio.Event()

    def on_held(number: int, sha256: str, _plan: bytes | None) -> None:
        held.append((number, sha256))
        if len(held) >= DEVICES * len(sounds) // 2:
            half.set()
        if len(held) == DEVICES * len(sounds):
            whole.set()

    def outage() -> list[str]:
        server.kill()
        return reasons(webs)

    flashes = [Flash(folder / str(number)) for number in range(DEVICES)]
    async with FetchPool(at_once=4, retry_s=(0.05, 0.2)) as pool:
        shelves = [Shelf(flash, pool, partial(on_held, number)) for number, flash in enumerate(flashes)]
        for number, (sha256, data) in enumerate(sounds.items()):
            for shelf in shelves:
                shelf.want(Fetch(sha256=sha256, size=len(data), want_at_ms=number, base_url=webs.url))
        await asyncio.wait_for(half.wait(), DEADLINE_S)
        told = await asyncio.to_thread(outage)
        assert not whole.is_set(), "the server was killed half-way"
        server.start()  # on this thread, as it ends with the one that starts it; the devices wait for it anyway
        await asyncio.wait_for(whole.wait(), DEADLINE_S)
    return flashes, shelves, told


def test_every_device_ends_with_the_right_sound_though_the_store_is_killed_half_way(
    webs: Webs, object_server: ObjectServer, tmp_path: Path
) -> None:
    elsewhere = another_host(webs, tmp_path / "worker")
    sounds = {elsewhere.put_bytes(data): data for data in (os.urandom(3_000_000) for _ in range(24))}

    flashes, shelves, told = asyncio.run(fetched(webs, object_server, sounds, tmp_path / "devices"))

    assert "CONTENT_AWAY" in told
    assert all(flash.held(sha256) == data for flash in flashes for sha256, data in sounds.items())
    assert [shelf.spoilt for shelf in shelves] == [0] * DEVICES
    assert not list((tmp_path / "devices").rglob("*.part"))
