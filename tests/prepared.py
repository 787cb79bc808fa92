"""Files that every process of the tests would make for itself, made once before a run, on all cores.

Bytecode of the modules, and test modules whose asserts pytest has rewritten: in a fresh copy each of the processes that
start at one time would make all of it.
"""

from __future__ import annotations

import importlib.util
import os
import py_compile
import tomllib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final, cast

import pytest
from _pytest.assertion.rewrite import PYC_TAIL, _rewrite_test, _write_pyc_fp

ROOT: Final = Path(__file__).resolve().parents[1]
_CHUNK: Final = 20


def main() -> None:
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coverage"]["run"]["source"]
    product = [path for package in packages for path in (ROOT / package).rglob("*.py")]
    ours = [*(ROOT / "tests").rglob("*.py")]
    tests = {path for path in ours if path.name == "conftest.py" or path.name.startswith("test_")}
    plain = [path for path in (*product, *ours) if path not in tests and _is_older(_bytecode(path), path)]
    rewritten = [path for path in tests if _is_older(_rewritten(path), path)]
    if not plain and not rewritten:
        return
    with ProcessPoolExecutor() as pool:
        list(pool.map(_compile, plain, chunksize=_CHUNK))
        list(pool.map(_rewrite, rewritten, chunksize=_CHUNK))


def _is_older(made: Path, source: Path) -> bool:
    """Return whether there is none, or one of an older source; an import compares them once more."""
    return not made.exists() or made.stat().st_mtime_ns < source.stat().st_mtime_ns


def _bytecode(path: Path) -> Path:
    return Path(importlib.util.cache_from_source(path))


def _rewritten(path: Path) -> Path:
    return _bytecode(path).with_name(f"{path.stem}{PYC_TAIL}")


def _compile(path: Path) -> None:
    py_compile.compile(str(path), doraise=True)


def _rewrite(path: Path) -> None:
    """Store a test module as pytest stores it when it first imports it."""
    source_hash, code = _rewrite_test(path, cast("pytest.Config", None))
    stored = _rewritten(path)
    stored.parent.mkdir(exist_ok=True)
    part = stored.with_suffix(f".{os.getpid()}")
    with part.open("wb") as file:
        _write_pyc_fp(file, source_hash, code)
    part.replace(stored)


if __name__ == "__main__":
    main()
