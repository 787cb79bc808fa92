"""Rows of all routes, by method and endpoint: those of the matrix, and of every module ``*_rows`` beside it."""

from importlib import import_module
from pathlib import Path

from tests.contract.permissions.matrix import Row

_NAMES = ("matrix", *sorted(path.stem for path in Path(__file__).parent.glob("*_rows.py")))
_MODULES = [import_module(f"tests.contract.permissions.{name}") for name in _NAMES]
WEB: dict[tuple[str, str], Row] = {name: row for each in _MODULES for name, row in each.WEB.items()}
API: dict[tuple[str, str], Row] = {name: row for each in _MODULES for name, row in getattr(each, "API", {}).items()}
