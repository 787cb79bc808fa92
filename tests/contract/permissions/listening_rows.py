"""Access to listening tests: rows of ``tests.contract.permissions.matrix``; the test is open and has its sounds."""

from __future__ import annotations

from tests.contract.permissions.matrix import EVERYBODY, RECORDERS_SOMEWHERE, Row

_TEST: dict[str, object] = {
    "voice_a": "espeak-ng",
    "voice_b": "espeak-ng:vi-vn-x-south",
    "texts": "Mời bà con đi họp.",
}
_ANSWER: dict[str, object] = {"number": "0", "heard": "mời bà con", "clearer": "first"}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.listening_tests"): Row(EVERYBODY, "/listening"),
    ("POST", "web.begin_listening_test"): Row(RECORDERS_SOMEWHERE, "/listening", body=_TEST),
    ("GET", "web.listening_test"): Row(EVERYBODY, "/listening/{listening}"),
    ("POST", "web.answer_listening_test"): Row(EVERYBODY, "/listening/{listening}", body=_ANSWER),
    ("GET", "web.listening_results"): Row(RECORDERS_SOMEWHERE, "/listening/{listening}/results"),
    ("POST", "web.end_listening_test"): Row(RECORDERS_SOMEWHERE, "/listening/{listening}/end"),
}
