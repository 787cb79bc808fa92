"""Royalties: the province's table, the royalty of a bulletin, and those of a month."""

from datetime import date

from flask import Response
from pydantic import BaseModel, Field

from broadcast.bulletins.model import BulletinId
from broadcast.reports.spans import month_of
from broadcast.royalties.model import Royalty, RoyaltyRate, RoyaltyTable
from cms.bulletins.repository.bulletins import Bulletins
from cms.platform.api import caller, versions
from cms.platform.api.caller import routes
from cms.platform.api.responses import Lines, answer
from cms.platform.api.strict import Output, Strict, fields_of
from cms.royalties import service
from cms.royalties.queries import RoyaltyLine, royalties_of
from cms.royalties.repository import Royalties, RoyaltyTables
from province.errors import NotFoundError
from province.people import Action
from province.policy import visible_areas
from province.wall_clock import local_date


class RoyaltyPath(BaseModel):
    bulletin_id: str = Field(max_length=80)


class MonthQuery(BaseModel):
    month: date | None = Field(default=None, description="A date of the month; left out: the present one")


class RoyaltyBody(Strict):
    """``rate`` is the ``key`` of a rate of the table; the amount follows from it."""

    author: str = Field(max_length=200)
    rate: str = Field(max_length=80)


@fields_of(RoyaltyRate)
class RoyaltyRateOut(Output):
    """``coefficient`` is in hundredths; null: ``amount_vnd`` is paid. ``royalty_vnd``: what it comes to."""

    key: str
    royalty_vnd: int


@fields_of(RoyaltyTable, hidden=("changed_by",))
class RoyaltyTableOut(Output):
    rates: list[RoyaltyRateOut]


@fields_of(Royalty, hidden=("recorded_by",))
class RoyaltyOut(Output):
    """``approved_on``: date of the first approval, by which months are listed."""


@routes.get("/royalty-table", summary="The province's table of royalties", responses={200: RoyaltyTableOut})
def get_royalty_table() -> Response:
    with caller.reading(Action.RULE_SET) as (uow, _tree):
        table = uow[RoyaltyTables].current()
    if table is None:
        raise NotFoundError("royalty_table", "")
    rates = [RoyaltyRateOut.of(each, royalty_vnd=each.royalty_vnd(table.unit_vnd)) for each in table.rates]
    return answer(RoyaltyTableOut.of(table, rates=rates), version=table.version)


@routes.get("/royalties", summary="Royalties of a month, by author", responses={200: Lines[RoyaltyLine]})
def list_royalties(query: MonthQuery) -> Response:
    month = month_of(query.month or local_date(caller.context().now()))
    with caller.reading(Action.RULE_SET) as (uow, tree):
        areas = visible_areas(caller.actor(), Action.RULE_SET, tree)
        found = [line for each in royalties_of(uow.session, areas, month) for line in each.lines]
    return answer(Lines[RoyaltyLine](items=found))


@routes.get("/bulletins/<bulletin_id>/royalty", summary="Royalty of a bulletin", responses={200: RoyaltyOut})
def get_royalty(path: RoyaltyPath) -> Response:
    found = _known(BulletinId(path.bulletin_id))
    if found is None:
        raise NotFoundError("royalty", path.bulletin_id)
    return answer(RoyaltyOut.model_validate(found), version=found.version)


@routes.put(
    "/bulletins/<bulletin_id>/royalty",
    summary="Record author and grade; needs If-Match once it is recorded",
    responses={200: RoyaltyOut},
)
def put_royalty(path: RoyaltyPath, body: RoyaltyBody) -> Response:
    bulletin_id = BulletinId(path.bulletin_id)
    known = _known(bulletin_id)
    present = 0 if known is None else known.version
    recorded = service.record_royalty(
        caller.context().uow(),
        bulletin_id,
        author=body.author,
        rate_key=body.rate,
        expected_version=versions.expected_version(present, is_required=known is not None),
        call=caller.call(),
    )
    return answer(RoyaltyOut.model_validate(recorded), version=recorded.version)


def _known(bulletin_id: BulletinId) -> Royalty | None:
    """Return the royalty, for those who may review the bulletin. Raises NotFoundError, NotAllowedError."""
    with caller.reading(Action.BULLETIN_REVIEW) as (uow, tree):
        bulletin = uow[Bulletins].get(bulletin_id)
        caller.require(Action.BULLETIN_REVIEW, bulletin.targets.areas, tree)
        return uow[Royalties].find(bulletin_id)
