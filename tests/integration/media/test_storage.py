from __future__ import annotations

import hashlib
import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from media.errors import RefusedAudioError
from media.storage import FolderContentStore


def files_below(root: Path) -> list[Path]:
    return [p for p in root.rglob("*") if p.is_file()]


def test_blob_lies_two_folders_deep_and_is_read_only(tmp_path: Path) -> None:
    sha256 = FolderContentStore(tmp_path).put_bytes(b"loa")

    path = tmp_path / sha256[:2] / sha256[2:4] / sha256
    assert files_below(tmp_path) == [path]
    assert path.stat().st_mode & 0o777 == 0o444


def test_refused_stream_leaves_nothing_on_disk(tmp_path: Path) -> None:
    with pytest.raises(RefusedAudioError):
        FolderContentStore(tmp_path).put_stream(io.BytesIO(bytes(5_000_000)), 1_000_000)

    assert files_below(tmp_path) == []


def test_broken_stream_leaves_nothing_on_disk(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell():
                raise ConnectionResetError
            return super().read(10)

    with pytest.raises(ConnectionResetError):
        FolderContentStore(tmp_path).put_stream(Broken(bytes(100)), 1_000)

    assert files_below(tmp_path) == []


def test_writers_of_the_same_bytes_do_not_disturb_each_other(tmp_path: Path) -> None:
    blobs = [bytes([n]) * 200_000 for n in range(4)]
    stores = [FolderContentStore(tmp_path) for _ in range(4)]

    with ThreadPoolExecutor(8) as pool:
        hashes = list(pool.map(lambda n: stores[n % 4].put_bytes(blobs[n // 8]), range(32)))

    assert set(hashes) == {hashlib.sha256(b).hexdigest() for b in blobs}
    assert len(files_below(tmp_path)) == 4
    assert all(stores[0].stat(h).bytes == 200_000 for h in hashes)


def test_shortened_blob_is_healed_by_putting_it_again(tmp_path: Path) -> None:
    store = FolderContentStore(tmp_path)
    path = store.path_of(store.put_bytes(b"whole"))
    path.chmod(0o644)
    path.write_bytes(b"wh")

    store.put_bytes(b"whole")

    assert path.read_bytes() == b"whole"


def test_what_a_dead_writer_left_is_removed_and_a_living_one_is_not(tmp_path: Path) -> None:
    partial = tmp_path / "partial"
    partial.mkdir()
    (partial / "dead").write_bytes(b"x")
    os.utime(partial / "dead", (0, 0))
    (partial / "living").write_bytes(b"x")

    FolderContentStore(tmp_path).put_bytes(b"loa")

    assert [p.name for p in partial.iterdir()] == ["living"]
