"""Pages for developers, written from the API's own document, so that they say what the API does."""

import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, current_app, json, redirect, render_template, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as Redirect

from cms.exchange.service.webhook_events import TYPES
from cms.platform import api as v1
from cms.platform.api.application import document_of
from cms.platform.api.examples import JSON
from cms.platform.errors import PROBLEM_BASE, PROBLEMS
from cms.platform.web.languages import _
from cms.platform.web.request_context import context, pages, sessionless
from cms.public.views import caching
from cms.public.views.request_context import public

PAGE_S: Final = 3600
_FILE: Final = "tep"
_FIGURE: Final = re.compile(r"%\(\w+\)[a-z]")


@dataclass(frozen=True)
class DocumentedCall:
    """Call of the API, with an example to copy and the answer to it. ``is_public``: it needs no token."""

    name: str
    method: str
    path: str
    summary: str
    description: str
    curl: str
    parameters: list[Mapping[str, Any]]
    answer: str
    status: str
    is_public: bool


@public.get("/lap-trinh/")
def developers() -> Response:
    """Show how to begin, and the groups of calls."""
    document = _document()
    counts: dict[str, int] = {}
    for _path, _method, operation in _operations(document):
        counts[operation["tags"][0]] = counts.get(operation["tags"][0], 0) + 1
    page = render_template(
        "developers/index.html", groups=sorted(counts.items()), base=_base(), types=TYPES, in_force=[]
    )
    return caching.kept(page, seconds=PAGE_S)


@public.get("/lap-trinh/<group>/")
def developer_calls(group: str) -> Response:
    """Show the calls of a group."""
    calls = [_call(*each) for each in _operations(_document()) if each[2]["tags"] == [group]]
    if not calls:
        raise NotFound
    return caching.kept(render_template("developers/calls.html", group=group, calls=calls, in_force=[]), seconds=PAGE_S)


@public.get("/lap-trinh/loi/")
def developer_errors() -> Response:
    """Show every error code with its meaning and remedy."""
    rows = [(row, _FIGURE.sub("…", _(row.sentence))) for row in sorted(PROBLEMS.values(), key=lambda row: row.code)]
    return caching.kept(render_template("developers/errors.html", rows=rows, in_force=[]), seconds=PAGE_S)


@pages.get(f"{PROBLEM_BASE}<name>")
@sessionless
def problem_type(name: str) -> Redirect:
    """Lead the ``type`` of a problem to what explains it."""
    code = name.upper().replace("-", "_")
    return redirect(url_for("public.developer_errors", _anchor=code, lang=None))


def _document() -> Mapping[str, Any]:
    api = current_app.extensions.get(v1.EXTENSION)
    if api is None:
        # A process that serves no API describes none.
        raise NotFound
    return document_of(api)


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, operations in sorted(document["paths"].items()):
        for method, operation in operations.items():
            yield path, method, operation


def _call(path: str, method: str, operation: Mapping[str, Any]) -> DocumentedCall:
    answers: Mapping[str, Any] = operation["responses"]
    status = next((each for each in answers if each.startswith("2")), "204")
    told = answers.get(status, {})
    example = told.get("content", {}).get(JSON, {}).get("example")
    is_public = not operation.get("security")
    return DocumentedCall(
        operation["operationId"],
        method.upper(),
        path,
        operation.get("summary", ""),
        operation.get("description", ""),
        curl_of(path, method, operation, is_public=is_public),
        [each for each in operation.get("parameters", ()) if each["in"] == "query"],
        "" if example is None else json.dumps(example, indent=2, ensure_ascii=False),
        status,
        is_public,
    )


def curl_of(path: str, method: str, operation: Mapping[str, Any], *, is_public: bool) -> str:
    """Return the command that makes the call with its examples."""
    for each in operation.get("parameters", ()):
        if each["in"] == "path":
            path = path.replace(f"{{{each['name']}}}", str(each["example"]))
    needed = {each["name"]: each["example"] for each in operation.get("parameters", ()) if _is_needed(each)}
    parts = ["curl"] if method == "get" else ["curl", "-X", method.upper()]
    if not is_public:
        parts += ["-H", "Authorization: Bearer $LOA_TOKEN"]
    content = operation.get("requestBody", {}).get("content", {})
    if JSON in content:
        body = json.dumps(content[JSON]["example"], ensure_ascii=False)
        parts += ["-H", f"Content-Type: {JSON}", "-d", body]
    elif content:
        parts += ["-H", f"Content-Type: {next(iter(content))}", "--data-binary", f"@{_FILE}"]
    query = f"?{urlencode(needed)}" if needed else ""
    line = " ".join(_quoted(each) for each in parts)
    return f"{line} {_quoted(f'{_base()}{path}{query}')}"


def _is_needed(parameter: Mapping[str, Any]) -> bool:
    return parameter["in"] == "query" and bool(parameter.get("required"))


def _quoted(part: str) -> str:
    """Quote for a shell, with the token left to it."""
    return f'"{part}"' if "$LOA_TOKEN" in part else shlex.quote(part)


def _base() -> str:
    return f"{context().settings.effective_public_url}{v1.PREFIX}"
