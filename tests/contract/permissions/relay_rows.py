"""Access to the routes of relay sources: rows of ``tests.contract.permissions.matrix``.

Where a row names a source, ``editor`` wrote it for the ward Mũi Né; with the need ``scheduled`` it is approved.
"""

from __future__ import annotations

from tests.contract.permissions.matrix import (
    READERS,
    READERS_SOMEWHERE,
    REVIEWERS,
    STOPPERS,
    WRITERS,
    WRITERS_SOMEWHERE,
    Need,
    Row,
)

_WORDS: dict[str, object] = {"name": "VOV1", "kind": "national", "form": "stream"}
_FORM: dict[str, object] = {**_WORDS, "area": "bt-mui-ne", "urls": "https://stream.example/vov1.mp3"}
_JSON: dict[str, object] = {**_WORDS, "area_id": "bt-mui-ne", "urls": ["https://stream.example/vov1.mp3"]}
_WHY: dict[str, object] = {"why": "Hết thỏa thuận"}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.relay_sources"): Row(READERS_SOMEWHERE, "/relay-sources"),
    ("GET", "web.new_relay_source"): Row(WRITERS_SOMEWHERE, "/relay-sources/new"),
    ("POST", "web.write_relay_source"): Row(WRITERS, "/relay-sources/new", body=_FORM),
    ("GET", "web.edit_relay_source"): Row(WRITERS, "/relay-sources/{relay}/edit"),
    ("POST", "web.correct_relay_source"): Row(WRITERS, "/relay-sources/{relay}/edit", body=_FORM),
    ("POST", "web.approve_relay_source"): Row(REVIEWERS, "/relay-sources/{relay}/approve"),
    ("POST", "web.suspend_relay_source"): Row(
        STOPPERS & READERS, "/relay-sources/{relay}/suspend", Need.SCHEDULED, body=_WHY
    ),
}
API: dict[tuple[str, str], Row] = {
    ("GET", "v1.list_relay_sources"): Row(READERS_SOMEWHERE, "/relay-sources"),
    ("POST", "v1.write_relay_source"): Row(WRITERS, "/relay-sources", body=_JSON),
    ("GET", "v1.get_relay_source"): Row(READERS, "/relay-sources/{relay}"),
    ("PUT", "v1.correct_relay_source"): Row(WRITERS, "/relay-sources/{relay}", body=_JSON),
    ("POST", "v1.approve_relay_source"): Row(REVIEWERS, "/relay-sources/{relay}/approve"),
    ("POST", "v1.suspend_relay_source"): Row(
        STOPPERS & READERS, "/relay-sources/{relay}/suspend", Need.SCHEDULED, body=_WHY
    ),
}
