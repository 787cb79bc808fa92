"""Changes of planned airings: preview, proposal and confirmation of an edit, and delegated slots."""

from datetime import date, time
from http import HTTPStatus
from typing import Any, Literal

from flask import Response, jsonify
from pydantic import AwareDatetime, BaseModel, Field, NaiveDatetime

from broadcast.bulletins.model import Targets
from broadcast.bulletins.priority import PriorityClass
from broadcast.scheduling.concessions import WayOut
from broadcast.scheduling.rescheduling import MoveEdit, MoveScope, Shift
from broadcast.scheduling.slots import Slot, SlotId
from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.bulletins.api.actions import OverrideQuery, act_on
from cms.bulletins.api.bulletins import BulletinPath, readable
from cms.bulletins.api.schemas import BulletinOut, CuesBody, ScheduleOut
from cms.bulletins.service.transmission_withdrawal import Freeze
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.problems import plain
from cms.platform.api.responses import Lines, answer
from cms.platform.api.strict import Id, Output, Strict, fields_of
from cms.schedule.repository.calendar import Slots
from cms.schedule.service import rescheduling, slots, time_changes
from cms.schedule.service.slots import SlotDraft, active_holder
from province.areas import AreaId
from province.people import Action


class ShiftBody(Strict):
    """One airing, by its rule and its original local date, and the wall time it is to have instead."""

    schedule_id: str = Field(max_length=20)
    on: date
    to: NaiveDatetime
    scope: MoveScope = MoveScope.THIS

    def shift(self) -> Shift:
        return Shift(self.schedule_id, self.on, self.to.replace(microsecond=0), self.scope)


class LeaveOutBody(Strict):
    schedule_id: str = Field(max_length=20)
    on: date


class EditBody(Strict):
    """A move, and what is given up for it."""

    shift: ShiftBody | None = None
    leave_out: list[LeaveOutBody] = Field(default=[], max_length=100)
    exclude: list[str] = Field(default=[], max_length=500, description="Areas that are not to hear it")
    raise_class: bool = False
    split: list[str] = Field(default=[], max_length=500, description="Areas left to a second bulletin, a draft")
    split_to: NaiveDatetime | None = Field(default=None, description="To where the move leads for that one")
    length_ms: int | None = Field(
        default=None,
        ge=1,
        le=24 * 3600 * 1000,
        description="Every airing of its recording at most so long, faded out: an edit, to be approved again",
    )

    def edit(self) -> MoveEdit:
        return MoveEdit(
            None if self.shift is None else self.shift.shift(),
            tuple((each.schedule_id, each.on) for each in self.leave_out),
            tuple(AreaId(area_id) for area_id in self.exclude),
            self.raise_class,
            tuple(AreaId(area_id) for area_id in self.split),
            None if self.split_to is None else self.split_to.replace(microsecond=0),
            self.length_ms,
        )


@fields_of(WayOut)
class SpotOut(Output):
    """A way out of the clashes. ``edit`` is to be sent instead; a SHORTEN without one says ``why_not``."""

    edit: dict[str, Any] | None


class FreezeOut(BaseModel):
    """An airing that begins within ``freeze_min`` minutes."""

    start_at: AwareDatetime
    freeze_min: int


class OutlookOut(BaseModel):
    """``gone`` and ``come``: starts of the next month. ``needs_approval``: until then it airs as it was approved.

    ``freeze``: the airing of it that is about to begin and stands, so that confirming asks for a reason; ``too_soon``:
    one that the edit brings as near. ``takes_back``: what is approved is withdrawn by it. ``cues``: those that give
    its recording the length asked for.
    """

    is_clear: bool
    needs_approval: bool
    takes_back: bool
    cues: CuesBody | None
    freeze: FreezeOut | None
    too_soon: FreezeOut | None
    gone: list[AwareDatetime]
    come: list[AwareDatetime]
    schedules: list[ScheduleOut]
    priority: PriorityClass
    targets: Targets
    clashes: list[dict[str, Any]]
    offers: list[SpotOut]


_OUT: dict[Any, Any] = {200: BulletinOut}


@routes.post(
    "/bulletins/<bulletin_id>/reschedule/check",
    summary="What other times would mean, every clash, and the ways out; changes nothing",
    responses={200: OutlookOut},
)
def check_reschedule(path: BulletinPath, body: EditBody) -> Response:
    context, found = caller.context(), readable(path.bulletin_id)
    outlook = rescheduling.look(context.uow.reading(), found.id, edit=body.edit(), call=caller.call())
    return jsonify(
        is_clear=outlook.is_clear,
        needs_approval=outlook.needs_approval,
        takes_back=outlook.takes_back,
        cues=plain(outlook.cues),
        freeze=_freeze(outlook.freeze),
        too_soon=_freeze(outlook.too_soon),
        gone=plain(outlook.gone),
        come=plain(outlook.come),
        schedules=plain(outlook.after.schedules),
        priority=outlook.after.priority,
        targets=plain(outlook.after.targets),
        clashes=[{**plain(clash), "is_blocking": clash.is_blocking} for clash in outlook.clashes],
        offers=[_offer(offer) for offer in outlook.offers],
    )


@routes.post(
    "/bulletins/<bulletin_id>/reschedule", summary="Ask for other times, a higher class or fewer places", responses=_OUT
)
def reschedule_bulletin(path: BulletinPath, body: EditBody) -> Response:
    return act_on(path, rescheduling.reschedule, edit=body.edit())


@routes.post("/bulletins/<bulletin_id>/change/confirm", summary="Confirm the change, as another person", responses=_OUT)
def confirm_change(path: BulletinPath, query: OverrideQuery) -> Response:
    """Within the freeze before air only with a reason, by whoever may override."""
    return act_on(path, time_changes.confirm, override=query.override)


@routes.post("/bulletins/<bulletin_id>/change/keep", summary="Drop the change: it airs as it was", responses=_OUT)
def keep_unchanged(path: BulletinPath) -> Response:
    return act_on(path, time_changes.keep)


def _freeze(freeze: Freeze | None) -> dict[str, Any] | None:
    return None if freeze is None else {"start_at": plain(freeze.start_at), "freeze_min": freeze.freeze_min}


def _offer(offer: WayOut) -> dict[str, Any]:
    return {**plain(offer), "edit": _edit_json(offer.edit) if offer.edit else None}


def _edit_json(edit: MoveEdit) -> dict[str, Any]:
    """Return the edit as JSON in the form of ``EditBody``."""
    leave_out = [{"schedule_id": name, "on": on.isoformat()} for name, on in edit.leave_out]
    return {**plain(edit), "leave_out": leave_out}


class SlotPath(BaseModel):
    slot_id: str = Field(max_length=80)


class SlotBody(Strict):
    """``login`` is the holder's. Wall times of the province; at most a year ahead."""

    login: str = Field(max_length=80)
    area_id: Id
    weekdays: list[Literal["MO", "TU", "WE", "TH", "FR", "SA", "SU"]] = Field(max_length=7)
    starts: time
    ends: time
    classes: list[PriorityClass] = Field(max_length=len(PriorityClass))
    last_on: date


@fields_of(Slot, hidden=("granted_by", "revoked_at"))
class SlotOut(Output): ...


@routes.get("/slots", summary="The slots delegated in the areas you may see", responses={200: Lines[SlotOut]})
def list_slots() -> Response:
    with caller.context().uow.reading() as uow:
        found = uow[Slots].in_areas(caller.readable_areas(uow[Places].tree()))
    return answer(Lines[SlotOut].model_validate({"items": found}))


@routes.post("/slots", summary="Delegate a slot", responses={201: SlotOut})
def grant_slot(body: SlotBody) -> Response:
    with caller.reading(Action.SLOT_GRANT) as (uow, _tree):
        holder = uow[People].by_login(body.login)
    draft = SlotDraft(
        *active_holder(holder),
        area_id=AreaId(body.area_id),
        weekdays=tuple(body.weekdays),
        starts=body.starts,
        ends=body.ends,
        classes=tuple(body.classes),
        last_on=body.last_on,
    )
    slot = slots.grant(caller.context().uow(), draft=draft, call=caller.call())
    return answer(SlotOut.model_validate(slot), HTTPStatus.CREATED)


@routes.delete("/slots/<slot_id>", summary="Revoke a slot; what was placed in it stays", responses={204: None})
def revoke_slot(path: SlotPath) -> Response:
    slots.revoke(caller.context().uow(), SlotId(path.slot_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)
