"""Personal data of one person: exported for them, erased but for what the law has kept."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from cms.accounts.model import User
from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.audit.queries import AuditFilter, EventLine, audit_page
from cms.personal_data.repository import ERASED, PersonalData
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaId, AreaTree
from province.call import Call
from province.errors import InvalidError, Problem
from province.people import Action

EVENTS_MOST: Final = 20_000
_A_READ: Final = 1000
_MARK_LETTERS: Final = 6


def export_person(opened: UnitOfWork, login: str, *, call: Call) -> tuple[User, bytes]:
    """Return the account and a ZIP of all that is stored about the person, without secrets; the export is logged.

    Raises:
        NotAllowedError: the actor does not manage the people of the whole province.
        InvalidError: no such account.
    """
    with opened as unit:
        _require(unit, call)
        user = _user(unit, login)
        own = unit[PersonalData].own_records(user.id)
        named = unit[PersonalData].named_in(user.id)
        events: list[EventLine] = []
        after = ""
        while len(events) < EVENTS_MOST:
            page = audit_page(unit.session, AuditFilter(person=user.login), after, _A_READ)
            events += page.rows
            after = page.next_cursor
            if not after:
                break
        unit.record(call.event("personal_data.exported", user.id, login=user.login, lines=len(events)))
        unit.commit()
    return user, _zipped(own, named, events)


def erase_person(opened: UnitOfWork, login: str, *, confirmed: str, reason: str, call: Call) -> User:
    """Erase the person's own records and put a pseudonym on the account; the log and approvals keep their lines.

    Raises:
        NotAllowedError: the actor does not manage the people of the whole province.
        InvalidError: no such account or one's own, the login was not typed again, or no reason.
    """
    with opened as unit:
        _require(unit, call)
        user = _user(unit, login)
        problems = [
            *([Problem("login", "ERASE_ONESELF")] if user.id == call.actor.user_id else []),
            *([] if confirmed.strip().lower() == user.login else [Problem("confirmed", "NOT_THE_LOGIN")]),
            *([] if reason.strip() else [Problem("reason", "MISSING")]),
        ]
        if problems:
            raise InvalidError(problems)
        erase(unit, user, reason=reason.strip(), call=call)
        unit.commit()
    return user


def erase(unit: UnitOfWork, user: User, *, reason: str, call: Call) -> None:
    """Erase the user within a unit of work; the event names the account by its id alone."""
    mark = user.id.removeprefix("u-")[-_MARK_LETTERS:]
    unit[PersonalData].erase(user.id, f"{ERASED}{user.id}"[:80], f"Tài khoản đã xóa ({mark})", call.now)
    unit.record(call.event("personal_data.erased", user.id, reason=reason))


def _require(unit: UnitOfWork, call: Call) -> None:
    tree = unit[Places].tree()
    call.require(Action.USER_MANAGE, _roots(tree), tree)


def _roots(tree: AreaTree) -> list[AreaId]:
    return [area.id for area in tree if area.parent_id is None]


def _user(unit: UnitOfWork, login: str) -> User:
    user = unit[People].by_login(login.strip().lower())
    if user is None or user.login.startswith(ERASED):
        raise InvalidError([Problem("login", "NO_SUCH_LOGIN")])
    return user


def _zipped(own: Mapping[str, object], named: Mapping[str, object], events: list[EventLine]) -> bytes:
    """Pack the files, each readable by people and by programs."""
    lines = [
        {"at": line.at.isoformat(), "name": line.name, "subject": line.subject_id, "by": line.by_name, **line.detail}
        for line in events
    ]
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        for name, content in (("ho-so.json", own), ("noi-co-ten.json", named), ("nhat-ky.json", lines)):
            text = json.dumps(content, ensure_ascii=False, indent=1, default=str)
            packed.writestr(ZipInfo(name, (1980, 1, 1, 0, 0, 0)), text, ZIP_DEFLATED)
    return out.getvalue()
