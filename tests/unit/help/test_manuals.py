"""Manuals as the help pages read them: the same tasks in both languages, found by their words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cms.help.service import manuals
from cms.translations import languages

WRITE = "official/write-a-bulletin-and-let-the-voice-read-it"


@pytest.mark.parametrize("name", manuals.NAMES)
def test_a_manual_has_the_same_tasks_in_every_language(name: str) -> None:
    keys = {language: _keys(name, language) for language in languages()}
    assert keys["vi"] == keys["en"]
    assert len(set(keys["vi"])) == len(keys["vi"]) > 5


def _keys(name: str, language: str) -> list[str]:
    return [each.key for manual in manuals.manuals(language) if manual.name == name for each in manual.topics]


def test_a_task_has_its_own_text_in_the_readers_language() -> None:
    vietnamese, english = manuals.topic("vi", WRITE), manuals.topic("en", WRITE)
    assert vietnamese is not None
    assert english is not None
    assert vietnamese.title == "Soạn một bản tin và cho máy đọc"
    assert vietnamese.source.lstrip().startswith("1. Mở **Bản tin**, bấm **Soạn bản tin mới**.")
    assert "##" not in vietnamese.source
    assert english.title == "Write a bulletin and let the voice read it"
    assert manuals.topic("vi", "official/nothing") is None


def test_the_words_of_a_task_have_no_marks_and_no_descriptions_of_pictures() -> None:
    found = manuals.topic("vi", WRITE)
    assert found is not None
    assert found.plain.startswith("Mở Bản tin, bấm Soạn bản tin mới. Gõ Tiêu đề ngắn gọn (để trống")
    assert not re.search(r"[*`]|img|Trang soạn bản tin:", found.plain)


def test_a_manual_in_no_such_language_is_read_in_english() -> None:
    assert [each.title for each in manuals.manuals("km")] == [each.title for each in manuals.manuals("en")]


def test_tasks_are_found_without_diacritics_those_with_the_words_in_their_title_first() -> None:
    hits = manuals.search("vi", "duyet ban tin")
    assert hits[0].topic.address == "official/approve-a-bulletin"
    assert len(hits) > 3


def test_what_was_found_is_shown_as_written_within_its_sentence() -> None:
    hit = manuals.search("vi", "im lang hai giay")[0]
    assert hit.topic.address == "official/use-a-recording"
    assert hit.found == "im lặng hai giây"
    assert f"{hit.before}{hit.found}{hit.after}".startswith("… ")
    assert hit.before.endswith("cho phép dùng micrô, ")
    assert hit.after.endswith(" …")


def test_words_of_different_places_are_found_too_and_nonsense_is_not() -> None:
    assert "official/use-a-recording" in {each.topic.address for each in manuals.search("vi", "ogg vuốt")}
    assert manuals.search("vi", "xyzzy") == []
    assert manuals.search("vi", "  ") == []


def test_the_tasks_beside_one_are_those_of_its_manual() -> None:
    first, second = manuals.manuals("vi")[0].topics[:2]
    manual, before, after = manuals.beside("vi", first)
    assert (manual.name, before, after) == ("official", None, second)
    last = manual.topics[-1]
    assert manuals.beside("vi", last)[1:] == (manual.topics[-2], None)


def test_every_picture_of_the_manuals_is_there() -> None:
    assert manuals.pictures()
    assert [name for name in manuals.pictures() if not (manuals.DOCUMENTS / "img" / name).is_file()] == []


def test_manuals_are_cut_at_headings_not_within_examples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "users").mkdir()
    text = "# M\n\n*Summary: what.*\n\n## First\n\n```sh\n## no heading\n```\n\n## Second\n\nEnd.\n"
    for name in manuals.NAMES:
        (tmp_path / "users" / f"{name}.en.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(manuals, "DOCUMENTS", tmp_path)
    found = manuals.manuals.__wrapped__("en")[0]
    assert (found.title, found.summary) == ("M", "What.")
    assert [each.title for each in found.topics] == ["First", "Second"]
    assert "## no heading" in found.topics[0].source
