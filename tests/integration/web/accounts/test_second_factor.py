from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cms.accounts.repository import People
from cms.accounts.service import codes
from cms.accounts.service.second_factor import reset
from cms.platform.web.request_context import is_before_sign_in, is_sessionless
from province.people import Grant, Role, program
from tests.console import COMMUNE, PASSWORD, PROVINCE, TOTP_SECRET, Console, post

OFFICER = "officer"


def password_given(console: Console, login: str = OFFICER, **more: object) -> tuple[FlaskClient, TestResponse]:
    client = console.client()
    return client, post(client, "/sign-in", {"login": login, "password": PASSWORD, **more})


def forget(console: Console, login: str = OFFICER) -> None:
    with console.context.uow() as uow:
        reset(uow, login, now=console.clock(), by=program("test"))
        uow.commit()


def secret_on(page: str) -> str:
    found = re.search(r'<code class="secret"[^>]*>([A-Z2-7 ]+)</code>', page)
    assert found is not None, page
    return found.group(1).replace(" ", "")


def wrong_code(console: Console) -> str:
    step = codes.step_of(console.clock())
    good = {codes.code_at(TOTP_SECRET, step + away) for away in (-1, 0, 1)}
    return next(code for code in map("{:06d}".format, range(4)) if code not in good)


def test_after_the_password_an_officer_is_asked_for_a_code_and_led_on(console: Console) -> None:
    client, answer = password_given(console, next="/why?device=x")
    assert answer.headers["Location"].startswith("/second-factor?next=/why")
    page = client.get(answer.headers["Location"])
    assert 'inputmode="numeric" autocomplete="one-time-code"' in page.text
    assert 'name="next" value="/why?device=x"' in page.text
    led = post(client, "/second-factor", {"code": console.code(OFFICER), "next": "/why?device=x"})
    assert led.headers["Location"] == "/why?device=x"
    assert client.get("/").status_code == 200


def test_the_code_opens_a_session_of_its_own_for_the_whole_day(console: Console) -> None:
    client, _ = password_given(console)
    before = client.get_cookie("loa_session")
    answer = post(client, "/second-factor", {"code": console.code(OFFICER)})
    after = client.get_cookie("loa_session")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    assert "Max-Age=43200" in next(v for v in answer.headers.getlist("Set-Cookie") if v.startswith("loa_session="))
    client.set_cookie("loa_session", before.value)
    assert client.get("/").headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("is_enrolled", [True, False])
def test_with_the_password_alone_no_screen_opens(console: Console, is_enrolled: bool) -> None:
    if not is_enrolled:
        forget(console)
    client, _ = password_given(console)
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in", follow_redirects=True).text)
    assert token is not None
    opened = set()
    for rule in console.app.url_map.iter_rules():
        with console.app.app_context():
            is_open = is_sessionless(rule.endpoint) or is_before_sign_in(rule.endpoint)
        if is_open or rule.endpoint.startswith(("static", "public.")):
            continue
        path = re.sub(r"<[^>]+>", "x", rule.rule)
        for method in (rule.methods or set()) & {"GET", "POST"}:
            answer = client.open(path, method=method, data={"csrf_token": token.group(1)} if method == "POST" else None)
            answer.close()
            if not answer.headers.get("Location", "").startswith("/sign-in"):
                opened.add((method, path))
    assert opened == set()


def test_whoever_stops_half_way_finds_the_step_again(console: Console) -> None:
    client, _ = password_given(console)
    assert client.get("/sign-in?next=/why").headers["Location"] == "/second-factor?next=/why"
    assert client.get("/second-factor/enrol").headers["Location"] == "/second-factor"
    forget(console)
    client, answer = password_given(console)
    assert answer.headers["Location"] == "/second-factor/enrol"
    assert client.get("/second-factor").headers["Location"] == "/second-factor/enrol"


def test_half_way_is_not_forever_and_may_be_left(console: Console) -> None:
    client, _ = password_given(console)
    post(client, "/sign-out")
    assert client.get("/second-factor").headers["Location"] == "/sign-in"
    client, _ = password_given(console)
    console.clock.pass_by(minutes=21)
    late = post(client, "/second-factor", {"code": console.code(OFFICER), "next": "/why"})
    assert late.headers["Location"] == "/sign-in?next=/why"


def test_whoever_is_in_or_unknown_is_led_past_the_step(console: Console) -> None:
    for path in ("/second-factor", "/second-factor/enrol"):
        assert console.client("editor").get(f"{path}?next=/why").headers["Location"] == "/why"
        assert console.client().get(path).headers["Location"] == "/sign-in"
        assert post(console.client(), path, {"code": "123456"}).headers["Location"] == "/sign-in"


def test_wrong_used_and_too_many_codes_are_told_apart(console: Console) -> None:
    client, _ = password_given(console)
    refused = post(client, "/second-factor", {"code": wrong_code(console)})
    assert refused.status_code == 403
    assert "Mã xác thực không đúng" in refused.text
    assert 'aria-invalid="true"' in refused.text
    used = console.code(OFFICER)
    post(client, "/second-factor", {"code": used})
    other, _ = password_given(console)
    again = post(other, "/second-factor", {"code": used})
    assert again.status_code == 409
    assert "Mã này đã dùng rồi" in again.text
    for _ in range(6):
        post(other, "/second-factor", {"code": "no code"})
    locked = post(other, "/second-factor", {"code": used})
    assert locked.status_code == 429
    assert "09:00:30" in locked.text


def test_enrolling_shows_the_secret_takes_the_first_code_and_shows_recovery_codes_once(console: Console) -> None:
    forget(console)
    client, _ = password_given(console, next="/why")
    page = client.get("/second-factor/enrol?next=/why")
    assert 'src="data:image/svg+xml' in page.text
    assert "img-src 'self' data:" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    secret = secret_on(page.text)
    assert f"secret={secret}" in html.unescape(page.text)
    assert secret_on(client.get("/second-factor/enrol").text) == secret

    refused = post(client, "/second-factor/enrol", {"code": "no code"})
    assert refused.status_code == 403
    assert secret_on(refused.text) == secret

    code = codes.code_at(secret, codes.step_of(console.clock()))
    done = post(client, "/second-factor/enrol", {"code": code, "next": "/why"})
    recovery = re.findall(r"<li><code>([a-z2-7-]{19})</code></li>", done.text)
    assert len(set(recovery)) == codes.RECOVERY_CODES
    assert 'href="/why"' in done.text
    assert client.get("/").status_code == 200
    assert client.get("/second-factor/enrol").headers["Location"] == "/"

    other, _ = password_given(console)
    assert post(other, "/second-factor", {"code": recovery[0]}).status_code == 302
    assert other.get("/").status_code == 200


def test_a_station_made_administrator_meanwhile_enrols_before_the_next_page(console: Console) -> None:
    client = console.client("station")
    with console.context.uow() as uow:
        uow[People].grant(console.actor("station").user_id, [Grant(Role.ADMIN, PROVINCE)])
        uow.commit()
    assert client.get("/why").headers["Location"] == "/sign-in?next=/why"
    assert client.get("/sign-in?next=/why").headers["Location"] == "/second-factor/enrol?next=/why"


def test_what_cannot_be_read_any_more_sends_to_the_administrator(console: Console) -> None:
    client, _ = password_given(console)
    with console.context.uow() as uow:
        factor = uow[People].second_factor(console.actor(OFFICER).user_id)
        assert factor is not None
        uow[People].save_second_factor(replace(factor, sealed="spoilt"))
        uow.commit()
    answer = post(client, "/second-factor", {"code": "123456"})
    assert answer.status_code == 500
    assert "nhờ người quản trị đặt lại" in answer.text


def test_an_officers_token_reads_without_a_code(console: Console) -> None:
    answer = console.app.test_client().get("/api/v1/areas", headers=console.bearer(OFFICER))
    assert answer.status_code == 200
    assert COMMUNE in answer.text
