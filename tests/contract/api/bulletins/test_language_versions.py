"""Language versions in the API: written, found from each other, and settled after a change."""

from __future__ import annotations

from tests.builders import bulletins
from tests.console import COMMUNE, FAR_COMMUNE, Console
from tests.contract.api.conftest import Caller


def test_a_version_is_written_found_and_settled_after_the_other_has_changed(console: Console, call: Caller) -> None:
    source = bulletins.write(console)
    path = f"/bulletins/{source.id}/language-versions"
    assert call("GET", path).get_json() == {"is_outdated": False, "others": []}
    body = {"title": "Rabies vaccination", "language": "en", "version_of": source.id, "targets": {"areas": [COMMUNE]}}
    made = call("POST", "/bulletins", body).get_json()
    (other,) = call("GET", path).get_json()["others"]
    assert (other["id"], other["language"], other["status"], other["is_outdated"]) == (made["id"], "en", "draft", False)
    twice = call("POST", "/bulletins", body)
    assert [each["code"] for each in twice.get_json()["problems"]] == ["VERSION_LANGUAGE"]

    bulletins.edit(console, bulletins.again(console, source), text="Hoãn tiêm sang thứ ba.")
    assert call("GET", path).get_json()["others"][0]["is_outdated"] is True
    own = f"/bulletins/{made['id']}/language-versions"
    assert call("GET", own).get_json()["is_outdated"] is True
    assert call("POST", f"{own}/settle").get_json()["is_outdated"] is False
    assert call("POST", f"{path}/settle").status_code == 200


def test_a_version_of_what_one_may_not_read_is_neither_linked_nor_shown(console: Console, call: Caller) -> None:
    far = bulletins.write(console, areas=(FAR_COMMUNE,))
    near = Caller(console, "operator")
    body = {"title": "x", "language": "en", "version_of": far.id, "targets": {"areas": [COMMUNE]}}
    assert near("POST", "/bulletins", body).status_code == 404
    source = bulletins.write(console)
    call(
        "POST",
        "/bulletins",
        {"title": "x", "language": "en", "version_of": source.id, "targets": {"areas": [FAR_COMMUNE]}},
    )
    assert near("GET", f"/bulletins/{source.id}/language-versions").get_json()["others"] == []
