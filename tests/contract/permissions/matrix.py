"""Who may use which route: the table that the rights of roles are read off and tested against.

A bulletin of the matrix is written by ``editor``, meant for the ward Mũi Né and in the state its row needs.
``far-*`` hold their role in another area. Whoever is not named in a row is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Need(StrEnum):
    """The state the bulletin has to be in before the request."""

    DRAFT = "draft"
    FAILED_SOUND = "failed_sound"
    READY = "ready"
    SUBMITTED = "submitted"
    SCHEDULED = "scheduled"


EVERYBODY = frozenset(
    {
        "editor",
        "approver",
        "operator",
        "station",
        "officer",
        "technician",
        "auditor",
        "admin",
        "far-operator",
        "far-approver",
    }
)
ANYONE = EVERYBODY | {"anonymous"}
NEAR = EVERYBODY - {"far-operator", "far-approver"}
READERS = NEAR - {"technician"}
READERS_SOMEWHERE = EVERYBODY - {"technician"}
WRITERS = frozenset({"editor", "operator", "station"})
WRITERS_SOMEWHERE = WRITERS | {"far-operator"}
REVIEWERS = frozenset({"approver"})
REVIEWERS_SOMEWHERE = REVIEWERS | {"far-approver"}
TAKERS_BACK = frozenset({"editor", "approver", "operator", "officer"})
DEVICE_READERS = EVERYBODY - {"station"}


@dataclass(frozen=True)
class Row:
    """One route. ``path`` may hold ``{bulletin}``, ``{job}``, ``{version}``; ``body`` is what is sent."""

    allowed: frozenset[str]
    path: str
    need: Need = Need.DRAFT
    body: dict[str, object] = field(default_factory=dict)


_DRAFT_FORM: dict[str, object] = {
    "title": "Tin mới",
    "text": "Xin chào",
    "topic": "health",
    "priority": "normal",
    "language": "vi",
    "after": "restart",
    "areas": ["bt-mui-ne"],
}
_DRAFT_JSON: dict[str, object] = {"title": "Tin mới", "text": "Xin chào", "targets": {"areas": ["bt-mui-ne"]}}
_REASON: dict[str, object] = {"reason": "Cần ghi rõ giờ"}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.static"): Row(ANYONE, "/assets/console.css"),
    ("GET", "web.content"): Row(ANYONE, "/content/{content}"),
    ("GET", "web.health"): Row(ANYONE, "/health"),
    ("GET", "web.sign_in_form"): Row(ANYONE, "/sign-in"),
    ("POST", "web.sign_in"): Row(ANYONE, "/sign-in", body={"login": "auditor", "password": "mot mat khau dai"}),
    ("POST", "web.sign_out"): Row(ANYONE, "/sign-out"),
    # For those between password and console; whoever is signed in is led on, whoever is not to the beginning.
    ("GET", "web.second_factor_form"): Row(EVERYBODY, "/second-factor"),
    ("POST", "web.give_code"): Row(EVERYBODY, "/second-factor"),
    ("GET", "web.enrol_form"): Row(EVERYBODY, "/second-factor/enrol"),
    ("POST", "web.enrol"): Row(EVERYBODY, "/second-factor/enrol"),
    ("POST", "web.set_language"): Row(ANYONE, "/language", body={"language": "en", "next": "/why"}),
    ("GET", "web.today"): Row(EVERYBODY, "/"),
    ("GET", "web.why"): Row(EVERYBODY, "/why"),
    ("GET", "web.bulletins"): Row(READERS_SOMEWHERE, "/bulletins"),
    ("GET", "web.bulletin"): Row(READERS, "/bulletins/{bulletin}"),
    ("GET", "web.sound"): Row(READERS, "/bulletins/{bulletin}/sound"),
    ("POST", "web.remake_sound"): Row(WRITERS, "/bulletins/{bulletin}/sound", Need.FAILED_SOUND),
    ("GET", "web.new_bulletin"): Row(WRITERS_SOMEWHERE, "/bulletins/new"),
    ("POST", "web.create_bulletin"): Row(WRITERS, "/bulletins/new", body=_DRAFT_FORM),
    ("GET", "web.edit_bulletin"): Row(WRITERS, "/bulletins/{bulletin}/edit"),
    ("POST", "web.save_bulletin"): Row(WRITERS, "/bulletins/{bulletin}/edit", body=_DRAFT_FORM),
    ("POST", "web.schedule_rows"): Row(WRITERS_SOMEWHERE, "/bulletins/schedule-rows", body={"act": "add"}),
    ("POST", "web.upload"): Row(WRITERS_SOMEWHERE, "/uploads"),
    ("POST", "web.submit_bulletin"): Row(WRITERS, "/bulletins/{bulletin}/submit", Need.READY),
    ("POST", "web.withdraw_bulletin"): Row(TAKERS_BACK, "/bulletins/{bulletin}/withdraw", Need.SUBMITTED),
    ("GET", "web.approvals"): Row(REVIEWERS_SOMEWHERE, "/approvals"),
    ("GET", "web.approval"): Row(REVIEWERS, "/bulletins/{bulletin}/approval", Need.SUBMITTED),
    ("POST", "web.decide"): Row(REVIEWERS, "/bulletins/{bulletin}/approval", Need.SUBMITTED, {"act": "approve"}),
    ("GET", "web.delivery"): Row(NEAR, "/bulletins/{bulletin}/delivery", Need.SCHEDULED),
}
API: dict[tuple[str, str], Row] = {
    ("GET", "openapi"): Row(ANYONE, "/openapi.json"),
    ("GET", "v1.me"): Row(EVERYBODY, "/me"),
    ("GET", "v1.list_areas"): Row(EVERYBODY, "/areas"),
    ("GET", "v1.list_devices"): Row(DEVICE_READERS, "/devices"),
    ("GET", "v1.get_device"): Row(DEVICE_READERS & NEAR, "/devices/bt-mui-ne-l01"),
    ("GET", "v1.get_job"): Row(READERS, "/jobs/{job}"),
    ("GET", "v1.list_bulletins"): Row(READERS_SOMEWHERE, "/bulletins"),
    ("POST", "v1.create_bulletin"): Row(WRITERS, "/bulletins", body=_DRAFT_JSON),
    ("GET", "v1.get_bulletin"): Row(READERS, "/bulletins/{bulletin}"),
    ("PUT", "v1.replace_bulletin"): Row(WRITERS, "/bulletins/{bulletin}", body=_DRAFT_JSON),
    ("PATCH", "v1.change_bulletin"): Row(WRITERS, "/bulletins/{bulletin}", body={"title": "Khác"}),
    ("GET", "v1.preflight"): Row(READERS, "/bulletins/{bulletin}/preflight", Need.READY),
    ("POST", "v1.submit_bulletin"): Row(WRITERS, "/bulletins/{bulletin}/submit", Need.READY),
    ("POST", "v1.approve_bulletin"): Row(REVIEWERS, "/bulletins/{bulletin}/approve", Need.SUBMITTED),
    ("POST", "v1.return_bulletin"): Row(REVIEWERS, "/bulletins/{bulletin}/return", Need.SUBMITTED, _REASON),
    ("POST", "v1.reject_bulletin"): Row(REVIEWERS, "/bulletins/{bulletin}/reject", Need.SUBMITTED, _REASON),
    ("POST", "v1.withdraw_bulletin"): Row(TAKERS_BACK, "/bulletins/{bulletin}/withdraw", Need.SUBMITTED),
    ("POST", "v1.upload_audio"): Row(WRITERS_SOMEWHERE, "/audio"),
    ("GET", "v1.list_deliveries"): Row(NEAR, "/bulletins/{bulletin}/deliveries", Need.SCHEDULED),
    ("GET", "v1.list_as_runs"): Row(NEAR, "/bulletins/{bulletin}/as-runs", Need.SCHEDULED),
    ("GET", "v1.why"): Row(NEAR, "/why?device=bt-mui-ne-l01"),
}
