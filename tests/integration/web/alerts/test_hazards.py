"""Hazards on the screens: the table in force, the risk level in the form, words and siren that follow it."""

from __future__ import annotations

from pathlib import Path

from flask.testing import FlaskClient

from broadcast.alerts.hazard_rules import RiskLevel, SirenPattern
from broadcast.alerts.model import HazardTableVersion
from cms.alerts import labels
from cms.alerts.repository.alerts import HazardTables
from cms.alerts.service import hazard_tables
from province.people import UserId
from tests.builders import alerts
from tests.builders.public_pages import PAGE
from tests.console import COMMUNE, START, Console, post

HUE = (Path(__file__).parents[4] / "docs" / "examples" / "hazards-hue.toml").read_text(encoding="utf-8")


def load(console: Console, text: str = HUE) -> None:
    context = console.context
    hazard_tables.load(context.uow(), text=text, call=context.call(console.actor("admin")))


def test_readers_see_the_national_table_with_levels_colours_sirens_and_sources(console: Console) -> None:
    html = console.client("operator").get("/alerts/hazards").text
    assert "Đang dùng: bảng quốc gia." in html
    assert "Rủi ro cấp 3 · rủi ro lớn" in html
    assert "xanh dương nhạt" in html
    assert "lên nơi cao ngay" in html
    assert "Quyết định 18/2021/QĐ-TTg, Điều 3 khoản 2 và Điều 46" in html


def test_the_province_s_table_is_shown_as_its_own_with_its_history(console: Console) -> None:
    load(console)
    html = console.client("officer").get("/alerts/hazards").text
    assert "Đang dùng: bảng “Thành phố Huế”, phiên bản 1, do" in html
    assert html.count("theo bảng của tỉnh") == 4
    assert "còi lên xuống, 5 hồi × 30 giây, giãn cách 5 giây, 3 lần" in html
    with console.app.test_request_context(headers={"Accept-Language": "en"}):
        said = labels.siren_words(SirenPattern("siren-a", 5, 30_000, 5_000, 3))
        assert said == "rising and falling siren, 5 × 30 s, 5 s apart, 3 times"
        assert labels.siren_words(SirenPattern("siren-b", on_ms=12_500)) == "two-tone siren, 12.5 s"
        assert labels.risk_name(4) == "Risk level 4 · very high risk"


def test_a_table_that_is_valid_no_more_is_named_on_the_screen(console: Console) -> None:
    with console.context.uow() as unit:
        unit[HazardTables].add(HazardTableVersion(1, "X", "name = 1", START, UserId("u-admin"), "Admin"))
        unit.commit()
    html = console.client("officer").get("/alerts/hazards").text
    assert "Bảng của tỉnh không còn hợp lệ" in html
    assert "Đang dùng: bảng quốc gia." in html


def test_the_form_offers_the_levels_that_the_hazard_has_and_words_follow(
    console: Console, officer: FlaskClient
) -> None:
    load(console)
    made = alerts.raised(console, officer, hazard="flash_flood")
    html = officer.get(f"/alerts/{made.id}/edit").text
    assert [f'name="risk" value="{level}"' in html for level in range(1, 6)] == [True, True, True, False, False]
    assert "da cam" in html
    post(officer, f"/alerts/{made.id}/draft", alerts.form_of(console, made, areas=[COMMUNE], risk="1"))
    saved = alerts.stored(console, made.id)
    assert saved.risk is RiskLevel.ONE
    assert saved.headline == "Mũi Né: không ở gần sông, suối. Lũ quét."
    assert saved.wordings[0].text.endswith("Cấp độ rủi ro thiên tai: cấp 1. " + f"{saved.facts.authority} thông báo.")
    refused = post(officer, f"/alerts/{made.id}/draft", alerts.form_of(console, saved, risk="5"))
    assert "Loại thiên tai này chỉ có các cấp độ rủi ro: 1, 2, 3." in refused.text
    assert alerts.stored(console, made.id) == saved


def test_an_alert_s_page_names_its_risk_level_and_its_siren(console: Console, officer: FlaskClient) -> None:
    load(console)
    made = alerts.raised(console, officer, hazard="flood")
    post(officer, f"/alerts/{made.id}/draft", alerts.form_of(console, made, areas=[COMMUNE], risk="4"))
    assert alerts.stored(console, made.id).siren == SirenPattern("siren-a", 5, 30_000, 5_000, 3)
    html = officer.get(f"/alerts/{made.id}").text
    assert "Rủi ro cấp 4 · rủi ro rất lớn" in html
    assert "5 hồi × 30 giây" in html
    assert 'class="risk risk-four" title="Rủi ro cấp 4' in officer.get("/alerts").text


def test_citizens_read_the_risk_level_that_the_forecast_states(console: Console, officer: FlaskClient) -> None:
    alerts.active(console, officer, risk="3")
    assert "Rủi ro cấp 3 · rủi ro lớn" in console.app.test_client().get(PAGE).text


def test_a_hazard_that_is_no_natural_disaster_has_no_risk_level(console: Console, officer: FlaskClient) -> None:
    made = alerts.raised(console, officer, hazard="chemical")
    assert 'name="risk"' not in officer.get(f"/alerts/{made.id}/edit").text
