"""Named zones: kept from the form of an alert, put in with one press, and removed."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from broadcast.alerts.model import Alert, AlertZone
from cms.alerts.repository.alerts import AlertZones
from tests.builders import alerts
from tests.console import COMMUNE, COMMUNE_2, DISTRICT, FAR_COMMUNE, PROVINCE, Console, post

RING = "10.9,108.2 10.9,108.3 11,108.3 11,108.2"


def kept(console: Console) -> list[AlertZone]:
    with console.context.uow() as unit:
        return list(unit[AlertZones].all())


def keep(console: Console, client: FlaskClient, alert: Alert, name: str, **changes: object) -> str:
    typed = {"act": "keep-zone", "zone_name": name, "zone_kind": "flood", **changes}
    answer = post(client, f"/alerts/{alert.id}/edit", alerts.form_of(console, alert, **typed), follow_redirects=True)
    return answer.text


def put_in(console: Console, client: FlaskClient, alert: Alert, zone: AlertZone, **changes: object) -> Alert:
    form = alerts.form_of(console, alert, act=f"zone-{zone.id}", **changes)
    assert post(client, f"/alerts/{alert.id}/edit", form).status_code == 302
    return alerts.stored(console, alert.id)


def test_one_press_puts_the_places_of_a_zone_into_an_alert_and_its_words_follow(
    console: Console, officer: FlaskClient
) -> None:
    first = alerts.raised(console, officer)
    page = keep(console, officer, first, "  Hạ du  sông Lũy ", areas=[COMMUNE, COMMUNE_2])
    assert "Đã lưu vùng “Hạ du sông Lũy”" in page
    (zone,) = kept(console)
    other = alerts.raised(console, officer)
    assert ">Hạ du sông Lũy</button>" in officer.get(f"/alerts/{other.id}/edit").text
    filled = put_in(console, officer, other, zone)
    assert filled.audience.targets.areas == (DISTRICT,)
    assert "Phan Thiết" in filled.headline
    joined = put_in(console, officer, filled, zone, areas=[FAR_COMMUNE])
    assert joined.audience.targets.areas == (PROVINCE,)


def test_a_zone_with_a_shape_replaces_whole_communes(console: Console, officer: FlaskClient) -> None:
    first = alerts.raised(console, officer)
    keep(console, officer, first, "Ven biển", areas=[COMMUNE], shape=RING, zone_kind="coast")
    (zone,) = kept(console)
    other = alerts.raised(console, officer)
    filled = put_in(console, officer, other, zone, areas=[FAR_COMMUNE])
    assert filled.audience.targets.areas == (COMMUNE,)
    assert filled.audience.has_shape
    again = put_in(console, officer, filled, zone)
    assert len(again.audience.rings) == 1


def test_what_is_no_zone_is_told_at_its_field_and_nothing_is_lost(console: Console, officer: FlaskClient) -> None:
    made = alerts.raised(console, officer)
    refused = keep(console, officer, made, "", areas=[COMMUNE], advice="Lên nơi cao")
    assert 'id="zone_name-error"' in refused or "zone_name" in refused
    assert "Lên nơi cao" in refused
    keep(console, officer, made, "Vùng chéo", areas=[COMMUNE], shape="10,108 11,109 10,109 11,108")
    keep(console, officer, made, "Vùng lạ", areas=[COMMUNE], shape="", zone_kind="moon")
    keep(console, officer, made, "Vùng trống", areas=[], shape="")
    assert kept(console) == []
    gone = post(officer, f"/alerts/{made.id}/edit", alerts.form_of(console, made, act="zone-x", areas=[COMMUNE]))
    assert gone.status_code == 422
    assert "Vùng này vừa bị xóa" in gone.text


def test_a_zone_is_replaced_by_its_name_and_removed_by_who_may_raise_there(
    console: Console, officer: FlaskClient
) -> None:
    made = alerts.raised(console, officer)
    assert "Chưa có vùng nào" in officer.get("/alerts/zones").text
    keep(console, officer, made, "Cảng cá", areas=[COMMUNE])
    keep(console, officer, made, "Cảng cá", areas=[COMMUNE_2], zone_kind="coast")
    (zone,) = kept(console)
    assert zone.audience.targets.areas == (COMMUNE_2,)
    reader = console.client("operator")
    assert not re.search(rf"zones/{zone.id}/remove", reader.get("/alerts/zones").text)
    assert post(reader, f"/alerts/zones/{zone.id}/remove").status_code == 403
    assert post(officer, f"/alerts/zones/{zone.id}/remove", follow_redirects=True).status_code == 200
    assert kept(console) == []
    assert post(officer, f"/alerts/zones/{zone.id}/remove").status_code == 404
