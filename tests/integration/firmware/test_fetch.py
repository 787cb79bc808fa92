"""Content over a real HTTP connection that breaks, sends wrong bytes and comes back."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from bench.fault_injection.conditions import LinkConditions
from devices import enrolment
from firmware_sim.core.effects import Fetch
from firmware_sim.network import fetch as fetching
from firmware_sim.network.fetch import FetchPool, Shelf
from firmware_sim.storage.flash import Flash
from province.machine_clock import utc_now
from tests.integration.firmware.content_server import ContentServer, serving

DEADLINE_S = 120
DATA = bytes(range(256)) * 1_000

Fetching = Callable[[Shelf], Awaitable[None]]


def run(
    folder: Path, work: Fetching, *, at_once: int = 8, authority: Path | None = None
) -> tuple[Flash, list[tuple[str, bytes | None]]]:
    """Run the work, and return the device's flash and the fetched content in its order."""
    held: list[tuple[str, bytes | None]] = []
    flash = Flash(folder)

    async def fetch() -> None:
        pool = FetchPool(at_once=at_once, retry_s=(0.01, 0.05), authority=authority)
        async with asyncio.timeout(DEADLINE_S), pool:
            shelf = Shelf(flash, pool, lambda *what: held.append(what))
            await work(shelf)

    asyncio.run(fetch())
    return flash, held


async def until(condition: Callable[[], object]) -> None:
    while not condition():  # noqa: ASYNC110 - the condition is on a disk or another thread
        await asyncio.sleep(0.005)


def wanted(content: ContentServer, sha256: str, *, want_at: int = 0, is_plan: bool = False, size: int = 0) -> Fetch:
    return Fetch(sha256, size or len(content.content.get(sha256, DATA)), want_at, content.url, is_plan)


def test_content_is_fetched_verified_and_held(content: ContentServer, tmp_path: Path) -> None:
    sha256 = content.put(DATA)

    async def work(shelf: Shelf) -> None:
        shelf.want(wanted(content, sha256))
        await until(lambda: shelf.flash.held(sha256))

    flash, held = run(tmp_path, work)
    assert flash.held(sha256) == DATA
    assert held == [(sha256, None)]


def test_a_plan_is_handed_over_with_its_bytes(content: ContentServer, tmp_path: Path) -> None:
    sha256 = content.put(b"plan")

    async def work(shelf: Shelf) -> None:
        shelf.want(wanted(content, sha256, is_plan=True))
        await until(lambda: shelf.flash.held(sha256) and not shelf.wanted)

    assert run(tmp_path, work)[1] == [(sha256, b"plan")]


def test_what_flash_holds_is_not_fetched(content: ContentServer, tmp_path: Path) -> None:
    sha256 = content.put(DATA)
    flash = Flash(tmp_path)
    flash.part_path(sha256).write_bytes(DATA)
    assert flash.accept_part(sha256)

    async def work(shelf: Shelf) -> None:
        shelf.want(wanted(content, sha256))

    assert run(tmp_path, work)[1] == [(sha256, None)]
    assert content.requests == []


def test_a_broken_download_goes_on_where_it_stopped(content: ContentServer, tmp_path: Path) -> None:
    sha256 = content.put(DATA)
    content.break_after = [100_000, 50_000]

    async def work(shelf: Shelf) -> None:
        shelf.want(wanted(content, sha256))
        await until(lambda: shelf.flash.held(sha256))

    assert run(tmp_path, work)[0].held(sha256) == DATA
    begun = [start for _, start in content.requests]
    assert len(begun) == 3
    assert 0 < begun[1] <= 100_000
    assert begun[1] < begun[2] <= 150_000


def test_a_download_goes_on_after_a_power_cut(content: ContentServer, tmp_path: Path) -> None:
    sha256 = content.put(DATA)
    Flash(tmp_path).part_path(sha256).write_bytes(DATA[:70_000])

    async def work(shelf: Shelf) -> None:
        shelf.want(wanted(content, sha256))
        await until(lambda: shelf.flash.held(sha256))

    run(tmp_path, work)
    assert content.requests == [(sha256, 70_000)]


@pytest.mark.parametrize("lie", [b"x" * len(DATA), b"short", b"x" * 2 * len(DATA)])
def test_what_is_not_what_its_name_says_is_fetched_again(content: ContentServer, tmp_path: Path, lie: bytes) -> None:
    sha256 = content.put(DATA)
    content.lies = [lie]

    async def work(shelf: Shelf) -> None:
        shelf.want(wanted(content, sha256))
        await until(lambda: shelf.flash.held(sha256))
        assert shelf.spoilt == 1

    assert run(tmp_path, work)[0].held(sha256) == DATA


def test_without_a_way_nothing_is_asked_for_and_behind_a_broken_cache_all_is_spoilt(
    content: ContentServer, tmp_path: Path
) -> None:
    sha256 = content.put(DATA)

    async def work(shelf: Shelf) -> None:
        shelf.network = LinkConditions(base_ms=0, is_held=True)
        shelf.want(wanted(content, sha256))
        await asyncio.sleep(0)
        assert content.requests == []
        shelf.network.is_held, shelf.network.is_spoilt = False, True
        await until(lambda: shelf.spoilt > 1)
        shelf.network.is_spoilt = False
        await until(lambda: shelf.flash.held(sha256))

    assert run(tmp_path, work)[0].held(sha256) == DATA


def test_what_the_server_does_not_have_yet_is_asked_for_until_it_does(content: ContentServer, tmp_path: Path) -> None:
    sha256 = ContentServer().put(DATA)

    async def work(shelf: Shelf) -> None:
        shelf.want(wanted(content, sha256))
        await until(lambda: len(content.requests) > 3)
        content.put(DATA)
        await until(lambda: shelf.flash.held(sha256))

    assert run(tmp_path, work)[0].held(sha256) == DATA


def test_what_is_needed_first_is_fetched_first(content: ContentServer, tmp_path: Path) -> None:
    later, sooner, soonest = (content.put(name) for name in (b"later", b"sooner", b"soonest"))

    async def work(shelf: Shelf) -> None:
        shelf.want(wanted(content, later, want_at=30))
        shelf.want(wanted(content, sooner, want_at=20))
        shelf.want(wanted(content, soonest, want_at=10))
        await until(lambda: not shelf.wanted)

    run(tmp_path, work, at_once=1)
    assert [sha256 for sha256, _ in content.requests] == [soonest, sooner, later]


def test_an_alert_s_words_wait_behind_no_download_that_hangs(
    content: ContentServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "READ_TIMEOUT_S", 10.0 * DEADLINE_S)
    hung, words = content.put(DATA), content.put(b"words")
    content.silent_for = [hung]

    async def work(shelf: Shelf) -> None:
        shelf.want(wanted(content, hung))
        await until(lambda: content.requests)
        shelf.want(replace(wanted(content, words, want_at=1), is_urgent=True))
        await until(lambda: shelf.flash.held(words))

    assert run(tmp_path, work, at_once=1)[1] == [(words, None)]


def test_an_alert_s_words_are_asked_for_again_soon_where_the_server_is_silent(
    content: ContentServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "READ_TIMEOUT_S", 10.0 * DEADLINE_S)
    monkeypatch.setattr(fetching, "URGENT_READ_TIMEOUT_S", 0.05)
    words = content.put(b"words")
    content.silent_for = [words, words]

    async def work(shelf: Shelf) -> None:
        shelf.want(replace(wanted(content, words), is_urgent=True))
        await until(lambda: shelf.flash.held(words))

    run(tmp_path, work)
    assert content.requests == [(words, 0)] * 3


def test_a_server_that_is_only_busy_is_given_more_time_each_time() -> None:
    assert [fetching.read_timeout_s(failures, is_urgent=True) for failures in (0, 1, 2, 3, 99)] == [5, 10, 20, 30, 30]
    assert {fetching.read_timeout_s(failures, is_urgent=False) for failures in (0, 1, 99)} == {30}


def test_what_is_needed_sooner_than_it_was_waits_no_longer(content: ContentServer, tmp_path: Path) -> None:
    sha256 = content.put(DATA)

    async def work(shelf: Shelf) -> None:
        tomorrow = wanted(content, sha256)
        shelf.want(replace(tomorrow, wait_ms=DEADLINE_S * 2_000))
        await asyncio.sleep(0)
        assert content.requests == []
        shelf.want(replace(tomorrow, wait_ms=1))
        shelf.want(replace(tomorrow, wait_ms=5))
        await until(lambda: shelf.flash.held(sha256) and not shelf.wanted)

    run(tmp_path, work)
    assert len(content.requests) == 1


def test_content_that_is_on_its_way_is_not_fetched_twice(content: ContentServer, tmp_path: Path) -> None:
    sha256, other = content.put(DATA), content.put(b"other")

    async def work(shelf: Shelf) -> None:
        shelf.want(replace(wanted(content, sha256), wait_ms=1))
        shelf.want(wanted(content, sha256))
        shelf.want(wanted(content, other))
        await until(lambda: not shelf.wanted)

    run(tmp_path, work)
    assert sorted(content.requests) == sorted([(sha256, 0), (other, 0)])


def test_what_is_not_wanted_any_more_is_not_fetched(content: ContentServer, tmp_path: Path) -> None:
    gone, kept = ContentServer().put(b"gone"), content.put(b"kept")

    async def work(shelf: Shelf) -> None:
        shelf.want(wanted(content, gone))
        await until(lambda: content.requests)
        shelf.keep_only(frozenset({kept}))
        before = len(content.requests)
        shelf.want(wanted(content, kept))
        await until(lambda: shelf.flash.held(kept))
        assert [sha256 for sha256, _ in content.requests[before:]].count(gone) <= 1

    assert [sha256 for sha256, _ in run(tmp_path, work)[1]] == [kept]


def test_https_is_fetched_by_the_authority_that_the_device_was_delivered_with(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now, authority, own = utc_now(), tmp_path / "ca.pem", tmp_path / "web.pem"
    ca = enrolment.make_ca("Loa CA", now)
    issued = enrolment.issue_server(ca, (), now, name="web")
    authority.write_bytes(ca.certificate)
    own.write_bytes(issued.certificate + issued.key)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(own)
    caplog.set_level("INFO", "firmware_sim.network.fetch")
    with serving(tls) as server:
        sha256 = server.put(DATA)

        async def work(shelf: Shelf) -> None:
            shelf.want(wanted(server, sha256))
            await until(lambda: shelf.flash.held(sha256) or "CERTIFICATE_VERIFY_FAILED" in caplog.text)

        assert not run(tmp_path / "stranger", work)[0].held(sha256)
        caplog.clear()
        assert run(tmp_path / "device", work, authority=authority)[0].held(sha256)
