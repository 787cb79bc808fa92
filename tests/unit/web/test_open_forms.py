"""A form that is open in a browser is taken, however the machine's clock was set meanwhile."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from flask_wtf.csrf import generate_csrf

from cms.platform.web import security
from province.machine_clock import unix_s

HOUR_S = 3600


@pytest.mark.parametrize("moved_s", [-HOUR_S, HOUR_S, 60 * 24 * HOUR_S])
def test_an_open_form_is_taken_after_the_clock_was_set(monkeypatch: pytest.MonkeyPatch, moved_s: int) -> None:
    app = Flask("loa")
    security.install(app, b"secret", upload_max_bytes=1000)
    app.add_url_rule("/form", view_func=generate_csrf, endpoint="form")
    app.add_url_rule("/form", view_func=lambda: "taken", endpoint="taken", methods=["POST"])
    browser = app.test_client()
    token = browser.get("/form").text

    set_s = unix_s() + moved_s
    monkeypatch.setattr(time, "time", lambda: set_s)
    assert browser.post("/form", data={"csrf_token": token}).text == "taken"
    assert browser.post("/form", data={"csrf_token": f"{token}x"}).status_code == 400


def test_without_a_secret_there_is_no_session() -> None:
    assert security._Sessions().get_signing_serializer(Flask("loa")) is None
