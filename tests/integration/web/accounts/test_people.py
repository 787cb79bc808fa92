"""People on screens: found, invited, given rights by one or two administrators, blocked, reset."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient

from broadcast.notifications.model import NotificationKind
from cms.accounts.repository import People
from cms.alerts.repository.alerts import Declarations
from cms.audit.queries import events_of
from cms.notifications.repository import Notifications
from province.people import Grant, Role, UserId
from tests.builders import people
from tests.console import COMMUNE, FAR_COMMUNE, PASSWORD, PROVINCE, Console, post

NEW = "mưa rơi trên mái tôn cũ"
FORM = {"login": "lan.muine", "name": "Nguyễn Thị Lan", "role": "station", "area": COMMUNE}


@pytest.fixture
def admin(console: Console) -> FlaskClient:
    return console.client("admin")


@pytest.fixture
def second(console: Console) -> FlaskClient:
    return console.client(people.second_admin(console))


def link_in(html: str) -> str:
    """Return the path of the link that a page shows."""
    found = re.search(r"/join/[0-9a-z]+\?key=[\w-]+", html)
    assert found is not None, html
    return found[0]


def names(console: Console, user_id: str) -> list[str]:
    with console.context.uow() as uow:
        return [line.name for line in events_of(uow.session, user_id)]


def held(console: Console, user_id: UserId) -> set[tuple[Role, str]]:
    with console.context.uow() as uow:
        return {(each.role, each.area_id) for each in uow[People].get(user_id).grants}


def by_login(console: Console, login: str) -> UserId:
    with console.context.uow() as uow:
        user = uow[People].by_login(login)
    assert user is not None
    return user.id


def test_a_person_is_invited_sets_a_password_and_works(console: Console, admin: FlaskClient) -> None:
    link = link_in(post(admin, "/people/new", FORM).text)
    newcomer = console.client()
    page = newcomer.get(link).text
    assert "lan.muine" in page
    path, _, key = link.partition("?key=")
    assert post(newcomer, path, {"key": key, "new": NEW, "again": "khác"}).status_code == 422
    assert "khó đoán" in post(newcomer, path, {"key": key, "new": "matkhau12345", "again": "matkhau12345"}).text
    answer = post(newcomer, path, {"key": key, "new": NEW, "again": NEW})
    assert answer.headers["Location"] == "/"
    assert newcomer.get("/").status_code == 200
    assert console.client().get(link).status_code == 410
    assert "user.joined" in names(console, by_login(console, "lan.muine"))
    found = admin.get("/people?q=nguyen+lan").text
    assert "Nguyễn Thị Lan" in found
    assert "Approver" not in found


def test_what_is_wrong_with_an_invitation_stands_at_its_field(admin: FlaskClient) -> None:
    wrong = {"login": "Lan Mũi Né", "name": "", "email": "x", "phone": "123", "role": "", "area": ""}
    answer = post(admin, "/people/new", wrong)
    assert answer.status_code == 422
    for sentence in ("2 đến 40 chữ thường", "ten@example.vn", "số di động"):
        assert sentence in answer.text
    assert 'value="Lan Mũi Né"' in answer.text
    assert post(admin, "/people/new", {**FORM, "login": "operator"}).status_code == 422


def test_a_link_ends_with_its_time_and_with_a_newer_one(console: Console, admin: FlaskClient) -> None:
    made = people.invite(console)
    newer = link_in(post(admin, f"/people/{made.user.id}/invitation").text)
    assert console.client().get(made.link).status_code == 410
    assert console.client().get(newer).status_code == 200
    console.clock.pass_by(days=7)
    assert console.client().get(newer).status_code == 410


def test_guessed_links_are_held_back(console: Console) -> None:
    made, guesser = people.invite(console), console.client()
    path = made.link.partition("?")[0]
    statuses = [guesser.get(f"{path}?key=x{number}").status_code for number in range(22)]
    assert statuses[:20] == [410] * 20
    assert statuses[-1] == 429
    assert guesser.get(made.link).status_code == 429
    console.clock.pass_by(minutes=1)
    assert guesser.get(made.link).status_code == 200


def test_rights_that_reach_alerts_wait_for_a_second_administrator(
    console: Console, admin: FlaskClient, second: FlaskClient
) -> None:
    user = people.joined(console)
    form = {"role": "emergency_officer", "area": COMMUNE, "level": "2"}
    assert "quản trị khác" in post(admin, f"/people/{user.id}/rights", form, follow_redirects=True).text
    (request,) = people.requests(console)
    assert (Role.EMERGENCY_OFFICER, COMMUNE) not in held(console, user.id)
    assert post(admin, f"/people/requests/{request.id}/confirm").status_code == 403
    assert post(admin, f"/people/{user.id}/rights", form).status_code == 409
    assert user.name in second.get("/people").text
    asked = "Quyền hoặc mật khẩu mới cần người thứ hai xác nhận"
    assert asked in second.get("/").text
    assert asked not in admin.get("/").text
    post(second, f"/people/requests/{request.id}/confirm")
    assert (Role.EMERGENCY_OFFICER, COMMUNE) in held(console, user.id)
    assert asked not in second.get("/").text
    with console.context.uow() as uow:
        assert [(each.area_id, int(each.level)) for each in uow[Declarations].of(user.id)] == [(COMMUNE, 2)]
        told = uow[Notifications].news(user.id, console.clock())
    assert [each.kind for each in told] == [NotificationKind.ACCOUNT]
    assert {"user.rights_asked", "user.rights_confirmed", "declaration_right.given"} <= set(names(console, user.id))
    assert post(second, f"/people/requests/{request.id}/confirm").status_code == 409
    post(admin, f"/people/{user.id}/rights/take", {"area": COMMUNE})
    post(admin, f"/people/{user.id}/rights/take", {"role": "emergency_officer", "area": COMMUNE})
    assert held(console, user.id) == {(Role.COMMUNE_OPERATOR, COMMUNE)}


def test_a_plain_right_is_given_at_once_and_a_refused_one_never(
    console: Console, admin: FlaskClient, second: FlaskClient
) -> None:
    user = people.joined(console)
    post(admin, f"/people/{user.id}/rights", {"role": "station", "area": FAR_COMMUNE})
    assert (Role.STATION, FAR_COMMUNE) in held(console, user.id)
    assert post(admin, f"/people/{user.id}/rights", {"role": "station", "area": FAR_COMMUNE}).status_code == 409
    assert post(admin, f"/people/{user.id}/rights", {}).status_code == 422
    post(admin, f"/people/{user.id}/rights", {"role": "admin", "area": PROVINCE})
    (request,) = people.requests(console)
    post(second, f"/people/requests/{request.id}/refuse")
    assert (Role.ADMIN, PROVINCE) not in held(console, user.id)
    assert people.requests(console) == []


def test_a_reset_takes_two_and_ends_the_second_factor(
    console: Console, admin: FlaskClient, second: FlaskClient
) -> None:
    officer = UserId("u-officer")
    at_work = console.client("officer")
    post(admin, f"/people/{officer}/reset")
    post(admin, f"/people/{officer}/reset")
    (request,) = people.requests(console)
    assert at_work.get("/").status_code == 200
    link = link_in(post(second, f"/people/requests/{request.id}/confirm").text)
    assert at_work.get("/").status_code == 302
    path, _, key = link.partition("?key=")
    owner = console.client()
    assert post(owner, path, {"key": key, "new": PASSWORD, "again": PASSWORD}).status_code == 422
    answer = post(owner, path, {"key": key, "new": NEW, "again": NEW})
    assert answer.headers["Location"].startswith("/second-factor/enrol")
    assert {"user.reset_asked", "user.reset_confirmed", "user.reset_done"} <= set(names(console, officer))


def test_nobody_changes_their_own_account_or_reaches_beyond_their_places(console: Console, admin: FlaskClient) -> None:
    assert post(admin, "/people/u-admin/rights", {"role": "station", "area": COMMUNE}).status_code == 403
    assert post(admin, "/people/u-admin/block").status_code == 403
    local = console.client(people.second_admin(console, COMMUNE, "local-admin"))
    assert "Operator" in local.get("/people").text
    assert "Approver" not in local.get("/people").text
    assert local.get("/people/u-approver").status_code == 404
    assert post(local, "/people/u-approver/block").status_code == 403
    assert post(local, "/people/new", {**FORM, "login": "moi", "area": PROVINCE}).status_code == 422
    assert post(local, "/people/u-operator/rights", {"role": "station", "area": FAR_COMMUNE}).status_code == 403


def test_a_person_is_blocked_unblocked_and_let_try_again(console: Console, admin: FlaskClient) -> None:
    at_work, stranger = console.client("station"), console.client()
    post(admin, "/people/u-station/block")
    assert at_work.get("/").status_code == 302
    assert post(stranger, "/sign-in", {"login": "station", "password": PASSWORD}).status_code == 401
    assert post(admin, "/people/u-station/reset").status_code == 409
    post(admin, "/people/u-station/unblock")
    assert post(stranger, "/sign-in", {"login": "station", "password": PASSWORD}).status_code == 302
    for _ in range(7):
        post(console.client(), "/sign-in", {"login": "station", "password": "sai"})
    assert "Cho thử lại ngay" in admin.get("/people/u-station").text
    post(admin, "/people/u-station/unblock")
    assert "Cho thử lại ngay" not in admin.get("/people/u-station").text


def test_name_and_contact_are_corrected(console: Console, admin: FlaskClient) -> None:
    user = people.joined(console)
    wrong = post(admin, f"/people/{user.id}/edit", {"name": "", "email": "x", "phone": ""})
    assert wrong.status_code == 422
    assert 'value="x"' in wrong.text
    typed = {"name": "Trần Thị Lan", "email": "lan@xa.example", "phone": "0912 345 678"}
    post(admin, f"/people/{user.id}/edit", typed)
    page = admin.get(f"/people/{user.id}").text
    for shown in ("Trần Thị Lan", "lan@xa.example", "0912345678"):
        assert shown in page
    post(admin, f"/people/{user.id}/edit", typed)
    assert names(console, user.id).count("user.edited") == 1


def test_people_are_found_by_role_place_and_state(console: Console, admin: FlaskClient) -> None:
    people.invite(console, people.draft("cho.moi"))
    assert "cho.moi" in admin.get("/people?state=invited").text
    assert "cho.moi" not in admin.get("/people?state=active").text
    assert "far-operator" in admin.get(f"/people?area={FAR_COMMUNE}&role=commune_operator").text
    assert "far-approver" not in admin.get(f"/people?area={FAR_COMMUNE}&role=commune_operator").text
    assert "Không có ai" in admin.get("/people?q=zzz").text
    assert "cho.moi" in admin.get("/search?q=cho.moi").text


def test_an_invitation_for_an_officer_gives_the_right_only_when_confirmed(
    console: Console, second: FlaskClient
) -> None:
    made = people.invite(console, people.draft("can.bo", Role.EMERGENCY_OFFICER))
    assert made.waits
    assert held(console, made.user.id) == set()
    assert f"/people/{made.user.id}" in second.get("/people").text
    console.clock.pass_by(days=8)
    assert people.requests(console) == []
    assert Grant(Role.EMERGENCY_OFFICER, COMMUNE) not in made.user.grants
