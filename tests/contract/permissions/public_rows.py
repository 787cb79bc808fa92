"""Access to the public pages: everybody, without signing in. See ``matrix``."""

from __future__ import annotations

from tests.contract.permissions.matrix import ANYONE, EVERYBODY, TAKERS_BACK, Need, Row

_WORD: dict[str, object] = {"kind": "noise", "text": "Loa to quá."}
_AT = "/cong-khai"

WEB: dict[tuple[str, str], Row] = {
    ("GET", "public.index"): Row(ANYONE, f"{_AT}/"),
    ("GET", "public.place"): Row(ANYONE, f"{_AT}/bt-mui-ne/"),
    ("GET", "public.bulletin"): Row(ANYONE, f"{_AT}/bt-mui-ne/tin/{{aired}}"),
    ("GET", "public.place_image"): Row(ANYONE, f"{_AT}/bt-mui-ne/anh.png"),
    ("GET", "public.image"): Row(ANYONE, f"{_AT}/anh.png"),
    ("GET", "public.bulletin_image"): Row(ANYONE, f"{_AT}/bt-mui-ne/tin/{{aired}}/anh.png"),
    ("GET", "public.transcript"): Row(ANYONE, f"{_AT}/bt-mui-ne/tin/{{aired}}/loi.txt"),
    ("GET", "public.sitemap"): Row(ANYONE, f"{_AT}/sitemap.xml"),
    ("GET", "public.manifest"): Row(ANYONE, f"{_AT}/manifest.webmanifest"),
    ("GET", "web.robots"): Row(ANYONE, "/robots.txt"),
    ("GET", "public.developers"): Row(ANYONE, f"{_AT}/lap-trinh/"),
    ("GET", "public.developer_calls"): Row(ANYONE, f"{_AT}/lap-trinh/stations/"),
    ("GET", "public.developer_errors"): Row(ANYONE, f"{_AT}/lap-trinh/loi/"),
    ("GET", "web.problem_type"): Row(ANYONE, "/problems/invalid"),
    ("GET", "public.rss"): Row(ANYONE, f"{_AT}/bt/rss.xml"),
    ("GET", "public.calendar"): Row(ANYONE, f"{_AT}/bt-mui-ne/lich.ics"),
    ("GET", "public.alerts"): Row(ANYONE, f"{_AT}/canh-bao.atom"),
    ("GET", "public.place_alerts"): Row(ANYONE, f"{_AT}/bt-mui-ne/canh-bao.atom"),
    ("GET", "public.past"): Row(ANYONE, f"{_AT}/canh-bao/"),
    ("GET", "public.past_report"): Row(ANYONE, f"{_AT}/canh-bao/{{reported}}/ket-qua.json"),
    ("GET", "public.past_feed"): Row(ANYONE, f"{_AT}/canh-bao/da-qua.atom"),
    ("GET", "public.past_json"): Row(ANYONE, f"{_AT}/du-lieu/canh-bao.json"),
    ("GET", "public.past_csv"): Row(ANYONE, f"{_AT}/du-lieu/canh-bao.csv"),
    ("GET", "public.data"): Row(ANYONE, f"{_AT}/du-lieu/"),
    ("GET", "public.catalogue"): Row(ANYONE, f"{_AT}/du-lieu/catalog.json"),
    ("GET", "public.aired_json"): Row(ANYONE, f"{_AT}/bt-mui-ne/tin.json"),
    ("GET", "public.aired_csv"): Row(ANYONE, f"{_AT}/bt-mui-ne/tin.csv"),
    ("GET", "public.loudspeakers_json"): Row(ANYONE, f"{_AT}/du-lieu/loa.json"),
    ("GET", "public.loudspeakers_csv"): Row(ANYONE, f"{_AT}/du-lieu/loa.csv"),
    ("GET", "public.months_json"): Row(ANYONE, f"{_AT}/du-lieu/thang.json"),
    ("GET", "public.months_csv"): Row(ANYONE, f"{_AT}/du-lieu/thang.csv"),
    ("GET", "public.feedback_form"): Row(ANYONE, f"{_AT}/bt-mui-ne/phan-anh"),
    ("POST", "public.send_feedback"): Row(ANYONE, f"{_AT}/bt-mui-ne/phan-anh", body=_WORD),
    ("GET", "public.answer_form"): Row(ANYONE, f"{_AT}/phan-anh"),
    ("POST", "public.answer"): Row(ANYONE, f"{_AT}/phan-anh"),
    ("GET", "public.follow_form"): Row(ANYONE, f"{_AT}/bt-mui-ne/theo-doi"),
    ("POST", "public.follow_by_mail"): Row(ANYONE, f"{_AT}/bt-mui-ne/theo-doi"),
    ("POST", "public.follow_in_browser"): Row(ANYONE, f"{_AT}/bt-mui-ne/theo-doi/trinh-duyet"),
    ("GET", "public.subscription"): Row(ANYONE, "{citizen}"),
    ("POST", "public.choose_subscription"): Row(ANYONE, "{citizen}"),
    ("POST", "public.end_subscription"): Row(ANYONE, "{citizen_end}"),
    ("GET", "web.emblem"): Row(ANYONE, "/emblem"),
    # An open page asks; the person who signs in continues with the data carried along.
    ("GET", "web.session_state"): Row(ANYONE, "/session"),
    ("POST", "web.carry_on"): Row(EVERYBODY, "/sign-in/continue"),
    ("POST", "web.list_publicly"): Row(TAKERS_BACK, "/bulletins/{bulletin}/listed", Need.SCHEDULED),
}
API: dict[tuple[str, str], Row] = {
    # Authorized by the token of a callback: see tests/integration/exchange/test_hubs.py.
    ("POST", "public.take_hub_push"): Row(frozenset(), "/cap/hubs/none"),
    ("GET", "public.confirm_hub"): Row(frozenset(), "/cap/hubs/none"),
}
