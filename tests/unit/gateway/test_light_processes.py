from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

HEAVY = {"PIL", "numpy", "flask", "celery", "lxml"}
SCREENS = {"flask", "flask_babel", "wtforms"}
# One process imports all of them, one after the other: what is not loaded after the last, none of them loads.
_SCRIPT = f"""
import json, sys
import cms.platform.cli.up
def loaded(names): print(json.dumps(sorted(names & set(sys.modules))))
import cms.gateway
loaded({HEAVY})
import cms.platform.scheduler.scheduler
loaded({HEAVY})
from cms import bootstrap
from cms.platform.settings import Settings
bootstrap.prepare_files(Settings())
import app
app.celery_app
loaded({SCREENS})
"""
PROCESSES = ("cms.gateway", "cms.platform.scheduler.scheduler", "worker")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Heavy libraries that each process has loaded."""
    environment = {**os.environ, "LOA_HOME": str(tmp_path_factory.mktemp("home"))}
    command = [sys.executable, "-c", _SCRIPT]
    said = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return dict(zip(PROCESSES, map(json.loads, said.splitlines()), strict=True))


@pytest.mark.parametrize("process", PROCESSES[:2])
def test_a_process_without_screens_loads_no_library_of_screens_and_pictures(
    process: str, loaded: dict[str, list[str]]
) -> None:
    assert loaded[process] == []


def test_a_worker_loads_no_screens(loaded: dict[str, list[str]]) -> None:
    assert loaded["worker"] == []
