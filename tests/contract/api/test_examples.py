"""Examples of every call: right by the schema, and run against the API."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
import pytest
from werkzeug.test import TestResponse

from cms.exchange.service.webhook_events import TYPES
from cms.platform.errors import PROBLEMS
from tests.console import Console, open_console
from tests.contract.api.conftest import Caller

PEOPLE = ("admin", "editor", "operator", "officer", "approver", "technician", "station")
ROOT = "/cong-khai/lap-trinh"


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with open_console(tmp_path_factory.mktemp("examples") / "home") as console:
        yield console


@pytest.fixture(scope="module")
def document(furnished: Console) -> dict[str, Any]:
    found: dict[str, Any] = Caller(furnished)("GET", "/openapi.json").get_json()
    return found


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, found in document["paths"].items():
        for method, operation in found.items():
            yield path, method, operation


def is_wall_time(text: str) -> bool:
    """Return whether it is a wall time; the format of JSON Schema asks for an offset."""
    return re.fullmatch(r"\d\d:\d\d:\d\d", text) is not None


def is_instant_or_wall_time(text: str) -> bool:
    return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|\+07:00)?", text) is not None


FORMATS = {"time": is_wall_time, "date-time": is_instant_or_wall_time}


def contents(operation: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "requestBody" in operation:
        yield operation["requestBody"]["content"].get("application/json", {})
    for status, response in operation["responses"].items():
        if status.startswith("2"):
            yield response.get("content", {}).get("application/json", {})


def test_every_example_is_right_by_its_schema(document: dict[str, Any]) -> None:
    schemas = {"components": document["components"]}
    wrong: dict[str, str] = {}
    seen = 0
    for path, method, operation in operations(document):
        told = [each for each in contents(operation) if each]
        for each in (*told, *operation.get("parameters", ())):
            seen += 1
            validator = jsonschema_rs.validator_for(
                {**each["schema"], **schemas},
                formats=FORMATS,
                validate_formats=True,
            )
            for error in validator.iter_errors(each["example"]):
                wrong[f"{method} {path} {error.instance_path}"] = error.message
    assert wrong == {}, wrong
    assert seen > len(document["paths"])


def test_every_example_runs(furnished: Console, document: dict[str, Any]) -> None:
    """Each is made as it stands on the page, by the first person who may; none is refused for its form."""
    wrong: dict[str, Any] = {}
    done = 0
    for path, method, operation in operations(document):
        answer = run(furnished, path, method, operation)
        if answer is None:
            continue
        problems = (answer.get_json(silent=True) or {}).get("problems", []) if answer.status_code == 422 else []
        malformed = [each for each in problems if "message" in each.get("detail", {})]
        if malformed or answer.status_code >= 500:
            wrong[f"{method} {path} {answer.status_code}"] = malformed
        if method == "get" and "{" not in path and answer.status_code not in {200, 404}:
            wrong[f"{method} {path}"] = answer.status_code
        done += answer.status_code < 300
    assert wrong == {}, wrong
    assert done > 60


def run(console: Console, path: str, method: str, operation: Mapping[str, Any]) -> TestResponse | None:
    """Send the example; None for one whose body is a file."""
    content = operation.get("requestBody", {}).get("content", {})
    if content and "application/json" not in content:
        return None
    parameters = operation.get("parameters", ())
    for each in parameters:
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", str(each["example"]))
    query = {each["name"]: each["example"] for each in parameters if each["in"] == "query" and each.get("required")}
    options = {"json": content["application/json"]["example"]} if content else {}
    answer = None
    for person in PEOPLE:
        answer = console.app.test_client().open(
            f"/api/v1{path}", method=method.upper(), query_string=query, headers=console.bearer(person), **options
        )
        answer.close()
        if answer.status_code != 403:
            break
    return answer


def test_the_pages_show_every_call_as_it_was_run(furnished: Console, document: dict[str, Any]) -> None:
    client = furnished.app.test_client()
    index = client.get(f"{ROOT}/").text
    assert all(f'<code class="address">{each}</code>' in index for each in TYPES)
    groups = re.findall(rf'href="{ROOT}/(\w+)/"', index)
    tags = {operation["tags"][0] for _path, _method, operation in operations(document)}
    assert set(groups) - {"loi"} == tags
    text = "".join(client.get(f"{ROOT}/{each}/").text for each in sorted(tags))
    for path, method, operation in operations(document):
        assert f'id="{operation["operationId"]}"' in text, f"{method} {path}"
    assert client.get(f"{ROOT}/none/").status_code == 404
    # What a shell makes of the first command is the request that was run.
    page = client.get(f"{ROOT}/bulletins/").text.replace("&#34;", '"').replace("&#39;", "'")
    (line,) = re.findall(r"<code>(curl -X POST [^<]*/api/v1/bulletins)</code>", page)
    words = shlex.split(line)
    example = document["paths"]["/bulletins"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert furnished.app.json.loads(words[words.index("-d") + 1]) == example
    assert "Authorization: Bearer $LOA_TOKEN" in words


def test_the_type_of_every_problem_leads_to_its_explanation(furnished: Console) -> None:
    client = furnished.app.test_client()
    page = client.get(f"{ROOT}/loi/").text
    for row in PROBLEMS.values():
        assert f'id="{row.code}"' in page
        found = client.get(row.uri)
        assert (found.status_code, found.headers["Location"]) == (302, f"{ROOT}/loi/#{row.code}")
    assert "%(" not in page


def test_the_document_names_features_and_guarding_headers(document: dict[str, Any]) -> None:
    assert {"name": "stations"} in document["tags"]
    named = {each["name"] for each in document["paths"]["/bulletins"]["post"]["parameters"]}
    assert {"Idempotency-Key", "If-Match"} <= named
    assert document["paths"]["/stations"]["get"]["parameters"] == []
