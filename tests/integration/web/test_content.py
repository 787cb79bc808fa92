from __future__ import annotations

from tests import newsroom
from tests.console import Console


def test_content_is_served_by_hash_without_sign_in(console: Console) -> None:
    data = newsroom.wav()
    sha256 = console.context.content.put_bytes(data)
    with console.client().get(f"/content/{sha256}") as answer:
        assert answer.data == data
        assert answer.headers["ETag"] == f'"{sha256}"'
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.mimetype == "application/octet-stream"


def test_content_is_fetched_in_ranges_and_resumed(console: Console) -> None:
    data = newsroom.wav()
    sha256 = console.context.content.put_bytes(data)
    with console.client().get(f"/content/{sha256}", headers={"Range": "bytes=10-19"}) as part:
        assert (part.status_code, part.data) == (206, data[10:20])
        assert part.headers["Content-Range"] == f"bytes 10-19/{len(data)}"
    with console.client().get(f"/content/{sha256}", headers={"Range": f"bytes={len(data) - 4}-"}) as rest:
        assert rest.data == data[-4:]
    with console.client().get(f"/content/{sha256}", headers={"Range": f"bytes={len(data)}-"}) as beyond:
        assert beyond.status_code == 416


def test_known_content_is_not_sent_again(console: Console) -> None:
    sha256 = console.context.content.put_bytes(b"x")
    with console.client().get(f"/content/{sha256}", headers={"If-None-Match": f'"{sha256}"'}) as answer:
        assert answer.status_code == 304


def test_a_player_is_told_the_type(console: Console) -> None:
    sha256 = console.context.content.put_bytes(newsroom.wav())
    with console.client().get(f"/content/{sha256}?as=mp3") as answer:
        assert answer.mimetype == "audio/mpeg"


def test_nothing_but_hashes_is_found(console: Console) -> None:
    client = console.client()
    for name in ("", "0" * 64, "0" * 63, "A" * 64, "..%2F..%2Floa.db", "partial"):
        assert client.get(f"/content/{name}").status_code == 404
