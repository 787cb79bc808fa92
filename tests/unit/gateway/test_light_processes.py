from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"PIL", "numpy", "flask", "celery", "lxml"}


@pytest.mark.parametrize("process", ["cms.gateway", "cms.platform.scheduler.scheduler"])
def test_a_process_without_screens_loads_no_library_of_screens_and_pictures(process: str) -> None:
    script = f"import sys, cms.platform.cli.up, {process}\nprint(*sorted({HEAVY} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert said.split() == []
