from __future__ import annotations

from broadcast.speech.languages import LANGUAGES
from tests.contract.api.conftest import Caller


def test_who_speaks_which_language_is_told(call: Caller) -> None:
    told = {each["language"]: each["voice"] for each in call("GET", "/voices").get_json()["items"]}

    assert list(told) == list(LANGUAGES)
    assert told["vi"] == "figures"
    assert told["cjm"] == ""
