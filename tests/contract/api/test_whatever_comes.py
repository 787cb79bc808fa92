"""Fuzzing of every API operation: well-formed or not, each request gets an answer that the OpenAPI document lists.

``LOA_API_EXAMPLES`` sets how many calls of each kind are tried; ``make api`` tries many.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from pydantic import BaseModel
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance  # noqa: F401 - fills CHECKS

from tests.console import Console, open_console

EXAMPLES: Final = int(os.environ.get("LOA_API_EXAMPLES", "1"))
PEOPLE: Final = ("admin", "editor", "approver", "officer", "technician", "station", "operator")
"""Each call is made as each of them, so that at least one is allowed."""
NAMES: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
)
WITHOUT_BODY: Final = "/bulletins/{bulletin_id}/approvals/{transmission_id}/signatures"
"""Takes PKCS #7, which cannot be generated: test_reading and the signatures' own tests send it."""
_API: Final = re.compile(r"cms\.\w+\.api(\.|$)")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with open_console(tmp_path_factory.mktemp("api") / "home") as console:
        yield console


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_whatever_comes_the_answer_is_documented(shared: Console, mode: GenerationMode) -> None:
    document = shared.app.test_client().get("/api/v1/openapi.json", headers=shared.bearer("editor")).get_json()
    schema = schemathesis.openapi.from_dict(document)
    schema.app = shared.app
    headers = [shared.bearer(each) for each in PEOPLE]
    checks = [CHECKS.get_one(name) for name in NAMES]
    wrong: dict[str, str] = {}
    calls = 0
    for result in schema.get_all_operations():
        assert isinstance(result, Ok), result
        operation = result.ok()
        takes_nothing = not (operation.path_parameters or operation.query or operation.body)
        if operation.path == WITHOUT_BODY or (mode is GenerationMode.NEGATIVE and takes_nothing):
            continue

        @settings(
            max_examples=EXAMPLES,
            database=None,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def call(case: Any) -> None:
            nonlocal calls
            for each in headers:
                calls += 1
                answer = case.call(headers=each)
                try:
                    case.validate_response(answer, checks=checks)
                except (AssertionError, BaseExceptionGroup) as failure:
                    wrong.setdefault(f"{case.method} {case.path} {answer.status_code}", str(failure)[:600])

        call()
    assert wrong == {}
    assert calls > len(document["paths"])


def test_no_two_bodies_or_answers_share_a_name(shared: Console) -> None:
    """The OpenAPI document would show one of them in place of the other."""
    del shared  # it has loaded them all
    found: dict[str, set[str]] = {}
    for model in _models():
        found.setdefault(model.__name__, set()).add(model.__module__)
    assert any(not module.startswith("cms.platform.") for modules in found.values() for module in modules)
    assert {name: sorted(modules) for name, modules in found.items() if len(modules) > 1} == {}


def _models() -> Iterator[type[BaseModel]]:
    waiting: list[type[BaseModel]] = [BaseModel]
    while waiting:
        below: list[type[BaseModel]] = waiting.pop().__subclasses__()
        waiting += below
        for each in below:
            if _API.match(each.__module__) and not each.__name__.endswith(("Path", "Query")):
                yield each
