from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcast.alerts.model import Alert
from broadcast.bulletins.model import Bulletin, Sound, SoundState
from broadcast.live.model import LiveSession
from cms.bulletins.repository.approvals import Approvals
from cms.bulletins.service import sound
from cms.bulletins.service.remarks import NoteDraft
from cms.exchange.jobs import CapPublisher
from cms.speech.model import SpeechPreview
from cms.speech.repository import SpeechPreviews
from devices.firmware.model import Rollout
from devices.protocol.live import pack
from province.people import UserId
from tests.builders import (
    alert_states,
    alerts,
    approval_signing,
    boards,
    bulletins,
    calendar_feeds,
    citizens,
    commands,
    faults,
    feedback,
    gauges,
    inbox,
    listening,
    live,
    people,
    public_pages,
    recordings,
    registrations,
    relays,
    reports,
    rollouts,
    royalties,
    sessions,
    signing_keys,
    stations,
    subscriptions,
    template_sharing,
    tickets,
)
from tests.console import PEOPLE, Console, csrf_of, open_console, post
from tests.contract.permissions import local_alert_rows, sent, station_rows
from tests.contract.permissions.matrix import AlertNeed, Need, Row
from tests.contract.permissions.rows import API, WEB

_DAYS, _MINUTES_AGO = itertools.count(), itertools.count(60)
OWN = {"{filter}", "{upload}", "{feed}", "{subscription}", "{preview}"}
PERSONS = ("anonymous", *PEOPLE)


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with open_console(tmp_path_factory.mktemp("matrix") / "home") as console:
        alerts.staff(console)
        alerts.allow_alone(console)
        royalties.enter_table(console)
        console.set(csc_url="https://csc.example")
        yield console


@pytest.fixture(scope="module")
def browsers(console: Console) -> dict[str, FlaskClient]:
    return {person: console.client("" if person == "anonymous" else person) for person in PERSONS}


def routes_of(app: Flask) -> set[tuple[str, str]]:
    return {
        (method, rule.endpoint)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }


def test_every_route_of_the_console_has_a_row(console: Console) -> None:
    assert routes_of(console.app) == set(WEB)


def test_every_route_of_the_api_has_a_row(console: Console) -> None:
    assert routes_of(console.app.extensions["loa.api"]) == set(API)


@pytest.mark.parametrize("route", sorted(WEB), ids=" ".join)
def test_the_console_lets_exactly_these_people_in(
    console: Console, browsers: dict[str, FlaskClient], route: tuple[str, str]
) -> None:
    row = WEB[route]
    let_in = set()
    path = ""
    for person in PERSONS:
        path = path or filled(console, row, person)
        # Signing in and out changes the browser's session, so that row gets its own browser.
        own = route[1] in {"web.sign_out", "web.sign_in"}
        browser = console.client("" if person == "anonymous" else person) if own else browsers[person]
        if is_let_in(web_answer(console, browser, route, row, person, path=path)):
            let_in.add(person)
        path = path if is_left(route, row, was_let_in=person in let_in) else ""
    assert let_in == row.allowed


@pytest.mark.parametrize("route", sorted(API), ids=" ".join)
def test_the_api_lets_exactly_these_people_in(console: Console, route: tuple[str, str]) -> None:
    row = API[route]
    let_in = set()
    path = ""
    for person in PERSONS:
        path = path or filled(console, row, person)
        if is_let_in(api_answer(console, person, route, row, path)):
            let_in.add(person)
        path = path if is_left(route, row, was_let_in=person in let_in) else ""
    assert let_in == row.allowed


def is_let_in(answer: TestResponse) -> bool:
    answer.close()
    body = answer.get_json() if answer.is_json else None
    if isinstance(body, dict) and "ready" in body:
        return True  # there is no gateway, so the answer is that the server is not ready
    assert answer.status_code < 500, answer.text
    # Both being asked to sign in and having signed out lead to the sign-in page; only the latter ends a session.
    is_asked = answer.headers.get("Location", "").startswith("/sign-in")
    return answer.status_code < 400 and (not is_asked or "loa_session=;" in answer.headers.get("Set-Cookie", ""))


def is_left(route: tuple[str, str], row: Row, *, was_let_in: bool) -> bool:
    """Return whether the next person can try the same subject: it is unchanged, and does not belong to this one."""
    return not OWN & set(re.findall(r"{\w+}", row.path)) and (route[0] == "GET" or not was_let_in)


def web_answer(
    console: Console, browser: FlaskClient, route: tuple[str, str], row: Row, person: str, *, path: str
) -> TestResponse:
    if route[0] == "GET":
        return browser.get(path)
    if route[0] == "PUT":
        headers = {"Content-Range": "bytes 0-3/4", "X-CSRFToken": csrf_of(browser)}
        return browser.put(path, data=b"loa!", headers=headers)
    if route[1] == "web.speak_live":
        with live.listening(console):
            return browser.post(path, data=pack(live.SILENCE), headers={"X-CSRFToken": csrf_of(browser)})
    if route[1] == "web.prepare_live":
        live.end_all(console)
    body = dict(row.body)
    if "code" in body and person in row.allowed:
        body["code"] = console.code(person)
    body |= sent.form_of(console, route[1], path)
    # Feedback without signing in is limited to a few times per address.
    return post(browser, path, body, environ_overrides={"REMOTE_ADDR": f"192.0.2.{PERSONS.index(person)}"})


def api_answer(console: Console, person: str, route: tuple[str, str], row: Row, path: str) -> TestResponse:
    client, path = console.app.test_client(), f"/api/v1{path}"
    headers = {} if person == "anonymous" else console.bearer(person)
    stream = {**headers, "Content-Type": "application/octet-stream"}
    if route[0] == "GET":
        return client.get(path, headers=headers)
    if route[1] == "v1.send_part":
        return client.put(path, data=b"loa!", headers={**stream, "Content-Range": "bytes 0-3/4"})
    if route[1] == "v1.speak_live":
        with live.listening(console):
            return client.post(path, data=pack(live.SILENCE), headers=stream)
    if route[1] == "v1.prepare_live":
        live.end_all(console)
    if route[1] in sent.FILES:
        kind, make = sent.FILES[route[1]]
        return client.post(path, data=make(console, path), headers={**headers, "Content-Type": kind})
    body = {**row.body, **sent.json_of(console, route[1])}
    return client.open(path, method=route[0], json=body, headers={**headers, "If-Match": "*"})


def filled(console: Console, row: Row, person: str) -> str:
    if row in station_rows.ROWS:
        return row.path.format(**stations.subjects(console, row.path))
    for name, make in SUBJECTS.items():
        if f"{{{name}}}" in row.path:
            return row.path.format(**{name: make(console, row, person)})
    return filled_bulletin(console, row) if "{" in row.path else row.path


def filled_bulletin(console: Console, row: Row) -> str:
    assert isinstance(row.need, Need)
    if row.path.endswith("/all-clear"):
        alerts.end_all(console)  # an all-clear is refused where another warning is in force
    if "{theirs}" in row.path:
        return row.path.format(theirs=prepared_theirs(console, row.need))
    bulletin = prepared(console, row.need)
    # Bytes that no recording of another row has: those are only for whoever may read it.
    content = console.context.content.put_bytes(b"sent to devices")
    return row.path.format(bulletin=bulletin.id, job=bulletin.sound.job_id, content=content)


def begun_upload(console: Console, owner: str, *, is_whole: bool) -> str:
    """Begin an upload: a whole recording, or four bytes of which none has arrived."""
    data = bulletins.wav() if is_whole else b"loa!"
    begun = console.context.uploads.begin(owner, "tin.wav", len(data), str(next(_DAYS)), max_bytes=len(data))
    if is_whole:
        console.context.uploads.write(owner, begun.id, 0, io.BytesIO(data))
    return begun.id


def published(console: Console) -> str | None:
    """Publish the CAP document of an alert in force, and return its order's id."""
    order_id = prepared_alert(console, AlertNeed.ACTIVE).order_id
    CapPublisher(console.context).step()
    return order_id


def heard_preview(console: Console, owner: str) -> str:
    """Make a preview of a sentence for a person, and return its id."""
    made = SpeechPreview(console.context.new_id(), "vi", "Mưa to.", (), UserId(owner), console.clock(), b"ID3")
    with console.context.uow() as unit:
        unit[SpeechPreviews].add(made)
        unit.commit()
    return made.id


ROLLOUTS: dict[object, Callable[[Console], Rollout]] = {
    Need.DRAFT: rollouts.planned,
    Need.SUBMITTED: rollouts.held,
    Need.ON_AIR: rollouts.started,
    Need.RETURNED: rollouts.paused,
}
SUBJECTS: dict[str, Callable[[Console, Row, str], str | None]] = {
    "upload": lambda console, row, person: begun_upload(console, f"u-{person}", is_whole=row.path.endswith("/finish")),
    "alert": lambda console, row, _person: prepared_alert(console, row.need).id,
    **local_alert_rows.SUBJECTS,
    "reported": lambda console, _row, _person: alert_states.reported(console),
    "cap": lambda console, _row, _person: sent.received(console).id,
    "word": lambda console, _row, _person: bulletins.teach(console).id,
    "phrase": lambda console, _row, _person: bulletins.record_phrase(console).id,
    "template": lambda console, _row, _person: template_sharing.write(console).id,
    "share": lambda console, _row, _person: template_sharing.shared(console).id,
    "alert_order": lambda console, _row, _person: sent.alert_order(console).id,
    "firing": lambda console, _row, _person: sent.firing(console),
    **gauges.SUBJECTS,
    "chime": lambda console, _row, _person: recordings.set_chime(console).id,
    "feed": lambda console, _row, person: calendar_feeds.own_feed(console, f"u-{person}").id,
    "opened": lambda console, _row, _person: calendar_feeds.open_feed(console),
    "exemption": lambda console, _row, _person: (
        bulletins.ask_exemption(console, date(2027, 1, 1) + timedelta(days=next(_DAYS))).id
    ),
    "dates": lambda console, _row, _person: bulletins.name_dates(console).id,
    "slot": lambda console, _row, _person: bulletins.delegate(console).id,
    "session": lambda console, _row, _person: sessions.afternoon(console).id,
    "session_item": lambda console, _row, _person: sessions.screen_path(console),
    "ordered_item": lambda console, _row, _person: sessions.resource_path(console),
    "report": lambda console, _row, _person: reports.made(console).id,
    "subscription": lambda console, _row, person: reports.subscribed(console, f"u-{person}").id,
    "handed": lambda console, _row, _person: inbox.hand_down(console, starts=_next_day()).id,
    "declined": lambda console, _row, _person: inbox.decline(console, starts=_next_day()).id,
    "collided": lambda console, _row, _person: inbox.collide(console, _next_day()).id,
    "feedback": lambda console, row, _person: feedback.noted(console, is_answered=row.need is Need.ANSWERED).id,
    "fault": lambda console, _row, _person: faults.fault(console).id,
    "ticket": lambda console, _row, _person: tickets.ticket(console).id,
    "fault_ticket": lambda console, _row, _person: tickets.of_fault(console).id,
    "ticket_photo": lambda console, _row, _person: tickets.photographed(console),
    "duty": lambda console, _row, _person: faults.duty(console).id,
    "incident": lambda console, _row, _person: faults.incident(console).id,
    "aired": lambda console, _row, _person: public_pages.heard(console, minutes_ago=next(_MINUTES_AGO)).id,
    "citizen": lambda console, _row, _person: citizens.path(console),
    "citizen_end": lambda console, _row, _person: citizens.end_path(console),
    "listening": lambda console, _row, _person: listening.made(console).id,
    "relay": lambda home, row, _: (relays.approved(home) if row.need is Need.SCHEDULED else relays.written(home)).id,
    "board": lambda console, _row, _person: boards.stood(console),
    "person": lambda console, _row, _person: people.joined(console).id,
    "token_holder": lambda console, _row, _person: f"{people.with_token(console)}/revoke",
    "subscriber": lambda console, _row, _person: subscriptions.subscriber(console).id,
    "delivered": lambda console, _row, _person: subscriptions.delivered(console),
    "invited": lambda console, _row, _person: people.invite(console).user.id,
    "signing_key": lambda console, _row, _person: signing_keys.asked(console).id,
    "link": lambda console, _row, _person: people.invite(console).link,
    "access_request": lambda console, _row, _person: people.ask_reset(console).id,
    "live": lambda console, row, _person: LIVE.get(row.need, live.prepare)(console).id,
    "box": lambda console, _row, _person: registrations.fresh(console.context).serial,
    "claimed": lambda console, _row, _person: registrations.fresh_device(console.context),
    "payable": lambda console, _row, _person: prepared(console, Need.SCHEDULED).id,
    "paid": lambda console, _row, _person: royalties.paid(console, prepared(console, Need.SCHEDULED)).id,
    "versioned": lambda console, _row, _person: bulletins.translated(console).id,
    "papered": lambda console, _row, _person: bulletins.from_paper(console).id,
    "preview": lambda console, _row, person: heard_preview(console, f"u-{person}"),
    "filter": lambda console, _row, person: sent.kept_filter(console, f"u-{person if person in PEOPLE else 'admin'}"),
    "test_hour": lambda console, _row, _person: commands.hour_asked(console).area_id,
    "command_batch": lambda console, _row, _person: commands.loud(console).id,
    "device_log": lambda console, _row, _person: commands.log(console).id,
    "window": lambda console, _row, _person: commands.window(console).id,
    "rollout": lambda console, row, _person: ROLLOUTS[row.need](console).id,
    "document": lambda console, _row, _person: published(console),
    "signed": lambda console, row, _person: approval_path(console, row),
    "signature": lambda console, row, _person: signature_path(console, row),
}


LIVE: dict[Need | AlertNeed, Callable[[Console], LiveSession]] = {Need.ON_AIR: live.on_air, Need.READY: live.recorded}


def _next_day() -> str:
    return f"{date(2028, 1, 1) + timedelta(days=next(_DAYS))}T06:00"


def approval_path(console: Console, row: Row) -> str:
    """Return the path below ``/bulletins`` of one approval of a bulletin."""
    assert isinstance(row.need, Need)
    bulletin = prepared(console, row.need)
    with console.context.uow() as uow:
        (document,) = uow[Approvals].documents(bulletin.id)
    return f"{bulletin.id}/approvals/{document.transmission_id}"


def signature_path(console: Console, row: Row) -> str:
    bulletin_id, _, transmission_id = approval_path(console, row).split("/")
    made = approval_signing.sign(console, bulletin_id, transmission_id)
    return f"{bulletin_id}/approvals/signatures/{made.sha256}"


def prepared_alert(console: Console, need: Need | AlertNeed) -> Alert:
    """Prepare a separate alert in the needed state, so that no change affects another row."""
    draft = alert_states.draft(console)
    if need is AlertNeed.DRAFT or isinstance(need, Need):
        return draft
    ready = alert_states.make_sound(console, draft)
    if need is AlertNeed.READY:
        return ready
    submitted = alert_states.submit(console, ready)
    return alert_states.approve(console, submitted) if need is AlertNeed.ACTIVE else submitted


def prepared(console: Console, need: Need) -> Bulletin:
    """Prepare a separate bulletin in the needed state, each on its own day, so that none collides with another."""
    on = date(2027, 1, 1) + timedelta(days=next(_DAYS))
    draft = bulletins.write(console, starts=f"{on}T06:00")
    if need is Need.RECORDED:
        return bulletins.edit(
            console, draft, text="", original_sha256=console.context.content.put_bytes(bulletins.wav())
        )
    if need is Need.FAILED_SOUND:
        sound.finish(
            console.context.uow(),
            draft.id,
            Sound(SoundState.FAILED, made_from=draft.sound_input, job_id=draft.sound.job_id, error="TOOL_FAILED"),
            now=console.clock(),
        )
    if need in {Need.DRAFT, Need.DELETED, Need.FAILED_SOUND}:
        return bulletins.delete(console, draft) if need is Need.DELETED else draft
    ready = bulletins.make_sound(console, draft)
    if need is Need.READY:
        return ready
    submitted = bulletins.submit(console, ready)
    if need is Need.SUBMITTED:
        return submitted
    if need is Need.RETURNED:
        return bulletins.send_back(console, submitted, NoteDraft("Ghi rõ giờ", "vắc-xin"))
    approved = bulletins.approve(console, submitted)
    return bulletins.reschedule(console, approved) if need is Need.CHANGING else approved


def prepared_theirs(console: Console, need: Need) -> str:
    """Prepare an alert, a plan of drills or a stop by the second officer, and return its id."""
    who = alerts.SECOND
    client = console.client(who)
    match need:
        case Need.ALERT_DRAFT | Need.DRILL_DRAFT:
            return alerts.drafted(console, client, kind="live" if need is Need.ALERT_DRAFT else "drill").id
        case Need.ALERT_SUBMITTED:
            return alerts.submitted(console, client, by=who).id
        case Need.ALERT_ALONE:
            return alerts.sent_alone(console, client, by=who).id
        case Need.DRILL_PLAN | Need.UNKNOWN_ORDER:
            return alerts.unknown(console) if need is Need.UNKNOWN_ORDER else alerts.planned(console, client)
        case Need.STOP:
            answer = post(client, "/stop", {"areas": ["bt-mui-ne"], "reason": "x", "hush_hours": "1"})
            return answer.headers["Location"].rsplit("/", 1)[1]
        case _:
            drills = (Need.DRILL_ACTIVE, Need.ALERT_CANCELLED, Need.ALERT_STOPPED)
            sent = alerts.active(console, client, by=who, kind="drill" if need in drills else "live")
            if need is Need.ALERT_CANCELLED:
                post(client, f"/alerts/{sent.id}/cancel", {"cause": "mistake"})
            elif need is Need.ALERT_STOPPED:
                alerts.muted(console, client)
            return sent.id
