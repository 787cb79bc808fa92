"""Import of people from a spreadsheet: one right per line; lines of the same login are one person."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.orders import DeclarationRight
from cms.accounts.service.people import AT_ONCE_MAX
from cms.accounts.service.person_drafts import PersonDraft
from cms.areas.service.place_names import PlaceNames
from cms.platform.clean_text import folded
from cms.platform.spreadsheet import read_table
from province.areas import AreaId, AreaTree
from province.errors import Problem
from province.people import Grant, Role, UserId

HEADINGS: Final[Mapping[str, str]] = {
    "name": "Họ tên",
    "login": "Tên đăng nhập",
    "role": "Vai trò",
    "area": "Địa bàn",
    "level": "Cấp cảnh báo",
    "email": "E-mail",
    "phone": "Điện thoại",
}
"""Columns as they are written, in their order."""
_COLUMNS: Final[Mapping[str, str]] = {
    **{folded(heading): name for name, heading in HEADINGS.items()},
    **dict.fromkeys(("login", "user name", "username", "ten dang nhap", "tai khoan"), "login"),
    **dict.fromkeys(("name", "full name", "ho va ten", "ten"), "name"),
    **dict.fromkeys(("role", "chuc trach", "quyen"), "role"),
    **dict.fromkeys(("area", "place", "xa", "ma dia ban", "don vi"), "area"),
    **dict.fromkeys(("level", "cap", "alert level"), "level"),
    **dict.fromkeys(("email", "mail", "thu dien tu"), "email"),
    **dict.fromkeys(("phone", "mobile", "so dien thoai", "dien thoai di dong", "sdt"), "phone"),
}
_ROLES: Final[Mapping[str, Role]] = {
    **{role.value: role for role in Role},
    **dict.fromkeys(("bien tap vien tinh", "bien tap vien", "province editor"), Role.PROVINCE_EDITOR),
    **dict.fromkeys(("nguoi duyet", "lanh dao duyet"), Role.APPROVER),
    **dict.fromkeys(("can bo xa", "can bo van hanh xa", "commune operator"), Role.COMMUNE_OPERATOR),
    **dict.fromkeys(("dai truyen thanh", "dai", "broadcasting station"), Role.STATION),
    **dict.fromkeys(("can bo ung pho thien tai", "ung pho thien tai", "emergency officer"), Role.EMERGENCY_OFFICER),
    "ky thuat vien": Role.TECHNICIAN,
    "nguoi kiem tra": Role.AUDITOR,
    **dict.fromkeys(("quan tri he thong", "quan tri", "administrator"), Role.ADMIN),
}


@dataclass(frozen=True, slots=True)
class PersonLine:
    """Person of the file. ``number`` is the line where they stand first."""

    number: int
    draft: PersonDraft
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class PeopleSheet:
    """Parsed file: people in its order, the file as text to correct, and the headings of ignored columns."""

    lines: Sequence[PersonLine]
    text: str
    ignored: Sequence[str] = ()


def read_people(data: bytes, tree: AreaTree, mine: frozenset[AreaId]) -> PeopleSheet:
    """Read the people of a file. Areas are found by id, official code or name among ``mine``.

    Raises:
        InvalidError: it is no such file, has no column of logins, no line, or too many.
    """
    table = read_table(data, _COLUMNS, AT_ONCE_MAX, needed="login", without_needed="SHEET_WITHOUT_LOGINS")
    places = PlaceNames(tree, mine)
    found: dict[str, PersonLine] = {}
    for number, cells in table.rows:
        line = _line(number, cells, places)
        first = found.get(line.draft.login) if line.draft.login else None
        found[line.draft.login or f"\n{number}"] = line if first is None else _merged(first, line)
    return PeopleSheet(list(found.values()), _text([cells for _, cells in table.rows]), table.ignored)


def told(line: PersonLine, more: Sequence[Problem]) -> list[Problem]:
    """Return the problems of the line and those of the draft; of a field only the first that was found."""
    known = {problem.field for problem in line.problems}
    # Without its place there is no right to judge.
    known |= {"role", "area"} if not known.isdisjoint({"role", "area"}) else set()
    return [*line.problems, *(each for each in more if each.field not in known)]


def _line(number: int, cells: Mapping[str, str], places: PlaceNames) -> PersonLine:
    area_id, problems = places.find(cells.get("area", ""))
    typed, level = cells.get("role", ""), cells.get("level", "")
    role = _ROLES.get(folded(typed))
    if role is None:
        problems.append(Problem("role", "ROLE_UNKNOWN", {"role": typed}) if typed else Problem("role", "MISSING"))
    levels: tuple[DeclarationRight, ...] = ()
    if level and (level not in {str(int(each)) for each in AlertLevel} or role is not Role.EMERGENCY_OFFICER):
        problems.append(Problem("level", "LEVEL_UNKNOWN"))
    elif level and area_id:
        levels = (DeclarationRight(UserId(""), area_id, AlertLevel(int(level))),)
    grants = (Grant(role, area_id),) if role is not None and area_id else ()
    phone = "".join(sign for sign in cells.get("phone", "") if sign not in " .-()")
    draft = PersonDraft(
        cells.get("login", "").lower(), cells.get("name", ""), cells.get("email", ""), phone, grants, levels
    )
    return PersonLine(number, draft, tuple(problems))


def _merged(first: PersonLine, more: PersonLine) -> PersonLine:
    """Add the right of a further line; name and contact are those of the first line, and may not differ."""
    old, new = first.draft, more.draft
    problems = [*first.problems, *more.problems]
    pairs = (("name", old.name, new.name), ("email", old.email, new.email), ("phone", old.phone, new.phone))
    problems += [
        Problem(field, "DIFFERS", {"line": more.number}) for field, one, other in pairs if other not in {"", one}
    ]
    grants, levels = dict.fromkeys((*old.grants, *new.grants)), dict.fromkeys((*old.levels, *new.levels))
    return PersonLine(first.number, replace(old, grants=tuple(grants), levels=tuple(levels)), tuple(problems))


def _text(rows: Sequence[Mapping[str, str]]) -> str:
    """Write the lines as they can be corrected in a form, and pasted into a spreadsheet."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter="\t", lineterminator="\n")
    writer.writerow(HEADINGS.values())
    writer.writerows([cells.get(name, "") for name in HEADINGS] for cells in rows)
    return out.getvalue()
