from __future__ import annotations

from broadcast.speech.languages import LANGUAGES
from tests.contract.api.conftest import Caller


def test_who_speaks_which_language_is_told(call: Caller) -> None:
    body = {each["language"]: each["voice"] for each in call("GET", "/voices").get_json()["items"]}

    assert list(body) == list(LANGUAGES)
    assert body["vi"] == "figures"
    assert body["cjm"] == ""
