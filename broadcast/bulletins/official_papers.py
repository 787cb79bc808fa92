"""Official papers: number, date, issuer, title and body, found in the lines of one in the form of Decree 30/2020."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from broadcast.speech.normalization.alphabet import LOWER
from province.errors import Problem, too_long

NUMBER_MOST: Final = 60
ISSUER_MOST: Final = 200
NAME_MOST: Final = 200
_TITLE_LINES: Final = 4
_ISSUER_LINES: Final = 2
_HEAD_LINES: Final = 25
"""Lines in which number, date and issuer may stand."""

_MOTTO: Final = re.compile(
    r"CỘNG\s+H(?:ÒA|OÀ)\s+XÃ\s+HỘI\s+CHỦ\s+NGHĨA\s+VIỆT\s+NAM|Độc\s+lập\s*[-–]\s*Tự\s+do\s*[-–]\s*Hạnh\s+phúc"
)
_NUMBER: Final = re.compile(r"Số\s*:?\s*(?P<number>\d+\s*/\s*[\w/&.-]+)")
_DATE: Final = re.compile(
    r"ngày\s+(?P<d>\d{1,2})\s+tháng\s+(?P<m>\d{1,2})\s+năm\s+(?P<y>\d{4})",
    re.IGNORECASE,
)
_SUBJECT: Final = re.compile(r"^(?:V/v|Về việc)\s*:?\s*", re.IGNORECASE)
_KINDS: Final = (
    *("THÔNG BÁO", "CÔNG ĐIỆN", "QUYẾT ĐỊNH", "KẾ HOẠCH", "CHỈ THỊ", "BÁO CÁO", "HƯỚNG DẪN", "CHƯƠNG TRÌNH"),
    *("LỜI KÊU GỌI", "THƯ NGỎ", "GIẤY MỜI", "THÔNG CÁO", "LỊCH", "BẢN TIN", "QUY ĐỊNH", "PHƯƠNG ÁN", "NGHỊ QUYẾT"),
)
_ENDS: Final = re.compile(
    r"^(?:Nơi nhận\b|(?:TM|KT|TL|TUQ|Q)\s*\.|(?:PHÓ )?(?:CHỦ TỊCH|GIÁM ĐỐC|TRƯỞNG BAN|TRƯỞNG PHÒNG|BÍ THƯ)\b)"
)
_PLACE_KINDS: Final = ("TỈNH", "THÀNH PHỐ", "XÃ", "PHƯỜNG", "HUYỆN", "THỊ XÃ", "THỊ TRẤN", "ĐẶC KHU", "QUẬN")
_PAGE_NUMBER: Final = re.compile(r"[-–\s]*\d{1,3}[-–\s]*")
_RULE: Final = re.compile(r"[-–—_=*.·\s]+")
_SENTENCE_ENDS: Final = (".", "!", "?", ":", ";", "…")


@dataclass(frozen=True, slots=True)
class OfficialPaper:
    """Paper that a bulletin is made from. ``number`` with its symbol, as 12/TB-UBND; ``sha256`` names the file."""

    number: str = ""
    issued_on: date | None = None
    issuer: str = ""
    file_name: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class PaperText:
    """Parts that were found; what was not is empty."""

    number: str
    issued_on: date | None
    issuer: str
    title: str
    text: str


def problems_of(paper: OfficialPaper | None) -> list[Problem]:
    """Return what is wrong with it, by the fields of a draft."""
    if paper is None:
        return []
    return [
        *too_long("paper.number", paper.number, NUMBER_MOST),
        *too_long("paper.issuer", paper.issuer, ISSUER_MOST),
        *too_long("paper.file_name", paper.file_name, NAME_MOST),
    ]


def read_paper(lines: Sequence[str]) -> PaperText:
    """Find the parts of a paper; a paper of another form keeps all its lines as text."""
    said = [each for line in lines if (each := _plain(line))]
    number, issued_on, issuer, subject, rest = _head(said)
    kind, title, body = _titled(rest)
    title = f"{kind} {title or subject}".strip()
    return PaperText(number, issued_on, issuer, title[:1].upper() + title[1:], "\n".join(_paragraphs(_body(body))))


def _plain(line: str) -> str:
    """Return the line without the motto, rules and page numbers."""
    said = " ".join(_MOTTO.sub(" ", line).split())
    return "" if _PAGE_NUMBER.fullmatch(said) or _RULE.fullmatch(said) else said


def _head(lines: Sequence[str]) -> tuple[str, date | None, str, str, Sequence[str]]:
    """Return number, date, issuer and subject, and the lines below them."""
    number, subject, issued_on, ends = "", "", None, 0
    above: list[str] = []
    for at, line in enumerate(lines[:_HEAD_LINES]):
        if _kind_of(line):
            break
        if (found := _NUMBER.search(line)) and not number:
            number, ends = "".join(found["number"].split()).rstrip(".,"), at + 1
        if (dated := _DATE.search(line)) and issued_on is None:
            issued_on, ends = _date(dated), at + 1
        if number and not subject and _SUBJECT.match(line):
            subject, ends = _SUBJECT.sub("", line), at + 1
        if not number:
            above.append(line)
    is_paper = bool(number or issued_on)
    return number, issued_on, _issuer(above) if number else "", subject, lines[ends if is_paper else 0 :]


def _date(found: re.Match[str]) -> date | None:
    try:
        return date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        return None


def _issuer(above: Sequence[str]) -> str:
    """Return the agency: the last line in capitals, with the one before where it only names the place."""
    capitals = [each for each in above if each.isupper()][-_ISSUER_LINES:]
    if not capitals:
        return ""
    is_place = capitals[-1].startswith(_PLACE_KINDS)
    return " ".join(capitals if is_place else capitals[-1:])[:ISSUER_MOST]


def _kind_of(line: str) -> str:
    """Return the kind of paper that the line begins a title with, as THÔNG BÁO; empty: none."""
    return next((kind for kind in _KINDS if line == kind or (line.startswith(f"{kind} ") and line.isupper())), "")


def _titled(lines: Sequence[str]) -> tuple[str, str, Sequence[str]]:
    """Return kind, title and the lines of the body."""
    for at, line in enumerate(lines[:_TITLE_LINES]):
        if kind := _kind_of(line):
            about = [line.removeprefix(kind).strip()] if line != kind else []
            below = list(lines[at + 1 :])
            while below and len(about) < _TITLE_LINES and _is_of_title(below[0], about):
                about.append(below.pop(0))
            return kind.capitalize(), _SUBJECT.sub("", " ".join(about)).strip(), below
    return "", "", lines


def _is_of_title(line: str, about: Sequence[str]) -> bool:
    """Return whether the line goes on with the title: its subject, or what is wrapped."""
    if _SUBJECT.match(line):
        return not about
    return not line.endswith(_SENTENCE_ENDS) and bool(about) and re.match(rf"{LOWER}", line) is not None


def _body(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if _ENDS.match(line):
            return
        yield line


def _paragraphs(lines: Iterator[str]) -> Iterator[str]:
    """Join lines that a page broke within a sentence."""
    begun = ""
    for line in lines:
        goes_on = begun and not begun.endswith(_SENTENCE_ENDS) and re.match(rf"{LOWER}|\d|[(]", line)
        if begun and not goes_on:
            yield begun
        begun = f"{begun} {line}" if goes_on else line
    if begun:
        yield begun
