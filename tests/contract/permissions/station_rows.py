"""Access to the routes of stations and of the shelf: rows of ``tests.contract.permissions.matrix``.

The station is Phan Thiết's, with one programme that is made and one offer on the shelf.
"""

from __future__ import annotations

from tests.contract.permissions.matrix import ANYONE, EVERYBODY, WRITERS, WRITERS_SOMEWHERE, Row

SEERS = frozenset({"editor", "approver", "station", "officer", "auditor", "admin"})
SEERS_SOMEWHERE = EVERYBODY - {"technician"}
KEEPERS = frozenset({"editor", "admin"})
TAKERS = frozenset({"station"})
GIVERS = frozenset({"station", "editor"})
_STATION_JSON: dict[str, object] = {"area_id": "bt-phan-thiet", "name": "Đài Phan Thiết"}
_ORDER_JSON: dict[str, object] = {"area_id": "bt-mui-ne", "series": "Trang địa phương"}

_STATION_FORM: dict[str, object] = {**_STATION_JSON, "area": "bt-phan-thiet"}
_OFFER_FORM: dict[str, object] = {"series": "Trang địa phương", "title": "Số mới"}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.stations"): Row(SEERS_SOMEWHERE, "/stations"),
    ("GET", "web.new_station"): Row(KEEPERS, "/stations/new"),
    ("POST", "web.register_station"): Row(KEEPERS, "/stations/new", body=_STATION_FORM),
    ("GET", "web.station"): Row(SEERS, "/stations/{station}"),
    ("GET", "web.edit_station"): Row(KEEPERS, "/stations/{station}/edit"),
    ("POST", "web.correct_station"): Row(KEEPERS, "/stations/{station}/edit", body=_STATION_FORM),
    ("GET", "web.programme_file"): Row(SEERS, "/stations/{station}/programmes/{programme}.wav"),
    ("GET", "web.station_session_file"): Row(SEERS, "/stations/{station}/sessions/{session_day}.wav"),
    ("GET", "web.station_session_order"): Row(SEERS, "/stations/{station}/sessions/{session_day}.mos.xml"),
    ("POST", "web.send_log"): Row(TAKERS, "/stations/{station}/as-run"),
    ("POST", "web.renew_feed"): Row(TAKERS, "/stations/{station}/feed"),
    ("GET", "web.offer_form"): Row(GIVERS, "/stations/{station}/offer"),
    ("POST", "web.make_offer"): Row(GIVERS, "/stations/{station}/offer", body=_OFFER_FORM),
    ("POST", "web.withdraw_offer"): Row(GIVERS, "/offers/{offer}/withdraw"),
    ("GET", "web.shelf_page"): Row(WRITERS_SOMEWHERE, "/shelf"),
    ("POST", "web.take_offer"): Row(WRITERS, "/shelf/{offer}/take", body={"area": "bt-mui-ne"}),
    ("POST", "web.order_series"): Row(WRITERS, "/standing-orders", body={"area": "bt-mui-ne"}),
    ("POST", "web.cancel_order"): Row(WRITERS, "/standing-orders/{order}/cancel"),
}
API: dict[tuple[str, str], Row] = {
    ("GET", "v1.list_stations"): Row(SEERS_SOMEWHERE, "/stations"),
    ("POST", "v1.register_station"): Row(KEEPERS, "/stations", body=_STATION_JSON),
    ("GET", "v1.get_station"): Row(SEERS, "/stations/{station}"),
    ("PUT", "v1.correct_station"): Row(KEEPERS, "/stations/{station}", body=_STATION_JSON),
    ("GET", "v1.list_programmes"): Row(SEERS, "/stations/{station}/programmes"),
    ("GET", "v1.get_programme"): Row(SEERS, "/stations/{station}/programmes/{programme}"),
    ("GET", "v1.get_programme_audio"): Row(SEERS, "/stations/{station}/programmes/{programme}/audio.wav"),
    ("GET", "v1.get_station_day"): Row(SEERS, "/stations/{station}/days/2026-11-24"),
    ("GET", "v1.get_station_session_audio"): Row(SEERS, "/stations/{station}/sessions/{session_day}/audio.wav"),
    ("GET", "v1.get_station_session_order"): Row(
        SEERS, "/stations/{station}/sessions/{session_day}/running-order.mos.xml"
    ),
    ("POST", "v1.tell_receipts"): Row(TAKERS, "/stations/{station}/receipts", body={"items": []}),
    ("POST", "v1.tell_as_run"): Row(TAKERS, "/stations/{station}/as-run"),
    ("POST", "v1.renew_station_feed"): Row(TAKERS, "/stations/{station}/feed"),
    ("DELETE", "v1.remove_station_feed"): Row(TAKERS, "/stations/{station}/feed"),
    # Authorized by the secret in the address alone.
    ("GET", "public.station_feed"): Row(ANYONE, "/stations/feeds/{station_feed}.xml"),
    ("GET", "public.station_feed_audio"): Row(ANYONE, "/stations/feeds/{station_feed}/{programme}.mp3"),
    ("GET", "v1.get_shelf"): Row(WRITERS_SOMEWHERE, "/shelf"),
    ("POST", "v1.take_offer"): Row(WRITERS, "/shelf/{offer}/take", body={"area_id": "bt-mui-ne"}),
    ("DELETE", "v1.withdraw_offer"): Row(GIVERS, "/shelf/{offer}"),
    ("GET", "v1.list_offers"): Row(SEERS, "/stations/{station}/offers"),
    ("POST", "v1.make_offer"): Row(GIVERS, "/stations/{station}/offers"),
    ("GET", "v1.list_standing_orders"): Row(WRITERS_SOMEWHERE, "/standing-orders"),
    ("POST", "v1.order_series"): Row(WRITERS, "/standing-orders", body=_ORDER_JSON),
    ("DELETE", "v1.cancel_standing_order"): Row(WRITERS, "/standing-orders/{order}"),
}
ROWS = [*WEB.values(), *API.values()]
