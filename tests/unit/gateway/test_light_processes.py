from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"PIL", "numpy", "flask", "celery", "lxml"}


@pytest.mark.parametrize("process", ["cms.gateway", "cms.platform.scheduler.scheduler"])
def test_a_process_without_screens_loads_no_library_of_screens_and_pictures(process: str) -> None:
    script = f"import sys, cms.platform.cli.up, {process}\nprint(*sorted({HEAVY} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert said.split() == []


def test_a_worker_loads_no_screens(tmp_path: Path) -> None:
    script = (
        "from cms import bootstrap; from cms.platform.settings import Settings; bootstrap.prepare_files(Settings())\n"
        "import sys, app; app.celery_app; print(*sorted({'flask', 'flask_babel', 'wtforms'} & set(sys.modules)))"
    )
    environment = {**os.environ, "LOA_HOME": str(tmp_path)}
    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, env=environment)
    assert said.stdout.split() == []
