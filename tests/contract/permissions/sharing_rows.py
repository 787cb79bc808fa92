"""Access to the routes of bulletin templates and of sharing down the area tree. See ``matrix``."""

from __future__ import annotations

from tests.contract.permissions.matrix import WRITERS, WRITERS_SOMEWHERE, Row

SHARERS = frozenset({"editor"})
_WORDING: dict[str, object] = {"name": "Tiêm phòng", "title": "Lịch tiêm phòng", "text": "Mời bà con …"}
_FORM: dict[str, object] = {**_WORDING, "area": "bt-mui-ne", "topic": "health", "language": "vi"}
_JSON: dict[str, object] = {**_WORDING, "area_id": "bt-mui-ne"}
_VOICE: dict[str, object] = {"kind": "voice", "area_id": "bt-ham-tien", "subject_id": "bt-mui-ne"}
_VOICE_FORM: dict[str, object] = {"kind": "voice", "area": "bt-ham-tien", "subject": "bt-mui-ne"}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.bulletin_templates"): Row(WRITERS_SOMEWHERE, "/templates"),
    ("GET", "web.new_template"): Row(WRITERS, "/templates/new?area=bt-mui-ne"),
    ("POST", "web.write_template"): Row(WRITERS, "/templates/new", body=_FORM),
    ("GET", "web.edit_template"): Row(WRITERS, "/templates/{template}/edit"),
    ("POST", "web.rewrite_template"): Row(WRITERS, "/templates/{template}/edit", body=_FORM),
    ("POST", "web.forget_template"): Row(WRITERS, "/templates/{template}/forget"),
    ("POST", "web.make_share"): Row(SHARERS, "/shares", body=_VOICE_FORM),
    ("POST", "web.take_share_back"): Row(SHARERS, "/shares/{share}/take-back"),
}
API: dict[tuple[str, str], Row] = {
    ("GET", "v1.list_templates"): Row(WRITERS, "/areas/bt-mui-ne/templates"),
    ("GET", "v1.list_shares"): Row(WRITERS, "/areas/bt-mui-ne/shares"),
    ("POST", "v1.write_template"): Row(WRITERS, "/templates", body=_JSON),
    ("PUT", "v1.rewrite_template"): Row(WRITERS, "/templates/{template}", body=_WORDING),
    ("DELETE", "v1.forget_template"): Row(WRITERS, "/templates/{template}"),
    ("POST", "v1.make_share"): Row(SHARERS, "/shares", body=_VOICE),
    ("DELETE", "v1.take_share_back"): Row(SHARERS, "/shares/{share}"),
}
