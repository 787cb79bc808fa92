"""Line reader of a program's output, which comes in pieces that end anywhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cms.platform.cli.filtered_log import LINE_MAX, WholeLines

TEXT = st.lists(st.sampled_from(["keep", "drop", "", "loa phường, xã"])).map("\n".join).map(str.encode)


@given(TEXT, st.lists(st.integers(1, 9)))
def test_whatever_the_pieces_each_line_is_handed_on_once_and_whole(text: bytes, cuts: list[int]) -> None:
    lines, handed, at = WholeLines(), [], 0
    for cut in [*cuts, len(text)]:
        handed.append(lines.feed(text[at : at + cut]))
        at += cut
    handed.append(lines.end())
    assert all(each.endswith(b"\n") for each in handed if each)
    assert b"".join(handed) == (text if text.endswith(b"\n") or not text else text + b"\n")


def test_a_line_waits_for_its_end() -> None:
    lines = WholeLines()
    assert [lines.feed(b"one\ntw"), lines.feed(b"o\n"), lines.end()] == [b"one\n", b"two\n", b""]


def test_what_has_no_end_is_handed_on_at_last() -> None:
    lines = WholeLines()
    handed = b"".join(lines.feed(b"x" * 1_000) for _ in range(LINE_MAX // 1_000 + 1))
    assert handed == b"x" * len(handed.rstrip()) + b"\n"
    assert len(handed) > LINE_MAX
