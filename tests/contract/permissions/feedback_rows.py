"""Access to the routes of the register of citizens' feedback: rows of ``tests.contract.permissions.matrix``.

Where a row names feedback, ``operator`` noted it in the ward Mũi Né.
"""

from __future__ import annotations

from tests.contract.permissions.matrix import EVERYBODY, NEAR, WRITERS, WRITERS_SOMEWHERE, Need, Row

_WORDS: dict[str, object] = {"channel": "phone", "kind": "noise", "text": "Loa to quá."}
_FORM: dict[str, object] = {**_WORDS, "area": "bt-mui-ne", "said_at": "2026-11-24T08:00"}
_JSON: dict[str, object] = {**_WORDS, "area_id": "bt-mui-ne", "said_at": "2026-11-24T01:00:00Z"}
_PUBLISHED: dict[str, object] = {"published_text": "Loa to quá."}
_ANSWER: dict[str, object] = {"answer": "Đã chỉnh nhỏ lại."}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.feedback"): Row(EVERYBODY, "/feedback"),
    ("GET", "web.new_feedback"): Row(WRITERS_SOMEWHERE, "/feedback/new"),
    ("POST", "web.take_feedback_down"): Row(WRITERS, "/feedback/new", body=_FORM),
    ("GET", "web.feedback_item"): Row(NEAR, "/feedback/{feedback}"),
    ("GET", "web.edit_feedback"): Row(WRITERS, "/feedback/{feedback}/edit"),
    ("POST", "web.correct_feedback"): Row(WRITERS, "/feedback/{feedback}/edit", body=_FORM),
    ("POST", "web.answer_feedback"): Row(WRITERS, "/feedback/{feedback}/answer", body=_ANSWER),
    ("POST", "web.close_feedback"): Row(WRITERS, "/feedback/{feedback}/close", Need.ANSWERED),
    ("POST", "web.publish_feedback"): Row(WRITERS, "/feedback/{feedback}/publish", Need.ANSWERED, _PUBLISHED),
    ("POST", "web.hide_feedback"): Row(WRITERS, "/feedback/{feedback}/hide", Need.ANSWERED),
}
API: dict[tuple[str, str], Row] = {
    ("GET", "v1.list_feedback"): Row(EVERYBODY, "/feedback"),
    ("POST", "v1.take_feedback_down"): Row(WRITERS, "/feedback", body=_JSON),
    ("GET", "v1.get_feedback"): Row(NEAR, "/feedback/{feedback}"),
    ("PUT", "v1.correct_feedback"): Row(WRITERS, "/feedback/{feedback}", body=_JSON),
    ("POST", "v1.answer_feedback"): Row(WRITERS, "/feedback/{feedback}/answer", body=_ANSWER),
    ("POST", "v1.close_feedback"): Row(WRITERS, "/feedback/{feedback}/close", Need.ANSWERED),
    ("POST", "v1.publish_feedback"): Row(WRITERS, "/feedback/{feedback}/publish", Need.ANSWERED, {"text": "To quá."}),
    ("POST", "v1.hide_feedback"): Row(WRITERS, "/feedback/{feedback}/hide", Need.ANSWERED),
}
