from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from media.errors import RefusedAudioError, ToolError
from media.model import CheckedRecording, Survey
from media.use_cases.recording_check import ToolCheck
from tests.fakes.sound import FigureTools, Item

MINUTE_MS = 60_000


def refused(item: Item, folder: Path, *, is_strict: bool = False, tools: FigureTools | None = None) -> str:
    path = item.write(folder / "recording")
    with pytest.raises(RefusedAudioError) as error:
        ToolCheck(lambda: tools or FigureTools(), 30 * MINUTE_MS).check(path, is_strict=is_strict)
    return error.value.reason


def test_a_good_recording_is_taken_with_its_length(tmp_path: Path) -> None:
    path = Item(-23.0, -5.0, duration_ms=4200).write(tmp_path / "recording")
    assert ToolCheck(FigureTools, 30 * MINUTE_MS).check(path) == CheckedRecording(4200)


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        (Item(-70.0, -60.0), "SILENT"),
        (Item(-23.0, -5.0, duration_ms=300), "TOO_SHORT"),
        (Item(-23.0, -5.0, duration_ms=31 * MINUTE_MS), "TOO_LONG"),
    ],
)
def test_what_cannot_be_aired_is_refused(tmp_path: Path, item: Item, reason: str) -> None:
    assert refused(item, tmp_path) == reason


def test_a_recording_that_was_cut_off_on_its_way_is_refused(tmp_path: Path) -> None:
    assert refused(Item(-23.0, -5.0), tmp_path, tools=FigureTools(claimed_ms=9000)) == "FORMAT"


@pytest.mark.parametrize(
    ("item", "remark"), [(Item(-3.0, 1.0, clipped=0.02), "CLIPPED"), (Item(-48.0, -30.0), "QUIET")]
)
def test_what_is_clipped_or_quiet_is_remarked_on_and_no_phrase(tmp_path: Path, item: Item, remark: str) -> None:
    """Music is often mastered at full scale, so its listener decides; but a phrase is joined to others."""
    found = ToolCheck(FigureTools, 30 * MINUTE_MS).check(item.write(tmp_path / "recording"))
    assert found == CheckedRecording(item.duration_ms, (remark,))
    assert refused(item, tmp_path, is_strict=True) == remark


def test_a_phrase_is_no_longer_than_half_a_minute(tmp_path: Path) -> None:
    assert refused(Item(-23.0, -5.0, duration_ms=MINUTE_MS), tmp_path, is_strict=True) == "TOO_LONG"


class Broken(FigureTools):
    def survey(self, path: Path) -> Survey:
        raise ToolError("ffmpeg", "killed")


class Nested(FigureTools):
    """Tools that start a second check while one is running."""

    another: Callable[[], CheckedRecording | None]

    def survey(self, path: Path) -> Survey:
        assert self.another() is None
        return super().survey(path)


def test_where_the_tools_fail_nothing_is_said_of_the_recording(tmp_path: Path) -> None:
    path = Item(-23.0, -5.0).write(tmp_path / "recording")
    assert ToolCheck(Broken, 30 * MINUTE_MS).check(path) is None


def test_no_more_are_looked_at_together_than_there_are_turns(tmp_path: Path) -> None:
    path = Item(-23.0, -5.0).write(tmp_path / "recording")
    tools = Nested()
    check = ToolCheck(lambda: tools, 30 * MINUTE_MS, at_once=1, wait_s=0.0)
    tools.another = lambda: check.check(path)
    assert check.check(path) == CheckedRecording(3000)
    tools.another = lambda: None
    assert check.check(path) == CheckedRecording(3000)
