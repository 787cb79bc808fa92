"""Single values, lists of findings, and the reader's handling of odd bytes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from broadcast.alerts.cap import fields
from broadcast.alerts.cap.findings import MOST_FINDINGS, FindingCode, Findings, Weight, printable
from broadcast.alerts.cap.grammar import ALERT, XmlNode
from broadcast.alerts.cap.message import MsgType, Status
from broadcast.alerts.cap.parser import build
from cms.exchange.cap.reader import MAX_ATTRIBUTES, MAX_BYTES, MAX_DEPTH, MAX_ELEMENTS, UnreadableDocumentError, read
from cms.exchange.cap.writer import instant, issued, write
from tests.unit.cap.messages import MESSAGE, SENT


@pytest.mark.parametrize(
    "text",
    [
        "2026-10-20T07:00:00Z",
        "2026-10-20T07:00:00",
        "2026-10-20T07:00:00.0+07:00",
        "2026-10-20 07:00:00+07:00",
        "2026-10-20T07:00+07:00",
        "2026-10-20T24:00:01+07:00",
        "9999-12-31T24:00:00+07:00",
        "2026-10-20T07:00:60+07:00",
        "2026-13-20T07:00:00+07:00",
        "2026-10-20T07:00:00+14:01",
        "2026-10-20T07:00:00+24:00",
        "2026-10-20T07:00:00,07:00",
        "1969-12-31T00:00:00+00:00",
        "0000-10-20T07:00:00+07:00",
        "２026-10-20T07:00:00+07:00",
        "",
    ],
)
def test_what_is_no_time_of_cap_is_none(text: str) -> None:
    assert fields.instant(text) is None


def test_white_space_round_a_time_is_collapsed() -> None:
    assert fields.instant("\n  2026-10-20T07:00:00+07:00 ") == SENT


def test_utc_is_written_as_minus_zero_and_fractions_are_cut_off() -> None:
    assert instant(SENT) == "2026-10-20T07:00:00+07:00"
    assert issued(SENT + timedelta(microseconds=5)) == "2026-10-20T00:00:00-00:00"
    assert fields.instant(issued(SENT)) == SENT


def test_addresses_are_words_or_quoted_phrases() -> None:
    assert fields.phrases('a@b "Ủy ban  nhân dân" c', "", Findings()) == ("a@b", "Ủy ban  nhân dân", "c")
    assert fields.phrases('"mở', "", Findings()) == ('"mở',)


@pytest.mark.parametrize("read_list", [fields.phrases, fields.references])
def test_endless_lists_are_not_read(read_list: object) -> None:
    found = Findings()
    assert read_list("a " * fields.LONGEST_LIST, "/x", found) == ()  # type: ignore[operator]
    assert [each.code for each in found] == [FindingCode.LIST_TOO_LONG]


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("a,b,2026-10-20T07:00:00+07:00", True),
        ("a,,2026-10-20T07:00:00+07:00", False),
        ("a,b", False),
        ("a,b&c,2026-10-20T07:00:00+07:00", False),
        ("a,b,c,2026-10-20T07:00:00+07:00", False),
    ],
)
def test_a_reference_has_three_parts(text: str, is_taken: bool) -> None:
    found = Findings()
    assert bool(fields.references(text, "/x", found)) == is_taken
    assert [each.code for each in found] == ([] if is_taken else [FindingCode.BAD_REFERENCES])


@pytest.mark.parametrize(("text", "tag"), [(None, "en-US"), ("", "en-US"), (" vi-VN ", "vi-VN")])
def test_a_language_missing_is_american(text: str | None, tag: str) -> None:
    found = Findings()
    assert (fields.language(text, "", found), list(found)) == (tag, [])


@pytest.mark.parametrize("text", [" ", "tiếng", "vi_VN", "a" * 9, "-vi", "a-" * 60 + "a"])
def test_a_language_is_a_tag(text: str) -> None:
    found = Findings()
    fields.language(text, "", found)
    assert [each.code for each in found] == [FindingCode.BAD_LANGUAGE]


def test_numbers_are_decimal() -> None:
    found = Findings()
    assert fields.decimal(" -12.50 ", "", found) == -12.5
    assert fields.integer("+12", "", found) == 12
    assert (fields.decimal("1e3", "", found), fields.integer("1.0", "", found)) == (None, None)
    assert [each.code for each in found] == [FindingCode.BAD_NUMBER, FindingCode.BAD_NUMBER]


def test_what_is_missing_is_none_and_said_elsewhere() -> None:
    found = Findings()
    assert fields.time_of(None, "", found) is None
    assert fields.word(Status, None, "", found) is None
    assert fields.name(None, "", found) is None
    assert fields.required(None, "", found) is None
    assert fields.decimal(None, "", found) is None
    assert fields.integer(None, "", found) is None
    assert list(found) == []


def test_findings_are_bounded() -> None:
    found = Findings()
    for _ in range(MOST_FINDINGS * 2):
        found.add(FindingCode.UNKNOWN_ELEMENT)
    assert len(list(found)) == MOST_FINDINGS + 1
    assert list(found)[-1].code is FindingCode.MORE
    assert list(found)[-1].weight is Weight.NOTES
    assert found.refuses


def test_details_are_short_and_printable() -> None:
    assert printable("a\u202eb\n\x1b[2Jc" + "d" * 500) == ("a b  [2Jc" + "d" * 500)[:120]


def test_structure_is_checked_without_any_xml() -> None:
    message, found = build(XmlNode("alert", "", [XmlNode("scope", "Public", []), XmlNode("{u}x", "", [])]))
    assert message is None
    assert [each.code for each in found] == [FindingCode.UNKNOWN_ELEMENT] + [FindingCode.MISSING] * (
        len(ALERT.required) - 1
    )


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"", FindingCode.NOT_WELL_FORMED),
        (b" " * (MAX_BYTES + 1), FindingCode.TOO_BIG),
        (b"<a>" * (MAX_DEPTH + 1), FindingCode.TOO_DEEP),
        (b"<a>" + b"<b/>" * MAX_ELEMENTS + b"</a>", FindingCode.TOO_MANY_ELEMENTS),
        (b"<a b=''>" + b"=" * MAX_ATTRIBUTES + b"</a>", FindingCode.TOO_MANY_ELEMENTS),
        (b'<?xml version="1.0" encoding="utf-32"?><a/>', FindingCode.BAD_ENCODING),
        (b'<?xml version="1.0" encoding="x\xff"?><a/>', FindingCode.BAD_ENCODING),
        (b'<?xml vorsion="1.0"?><a/>', FindingCode.NOT_WELL_FORMED),
        (b'<?XML version="1.0"?><a/>', FindingCode.NOT_WELL_FORMED),
        (b"\xef\xbb\xbf\xef\xbb\xbf<a/>", FindingCode.NOT_WELL_FORMED),
        (b'<?xml version="1.0"?>\xef\xbb\xbf<a/>', FindingCode.NOT_WELL_FORMED),
        (b"\0<\0?\0x", FindingCode.NOT_WELL_FORMED),
        ("<a/>".encode("utf-32"), FindingCode.NOT_WELL_FORMED),
        (b"<a>\0</a>", FindingCode.NOT_WELL_FORMED),
        (b"\xff\xfe<\0a\0", FindingCode.NOT_WELL_FORMED),
        (b"\xff\xfe<", FindingCode.BAD_ENCODING),
    ],
)
def test_what_may_not_be_looked_at_is_unreadable(document: bytes, code: FindingCode) -> None:
    with pytest.raises(UnreadableDocumentError) as caught:
        read(document)
    assert caught.value.code is code


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8", ""),
        ("ascii", "us-ascii"),
        ("cp1258", "windows-1258"),
        ("latin-1", "iso-8859-1"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "utf-16"),
        ("utf-16-be", "utf-8"),
    ],
)
def test_encodings_of_real_feeds_are_read(encoding: str, declared: str) -> None:
    said = f" encoding='{declared}'" if declared else ""
    document = f"<?xml version='1.0'{said} standalone='yes'?>\n<a>mua lu</a>".encode(encoding)
    assert read(document).root.text == "mua lu"


def test_schema_hints_are_no_attributes_of_the_message() -> None:
    hint = b'<alert xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="u http://localhost/a.xsd"'
    document = write(MESSAGE).replace(b"<alert", hint)
    assert list(read(document).findings) == []
    typed = document.replace(b"xsi:schemaLocation", b"xsi:type")
    assert [each.code for each in read(typed).findings] == [FindingCode.UNKNOWN_ATTRIBUTE]


def test_a_number_in_a_word_s_place_is_not_a_word() -> None:
    found = Findings()
    assert fields.word(MsgType, "alert", "/x", found) is None
    assert [each.code for each in found] == [FindingCode.BAD_VALUE]
