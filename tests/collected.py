"""All imports of a test process, made once for the processes that are forked from this one.

Loaded by the server of ``tests/forked_workers``. pytest collects here, so that test modules too are imported, with
their asserts rewritten. Coverage ends with the imports, and begins again in each process that is forked.
"""

from __future__ import annotations

import gc
import os
from contextlib import redirect_stdout
from importlib import import_module
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import coverage
import pytest

from tests.branch_coverage import read_loaded
from tests.forked_workers import PATHS

with redirect_stdout(StringIO()):  # each process collects again, and reports what fails
    pytest.main(["--collect-only", "-qq", "--capture=no", "-p", "no:cacheprovider", *os.environ[PATHS].split("\n")])
# What each process makes once for its consoles: a database, keys, the tables' mappings, an app.
open_console = import_module("tests.console").open_console  # loaded by the tests, once pytest had set up their imports
with TemporaryDirectory() as folder, open_console(Path(folder) / "home"):
    pass
read_loaded()
if (measured := coverage.Coverage.current()) is not None:
    measured.stop()
    measured.save()
gc.collect()
gc.freeze()
