"""After air: missed airings and their remedies, and the as-run log with its hash chain."""

from datetime import time, timedelta

from flask import Response, jsonify
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from broadcast.bulletins.make_good_rules import MakeGoodMode, MakeGoodRule
from broadcast.bulletins.priority import PriorityClass
from broadcast.bulletins.transmissions import OccurrenceId
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.problems import plain
from cms.platform.api.responses import Lines, Paged, answer
from cms.platform.api.strict import Id, Output, PageQuery, Strict, fields_of
from cms.schedule.api.proof import AsRunLine
from cms.schedule.queries.after_air import MissedLine, decidable, missed_lines
from cms.schedule.queries.after_air import as_run_log as log_of
from cms.schedule.repository import as_run_chain
from cms.schedule.repository.as_run_chain import ChainVerdict
from cms.schedule.repository.missed import MissedAirings
from cms.schedule.service import make_good
from province.areas import AreaId
from province.errors import InvalidError, Problem
from province.people import Action

MISSED_SINCE = timedelta(days=2)
SPAN_MAX = timedelta(days=92)


class OccurrencePath(BaseModel):
    occurrence_id: str = Field(max_length=80)


class DecisionBody(Strict):
    airs_again: bool = Field(description="True: on the devices that missed it, as soon as there is time")


class Decided(BaseModel):
    devices: list[str]


class MakeGoodRuleBody(Strict):
    """``until``: for same_day, the wall time by which it is over. ``cuts``: whether what was cut counts as missed."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)
    area_id: Id
    priority: PriorityClass
    mode: MakeGoodMode
    until: time = time(20, 0)
    cuts: bool = True


class LogQuery(PageQuery):
    from_at: AwareDatetime
    until_at: AwareDatetime = Field(description="At most 92 days later")
    area: str = Field(default="", max_length=40, description="Only here and below, as devices stood then")


@fields_of(ChainVerdict)
class ChainOut(Output):
    """``head``: the last seal's hash; kept elsewhere it also tells whether the end was cut off."""

    holds: bool


@routes.get("/missed", summary="What devices missed in the last two days", responses={200: Lines[MissedLine]})
def list_missed() -> Response:
    with caller.reading(Action.DELIVERY_READ) as (uow, tree):
        areas = caller.areas_where(Action.DELIVERY_READ, tree)
        found = missed_lines(uow.session, areas, caller.context().now() - MISSED_SINCE)
    return answer(Lines[MissedLine].model_validate({"items": found}))


@routes.post(
    "/missed/<occurrence_id>/decide",
    summary="Make good what waits for a person, on every device where you may decide, or leave it",
    responses={200: Decided},
)
def decide_missed(path: OccurrencePath, body: DecisionBody) -> Response:
    context, item = caller.context(), OccurrenceId(path.occurrence_id)
    with caller.reading(Action.BULLETIN_REVIEW) as (uow, tree):
        mine = caller.areas_where(Action.BULLETIN_REVIEW, tree)
        waiting = decidable(uow.session, item, mine, airs_again=body.airs_again)
    if waiting:
        make_good.decide(context.uow(), item, waiting, airs_again=body.airs_again, call=caller.call())
    return answer(Decided(devices=list(waiting)))


@routes.get("/make-good-rules", summary="What areas do about missed airings", responses={200: Lines[MakeGoodRuleBody]})
def list_make_good_rules() -> Response:
    with caller.reading(Action.DELIVERY_READ) as (uow, tree):
        mine = set(caller.areas_where(Action.DELIVERY_READ, tree))
        found = [rule for rule in uow[MissedAirings].rules() if rule.area_id in mine]
    return answer(Lines[MakeGoodRuleBody].model_validate({"items": found}))


@routes.put("/make-good-rules", summary="Set an area's rule for a class", responses={200: MakeGoodRuleBody})
def put_make_good_rule(body: MakeGoodRuleBody) -> Response:
    make_good.set_rule(
        caller.context().uow(),
        MakeGoodRule(AreaId(body.area_id), body.priority, body.mode, body.until, body.cuts),
        call=caller.call(),
    )
    return answer(body)


@routes.get("/as-runs", summary="The as-run log over a span and places", responses={200: Paged[AsRunLine]})
def as_run_log(query: LogQuery) -> Response:
    if not timedelta(0) < query.until_at - query.from_at <= SPAN_MAX:
        raise InvalidError([Problem("until_at", "SPAN_TOO_LONG", {"max": SPAN_MAX.days})])
    with caller.reading(Action.DELIVERY_READ) as (uow, tree):
        areas = caller.areas_where(Action.DELIVERY_READ, tree)
        if query.area:
            areas = [area for area in areas if tree.is_within(area, AreaId(query.area))]
        page = log_of(uow.session, areas, query.from_at, query.until_at, after=query.cursor, limit=query.limit)
    return jsonify(items=[{**plain(run), "skew_ms": run.skew_ms} for run in page.rows], next=page.next_cursor)


@routes.get("/as-runs/chain", summary="Read the whole log and check every seal", responses={200: ChainOut})
def as_run_chain_state() -> Response:
    with caller.reading(Action.DELIVERY_READ) as (uow, _tree):
        found = as_run_chain.verify(uow.session)
    return answer(ChainOut.model_validate(found))
