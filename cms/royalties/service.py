"""Royalties: the table saved by an administrator, and a bulletin's royalty recorded by an approver."""

from broadcast.bulletins.model import Bulletin, BulletinId
from broadcast.royalties.model import Royalty, RoyaltyTable
from broadcast.royalties.rate_lines import AMOUNT_MAX_VND, read_rates
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.bulletins.service.revisions import NAME_MAX
from cms.platform.store.uow import UnitOfWork
from cms.royalties.repository import Royalties, RoyaltyTables
from province.call import Call
from province.errors import ConflictError, NotAllowedError, NotPossibleError, problem_if, refuse, too_long
from province.people import Action
from province.wall_clock import local_date


def change_table(
    uow: UnitOfWork, *, source: str, unit_vnd: int, rates: str, expected_version: int, call: Call
) -> RoyaltyTable:
    """Save the next version of the province's table; ``rates`` are lines of text. Royalties recorded before stay.

    Raises:
        NotAllowedError, ConflictError: see their remedies.
        InvalidError: with every problem of its fields and lines.
    """
    with uow:
        tree = uow[Places].tree()
        call.require(Action.AREA_MANAGE, [area.id for area in tree if area.parent_id is None], tree)
        read, problems = read_rates(rates)
        source = " ".join(source.split())
        problems += problem_if(not source, "source", "MISSING")
        problems += too_long("source", source, NAME_MAX)
        problems += problem_if(not read and not problems, "rates", "MISSING")
        least_vnd = 1 if any(each.coefficient is not None for each in read) else 0
        is_fit = least_vnd <= unit_vnd <= AMOUNT_MAX_VND
        problems += problem_if(not is_fit, "unit_vnd", "UNIT_VALUE", max=AMOUNT_MAX_VND)
        refuse(problems)
        old = uow[RoyaltyTables].current()
        version = 0 if old is None else old.version
        if version != expected_version:
            raise ConflictError("royalty_table", "", expected_version, version)
        table = RoyaltyTable(version + 1, source, unit_vnd, read, call.actor.user_id, call.actor.name, call.now)
        uow[RoyaltyTables].add(table)
        frozen: dict[str, object] = {"version": table.version, "source": source, "rates": len(read)}
        uow.record(call.event("royalty_table.changed", "royalty_table", **frozen))
        uow.commit()
    return table


def record_royalty(
    uow: UnitOfWork, bulletin_id: BulletinId, *, author: str, rate_key: str, expected_version: int, call: Call
) -> Royalty:
    """Record author and grade of an approved bulletin; the amount is that of the present table.

    ``expected_version``: of the royalty as the person saw it; 0: there was none.

    Raises:
        NotFoundError, ConflictError: see their remedies.
        NotAllowedError: the actor may not review there, or took part in the bulletin.
        NotPossibleError: it was never approved.
        InvalidError: no author, or no such rate.
    """
    with uow:
        bulletin = uow[Bulletins].get(bulletin_id)
        call.require(Action.BULLETIN_REVIEW, bulletin.targets.areas, uow[Places].tree())
        if bulletin.is_own(call.actor.user_id):
            raise NotAllowedError(Action.BULLETIN_REVIEW, "OWN_BULLETIN", bulletin.targets.areas)
        approvals = uow[Transmissions].of_bulletin(bulletin_id)
        if not approvals:
            raise NotPossibleError(bulletin.status, "royalty")
        table = uow[RoyaltyTables].current()
        rate = None if table is None else table.rate(rate_key)
        author = " ".join(author.split())
        problems = [*problem_if(not author, "author", "MISSING"), *too_long("author", author, NAME_MAX)]
        problems += problem_if(rate is None, "rate", "RATE_UNKNOWN")
        refuse(problems)
        assert table is not None
        assert rate is not None
        royalty = Royalty(
            bulletin_id=bulletin_id,
            author=author,
            genre=rate.genre,
            grade=rate.grade,
            amount_vnd=rate.royalty_vnd(table.unit_vnd),
            table_version=table.version,
            approved_on=local_date(min(each.approved_at for each in approvals)),
            recorded_by=call.actor.user_id,
            recorded_by_name=call.actor.name,
            recorded_at=call.now,
            version=expected_version + 1,
        )
        _store(uow, royalty)
        frozen: dict[str, object] = {"bulletin": bulletin.title, "author": author, "amount_vnd": royalty.amount_vnd}
        uow.record(call.event("royalty.recorded", bulletin_id, **frozen))
        uow.commit()
    return royalty


def suggested_author(bulletin: Bulletin) -> str:
    """Return the name that lists give the author by default: the pen name, else the person who wrote it."""
    return bulletin.pen_name or bulletin.author_name


def _store(uow: UnitOfWork, royalty: Royalty) -> None:
    known = uow[Royalties].find(royalty.bulletin_id)
    if royalty.version > 1:
        uow[Royalties].save(royalty)
    elif known is None:
        uow[Royalties].add(royalty)
    else:
        raise ConflictError("royalty", royalty.bulletin_id, 0, known.version)
