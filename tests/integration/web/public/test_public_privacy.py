"""Privacy of public answers: no personal data, no cookie, and unchanged pages are cacheable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from broadcast.bulletins.deliveries import DeliveryState
from broadcast.bulletins.model import Bulletin
from broadcast.speech.readings import Saying
from cms.accounts.repository import People
from cms.alert_reports.tables import AlertReportRow
from cms.areas.repository import Places
from cms.bulletins.service.remarks import NoteDraft
from cms.exchange.jobs import CapPublisher
from cms.feedback.service import public_form, register
from cms.fleet.repository.devices import Devices
from cms.platform.store.engine import reading
from devices.model import DeviceId
from province.areas import Point
from province.contacts import Contact
from tests.builders import alert_states, bulletins, public_pages
from tests.builders.public_pages import ROOT
from tests.console import COMMUNE, PEOPLE, Console, device, open_console

MARK = "BIMAT"
"""Put into all personal data, internal texts and device names; no answer may hold it."""
NUMBER = "0900 111 222"
WHERE = Point(10.931111, 108.281111)
PLACES = (COMMUNE, "bt", "bt-phan-thiet", "bt-lien-huong")
QUESTIONS: tuple[dict[str, str], ...] = ({}, {"lang": "en"}, {"thang": "2026-11"})
NOT_KEPT = {"public.follow_form", "public.feedback_form", "public.answer_form"}
"""Answers made for one reader, which are not cached."""


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Console, Bulletin]]:
    with open_console(tmp_path_factory.mktemp("privacy") / "home") as console:
        _name_everybody(console)
        bulletin = _reviewed(console)
        _feedback(console)
        alert_states.active(console)
        alert_states.reported(console)
        CapPublisher(console.context).step()
        yield console, bulletin


def _name_everybody(console: Console) -> None:
    """Mark the names of people, contacts and loudspeakers."""
    with console.context.uow() as uow:
        for login in PEOPLE:
            user = uow[People].by_login(login)
            assert user is not None
            uow[People].save(replace(user, name=f"{MARK} {user.name} {login}@bimat.example {NUMBER}"))
        uow[Places].set_contacts(COMMUNE, (Contact(f"{MARK} Hoa", f"{MARK} trực ban", NUMBER),))
        uow[Devices].add(replace(device(77), name=f"{MARK} loa nhà ông Ba", serial=f"S-{MARK}-77", point=WHERE))
        uow.commit()


def _reviewed(console: Console) -> Bulletin:
    """Air a bulletin that had a reviewer's remark and pronunciations of its own."""
    now = console.clock()
    console.clock.pass_by(hours=-3)
    draft = bulletins.write(console, starts="2026-11-24T08:00", text=f"Mời bà con. {bulletins.TEXT}")
    ready = bulletins.make_sound(console, draft)
    back = bulletins.send_back(console, bulletins.submit(console, ready), NoteDraft(f"{MARK} góp ý", "bà con"))
    text = bulletins.edit(console, back, text=back.text + " Xin cảm ơn.", sayings=(Saying("Mời", f"{MARK} mời"),))
    ready = bulletins.make_sound(console, text)
    approved = bulletins.approve(console, bulletins.submit(console, ready))
    bulletins.plan(console)
    console.clock.at = now
    (airing,) = bulletins.airings(console, approved)
    for each in bulletins.devices(console):
        bulletins.report(console, airing, each, DeliveryState.DONE, f"{MARK}")
    return bulletins.again(console, approved)


def _feedback(console: Console) -> None:
    """Send feedback that waits, and feedback that is published; the second is about a loudspeaker."""
    public_pages.sent(console, f"{MARK} chờ", contact=f"{MARK} {NUMBER}")
    sent, _ = public_pages.sent(console, f"{MARK} hỏi", contact=f"{MARK} {NUMBER}")
    call = console.context.call(console.actor("operator"), console.clock())
    units = console.context.uow
    draft = register.FeedbackDraft(
        *(sent.area_id, sent.channel, sent.kind, sent.text, sent.said_at, sent.contact),
        device_id=DeviceId(f"{COMMUNE}-l77"),
    )
    about = register.correct(units(), sent.id, draft=draft, expected_version=1, call=call)
    register.answer(units(), about.id, text="Đã chỉnh.", expected_version=2, call=call)
    public_form.publish(units(), about.id, text="To quá.", expected_version=3, call=call)


def answers(console: Console, bulletin: Bulletin) -> Iterator[tuple[str, str, FlaskClient]]:
    """Yield every public GET route, for each place that it may name, with its query parameters."""
    client, addresses = console.app.test_client(), console.app.url_map.bind("")
    with reading(console.context.engine) as session:
        reported = str(session.scalars(select(AlertReportRow.alert_id)).one())
    for rule in console.app.url_map.iter_rules():
        if not rule.endpoint.startswith("public.") or "GET" not in (rule.methods or ()):
            continue
        for place, more in product(PLACES if "area_id" in rule.arguments else PLACES[:1], QUESTIONS):
            known = {"bulletin_id": bulletin.id, "area_id": place, "group": "stations", "citizen_id": "none"}
            known["alert_id"] = reported
            values = {name: known[name] for name in rule.arguments}
            yield rule.endpoint, addresses.build(rule.endpoint, {**values, **more}), client


def test_no_answer_holds_anything_of_a_person_or_of_one_device(furnished: tuple[Console, Bulletin]) -> None:
    console, bulletin = furnished
    inner = re.compile(rf"{MARK}|{NUMBER}|0900111222|bimat\.example|S-bt-|l77|u-editor|u-operator|10\.93111|108\.28111")
    shown = 0
    for _endpoint, path, client in answers(console, bulletin):
        answer = client.get(path)
        # A picture is no text: what it shows stands on its page too.
        assert not (found := inner.search(answer.data.decode(errors="replace"))), f"{path}: {found}"
        assert not inner.search(str(answer.headers)), path
        shown += answer.status_code == 200
    assert shown > 60
    # The marks would be found.
    page = console.client("operator").get(f"/bulletins/{bulletin.id}").text
    assert inner.search(page)


def test_the_published_answer_and_what_was_heard_are_there(furnished: tuple[Console, Bulletin]) -> None:
    console, _ = furnished
    html = console.app.test_client().get(f"{ROOT}/{COMMUNE}/").text
    for text in ("To quá.", "Đã chỉnh.", "Tiêm phòng dại", "4 loa báo đã phát"):
        assert text in html


def test_no_public_answer_sets_a_cookie_and_each_may_be_kept(furnished: tuple[Console, Bulletin]) -> None:
    console, bulletin = furnished
    for endpoint, path, client in answers(console, bulletin):
        first = client.get(path)
        assert "Set-Cookie" not in first.headers, path
        assert "Cookie" not in first.headers.get("Vary", ""), path
        assert b"csrf" not in first.data, path
        if first.status_code == 404 or endpoint in NOT_KEPT:
            assert first.headers["Cache-Control"] == "no-store", path
            continue
        assert first.status_code == 200, path
        assert re.fullmatch(r"public, max-age=\d+", first.headers["Cache-Control"]), path
        for name, kept in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
            again = client.get(path, headers={name: first.headers[kept]})
            assert (again.status_code, again.data) == (304, b""), path
            assert again.headers["ETag"] == first.headers["ETag"]


def test_what_changed_is_sent_anew(furnished: tuple[Console, Bulletin]) -> None:
    console, _ = furnished
    client, path = console.app.test_client(), f"{ROOT}/{COMMUNE}/"
    before = client.get(path)
    console.clock.pass_by(seconds=90)
    assert client.get(path, headers={"If-Modified-Since": before.headers["Last-Modified"]}).status_code == 304
    alert_states.active(console, headline="Cảnh báo mới")
    after = client.get(path, headers={"If-Modified-Since": before.headers["Last-Modified"]})
    assert after.status_code == 200
    assert "Cảnh báo mới" in after.text
    assert client.get(path, headers={"If-None-Match": before.headers["ETag"]}).status_code == 200


def test_a_form_sets_no_cookie_either(furnished: tuple[Console, Bulletin]) -> None:
    console, _ = furnished
    client = console.app.test_client()
    form = {"kind": "noise", "text": "To quá.", "ticket": public_pages.ticket(console)}
    for path, data in ((f"{ROOT}/{COMMUNE}/phan-anh", form), (f"{ROOT}/phan-anh", {"code": "x"})):
        answer = client.post(path, data=data)
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Cache-Control"] == "no-store"
