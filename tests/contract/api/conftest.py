from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.console import Console, open_console


class Caller:
    """API client of one person, as another system would use it."""

    def __init__(self, console: Console, login: str = "editor") -> None:
        self._client = console.app.test_client()
        self._headers = console.bearer(login) if login else {}

    def __call__(self, method: str, path: str, json: Any = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        options: dict[str, Any] = {} if json is None else {"json": json}
        return self._client.open(f"/api/v1{path}", method=method, headers={**self._headers, **named}, **options)

    def send(self, path: str, data: bytes, media_type: str) -> TestResponse:
        headers = {**self._headers, "Content-Type": media_type}
        return self._client.post(f"/api/v1{path}", data=data, headers=headers)


@pytest.fixture
def console(tmp_path: Path) -> Iterator[Console]:
    with open_console(tmp_path / "home") as console:
        yield console


@pytest.fixture
def call(console: Console) -> Caller:
    return Caller(console)
