"""Office that is starved: people with sessions and tokens, a programme, a year of figures, and an alert in force."""

from __future__ import annotations

import os
import wave
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from bench.speed.alert_field import AlertField
from bench.speed.programme import ProgrammeBuilder
from bench.speed.reports import furnish_figures
from bench.speed.rules import Levels
from broadcast.alerts.orders import ReachState
from broadcast.bulletins.model import Targets
from broadcast.bulletins.schedules import Schedule
from cms.accounts.model import SecondFactor, SignedIn, TokenScope, User
from cms.accounts.repository import People
from cms.accounts.service import users
from cms.accounts.service.vault import new_secret, secret_hash
from cms.alerts.repository.orders import Orders
from cms.bulletins.service import drafts
from cms.bulletins.service.revisions import Draft
from cms.platform.context import Context
from cms.platform.store.uow import UnitOfWork
from cms.platform.web.request_context import SESSION_COOKIE
from province.areas import AreaId
from province.people import Actor, Grant, Role, UserId, program
from province.wall_clock import local_date

RULES: Final = 600
PROGRAMME_DAYS: Final = 28
FIGURE_DAYS: Final = 365
RECORDING_BYTES: Final = 16_000_000
SOUND_BYTES: Final = 48_000
"""Small, and the same for all rules: devices hold their sounds before an alert, as they do in a province."""
EVERYDAY: Final = ("/", "/bulletins", "/calendar", "/devices", "/alerts", "/reports", "/feedback")
"""Pages of an ordinary day, besides the bulletin that is looked ahead for."""
_BY: Final = program("bench")
_RATE_HZ: Final = 48_000


@dataclass(frozen=True, slots=True)
class StarvedOffice:
    """Rights and files of the clients. ``viewers``: a cookie for each open page; ``tokens``: one for each uploader.

    ``planner`` is the token that asks for preflights and reports, ``clerk`` the cookie that opens the everyday
    ``pages``, and ``watched`` the page of an alert in force.
    """

    viewers: Sequence[str]
    tokens: Sequence[str]
    planner: str
    clerk: str
    pages: Sequence[str]
    watched: str
    preflight: str
    recording: Path
    report: dict[str, str]


def furnish_office(field: AlertField, folder: Path, viewers: int, uploaders: int) -> StarvedOffice:
    """Fill the store of ``field``, before its gateway runs: nothing of this is sent to a device."""
    context, province = field.context, field.area_id
    today = local_date(context.now())
    with context.uow() as unit:
        editor, _ = _person(unit, context, "bench-editor", Role.PROVINCE_EDITOR, province)
        approver, _ = _person(unit, context, "bench-approver", Role.APPROVER, province)
        _, clerk = _person(unit, context, "bench-clerk", Role.PROVINCE_EDITOR, province)
        cookies = [
            _person(unit, context, f"bench-viewer-{number}", *_place(field, number))[1] for number in range(viewers)
        ]
        planner = _token(unit, context, "bench-editor")
        tokens = []
        for number in range(uploaders):
            _person(unit, context, f"bench-sender-{number}", Role.PROVINCE_EDITOR, province)
            tokens.append(_token(unit, context, f"bench-sender-{number}"))
        unit.commit()
    actors: dict[str, Actor] = {Role.PROVINCE_EDITOR: editor, Role.APPROVER: approver}
    levels = Levels(province, field.communes[:8], field.communes)
    programme = ProgrammeBuilder(context, actors, PROGRAMME_DAYS, sound=os.urandom(SOUND_BYTES))
    programme.promise(levels, RULES, ())
    furnish_figures(context, field.communes, FIGURE_DAYS)
    first_at = datetime.combine(today, datetime.min.time()).replace(hour=5)
    wanted = Draft(
        title="Bench", text="Xin chào", targets=Targets((province,)), schedules=(Schedule("1", first_at, "FREQ=DAILY"),)
    )
    draft = drafts.create(context.uow(), draft=wanted, call=context.call(editor))
    recording = folder / "recording.wav"
    _record(recording)
    return StarvedOffice(
        viewers=cookies,
        tokens=tokens,
        planner=planner,
        clerk=clerk,
        pages=(*EVERYDAY, f"/bulletins/{draft.id}"),
        watched=f"/alerts/{_in_force(field)}",
        preflight=f"/api/v1/bulletins/{draft.id}/preflight",
        recording=recording,
        report={
            "area_id": province,
            "first_on": (today - timedelta(days=FIGURE_DAYS - 1)).isoformat(),
            "last_on": today.isoformat(),
        },
    )


def _place(field: AlertField, number: int) -> tuple[Role, AreaId]:
    """Return role and area of a viewer: of five, four belong to communes."""
    if not field.communes or number % 5 == 0:
        return Role.PROVINCE_EDITOR, field.area_id
    return Role.COMMUNE_OPERATOR, field.communes[number % len(field.communes)]


def _person(unit: UnitOfWork, context: Context, login: str, role: Role, area_id: AreaId) -> tuple[Actor, str]:
    """Add a person who is signed in; return them and their cookie."""
    now, secret = context.now(), new_secret()
    user = User(UserId(login), login, login, "", now, grants=(Grant(role, area_id),))
    unit[People].add(user)
    unit[People].add_second_factor(SecondFactor(user.id, "", now, 0), [])
    session = SignedIn(context.new_id(), user.id, secret_hash(secret), now, now + timedelta(days=1))
    unit[People].add_session(replace(session, second_factor_at=now))
    return replace(user.actor, second_factor_at=now), f"{SESSION_COOKIE}={secret}"


def _token(unit: UnitOfWork, context: Context, login: str) -> str:
    details: dict[str, Any] = {"name": "bench", "lasts": timedelta(days=1), "scopes": list(TokenScope)}
    _, secret = users.create_token(unit, login, token_id=context.new_id(), now=context.now(), by=_BY, **details)
    return secret


def _in_force(field: AlertField) -> str:
    """Put an alert in force that no device is sent, with the answers of all; return its id."""
    context = field.context
    order_id, _ = field.approve(is_sent=False)
    with context.uow() as unit:
        now = context.now()
        told = unit[Orders].reaches(order_id)
        unit[Orders].report(
            replace(each, state=ReachState.SOUNDING, changed_at=now, started_at=now, amp_ma=900) for each in told
        )
        alert_id = unit[Orders].get(order_id).alert_id
        unit.commit()
    return alert_id


def _record(path: Path) -> None:
    """Write a recording of that size: a voice's loudness, so that nothing refuses it."""
    noise = Random(1).randbytes(_RATE_HZ)  # noqa: S311 - a sound, no secret
    second = b"".join(bytes((each, each // 8)) for each in noise)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE_HZ)
        for _ in range(RECORDING_BYTES // len(second)):
            file.writeframes(second)
