"""Areas, devices, jobs, and the caller's own account."""

from typing import Any

from flask import Response, jsonify
from pydantic import BaseModel, Field

from broadcast.bulletins.model import BulletinId
from cms.areas.repository import Places
from cms.areas.service import contacts
from cms.audit.queries import JobProgress, job_progress
from cms.bulletins.api.bulletins import readable
from cms.fleet.queries.devices import DeviceFilter, found_devices
from cms.fleet.queries.overview import AreaLine, area_lines, statuses
from cms.fleet.repository.devices import Devices
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.problems import plain
from cms.platform.api.responses import Paged
from cms.platform.api.strict import Output, PageQuery, Strict, fields_of
from devices.model import Device, DeviceId
from province.areas import AreaId
from province.contacts import Contact, Contacts
from province.errors import NotFoundError
from province.people import Action


class GrantOut(BaseModel):
    role: str
    area_id: str


class MeOut(BaseModel):
    user_id: str
    name: str
    grants: list[GrantOut]


class ContactBody(Strict):
    """``phone`` as people write it: digits, spaces, dots, dashes, a plus before the country."""

    name: str = Field(max_length=300)
    duty: str = Field(default="", max_length=300)
    phone: str = Field(max_length=300)


class ContactsBody(Strict):
    """Contacts of an area, in the order of calling; none: those of the area above."""

    people: list[ContactBody] = Field(max_length=50)


@fields_of(Contacts)
class ContactsOut(Output):
    """``area_id`` is where they are entered: the area asked for, one above it, or null where nobody is."""


class ScreenOut(BaseModel):
    """Picture elements across and down, and what colours they have."""

    w: int
    h: int
    colours: str


class DevicePath(BaseModel):
    device_id: str = Field(max_length=80)


@fields_of(Device, hidden=("revoked",))
class DeviceOut(Output):
    kind: str
    point: dict[str, float] | None
    screen: ScreenOut | None = Field(description="A board's; null: nobody told")
    quarantined: bool = Field(description="It sounds and shows nothing, or nothing but alerts")
    alerts_pass: bool = Field(description="In quarantine it goes on to sound alerts")
    status: dict[str, Any] | None


@fields_of(JobProgress)
class JobOut(Output):
    kind: str
    state: str


class AreaPath(BaseModel):
    area_id: str = Field(max_length=80)


class JobPath(BaseModel):
    job_id: str = Field(max_length=80)


class AreaQuery(PageQuery):
    with_closed: bool = Field(default=False, description="Also those no longer in force")


class DeviceQuery(PageQuery):
    area: str = Field(default="", max_length=80, description="Only devices in this area or below it")
    online: bool | None = None


@routes.get("/me", summary="Whom the token acts for", responses={200: MeOut})
def me() -> Response:
    actor = caller.actor()
    return jsonify(user_id=actor.user_id, name=actor.name, grants=plain(actor.grants))


@routes.get("/areas", summary="The tree of areas, by id", responses={200: Paged[AreaLine]})
def list_areas(query: AreaQuery) -> Response:
    with caller.reading(Action.AREA_READ) as (uow, _tree):
        lines = sorted(area_lines(uow.session, with_closed=query.with_closed), key=lambda line: line.id)
    wanted = [line for line in lines if line.id > query.cursor]
    shown = wanted[: query.limit]
    return jsonify(items=plain(shown), next=shown[-1].id if len(wanted) > len(shown) else "")


@routes.get("/areas/<area_id>/contacts", summary="Whom to call there", responses={200: ContactsOut})
def get_contacts(path: AreaPath) -> Response:
    """Its own, or those of the nearest area above it that has any."""
    with caller.context().uow.reading() as uow:
        tree = uow[Places].tree()
        here = tree.known(path.area_id)
        caller.require(Action.ALERT_READ, (here,), tree)
        return jsonify(plain(uow[Places].contacts(here)))


@routes.put("/areas/<area_id>/contacts", summary="Set whom to call there", responses={200: ContactsOut})
def put_contacts(path: AreaPath, body: ContactsBody) -> Response:
    """These and nobody else; what stood there before is in the log."""
    context = caller.context()
    with context.uow() as uow:
        contacts.set_contacts(
            uow,
            uow[Places].tree().known(path.area_id),
            [Contact(each.name, each.duty, each.phone) for each in body.people],
            call=caller.call(),
        )
        uow.commit()
    with context.uow.reading() as uow:
        return jsonify(plain(uow[Places].contacts(AreaId(path.area_id))))


@routes.get("/devices", summary="Devices you may see, by id", responses={200: Paged[DeviceOut]})
def list_devices(query: DeviceQuery) -> Response:
    with caller.reading(Action.DEVICE_READ) as (uow, tree):
        mine = caller.areas_where(Action.DEVICE_READ, tree)
        if query.area:
            within = {area.id for area in tree.subtree(AreaId(query.area))} if query.area in tree else set()
            mine = [area for area in mine if area in within]
        wanted = DeviceFilter(mine, is_online=query.online)
        page = found_devices(uow.session, wanted, after=query.cursor, limit=query.limit)
    return jsonify(
        items=[{**plain(line.device), "status": plain(line.status)} for line in page.rows], next=page.next_cursor
    )


@routes.get("/devices/<device_id>", summary="One device", responses={200: DeviceOut})
def get_device(path: DevicePath) -> Response:
    with caller.reading(Action.DEVICE_READ) as (uow, tree):
        device = uow[Devices].get(DeviceId(path.device_id))
        caller.seen(device, Action.DEVICE_READ, tree, "device", path.device_id)
        status = statuses(uow.session, [device.id]).get(device.id)
    return jsonify({**plain(device), "status": plain(status)})


@routes.get("/jobs/<job_id>", summary="How far a job is", responses={200: JobOut})
def get_job(path: JobPath) -> Response:
    """Return a job. Readers of its bulletin may see it."""
    with caller.reading(Action.BULLETIN_READ) as (uow, _tree):
        job = job_progress(uow.session, path.job_id)
    if job is None:
        raise NotFoundError("job", path.job_id)
    readable(BulletinId(job.subject_id))
    return jsonify(plain(job))
