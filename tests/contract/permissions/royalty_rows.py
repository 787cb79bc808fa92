"""Access to royalties: approvers record, an administrator of the province enters the table. See ``matrix``."""

from __future__ import annotations

from tests.contract.permissions.matrix import ADMINS, REVIEWERS, REVIEWERS_SOMEWHERE, Need, Row

_TABLE: dict[str, object] = {"source": "QĐ 12/2026/QĐ-UBND", "unit_vnd": "234000", "rates": "Tin; A; 2,5"}

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.royalties"): Row(REVIEWERS_SOMEWHERE | ADMINS, "/royalties"),
    ("GET", "web.royalty_file"): Row(REVIEWERS_SOMEWHERE | ADMINS, "/royalties.csv"),
    ("GET", "web.royalty_table"): Row(REVIEWERS_SOMEWHERE | ADMINS, "/royalties/table"),
    ("POST", "web.change_royalty_table"): Row(ADMINS, "/royalties/table", body=_TABLE),
    ("GET", "web.royalty"): Row(REVIEWERS, "/bulletins/{bulletin}/royalty", Need.SCHEDULED),
    ("POST", "web.record_royalty"): Row(
        REVIEWERS, "/bulletins/{payable}/royalty", Need.SCHEDULED, {"author": "Lan", "rate": "news/A"}
    ),
}

API: dict[tuple[str, str], Row] = {
    ("GET", "v1.list_royalties"): Row(REVIEWERS_SOMEWHERE | ADMINS, "/royalties"),
    ("GET", "v1.get_royalty_table"): Row(REVIEWERS_SOMEWHERE | ADMINS, "/royalty-table"),
    ("GET", "v1.get_royalty"): Row(REVIEWERS, "/bulletins/{paid}/royalty", Need.SCHEDULED),
    ("PUT", "v1.put_royalty"): Row(
        REVIEWERS, "/bulletins/{payable}/royalty", Need.SCHEDULED, {"author": "Lan", "rate": "news/A"}
    ),
}
