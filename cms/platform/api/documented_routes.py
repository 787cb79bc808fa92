"""Routes that are described only when somebody asks for the OpenAPI document: no other request needs its schemas."""

from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import Any

from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.openapi import OpenAPI
from flask_openapi3.types import ParametersTuple
from flask_openapi3.utils import parse_parameters

_QUERY = 3
"""Place of the query among the parsed parameters."""


class DocumentedRoutes(APIBlueprint):
    """Routes of the API; ``describe`` adds them to the document. ``queries``: parameters of each endpoint's query."""

    def __init__(self, name: str, import_name: str, security: list[dict[str, list[str]]] | None = None) -> None:
        super().__init__(name, import_name, abp_security=security)
        self.queries: dict[str, frozenset[str]] = {}
        self._lock = Lock()
        self._undescribed: list[Callable[[], object]] = []

    def describe(self, api: OpenAPI) -> None:
        """Add operations and schemas to the document of ``api``."""
        with self._lock:
            while self._undescribed:
                self._undescribed.pop(0)()
        api.paths.update(self.paths)
        api.components_schemas.update(self.components_schemas)

    def _collect_openapi_info(self, rule: str, func: Callable[..., object], **of: Any) -> ParametersTuple:
        self._undescribed.append(partial(super()._collect_openapi_info, rule, func, **of))
        parsed = parse_parameters(func, doc_ui=False)
        query = parsed[_QUERY]
        self.queries[f"{self.name}.{func.__name__}"] = frozenset(getattr(query, "model_fields", ()))
        return parsed
