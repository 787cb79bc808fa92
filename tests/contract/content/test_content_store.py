from __future__ import annotations

import hashlib
import io
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media.errors import ContentMissingError, RefusedAudioError
from media.model import ShelvedContent
from media.ports import ContentStore
from media.s3 import ContentCache, S3ContentStore
from media.s3_bucket import S3Bucket
from media.storage import FolderContentStore
from province.machine_clock import unix_s
from tests.fakes.sound import DictContentStore, delete
from tests.object_server import ObjectServer


@pytest.fixture(params=["fake", "folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ContentStore:
    if request.param == "fake":
        return DictContentStore(tmp_path)
    if request.param == "s3":
        server: ObjectServer = request.getfixturevalue("object_server")
        return S3ContentStore(S3Bucket(server.access()), ContentCache(tmp_path / "cache", 1 << 30))
    return FolderContentStore(tmp_path / "content")


def shelved(store: ContentStore, sha256: str) -> list[ShelvedContent]:
    return [each for each in store.shelf(int(sha256[:2], 16)) if each.sha256 == sha256]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(data=st.binary(max_size=4096))
def test_what_is_put_is_found_under_its_hash(store: ContentStore, data: bytes) -> None:
    sha256 = store.put_bytes(data)

    assert sha256 == hashlib.sha256(data).hexdigest()
    found = store.stat(sha256)
    assert (found.sha256, found.bytes, store.read_bytes(sha256)) == (sha256, len(data), data)


def test_an_open_blob_is_read_from_anywhere(store: ContentStore) -> None:
    with store.open(store.put_bytes(b"province of Binh Thuan")) as stream:
        assert stream.read(8) == b"province"
        assert stream.seek(12) == 12
        assert stream.read() == b"Binh Thuan"


def test_a_blob_is_lent_as_a_file_to_several_tools_at_once(store: ContentStore) -> None:
    sha256 = store.put_bytes(b"loa")

    with store.local_file(sha256) as first:
        with store.local_file(sha256) as second:
            assert second.read_bytes() == b"loa"
        assert first.read_bytes() == b"loa"
    assert store.read_bytes(sha256) == b"loa"


def test_a_lent_file_outlives_the_removal_of_its_blob(store: ContentStore) -> None:
    sha256 = store.put_bytes(b"loa")

    with store.local_file(sha256) as path, path.open("rb") as file:
        delete(store, sha256)
        assert file.read() == b"loa"


def test_every_blob_has_an_address_of_its_own(store: ContentStore) -> None:
    sha256, other = store.put_bytes(b"loa"), store.put_bytes(b"phuong")

    assert store.address(sha256).endswith(sha256)
    assert store.address(sha256) == store.address(sha256) != store.address(other)


def test_a_deleted_blob_is_missing_until_it_is_put_again(store: ContentStore) -> None:
    sha256 = store.put_bytes(b"loa")

    delete(store, sha256)
    assert not store.has(sha256)
    assert not store.set_aside(sha256)
    with pytest.raises(ContentMissingError):
        store.read_bytes(sha256)
    assert store.put_stream(io.BytesIO(b"loa"), 3).is_new
    assert not store.put_stream(io.BytesIO(b"loa"), 3).is_new
    assert store.read_bytes(sha256) == b"loa"


@pytest.mark.parametrize("ask", ["has", "stat", "open", "read_bytes", "local_file", "address"])
def test_whoever_asks_for_a_blob_that_is_aside_brings_it_back(store: ContentStore, ask: str) -> None:
    sha256 = store.put_bytes(b"loa")
    assert store.set_aside(sha256)
    assert [each.is_aside for each in shelved(store, sha256)] == [True]

    with ExitStack() as closing:
        got = getattr(store, ask)(sha256)
        if ask in {"open", "local_file"}:
            closing.enter_context(got)

    assert [(each.bytes, each.is_aside) for each in shelved(store, sha256)] == [(3, False)]
    store.discard(sha256)
    assert store.read_bytes(sha256) == b"loa"


def test_bytes_that_are_put_again_are_not_deleted_with_those_aside(store: ContentStore) -> None:
    sha256 = store.put_bytes(b"loa")
    store.set_aside(sha256)
    assert store.put_bytes(b"loa") == sha256

    store.discard(sha256)

    assert store.read_bytes(sha256) == b"loa"
    assert [each.is_aside for each in shelved(store, sha256)] == [False]


def test_a_shelf_holds_the_blobs_that_begin_with_its_byte_and_no_others(store: ContentStore) -> None:
    before_s = unix_s() - 2.0
    names = {store.put_bytes(bytes([n])) for n in range(20)}
    aside = min(names)
    assert store.set_aside(aside)

    listed = {each.sha256: each for first in range(256) for each in store.shelf(first) if each.sha256 in names}

    assert listed.keys() == names
    assert {name for name, each in listed.items() if each.is_aside} == {aside}
    assert all(before_s <= each.since_s <= unix_s() + 2.0 for each in listed.values())
    assert {each.sha256[:2] for each in store.shelf(int(aside[:2], 16))} == {aside[:2]}


def test_same_bytes_again_are_harmless(store: ContentStore, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"loa")

    assert store.put_bytes(b"loa") == store.put_file(path) == store.put_stream(io.BytesIO(b"loa"), 3).sha256


def test_stream_past_its_bound_is_refused_and_nothing_kept(store: ContentStore) -> None:
    data = bytes(3_000_000)

    with pytest.raises(RefusedAudioError) as refused:
        store.put_stream(io.BytesIO(data), len(data) - 1)

    assert refused.value.reason == "TOO_LARGE"
    assert not store.has(hashlib.sha256(data).hexdigest())


def test_what_its_check_refuses_is_not_kept(store: ContentStore) -> None:
    def refuse(path: Path) -> None:
        assert path.read_bytes() == b"no sound"
        raise RefusedAudioError("NOT_AUDIO")

    with pytest.raises(RefusedAudioError):
        store.put_stream(io.BytesIO(b"no sound"), 100, refuse)

    assert not store.has(hashlib.sha256(b"no sound").hexdigest())
    assert store.put_stream(io.BytesIO(b"sound"), 100, lambda path: None).bytes == 5


def test_stream_of_exactly_its_bound_is_taken(store: ContentStore) -> None:
    assert store.put_stream(io.BytesIO(b"12345"), 5).bytes == 5


@pytest.mark.parametrize("name", ["0" * 64, "", "..", "../../etc/passwd", "A" * 64, "0" * 63, f"{'0' * 64}\n"])
def test_unknown_hash_is_missing(store: ContentStore, name: str) -> None:
    assert not store.has(name)
    with pytest.raises(ContentMissingError):
        store.stat(name)
    with pytest.raises(ContentMissingError):
        store.read_bytes(name)
    with pytest.raises(ContentMissingError):
        store.address(name)
    with pytest.raises(ContentMissingError), store.open(name):
        pass
    with pytest.raises(ContentMissingError), store.local_file(name):
        pass
