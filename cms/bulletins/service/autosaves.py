"""Autosaved bulletin forms: kept as typed, taken up again, discarded and restored. No bulletin changes by them."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from broadcast.bulletins.model import BulletinId
from cms.bulletins.model import Autosave
from cms.bulletins.repository.autosaves import Autosaves, autosave_id
from cms.platform.store.uow import UnitOfWork
from province.call import Call
from province.errors import ConflictError, Problem, problem_if, refuse

UNFINISHED_MAX: Final = 30
"""Forms that a person may leave unfinished at a time."""
CHARACTERS_MAX: Final = 400_000
FIELDS_MAX: Final = 4000
ENDED_KEPT: Final = timedelta(days=2)
UNFINISHED_KEPT: Final = timedelta(days=180)
_TITLE_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class TypedFields:
    """Fields of the form as sent by one open page over the version that it knows (0: never kept).

    ``window`` names the page and numbers its requests: ``3f9c.12``.
    """

    bulletin_id: BulletinId
    fields: tuple[tuple[str, str], ...]
    title: str
    expected_version: int
    window: str = ""


def keep(uow: UnitOfWork, typed: TypedFields, *, call: Call) -> Autosave:
    """Keep the form as typed. The same form again changes nothing.

    A window that did not get the answer to its last request goes on all the same: nobody wrote in between. A request
    that a later one of its window has overtaken changes nothing.

    Raises:
        ConflictError: another window of this person has kept, saved or discarded it meanwhile.
        InvalidError: it is too large, or the person has too many unfinished forms.
    """
    owner_id = call.actor.user_id
    size = sum(len(name) + len(value) for name, value in typed.fields)
    problems = [*problem_if(size > CHARACTERS_MAX or len(typed.fields) > FIELDS_MAX, "text", "TOO_LARGE_TO_KEEP")]
    with uow:
        old = uow[Autosaves].of(owner_id, typed.bulletin_id)
        if old is not None and old.fields == typed.fields and old.ended_at is None:
            return old
        if old is None and uow[Autosaves].count_unfinished(owner_id) >= UNFINISHED_MAX:
            problems.append(Problem("text", "TOO_MANY_UNFINISHED", {"max": UNFINISHED_MAX}))
        refuse(problems)
        seen = typed.expected_version
        if old is not None and old.ended_at is None and typed.window:
            (last_page, last_number), (page, number) = _numbered(old.window), _numbered(typed.window)
            if page == last_page and number < last_number:
                return old
            seen = old.version if page == last_page else seen
        if old is not None and old.version != seen:
            raise ConflictError("autosave", typed.bulletin_id, seen, old.version)
        kept = Autosave(
            autosave_id(owner_id, typed.bulletin_id),
            owner_id,
            typed.bulletin_id,
            typed.title.strip()[:_TITLE_SHOWN],
            typed.fields,
            seen + 1,
            typed.window,
            call.now,
        )
        if old is None:
            uow[Autosaves].prune(call.now - ENDED_KEPT, call.now - UNFINISHED_KEPT)
            uow[Autosaves].add(kept)
        else:
            uow[Autosaves].save(kept)
        uow.commit()
    return kept


def _numbered(window: str) -> tuple[str, int]:
    page, _, number = window.partition(".")
    return page, int(number) if number.isdecimal() else 0


def discard(uow: UnitOfWork, bulletin_id: BulletinId, *, call: Call) -> Autosave | None:
    """Discard the person's unfinished form; what was typed stays for :func:`restore`. None: there is none."""
    with uow:
        old = uow[Autosaves].of(call.actor.user_id, bulletin_id)
        if old is None or old.ended_at is not None:
            return None
        ended = replace(old, ended_at=call.now, version=old.version + 1)
        uow[Autosaves].save(ended)
        uow.commit()
    return ended


def restore(uow: UnitOfWork, bulletin_id: BulletinId, *, call: Call) -> Autosave | None:
    """Take a discarded form up again; None: it was saved, or is gone."""
    with uow:
        old = uow[Autosaves].of(call.actor.user_id, bulletin_id)
        if old is None or old.ended_at is None or not old.fields:
            return None
        restored = replace(old, ended_at=None, version=old.version + 1)
        uow[Autosaves].save(restored)
        uow.commit()
    return restored
