"""Officers of a console whose passkeys sign alerts, and what they sign there."""

from __future__ import annotations

from datetime import timedelta

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from broadcast.alerts.model import Alert
from cms.accounts.repository import Passkeys, People
from cms.accounts.service.passkeys import PasskeySite, point_of
from cms.officers.model import EnrolledKey, KeyDecision, kid_of_point
from cms.officers.repository import OfficerKeys
from cms.officers.service import enrolment
from cms.platform.signer.officers import next_keyset, officers_in, publish_officers
from devices.protocol.approvals import to_base64
from devices.protocol.authorisation import SignaturePolicy
from province.people import UserId
from tests.builders import alerts
from tests.builders.alerts import OFFICER, SECOND, WORD
from tests.builders.passkeys import ORIGIN, SoftAuthenticator
from tests.console import Console, post
from tests.integration.web.accounts.test_passkeys import make

SITE = PasskeySite("localhost", ORIGIN)


def asked(console: Console, login: str = OFFICER) -> EnrolledKey:
    """Ask for a key of the person, without a device; a new one each time."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    x = to_base64(key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint))
    with console.context.uow() as unit:
        user = unit[People].by_login(login)
        assert user is not None
        made = EnrolledKey(
            kid_of_point(x), user.id, user.name, "Điện thoại", x, SITE.host, SITE.origin, console.context.now()
        )
        unit[OfficerKeys].put(made)
        unit.commit()
    return made


def asked_path(console: Console) -> str:
    """Ask for a key; return the page where others confirm it."""
    asked(console)
    return "/people/signing-keys"


def enrolled(console: Console, client: FlaskClient, login: str) -> SoftAuthenticator:
    """Make a passkey for the person, and have it confirmed by two others; not published yet."""
    device = SoftAuthenticator()
    make(client, device)
    context = console.context
    with context.uow() as unit:
        user = unit[People].by_login(login)
        assert user is not None
        (passkey,) = unit[Passkeys].of(user.id)
        x = point_of(passkey)
        decisions = tuple(KeyDecision(UserId(each), each, context.now()) for each in ("u-admin", "u-editor"))
        unit[OfficerKeys].put(
            EnrolledKey(
                kid_of_point(x), user.id, user.name, passkey.name, x, SITE.host, SITE.origin, context.now(), decisions
            )
        )
        unit.commit()
    return device


def published(console: Console, **changes: object) -> int:
    """Put the confirmed keys into force, with this policy; return the version."""
    context = console.context
    known = officers_in(context.settings.trust_dir).current()
    with context.uow.reading() as unit:
        keyset, _ = enrolment.agreed_keyset(unit, next_keyset(known, SITE.host, SITE.origin))
        parents = enrolment.parents_of(unit)
    return publish_officers(context.settings, msgspec.structs.replace(keyset, **changes), parents, context.now())


def two_officers(console: Console, policy: SignaturePolicy, **changes: object) -> dict[str, SoftAuthenticator]:
    """Give both officers of the console a key that is in force."""
    devices = {login: enrolled(console, console.client(login), login) for login in (OFFICER, SECOND)}
    published(console, policy=policy, **changes)
    console.clock.pass_by(minutes=2)
    return devices


def signature(client: FlaskClient, device: SoftAuthenticator, path: str) -> str:
    """Answer the options at this path."""
    options = client.get(path).get_json()
    assert options is not None
    return device.answer(options)


def submit(console: Console, client: FlaskClient, device: SoftAuthenticator | None, ready: Alert) -> TestResponse:
    """Submit a complete draft, signed where there is a device."""
    form = alerts.form_of(console, ready, act="submit", word=WORD)
    if device is not None:
        form["credential"] = signature(client, device, f"/alerts/{ready.id}/signature?act=submit")
    console.clock.at += timedelta(seconds=1)
    return post(client, f"/alerts/{ready.id}/edit", form)


def decide(
    console: Console, client: FlaskClient, device: SoftAuthenticator | None, alert: Alert, act: str = "approve"
) -> TestResponse:
    """Approve, or send alone, with a signature where there is a device."""
    form: dict[str, object] = {"act": act, "version": alert.version, "word": WORD, "alone": "Nước lên nhanh"}
    if device is not None:
        form["credential"] = signature(client, device, f"/alerts/{alert.id}/passkey?act={act}")
    console.clock.at += timedelta(seconds=1)
    return post(client, f"/alerts/{alert.id}/decision", form)
