from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest

from bench.ports import free_port
from media.errors import ContentAwayError, ContentMissingError, RefusedAudioError
from media.s3 import KEPT_S, ContentCache, S3ContentStore
from media.s3_bucket import PART_BYTES, S3Access, S3Bucket
from media.storage import key_of
from tests.fakes.sound import delete
from tests.object_server import ObjectServer

MB = 1 << 20


def host(access: S3Access, folder: Path, cache_bytes: int = 1 << 30) -> S3ContentStore:
    """Build the store of one host: a cache of its own."""
    return S3ContentStore(S3Bucket(access), ContentCache(folder, cache_bytes))


def files_below(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


@contextmanager
def counted_reads(bucket: S3Bucket) -> Iterator[list[str]]:
    """Yield the keys that are opened in the bucket."""
    found: list[str] = []
    opened = bucket.open

    def counted(key: str, size: int) -> BinaryIO:
        found.append(key)
        return opened(key, size)

    bucket.open = counted  # type: ignore[method-assign]
    yield found
    bucket.open = opened  # type: ignore[method-assign]


def test_one_host_stores_and_another_reads(object_server: ObjectServer, tmp_path: Path) -> None:
    access = object_server.access()
    sha256 = host(access, tmp_path / "worker").put_bytes(b"loa phuong")

    web = host(access, tmp_path / "web")

    assert web.has(sha256)
    assert web.stat(sha256).bytes == 10
    assert (tmp_path / "web" / web.address(sha256)).read_bytes() == b"loa phuong"


def test_a_file_of_several_parts_arrives_whole(object_server: ObjectServer, tmp_path: Path) -> None:
    access, path = object_server.access(), tmp_path / "programme.wav"
    path.write_bytes(os.urandom(2 * PART_BYTES + 12_345))
    sha256 = host(access, tmp_path / "worker").put_file(path)

    with host(access, tmp_path / "web").local_file(sha256) as lent:
        assert hashlib.sha256(lent.read_bytes()).hexdigest() == sha256
        assert lent.stat().st_size == path.stat().st_size


def test_a_fleet_that_asks_at_once_fetches_from_the_bucket_once(object_server: ObjectServer, tmp_path: Path) -> None:
    access = object_server.access()
    sha256 = host(access, tmp_path / "worker").put_bytes(os.urandom(3 * MB))
    bucket = S3Bucket(access)
    web = S3ContentStore(bucket, ContentCache(tmp_path / "web", 1 << 30))

    with counted_reads(bucket) as reads, ThreadPoolExecutor(16) as fleet:
        addresses = set(fleet.map(lambda _: web.address(sha256), range(64)))

    assert addresses == {key_of(sha256)}
    assert reads == [key_of(sha256)]


def test_the_cache_makes_room_for_what_is_used(object_server: ObjectServer, tmp_path: Path) -> None:
    access, cache = object_server.access(), ContentCache(tmp_path / "web", 3 * MB)
    web = S3ContentStore(S3Bucket(access), cache)
    old, used, new = (web.put_bytes(bytes([n]) * MB) for n in range(3))
    for age, sha256 in enumerate((new, used, old), start=1):
        at = cache.path_of(sha256).stat().st_atime - age * KEPT_S
        os.utime(cache.path_of(sha256), (at, at))
    assert web.read_bytes(used)[:1] == b"\1"

    latest = web.put_bytes(b"\7" * MB)
    cache.make_room()

    assert {path.name for path in files_below(tmp_path / "web")} == {used, new, latest}
    assert web.read_bytes(old) == bytes(MB)


def test_a_blob_in_use_stays_while_the_cache_makes_room(object_server: ObjectServer, tmp_path: Path) -> None:
    cache = ContentCache(tmp_path / "web", MB)
    web = S3ContentStore(S3Bucket(object_server.access()), cache)
    sha256 = web.put_bytes(b"\1" * MB)

    with web.local_file(sha256) as path:
        at = path.stat().st_atime - 2 * KEPT_S
        os.utime(cache.path_of(sha256), (at, at))
        web.put_bytes(b"\2" * MB)
        cache.make_room()
        assert not cache.has(sha256)
        assert path.read_bytes() == b"\1" * MB

    assert len(files_below(tmp_path / "web")) == 1


def test_refused_and_broken_streams_leave_nothing(object_server: ObjectServer, tmp_path: Path) -> None:
    store = host(object_server.access(), tmp_path / "web")

    with pytest.raises(RefusedAudioError):
        store.put_stream(io.BytesIO(bytes(2 * MB)), MB)

    assert files_below(tmp_path / "web") == []
    assert not store.has(hashlib.sha256(bytes(2 * MB)).hexdigest())


def test_bytes_that_differ_from_their_name_are_not_given_out(object_server: ObjectServer, tmp_path: Path) -> None:
    access = object_server.access()
    sha256 = hashlib.sha256(b"the alert").hexdigest()
    (tmp_path / "other").write_bytes(b"something")
    S3Bucket(access).put(key_of(sha256), tmp_path / "other")

    with pytest.raises(ContentAwayError, match="differs"):
        host(access, tmp_path / "web").read_bytes(sha256)

    assert files_below(tmp_path / "web") == []


def test_cached_content_is_served_while_the_bucket_is_away(object_server: ObjectServer, tmp_path: Path) -> None:
    access = object_server.access()
    sha256 = host(access, tmp_path / "web").put_bytes(b"loa")
    access = replace(access, timeout_s=0.5)
    web = host(access, tmp_path / "web")

    with object_server.frozen():
        assert (tmp_path / "web" / web.address(sha256)).read_bytes() == b"loa"
        with pytest.raises(ContentAwayError):
            host(access, tmp_path / "other").read_bytes(sha256)
        with pytest.raises(ContentAwayError):
            web.put_bytes(b"new")


def test_a_silent_server_is_not_asked_again_and_again(
    object_server: ObjectServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "media")
    now_s = [0.0]
    access = object_server.access()
    sha256 = host(access, tmp_path / "web").put_bytes(b"loa")
    bucket = S3Bucket(replace(access, timeout_s=3.0), monotonic=lambda: now_s[0])
    web = S3ContentStore(bucket, ContentCache(tmp_path / "web", 1 << 30))

    with object_server.frozen(), pytest.raises(ContentAwayError):
        web.stat(sha256)
    with pytest.raises(ContentAwayError):
        web.stat(sha256)  # it would answer again, and is left in peace
    now_s[0] = 60.0

    assert web.stat(sha256).bytes == 3
    assert [record.getMessage().split()[0] for record in caplog.records] == [
        "content_store.lost",
        "content_store.regained",
    ]


def test_after_an_outage_one_call_tries_and_the_others_do_not_wait_for_it(object_server: ObjectServer) -> None:
    now_s = [0.0]
    bucket = S3Bucket(replace(object_server.access(), timeout_s=3.0), monotonic=lambda: now_s[0])
    with object_server.frozen(), pytest.raises(ContentAwayError):
        bucket.size_of("any")
    now_s[0] = 60.0

    def trial(_: object) -> str:
        with pytest.raises(ContentAwayError):
            bucket.size_of("any")
        return "answered"

    assert bucket._ask(trial) == "answered"
    assert bucket.size_of("any") is None


def test_a_wrong_secret_and_a_missing_server_are_told(object_server: ObjectServer, tmp_path: Path) -> None:
    right = object_server.access()
    wrong = replace(right, secret_key="another")
    nowhere = S3Access(f"http://127.0.0.1:{free_port()}", "loa", "us-east-1", "loa", "loa", timeout_s=0.5)
    sha256 = hashlib.sha256(b"loa").hexdigest()

    for access in (wrong, nowhere):
        with pytest.raises(ContentAwayError):
            S3Bucket(access).probe()
        with pytest.raises(ContentAwayError):
            host(access, tmp_path / access.bucket).put_bytes(b"loa")
        with pytest.raises(ContentAwayError):
            host(access, tmp_path / access.bucket).has(sha256)


def test_a_bucket_that_is_not_there_is_told_and_one_that_is_empty_is_well(
    object_server: ObjectServer, tmp_path: Path
) -> None:
    access = object_server.access()

    with pytest.raises(ContentAwayError):
        S3Bucket(access).probe()
    store = host(access, tmp_path)
    delete(store, store.put_bytes(b"loa"))

    store.probe()
    with pytest.raises(ContentMissingError):
        store.stat(hashlib.sha256(b"loa").hexdigest())


def test_a_fork_of_a_process_that_used_the_store_is_refused_and_does_not_hang(
    object_server: ObjectServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = S3Bucket(object_server.access())
    assert bucket.size_of("nothing") is None
    monkeypatch.setattr("os.getpid", lambda: -1)

    with pytest.raises(RuntimeError, match="fork"):
        bucket.size_of("nothing")
