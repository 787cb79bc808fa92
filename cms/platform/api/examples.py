"""Examples of every call, made from the schemas of the OpenAPI document: the same at every start.

A field has the value of its name where people know one, else the first value that its schema allows.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

JSON: Final = "application/json"
_DEPTH_MAX: Final = 8
_ID: Final = "01kb2m8x4tq9w7"
_SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_AT: Final = "2026-12-01T10:00:00Z"
_BY_NAME: Final[Mapping[str, Any]] = {
    "area_id": "bt-mui-ne",
    "area": "bt-mui-ne",
    "from_at": "2026-12-01T00:00:00Z",
    "until_at": "2026-12-02T00:00:00Z",
    "areas": ["bt-mui-ne"],
    "exclude": [],
    "name": "Phường Mũi Né",
    "title": "Lịch tiêm chủng mở rộng",
    "text": "Kính mời bà con đưa trẻ đến trạm y tế lúc 8 giờ sáng thứ hai.",
    "topic": "notice",
    "genre": "news",
    "language": "vi",
    "zone": "Asia/Ho_Chi_Minh",
    "starts": "2026-12-01T17:00:00",
    "to": "2026-12-02T06:00:00",
    "on": "2026-12-01",
    "first_on": "2026-12-01",
    "last_on": "2026-12-31",
    "clock": "17:00:00",
    "rrule": "FREQ=DAILY",
    "reason": "Đổi theo lịch của trạm y tế.",
    "why": "Đổi theo lịch của trạm y tế.",
    "url": "https://he-thong.example/loa",
    "serial": "CL-000123",
    "lat": 10.9333,
    "lon": 108.2833,
    "Idempotency-Key": "so-12-lan-1",
    "If-Match": '"1"',
    **dict.fromkeys(("Content-Range", "content_range"), "bytes 0-65535/65536"),
    "cursor": "",
    "next": "",
}
_BY_FORMAT: Final[Mapping[str, Any]] = {
    "date-time": _AT,
    "date": "2026-12-01",
    "time": "17:00:00",
    "binary": "",
    "duration": "PT1M",
}
_FORMS: Final = {
    "date-time": re.compile(r"\d{4}-\d\d-\d\dT.+"),
    "date": re.compile(r"\d{4}-\d\d-\d\d"),
    "time": re.compile(r"\d\d:\d\d:\d\d"),
}
_BY_TYPE: Final[Mapping[str, Any]] = {"boolean": True, "null": None, "object": {}}


def add_examples(document: dict[str, Any]) -> None:
    """Add an example to each parameter, JSON body and JSON answer of the document."""
    told, sent = (ExampleMaker(document["components"]["schemas"], is_sent=each) for each in (False, True))
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                parameter["example"] = told.example_of(parameter["schema"], parameter["name"])
            body = operation.get("requestBody", {}).get("content", {}).get(JSON)
            if body is not None:
                body["example"] = sent.example_of(body["schema"], path)
            for status, response in operation["responses"].items():
                answer = response.get("content", {}).get(JSON)
                if answer is not None and status.startswith("2"):
                    answer["example"] = told.example_of(answer["schema"], path)


@dataclass(frozen=True)
class ExampleMaker:
    """Maker of examples. ``is_sent``: without what may be left out."""

    schemas: Mapping[str, Any]
    is_sent: bool = False

    def example_of(self, schema: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
        """Return a value that the schema allows."""
        schema = self._plain(schema)
        kind = schema.get("type")
        if "const" in schema or "enum" in schema:
            return schema.get("const", schema.get("enum", [None])[0])
        if kind == "object" or "properties" in schema:
            return self._object(schema, depth)
        known = _BY_NAME.get(name)
        if (
            _is_kind(known, kind)
            and _has_form(known, schema.get("format"))
            and (kind != "array" or self._plain(schema.get("items", {})).get("type") == "string")
        ):
            return known
        return self._array(schema, name, depth) if kind == "array" else _single(schema, kind, name)

    def _plain(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """Follow references, and choose the first of several schemas that is not null."""
        while True:
            several = next((schema[word] for word in ("allOf", "anyOf", "oneOf") if word in schema), None)
            if "$ref" in schema:
                schema = self.schemas[schema["$ref"].rpartition("/")[2]]
            elif several is not None:
                schema = next((each for each in several if each.get("type") != "null"), several[0])
            else:
                return schema

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        required = set(schema.get("required", ()))
        properties: Mapping[str, Any] = schema.get("properties", {})
        wanted = [each for each in properties if each in required or not (self.is_sent or depth > _DEPTH_MAX)]
        return {each: self.example_of(properties[each], each, depth + 1) for each in wanted}

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> list[Any]:
        if "prefixItems" in schema:
            return [self.example_of(each, name, depth + 1) for each in schema["prefixItems"]]
        count = max(1, schema.get("minItems", 1)) if depth <= _DEPTH_MAX else schema.get("minItems", 0)
        return [self.example_of(schema.get("items", {}), name.removesuffix("s"), depth + 1)] * count


def _single(schema: Mapping[str, Any], kind: object, name: str) -> Any:
    if kind in {"integer", "number"}:
        return _figure(schema)
    if kind == "string":
        return _BY_FORMAT.get(schema.get("format", "")) or _text(schema, name)
    return _BY_TYPE.get(str(kind))


def _figure(schema: Mapping[str, Any]) -> float:
    least: float = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    most: float = schema.get("maximum", schema.get("exclusiveMaximum", least + 2))
    return min(max(1, least + (1 if "exclusiveMinimum" in schema else 0)), most)


def _text(schema: Mapping[str, Any], name: str) -> str:
    pattern = schema.get("pattern", "")
    if "0-9a-f" in pattern and "64" in pattern:
        return _SHA256
    text = _ID if name.endswith(("id", "key", "cid", "rid")) or pattern.startswith("^[a-z0-9-]") else "…"
    if pattern and not pattern.startswith("^[a-z0-9"):
        alternatives = pattern.strip("^$").strip("()").split("|")
        text = alternatives[0]
    return text[: schema.get("maxLength", len(text))].ljust(schema.get("minLength", 0), "x")


def _has_form(value: object, form: object) -> bool:
    """Return whether a text has the form of its schema: a time of day is named as an instant is."""
    pattern = _FORMS.get(str(form))
    return pattern is None or (isinstance(value, str) and pattern.fullmatch(value) is not None)


def _is_kind(value: object, kind: object) -> bool:
    kinds = {"string": str, "array": list, "number": float, "integer": int}
    return isinstance(kind, str) and isinstance(value, kinds.get(kind, ()))
