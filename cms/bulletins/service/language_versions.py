"""Language versions: bulletins that say the same in several languages, and which of them may be outdated."""

from dataclasses import dataclass

from broadcast.bulletins.model import Bulletin, BulletinId, BulletinStatus
from cms.accounts.service.read_access import is_readable, require_readable
from cms.areas.repository import Places
from cms.bulletins.model import LanguageVersion
from cms.bulletins.repository.bulletins import Bulletins
from cms.bulletins.repository.language_versions import LanguageVersions
from cms.platform.store.uow import UnitOfWork
from province.areas import AreaTree
from province.call import Call
from province.errors import InvalidError, Problem
from province.people import Action, Actor


@dataclass(frozen=True, slots=True)
class BulletinVersions:
    """The other versions that a person may read, each with whether it may be outdated; and whether this one may be."""

    others: tuple[tuple[Bulletin, bool], ...]
    is_outdated: bool


def link(uow: UnitOfWork, new: Bulletin, source_id: BulletinId, call: Call) -> None:
    """Link a new bulletin as a version of another, within a unit of work.

    Raises:
        NotFoundError: the actor may not read that one.
        InvalidError: it is in the language of that one, or of one of its versions.
    """
    source = uow[Bulletins].get(source_id)
    require_readable(call.actor, source, uow[Places].tree())
    known = uow[LanguageVersions].find(source_id)
    group_id = source_id if known is None else known.group_id
    others = uow[Bulletins].get_many(each.bulletin_id for each in uow[LanguageVersions].beside(source_id))
    taken = [each.language for each in (source, *others.values()) if each.status is not BulletinStatus.DELETED]
    if new.language in taken:
        raise InvalidError([Problem("language", "VERSION_LANGUAGE")])
    if known is None:
        uow[LanguageVersions].add(LanguageVersion(source_id, group_id))
    uow[LanguageVersions].add(LanguageVersion(new.id, group_id))


def note_change(uow: UnitOfWork, old: Bulletin, new: Bulletin) -> None:
    """Mark the other versions where the content has changed; a change of a marked one brings it up to date instead."""
    content = [(each.title, each.text, each.original_sha256) for each in (old, new)]
    own = uow[LanguageVersions].find(new.id) if content[0] != content[1] else None
    if own is None:
        return
    if own.outdated_at is None:
        uow[LanguageVersions].mark_others(new.id, new.changed_at)
    else:
        uow[LanguageVersions].settle(new.id)


def versions_of(uow: UnitOfWork, bulletin: Bulletin, reader: Actor, tree: AreaTree) -> BulletinVersions | None:
    """Return the versions of a bulletin that the reader may read, within a unit of work; None if it has none."""
    own = uow[LanguageVersions].find(bulletin.id)
    if own is None:
        return None
    marks = {each.bulletin_id: each.outdated_at is not None for each in uow[LanguageVersions].beside(bulletin.id)}
    bulletins = uow[Bulletins].get_many(marks)
    seen = [
        (bulletins[each], is_outdated)
        for each, is_outdated in marks.items()
        if bulletins[each].status is not BulletinStatus.DELETED and is_readable(reader, bulletins[each], tree)
    ]
    return BulletinVersions(tuple(seen), own.outdated_at is not None)


def settle_version(uow: UnitOfWork, bulletin_id: BulletinId, *, call: Call) -> None:
    """Note that a person has compared the version with the others: it still says the same. Idempotent.

    Raises:
        NotFoundError: no such bulletin, or it has no versions.
        NotAllowedError: the actor may not write there.
    """
    with uow:
        found = uow[Bulletins].get(bulletin_id)
        call.require(Action.BULLETIN_WRITE, found.targets.areas, uow[Places].tree())
        if uow[LanguageVersions].get(bulletin_id).outdated_at is None:
            return
        uow[LanguageVersions].settle(bulletin_id)
        uow.record(call.event("bulletin.version_compared", bulletin_id, title=found.title))
        uow.commit()
