"""Alerts with their people's own signatures: raised, approved, sent alone, ended, and refused without."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from broadcast.alerts.model import Alert, AlertStatus, OrderId
from broadcast.alerts.orders import Order, PartEnd
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders, RaisedOrders
from cms.alerts.service import order_commands
from cms.alerts.service.order_commands import command_of
from cms.alerts.service.signed_orders import order_raised
from cms.platform.gateway.messages import to_ms
from cms.platform.signer.officers import officers_in
from cms.platform.signer.port import SigningRefusedError, UnsignedReason
from devices.protocol import codec
from devices.protocol.authorisation import Authorisation, AuthorisationKind, SignaturePolicy
from tests.builders import alerts, signing_keys
from tests.builders.alerts import OFFICER, SECOND
from tests.builders.passkeys import SoftAuthenticator
from tests.console import COMMUNE, FAR_COMMUNE, Console, post
from tests.integration.web.platform.test_server_state import ready


def order_of(console: Console, alert: Alert) -> Order:
    with console.context.uow.reading() as uow:
        found = uow[Alerts].get(alert.id)
        assert found.order_id is not None
        return uow[Orders].get(found.order_id)


def sends(console: Console, order: Order) -> str:
    """Return why the signer refuses the order; empty: it goes out."""
    try:
        AlertMessages(console.context.keyring).order(order, console.context.now())
    except SigningRefusedError as error:
        return error.detail.rpartition(": ")[2] if error.reason is UnsignedReason.UNAPPROVED else "refused"
    return ""


def signed_and_waiting(console: Console, officer: FlaskClient, devices: Mapping[str, SoftAuthenticator]) -> Alert:
    ready = alerts.drafted(console, officer)
    answer = signing_keys.submit(console, officer, devices[OFFICER], ready)
    assert answer.status_code == 302, answer.text
    return alerts.stored(console, ready.id)


def test_two_people_sign_what_is_sent_and_its_page_names_them(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    devices = signing_keys.two_officers(console, SignaturePolicy.REQUIRED)
    ready = alerts.drafted(console, officer)
    page = officer.get(f"/alerts/{ready.id}/edit").text
    assert "Ký và gửi cho người thứ hai" in page
    waiting = signed_and_waiting(console, officer, devices)
    page = second.get(f"/alerts/{waiting.id}").text
    assert "Ký và phát ngay" in page
    assert 'name="code"' not in page.split('value="approve"')[0].rsplit("<form", 1)[1]
    assert signing_keys.decide(console, second, None, waiting).status_code == 422
    assert signing_keys.decide(console, second, devices[SECOND], waiting).status_code == 302
    order = order_of(console, waiting)
    assert sends(console, order) == ""
    page = second.get(f"/alerts/{waiting.id}").text
    signatures = page.split('id="signatures"', 1)[1].split("</div>")[0]
    assert "Second" in signatures
    assert "Officer" in signatures or "officer" in signatures
    # What was signed stays good where the alert ends in a part, is asked for again, and cannot be moved.
    far = replace(order.audience, targets=replace(order.audience.targets, areas=(FAR_COMMUNE,)))
    for forged in (
        replace(order, id=OrderId("another")),
        replace(order, text="Về nhà đi."),
        replace(order, audience=far),
        replace(order, expires_at=order.expires_at + timedelta(hours=1)),
        replace(order, authorisation=""),
    ):
        assert sends(console, forged) != ""
    # The all-clear is signed by one person.
    assert post(second, f"/alerts/{waiting.id}/all-clear", {}).status_code == 422
    signature = signing_keys.signature(second, devices[SECOND], f"/alerts/{waiting.id}/signature?act=all-clear")
    console.clock.pass_by(seconds=3)
    assert post(second, f"/alerts/{waiting.id}/all-clear", {"credential": signature}).status_code == 302
    with console.context.uow.reading() as uow:
        (calm,) = [each for each in uow[Alerts].active() if each.is_calm]
    assert sends(console, order_of(console, calm)) == ""


def test_a_signature_missing_used_or_of_another_alert_lets_nothing_out(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    devices = signing_keys.two_officers(console, SignaturePolicy.REQUIRED)
    ready = alerts.drafted(console, officer)
    answer = signing_keys.submit(console, officer, None, ready)
    assert answer.status_code == 422
    assert "Khóa truy cập không được nhận" in answer.text
    waiting, other = (signed_and_waiting(console, officer, devices) for _ in range(2))
    used = signing_keys.signature(second, devices[SECOND], f"/alerts/{other.id}/passkey?act=approve")
    form = {"act": "approve", "version": waiting.version, "word": alerts.WORD, "credential": used}
    assert post(second, f"/alerts/{waiting.id}/decision", form).status_code == 422
    late = signing_keys.signature(second, devices[SECOND], f"/alerts/{waiting.id}/passkey?act=approve")
    console.clock.pass_by(minutes=6)
    assert post(second, f"/alerts/{waiting.id}/decision", {**form, "credential": late}).status_code == 422
    assert alerts.stored(console, waiting.id).status is AlertStatus.SUBMITTED
    # One whose raiser's signature is gone cannot be approved, only returned.
    with console.context.uow() as uow:
        uow[RaisedOrders].remove(waiting.id)
        uow.commit()
    page = second.get(f"/alerts/{waiting.id}").text
    assert "chưa ký bằng khóa riêng" in page
    assert 'value="approve"' not in page
    assert second.get(f"/alerts/{waiting.id}/passkey?act=approve").status_code == 404
    assert second.get("/alerts/nothing/signature?act=submit").status_code == 404


def test_people_without_a_key_are_told_and_keys_that_are_lost_have_a_loud_way(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    devices = {OFFICER: signing_keys.enrolled(console, officer, OFFICER)}
    signing_keys.published(console, policy=SignaturePolicy.REQUIRED)
    console.clock.pass_by(minutes=2)
    waiting = signed_and_waiting(console, officer, devices)
    assert "bạn chưa có khóa nào" in second.get(f"/alerts/{waiting.id}").text
    assert alerts.approve(console, second, waiting).status_code == 422
    assert alerts.stored(console, waiting.id).status is AlertStatus.SUBMITTED
    mine = alerts.drafted(console, second)
    assert "bạn chưa có khóa nào" in second.get(f"/alerts/{mine.id}/edit").text
    until = to_ms(console.clock() + timedelta(hours=2))
    signing_keys.published(console, open_until=until, open_reason="Mất máy của hai người trực")
    assert alerts.approve(console, second, waiting).status_code == 302
    page = second.get(f"/alerts/{waiting.id}").text
    assert "Mất máy của hai người trực" in page.split('id="unsigned"')[1]
    order = order_of(console, waiting)
    assert order.authorisation == ""
    assert sends(console, order) == ""
    trust, now = console.context.settings.trust_dir, console.clock()
    assert officers_in(trust).opening(now) == {"minutes": 120, "reason": "Mất máy của hai người trực"}
    assert officers_in(trust).opening(now + timedelta(hours=2)) == {}
    assert ready(console)[1]["SIGNATURES_OPEN"] == "warning"
    signing_keys.published(console, open_until=0, open_reason="")
    assert sends(console, order) == "missing"


def test_where_only_one_has_a_key_nothing_is_asked_of_both(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    device = signing_keys.enrolled(console, officer, OFFICER)
    signing_keys.published(console, policy=SignaturePolicy.BOTH_HAVE_KEYS)
    console.clock.pass_by(minutes=2)
    waiting = signed_and_waiting(console, officer, {OFFICER: device})
    assert alerts.approve(console, second, waiting).status_code == 302
    assert sends(console, order_of(console, waiting)) == ""
    waiting = alerts.submitted(console, second, by=SECOND)
    assert alerts.approve(console, officer, waiting, by=OFFICER).status_code == 302
    assert sends(console, order_of(console, waiting)) == ""


@pytest.mark.parametrize("alone", [True, False])
def test_one_person_alone_signs_only_where_the_keyset_says_so(
    console: Console, officer: FlaskClient, *, alone: bool
) -> None:
    alerts.allow_alone(console)
    devices = signing_keys.two_officers(console, SignaturePolicy.REQUIRED, alone=alone)
    waiting = signed_and_waiting(console, officer, devices)
    page = officer.get(f"/alerts/{waiting.id}").text
    assert ("Ký và phát ngay, một mình" in page) == alone
    if alone:
        assert signing_keys.decide(console, officer, devices[OFFICER], waiting, "alone").status_code == 302
        assert sends(console, order_of(console, waiting)) == ""
    else:
        assert 'value="alone"' not in page
        code = console.code(OFFICER)
        form = {"act": "alone", "version": waiting.version, "word": alerts.WORD, "alone": "Lũ lên", "code": code}
        assert post(officer, f"/alerts/{waiting.id}/decision", form).status_code == 422
        assert alerts.stored(console, waiting.id).status is AlertStatus.SUBMITTED


def test_what_was_approved_without_signatures_does_not_sound_again_once_they_are_needed(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    active = alerts.active(console, officer)
    alerts.muted(console, second)
    signing_keys.two_officers(console, SignaturePolicy.REQUIRED)
    assert post(second, f"/alerts/{active.id}/sound-again", {}).status_code == 403
    assert "Phát lại ở nơi đã dừng" not in second.get(f"/alerts/{active.id}").text
    assert post(second, f"/alerts/{active.id}/cancel", {"cause": "mistake"}).status_code == 302
    assert 'id="undo"' not in second.get(f"/alerts/{active.id}").text
    assert post(second, f"/alerts/{active.id}/undo-cancel", {}).status_code == 403


def test_a_drill_needs_no_signature(console: Console, officer: FlaskClient, second: FlaskClient) -> None:
    signing_keys.two_officers(console, SignaturePolicy.REQUIRED)
    drill = alerts.submitted(console, officer, kind="drill")
    assert alerts.approve(console, second, drill).status_code == 302
    order = order_of(console, drill)
    assert order.authorisation == ""
    assert sends(console, order) == ""


def test_a_drill_is_signed_where_the_keyset_says_so_and_none_that_sounds_is_put_on_the_calendar(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    devices = signing_keys.two_officers(console, SignaturePolicy.REQUIRED, drills=True)
    ready = alerts.drafted(console, officer, kind="drill")
    assert officer.get(f"/alerts/{ready.id}/plan").status_code == 200
    form = {"s": "1", "s-1-kind": "once", "s-1-on": "2027-06-01", "s-1-at": "08:00", "minutes": "10"}
    assert post(officer, f"/alerts/{ready.id}/plan", form).status_code == 403
    assert signing_keys.submit(console, officer, None, ready).status_code == 422
    assert signing_keys.submit(console, officer, devices[OFFICER], ready).status_code == 302
    waiting = alerts.stored(console, ready.id)
    assert signing_keys.decide(console, second, None, waiting).status_code == 422
    assert signing_keys.decide(console, second, devices[SECOND], waiting).status_code == 302
    assert sends(console, order_of(console, waiting)) == ""
    assert 'id="signatures"' in second.get(f"/alerts/{waiting.id}").text


def test_an_order_that_ends_in_a_part_keeps_its_signatures(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    devices = signing_keys.two_officers(console, SignaturePolicy.REQUIRED)
    ready = alerts.drafted(console, officer, areas=(COMMUNE, FAR_COMMUNE))
    assert signing_keys.submit(console, officer, devices[OFFICER], ready).status_code == 302
    waiting = alerts.stored(console, ready.id)
    assert signing_keys.decide(console, second, devices[SECOND], waiting).status_code == 302
    order = order_of(console, waiting)
    assert len(codec.decode(Authorisation, order.authorisation.encode()).approvals) == 2
    part = replace(order, part_ends=(PartEnd((FAR_COMMUNE,), console.clock()),))
    assert sends(console, part) == ""


def test_an_alert_that_is_too_long_with_two_signatures_is_refused_before_it_is_signed(
    console: Console, officer: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    devices = signing_keys.two_officers(console, SignaturePolicy.REQUIRED)
    ready = alerts.drafted(console, officer)
    with console.context.uow.reading() as uow:
        order = order_raised(uow, ready, AuthorisationKind.TWO_PEOPLE, console.clock()).order
    size = order_commands.jws_size(len(codec.encode(command_of(order))))
    monkeypatch.setattr(order_commands, "MESSAGE_MAX_BYTES", size + 100)
    order_commands.check(order)
    form = alerts.form_of(console, ready, act="submit", word=alerts.WORD)
    assert "Có thêm hai chữ ký" in officer.get(f"/alerts/{ready.id}/edit").text
    assert post(officer, f"/alerts/{ready.id}/edit", form).status_code == 422
    monkeypatch.undo()
    assert signing_keys.submit(console, officer, devices[OFFICER], ready).status_code == 302
