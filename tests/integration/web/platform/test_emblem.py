from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cms.platform.web import emblem
from cms.platform.web.emblem import MAX_BYTES
from tests.console import Console

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'


def test_an_emblem_is_read_with_its_type(tmp_path: Path) -> None:
    path = tmp_path / "emblem.SVG"
    path.write_bytes(SVG)
    found = emblem.read(path)
    assert found is not None
    assert (found.content, found.media_type) == (SVG, "image/svg+xml")


@pytest.mark.parametrize(
    ("name", "content"),
    [("emblem.html", SVG), ("emblem.svg", b""), ("emblem.png", b"x" * (MAX_BYTES + 1)), ("none.png", None)],
)
def test_what_is_no_emblem_is_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert emblem.read(tmp_path / name) is None
    assert "emblem.unreadable" in caplog.text


@pytest.fixture
def shared(console: Console) -> Iterator[Console]:
    """Console whose app has its own settings again at the end, as tests share it."""
    yield console
    emblem.install(console.app, console.context.settings)


def test_the_province_s_name_and_emblem_stand_on_every_page(shared: Console, tmp_path: Path) -> None:
    path = tmp_path / "emblem.svg"
    path.write_bytes(SVG)
    settings = shared.context.settings.model_copy(
        update={"province_name": "Tỉnh Bình Thuận", "province_emblem": str(path)}
    )
    emblem.install(shared.app, settings)
    client = shared.client()
    for page in ("/sign-in", "/cong-khai/"):
        head = client.get(page).text.split("</header>")[0]
        assert "<b>Tỉnh Bình Thuận</b>" in head
        assert 'src="/emblem?v=' in head
    with client.get("/emblem") as answer:
        assert (answer.data, answer.content_type) == (SVG, "image/svg+xml")
        assert "immutable" in answer.headers["Cache-Control"]


def test_without_a_setting_our_own_mark_stands_there(console: Console) -> None:
    assert "<b>Loa</b>" in console.client().get("/sign-in").text
    with console.client().get("/emblem") as answer:
        assert answer.content_type.startswith("image/svg+xml")
