from __future__ import annotations

from pathlib import Path

import pytest

from cms.platform.settings import Settings


def test_a_child_process_reads_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    chosen = Settings(home=tmp_path / "loa", web_port=18_600, mqtt_port=18_883, job_sweep_s=0.5, queue_url="amqp://x")
    for name, value in chosen.as_environment().items():
        monkeypatch.setenv(name, value)
    assert Settings() == chosen
