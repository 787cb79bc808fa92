"""Keys that sign alerts: asked for on one's own page, confirmed and revoked by two others, published with the root."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from cms.accounts.model import SecondFactor, User
from cms.accounts.repository import Passkeys, People
from cms.accounts.service.second_factor import NO_STEP
from cms.accounts.service.vault import vault_of
from cms.areas.repository import Places
from cms.fleet.repository.devices import Devices
from cms.notifications.repository import Notifications
from cms.officers.cli import officers as command
from cms.officers.model import EnrolledKey
from cms.officers.repository import OfficerKeys
from cms.platform.signer.officers import OFFICERS_FILE, officers_in
from devices.model import DeviceKind, DeviceStatus
from devices.protocol.authorisation import SignaturePolicy
from province.people import Grant, Role, UserId
from tests.builders import signing_keys
from tests.builders.alerts import OFFICER, SECOND
from tests.builders.passkeys import SoftAuthenticator
from tests.console import PROVINCE, START, TOTP_SECRET, Console, cheap_hash, post
from tests.integration.web.accounts.test_passkeys import make

KEYS = "/people/signing-keys"


@pytest.fixture
def other(console: Console) -> FlaskClient:
    """Browser of a second administrator."""
    user = User(UserId("u-admin-2"), "admin-2", "Admin Hai", cheap_hash(), START, grants=(Grant(Role.ADMIN, PROVINCE),))
    with console.context.uow() as uow:
        uow[People].add(user)
        sealed = vault_of(console.context).seal(TOTP_SECRET, user.id)
        uow[People].add_second_factor(SecondFactor(user.id, sealed, START, NO_STEP), [])
        uow.commit()
    return console.client("admin-2")


def only_key(console: Console) -> EnrolledKey:
    with console.context.uow.reading() as uow:
        (found,) = uow[OfficerKeys].all()
    return found


def asked(console: Console, client: FlaskClient) -> EnrolledKey:
    make(client, SoftAuthenticator())
    with console.context.uow.reading() as uow:
        (passkey,) = uow[Passkeys].of(UserId("u-officer"))
    page = client.get("/account").text
    assert "Dùng để ký cảnh báo" in page
    for _ in range(2):
        post(client, f"/account/passkeys/{passkey.id}/signing-key", {})
    return only_key(console)


def run(console: Console, *words: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("LOA_HOME", str(console.context.settings.root))
    done = CliRunner().invoke(command, words)
    return done.output if done.exit_code == 0 else f"refused: {done.output}"


def test_a_key_is_asked_for_confirmed_by_two_others_published_and_revoked(
    console: Console, officer: FlaskClient, other: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = console.client("admin")
    key = asked(console, officer)
    mine = officer.get("/account").text
    assert key.fingerprint in mine
    assert "Chờ hai người khác xác nhận" in mine
    assert "Dùng để ký cảnh báo" not in mine
    assert key.fingerprint in admin.get(KEYS).text
    assert post(admin, f"{KEYS}/{key.id}/confirm", {}).status_code == 302
    assert post(admin, f"{KEYS}/{key.id}/confirm", {}).status_code == 403
    assert post(officer, f"{KEYS}/{key.id}/confirm", {}).status_code == 403
    assert not only_key(console).is_agreed
    assert "refused" in run(console, "policy", "off", monkeypatch=monkeypatch)
    assert "0 keys" in run(console, "publish", "--yes", monkeypatch=monkeypatch)
    assert post(other, f"{KEYS}/{key.id}/confirm", {}).status_code == 302
    assert post(other, f"{KEYS}/{key.id}/confirm", {}).status_code == 409
    assert "Đã xác nhận, chờ người vận hành" in other.get(KEYS).text
    said = run(console, "publish", "--yes", monkeypatch=monkeypatch)
    assert key.fingerprint in said
    assert "version 2 is in force" in said
    known = officers_in(console.context.settings.trust_dir).current()
    assert known is not None
    assert known.officers.people == {"u-officer"}
    assert "Đang hiệu lực" in other.get(KEYS).text
    assert "2 people at least" in run(console, "policy", "required", monkeypatch=monkeypatch)
    assert "in_force" in run(console, "list", monkeypatch=monkeypatch)
    for client in (admin, other):
        assert post(client, f"{KEYS}/{key.id}/revoke", {}).status_code == 302
    assert post(admin, f"{KEYS}/{key.id}/revoke", {}).status_code == 409
    assert "còn hiệu lực đến khi người vận hành công bố" in admin.get(KEYS).text
    run(console, "publish", "--yes", monkeypatch=monkeypatch)
    assert "Đã thu hồi" in admin.get(KEYS).text
    assert "Dùng để ký cảnh báo" in officer.get("/account").text


def test_the_list_says_how_many_devices_check_signatures_themselves(console: Console) -> None:
    admin, now = console.client("admin"), console.context.now()
    with console.context.uow() as uow:
        found = uow[Devices].in_areas([each.id for each in uow[Places].tree()])
        names = [each.id for each in found if each.kind is not DeviceKind.STATION]
    for number, name in enumerate(names):
        assert f"{number} trên {len(names)} thiết bị tự kiểm tra" in admin.get(KEYS).text
        with console.context.uow() as uow:
            uow[Devices].report(DeviceStatus(name, online=False, conn=1, seen_at=now, officers_ver=0))
            uow.commit()
        if not number:
            signing_keys.published(console, policy=SignaturePolicy.REQUIRED)
            assert "ai có khóa của máy chủ" in admin.get(KEYS).text
    assert f"Tất cả {len(names)} thiết bị đều tự kiểm tra" in admin.get(KEYS).text


def test_a_key_that_nobody_confirmed_is_withdrawn_by_one(console: Console, officer: FlaskClient) -> None:
    key = asked(console, officer)
    assert post(console.client("admin"), f"{KEYS}/{key.id}/revoke", {}).status_code == 302
    assert only_key(console).is_revoked


def test_the_operator_opens_for_lost_keys_and_everybody_with_rights_over_alerts_is_told(
    console: Console, officer: FlaskClient, second: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for login, client in ((OFFICER, officer), (SECOND, second)):
        signing_keys.enrolled(console, client, login)
    assert "2 keys" in run(console, "publish", "--yes", monkeypatch=monkeypatch)
    assert "required" in run(console, "policy", "required", "--alone", "--drills", monkeypatch=monkeypatch)
    assert "Diễn tập có phát tiếng cũng phải được ký" in console.client("admin").get(KEYS).text
    reason = "Mất máy của hai người trực"
    said = run(console, "open", "--hours", "6", "--reason", reason, monkeypatch=monkeypatch)
    assert "people are told" in said
    assert "0 people" not in said
    assert reason in run(console, "list", monkeypatch=monkeypatch)
    known = officers_in(console.context.settings.trust_dir).current()
    assert known is not None
    assert known.keyset.open_reason == reason
    with console.context.uow.reading() as uow:
        told = uow[Notifications].of_events([f"signatures-open:{known.keyset.ver}"])
    assert {"u-officer", "u-second"} <= {each.user_id for each in told}
    assert all(reason in each.text for each in told)
    assert (known.keyset.alone, known.keyset.drills) == (True, True)
    run(console, "close", monkeypatch=monkeypatch)
    known = officers_in(console.context.settings.trust_dir).current()
    assert known is not None
    assert known.keyset.open_until == 0
    (console.context.settings.keys_dir / "root.key").unlink()
    assert "root.key" in run(console, "policy", "off", monkeypatch=monkeypatch)
    assert known.keyset.policy == SignaturePolicy.REQUIRED
    assert (console.context.settings.trust_dir / OFFICERS_FILE).exists()
