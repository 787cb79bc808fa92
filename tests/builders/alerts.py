"""Two officers with declaration rights, and alerts in every state: builders for tests of the alert screens."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import Alert, AlertId, AlertPolicy, AlertZone, Audience, ZoneKind
from broadcast.alerts.orders import DeclarationRight, OrderReach, ReachState, StopId
from broadcast.bulletins.model import Rendition, Sound, SoundState, Targets
from cms.accounts.model import SecondFactor, User
from cms.accounts.repository import People
from cms.accounts.service.second_factor import NO_STEP
from cms.accounts.service.vault import vault_of
from cms.alerts import forms as alert_form
from cms.alerts.inbound import OF_A_ROUND
from cms.alerts.repository.alerts import AlertPolicies, Alerts, Declarations
from cms.alerts.repository.orders import Orders
from cms.alerts.repository.unknown_orders import UnknownOrders
from cms.alerts.service import sound as alert_sound
from cms.alerts.service import zones
from cms.fleet.repository.devices import Devices
from province.areas import AreaId
from province.people import Grant, Role, UserId
from tests.builders import bulletins
from tests.console import COMMUNE, PROVINCE, START, TOTP_SECRET, Console, cheap_hash, post

OFFICER, SECOND = "officer", "second-officer"
WORD = "THẬT"


def staff(console: Console, level: AlertLevel = AlertLevel.THREE) -> None:
    """Add a second officer, and let both declare everywhere up to ``level``. Harmless when repeated."""
    grants = (Grant(Role.EMERGENCY_OFFICER, PROVINCE),)
    second = User(UserId("u-second"), SECOND, "Second", cheap_hash(), START, grants=grants)
    with console.context.uow() as uow:
        if uow[People].by_login(SECOND) is not None:
            return
        uow[People].add(second)
        sealed = vault_of(console.context).seal(TOTP_SECRET, second.id)
        uow[People].add_second_factor(SecondFactor(second.id, sealed, START, NO_STEP), [])
        for user_id in (second.id, UserId(f"u-{OFFICER}")):
            uow[Declarations].give(DeclarationRight(user_id, PROVINCE, level))
        uow.commit()


def local_officer(console: Console, area_id: AreaId) -> FlaskClient:
    """Return the signed-in browser of a third officer, who may raise alerts in that area only."""
    made = User(
        UserId("u-local"), "local", "Local", cheap_hash(), START, grants=(Grant(Role.EMERGENCY_OFFICER, area_id),)
    )
    with console.context.uow() as uow:
        uow[People].add(made)
        sealed = vault_of(console.context).seal(TOTP_SECRET, made.id)
        uow[People].add_second_factor(SecondFactor(made.id, sealed, START, NO_STEP), [])
        uow.commit()
    return console.client("local")


def allow_alone(console: Console) -> None:
    """Allow break-glass: one person of the province may send alone."""
    with console.context.uow() as uow:
        uow[AlertPolicies].set(AlertPolicy(may_send_alone=True))
        uow.commit()


def end_all(console: Console) -> None:
    """Cancel all alerts in force."""
    officer = console.client(SECOND)
    with console.context.uow() as uow:
        found = uow[Alerts].active()
    for each in found:
        assert post(officer, f"/alerts/{each.id}/cancel", {"cause": "mistake"}).status_code == 302


def stored(console: Console, alert_id: str) -> Alert:
    with console.context.uow() as uow:
        return uow[Alerts].get(AlertId(alert_id))


def raised(console: Console, client: FlaskClient, *, kind: str = "live", hazard: str = "flash_flood") -> Alert:
    """Create a draft with the tiles of the start page."""
    answer = post(client, "/alerts/new", {"kind": kind, "hazard": hazard})
    found = re.fullmatch(r"/alerts/(\w+)/edit", answer.headers["Location"])
    assert found is not None
    return stored(console, found.group(1))


def form_of(console: Console, alert: Alert, **changes: object) -> dict[str, object]:
    """Return the edit form as the page would send it."""
    with console.app.test_request_context():
        typed = alert_form.shown(stored(console, alert.id))
    form: dict[str, object] = {
        name: getattr(typed, name)
        for name in (
            *("headline", "level", "risk", "shape", "happens_at", "place", "intensity", "forecast"),
            *("advice", "authority", "basis", "again_at", "every", "expires_at", "version"),
        )
    }
    form["areas"] = list(typed.areas)
    form |= {f"text-{tag}": text for tag, text in typed.texts.items()}
    form |= {f"recording-{tag}": sha for tag, sha in typed.recordings.items()}
    form |= {name: "yes" for name in ("is_silent", "is_minor") if getattr(typed, name)}
    return form | changes


def save(console: Console, client: FlaskClient, alert: Alert, **changes: object) -> TestResponse:
    return post(client, f"/alerts/{alert.id}/edit", form_of(console, alert, act="save", **changes))


def zone(console: Console, name: str = "Hạ du sông Lũy") -> AlertZone:
    """Keep a named zone, which replaces one of the same name."""
    context = console.context
    call = context.call(console.actor("officer"))
    return zones.keep(context.uow(), name, ZoneKind.FLOOD, Audience(Targets((COMMUNE,))), call=call)


def fail_sounds(console: Console, alert: Alert) -> None:
    """Fail to make the alert's sounds, as the worker would say it."""
    context, found = console.context, stored(console, alert.id)
    for wording in found.wordings:
        for sound, is_again in ((wording.sound, False), (wording.again, True)):
            failed = replace(sound, state=SoundState.FAILED, error="TOOL_FAILED")
            language, now = wording.language, context.now()
            alert_sound.finish(context.uow(), found.id, failed, language=language, is_again=is_again, now=now)


def make_sounds(console: Console, alert: Alert) -> Alert:
    """Finish the alert's sounds as the worker would."""
    context, found = console.context, stored(console, alert.id)
    sha256 = context.content.put_bytes(bulletins.wav())
    renditions = [
        Rendition("alert-opus", sha256, 30_000, 12_000, "audio/ogg"),
        Rendition("browser-mp3", sha256, 90_000, 12_000, "audio/mpeg"),
    ]
    for wording in found.wordings:
        for sound, is_again in ((wording.sound, False), (wording.again, True)):
            if sound.state is SoundState.MAKING:
                alert_sound.finish(
                    context.uow(),
                    found.id,
                    Sound(
                        SoundState.READY,
                        made_from=sound.made_from,
                        job_id=sound.job_id,
                        renditions=tuple(renditions),
                        loudness_lufs=-14.0,
                        true_peak_dbtp=-1.0,
                    ),
                    language=wording.language,
                    is_again=is_again,
                    now=context.now(),
                )
    return stored(console, alert.id)


def drafted(
    console: Console,
    client: FlaskClient,
    *,
    areas: tuple[AreaId, ...] = (COMMUNE,),
    kind: str = "live",
    hazard: str = "flash_flood",
    **changes: object,
) -> Alert:
    """Create a complete draft with its sounds."""
    made = raised(console, client, kind=kind, hazard=hazard)
    answer = save(console, client, made, areas=list(areas), **changes)
    assert answer.status_code == 302, answer.text
    return make_sounds(console, made)


def submitted(console: Console, client: FlaskClient, *, by: str = OFFICER, **more: object) -> Alert:
    """Submit an alert as ``by``, whose browser is ``client``."""
    ready = drafted(console, client, **more)  # type: ignore[arg-type]
    answer = post(
        client, f"/alerts/{ready.id}/edit", form_of(console, ready, act="submit", word=WORD, code=console.code(by))
    )
    assert answer.status_code == 302, answer.text
    return stored(console, ready.id)


def active(console: Console, client: FlaskClient, *, by: str = OFFICER, **more: object) -> Alert:
    """Raise an alert as ``by``, whose browser is ``client``, and approve it as the other officer."""
    waiting = submitted(console, client, by=by, **more)
    other = SECOND if by == OFFICER else OFFICER
    answer = approve(console, console.client(other), waiting, by=other)
    assert answer.status_code == 302, answer.text
    return stored(console, waiting.id)


def approve(
    console: Console, client: FlaskClient, alert: Alert, *, by: str = SECOND, **changes: object
) -> TestResponse:
    form = {"act": "approve", "version": alert.version, "word": WORD, "code": console.code(by), **changes}
    return post(client, f"/alerts/{alert.id}/decision", form)


def report(console: Console, alert: Alert, device: int, state: ReachState, **more: object) -> None:
    """Store the report of one of the commune's devices."""
    assert alert.order_id is not None
    with console.context.uow() as uow:
        found = uow[Devices].in_area(COMMUNE)[device]
        if state in OF_A_ROUND:
            more = {"latest": state, "latest_at": console.clock(), "round": 1, "turn": 1, **more}
        word = OrderReach(alert.order_id, found.id, found.name, found.area_id, state, console.clock(), **more)  # type: ignore[arg-type]
        uow[Orders].report([word])
        uow.commit()


def sent_alone(console: Console, client: FlaskClient, *, by: str = OFFICER, **more: object) -> Alert:
    """Send an alert alone (break-glass); see :func:`allow_alone`."""
    waiting = submitted(console, client, by=by, **more)
    form = {
        "act": "alone",
        "version": waiting.version,
        "word": WORD,
        "code": console.code(by),
        "alone": "Nước lên nhanh",
    }
    answer = post(client, f"/alerts/{waiting.id}/decision", form)
    assert answer.status_code == 302, answer.text
    return stored(console, waiting.id)


def planned(console: Console, client: FlaskClient, *, on: str = "2027-06-01", **changes: object) -> str:
    """Plan a drill for that day, and return the plan's id."""
    drill = drafted(console, client, kind="drill", **changes)  # type: ignore[arg-type]
    form: dict[str, object] = {"s": "1", "s-1-kind": "once", "s-1-on": on, "s-1-at": "08:00", "minutes": "10"}
    answer = post(client, f"/alerts/{drill.id}/plan", form)
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"].rsplit("/", 1)[1]


def muted(console: Console, client: FlaskClient, **more: object) -> StopId:
    """Stop all sound in the commune, naming the alerts in force there."""
    with console.context.uow() as uow:
        named = [order.id for order in uow[Orders].open()]
    form = {"areas": [COMMUNE], "reason": "Loa hỏng", "what": "all", "mutes_alerts": "yes", "muted": named, **more}
    answer = post(client, "/stop", form)
    assert answer.status_code == 302, answer.text
    return StopId(answer.headers["Location"].rsplit("/", 1)[1])


def unknown(console: Console, order_id: str = "lost") -> str:
    """Store an order that a device of Mũi Né still holds for an hour and the server does not know; return its id."""
    with console.context.uow() as unit:
        (device, *_) = unit[Devices].in_areas([AreaId("bt-mui-ne")])
        held = {order_id: console.clock() + timedelta(hours=1)}
        unit[UnknownOrders].note(device.id, held, console.clock())
        unit.commit()
    return order_id
