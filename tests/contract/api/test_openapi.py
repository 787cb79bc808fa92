from __future__ import annotations

import re
from pathlib import Path

from openapi_spec_validator import validate

from tests.console import Console
from tests.contract.api.conftest import Caller

PUBLIC = {
    "/cap/feed.atom",
    "/cap/{document_id}.xml",
    "/cap/signer.pem",
    "/cap/hubs/{token}",
    "/calendar/feeds/{secret}.ics",
} | {
    "/stations/feeds/{secret}.xml",
    "/stations/feeds/{secret}/{programme_id}.mp3",
}


def test_the_document_is_valid_openapi(call: Caller) -> None:
    document = call("GET", "/openapi.json").get_json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert document["servers"][0]["url"] == "/api/v1"


def test_the_document_names_every_route(console: Console, call: Caller) -> None:
    document = call("GET", "/openapi.json").get_json()
    api = console.app.extensions["loa.api"]
    served = {
        (re.sub(r"<([a-z_]+)>", r"{\1}", rule.rule), method.lower())
        for rule in api.url_map.iter_rules()
        if rule.endpoint != "openapi"
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, operations in document["paths"].items() for method in operations}
    assert described == served


def test_every_refusal_is_described_as_problem_json(call: Caller) -> None:
    document = call("GET", "/openapi.json").get_json()
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert set(operation["responses"]["422"]["content"]) == {"application/problem+json"}
            assert set(operation["responses"]["default"]["content"]) == {"application/problem+json"}
            assert operation.get("security", []) == ([] if path in PUBLIC else [{"bearer": []}])


def test_schemas_hold_exactly_the_listed_fields(call: Caller) -> None:
    """Many answers take their fields from a record: one that is added to the record is not told to others unseen."""
    schemas = call("GET", "/openapi.json").get_json()["components"]["schemas"]
    found = [
        f"{name}: {' '.join(sorted(schema['properties']))}"
        for name, schema in schemas.items()
        if "properties" in schema
    ]
    listed = Path(__file__).with_name("fields.txt").read_text(encoding="utf-8").splitlines()
    assert sorted(found) == listed
