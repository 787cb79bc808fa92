"""Access to the routes of live addresses: rows of ``tests.contract.permissions.matrix``.

Where a row names one, ``operator`` prepared it in the ward Mũi Né, or (READY) recorded it first.
"""

from __future__ import annotations

from tests.contract.permissions.matrix import EVERYBODY, NEAR, NOBODY, STOPPERS, Need, Row

SPEAKERS = frozenset({"editor", "operator", "officer"})
OWNER = frozenset({"operator"})
_FORM: dict[str, object] = {"areas": "bt-mui-ne", "topic": "Nhắc nộp thuế"}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.live"): Row(EVERYBODY, "/live"),
    ("POST", "web.prepare_live"): Row(SPEAKERS, "/live", body=_FORM),
    ("GET", "web.live_session"): Row(NEAR, "/live/{live}"),
    ("GET", "web.live_news"): Row(NEAR, "/live/{live}/news"),
    ("POST", "web.go_live"): Row(OWNER, "/live/{live}/air"),
    ("POST", "web.stop_live"): Row(STOPPERS, "/live/{live}/stop"),
    ("GET", "web.live_recording"): Row(NEAR, "/live/{live}/recording", Need.READY),
    ("POST", "web.record_live"): Row(OWNER, "/live/{live}/recording", Need.READY),
    ("POST", "web.release_live"): Row(SPEAKERS, "/live/{live}/release", Need.READY),
    ("POST", "web.speak_live"): Row(OWNER, "/live/{live}/frames?seq=0&at=1", Need.ON_AIR),
}
_JSON: dict[str, object] = {"areas": ["bt-mui-ne"], "topic": "Nhắc nộp thuế", "way": "live"}
# People speak, programs do not: see policy.PERSON_ACTIONS.
API: dict[tuple[str, str], Row] = {
    ("GET", "v1.list_live"): Row(EVERYBODY, "/live-addresses"),
    ("POST", "v1.prepare_live"): Row(NOBODY, "/live-addresses", body=_JSON),
    ("GET", "v1.get_live"): Row(NEAR, "/live-addresses/{live}"),
    ("POST", "v1.go_live"): Row(NOBODY, "/live-addresses/{live}/air"),
    ("POST", "v1.stop_live"): Row(STOPPERS, "/live-addresses/{live}/stop"),
    ("POST", "v1.record_live"): Row(NOBODY, "/live-addresses/{live}/recording", Need.READY),
    ("POST", "v1.release_live"): Row(NOBODY, "/live-addresses/{live}/release", Need.READY),
    ("POST", "v1.speak_live"): Row(NOBODY, "/live-addresses/{live}/frames?seq=0&at=1", Need.ON_AIR),
}
