"""Royalties in the API: the table, the royalty of a bulletin, and those of a month."""

from __future__ import annotations

from tests.builders import bulletins, royalties
from tests.console import Console
from tests.contract.api.conftest import Caller

SENT = {"author": "Lan  Anh", "rate": "news/A"}


def test_a_royalty_is_recorded_once_changed_by_its_version_and_listed_by_month(console: Console) -> None:
    call, approved = Caller(console, "approver"), bulletins.on_the_way(console)
    path = f"/bulletins/{approved.id}/royalty"
    assert call("GET", "/royalty-table").status_code == 404
    assert call("GET", path).status_code == 404
    royalties.enter_table(console)
    table = call("GET", "/royalty-table").get_json()
    assert [(each["key"], each["coefficient"], each["royalty_vnd"]) for each in table["rates"]] == [
        ("news/A", 250, 585_000),
        ("article/A", None, 450_000),
    ]
    made = call("PUT", path, SENT)
    assert (made.status_code, made.headers["ETag"]) == (200, '"1"')
    assert (made.get_json()["author"], made.get_json()["amount_vnd"]) == ("Lan Anh", 585_000)
    assert call("GET", path).get_json() == made.get_json()

    assert call("PUT", path, SENT).status_code == 428
    changed = call("PUT", path, {**SENT, "rate": "article/A"}, If_Match='"1"')
    assert (changed.get_json()["amount_vnd"], changed.headers["ETag"]) == (450_000, '"2"')
    assert call("PUT", path, SENT, If_Match='"1"').status_code == 412
    unknown = call("PUT", path, {**SENT, "rate": "news/Z"}, If_Match='"2"')
    assert [each["code"] for each in unknown.get_json()["problems"]] == ["RATE_UNKNOWN"]

    (line,) = call("GET", "/royalties?month=2026-11-01").get_json()["items"]
    assert (line["bulletin_id"], line["author"], line["amount_vnd"]) == (approved.id, "Lan Anh", 450_000)
    assert call("GET", "/royalties").get_json()["items"] == [line]
    assert call("GET", "/royalties?month=2026-10-31").get_json()["items"] == []
    assert Caller(console, "editor")("GET", path).status_code == 403
