"""Rules of areas, and exemptions: dates without quota."""

from datetime import date, time
from typing import Annotated

from flask import Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from broadcast.scheduling.area_rules import EVERY_DAY, AreaRules, Exemption, ExemptionId
from cms.areas.api.areas import AreaPath
from cms.areas.repository import Places
from cms.areas.service import rules
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import Lines, answer
from cms.platform.api.strict import Output, Strict, fields_of
from cms.platform.store.uow import UnitOfWork
from cms.schedule.repository.calendar import Exemptions
from cms.schedule.service import calendar
from province.areas import AreaId
from province.people import Action


def _known_days(days: list[int]) -> list[int]:
    return sorted(set(days) & set(EVERY_DAY))


class ExemptionPath(BaseModel):
    exemption_id: str = Field(max_length=80)


class QuietBody(Strict):
    """Local wall times; past midnight where ``until`` is not after ``start``."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")
    start: time
    until: time


class VolumeBody(QuietBody):
    volume_pct: int


class QuotaBody(Strict):
    """``null`` sets no limit. Weekdays from Monday, 0, to Sunday, 6."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")
    sessions: int | None = None
    session_min: int | None = None
    day_min: int | None = None
    weekdays: Annotated[list[int], AfterValidator(_known_days)] = Field(default=list(EVERY_DAY), max_length=7)


class RulesBody(Strict):
    """Rules of an area; a missing field has its default."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")
    quiet: list[QuietBody] = Field(max_length=20)
    volume_pct: int
    volumes: list[VolumeBody] = Field(default=[], max_length=20)
    quota: QuotaBody = QuotaBody()
    freeze_min: int = 15
    needs_signature: bool = Field(default=False, description="Nothing approved is heard before it is signed")
    is_public: bool = Field(default=True, description="What was heard there stands on the public page")


class EffectiveOut(RulesBody):
    """With the strictest quota from the area upwards; ``exempt_on``: dates on which it does not hold."""

    exempt_on: list[date]


class RulesOut(BaseModel):
    """``own`` is what the area itself says, null where it inherits all."""

    effective: EffectiveOut
    own: RulesBody | None


class ExemptionBody(Strict):
    on: date
    reason: str = Field(max_length=2000)


@fields_of(Exemption)
class ExemptionOut(Output): ...


@routes.get("/areas/<area_id>/rules", summary="Quota, quiet hours, volume and freeze there", responses={200: RulesOut})
def get_rules(path: AreaPath) -> Response:
    with caller.context().uow.reading() as uow:
        here = uow[Places].tree().known(path.area_id)
        caller.require(Action.AREA_READ, (here,), uow[Places].tree())
        return _told(uow, here)


@routes.put("/areas/<area_id>/rules", summary="Set them there and below", responses={200: RulesOut})
def put_rules(path: AreaPath, body: RulesBody) -> Response:
    """A quota can tighten what holds above, not loosen it. Plans and devices below follow."""
    context = caller.context()
    with context.uow() as uow:
        here = uow[Places].tree().known(path.area_id)
        wanted = body.build(AreaRules, zone=uow[Places].rules(here).zone)
        rules.set_rules(uow, here, wanted, call=caller.call())
        uow.commit()
    with context.uow.reading() as uow:
        return _told(uow, here)


@routes.get("/areas/<area_id>/exemptions", summary="Dates without quota there", responses={200: Lines[ExemptionOut]})
def list_exemptions(path: AreaPath) -> Response:
    """Those of the area and of what lies above it, the latest date first; only confirmed ones have effect."""
    with caller.context().uow.reading() as uow:
        tree = uow[Places].tree()
        here = tree.known(path.area_id)
        caller.require(Action.AREA_READ, (here,), tree)
        found = uow[Exemptions].in_areas(tree.chain(here))
    return answer(Lines[ExemptionOut].model_validate({"items": found}))


@routes.post("/areas/<area_id>/exemptions", summary="Ask for a date without quota", responses={200: ExemptionOut})
def ask_exemption(path: AreaPath, body: ExemptionBody) -> Response:
    """It has effect once somebody else has confirmed it."""
    context = caller.context()
    with context.uow.reading() as uow:
        here = uow[Places].tree().known(path.area_id)
    made = calendar.ask_exemption(context.uow(), area_id=here, on=body.on, reason=body.reason, call=caller.call())
    return answer(ExemptionOut.model_validate(made))


@routes.post(
    "/exemptions/<exemption_id>/confirm", summary="Confirm it, as another person", responses={200: ExemptionOut}
)
def confirm_exemption(path: ExemptionPath) -> Response:
    return _decided(path, confirms=True)


@routes.post(
    "/exemptions/<exemption_id>/decline", summary="Decline it, as another person", responses={200: ExemptionOut}
)
def decline_exemption(path: ExemptionPath) -> Response:
    return _decided(path, confirms=False)


def _decided(path: ExemptionPath, *, confirms: bool) -> Response:
    context = caller.context()
    found: Exemption = calendar.decide_exemption(
        context.uow(), ExemptionId(path.exemption_id), confirms=confirms, call=caller.call()
    )
    return answer(ExemptionOut.model_validate(found))


def _told(uow: UnitOfWork, here: AreaId) -> Response:
    own = uow[Places].own_rules(here)
    effective = EffectiveOut.model_validate(uow[Places].rules(here))
    return answer(RulesOut(effective=effective, own=None if own is None else RulesBody.model_validate(own)))
