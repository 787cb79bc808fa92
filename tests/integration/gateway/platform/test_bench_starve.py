"""Starvation bench in small: it runs and prints its rows. Its figures are not judged."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from bench.speed import alert_field
from bench.speed.stalled_connections import StalledConnections, StallKind, kinds
from bench.speed.starve import starve
from tests.integration.process import until
from tests.programs import forked_by_supervisor


@forked_by_supervisor(alert_field)
def test_the_bench_tells_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_HOME", str(tmp_path))
    for name in ("PAUSE_S", "PROOFS_S", "SETTLE_S"):
        monkeypatch.setattr(f"bench.speed.starve.{name}", 0.3)
    monkeypatch.setattr("bench.speed.starve.WARM_UP", 0)
    for name, value in (("RULES", 12), ("FIGURE_DAYS", 2), ("RECORDING_BYTES", 1_000_000)):
        monkeypatch.setattr(f"bench.speed.starve_office.{name}", value)
    sizes = ["--devices", "4", "--hostile", "1", "--stalled", "2", "--preflights", "1", "--rounds", "1"]
    sizes += ["--readers", "2", "--pages", "2", "--uploads", "1", "--no-reports"]
    result = CliRunner().invoke(starve, [*sizes, "--processes", "1", "--json"])
    assert result.exit_code == 0, result.output
    rows = {row["metric"]: row for row in map(json.loads, result.output.splitlines())}
    assert {
        "starved_approval_to_siren_ms p99",
        "quiet_approval_to_siren_ms p99",
        "starved_answered_ms p50",
    } <= rows.keys()
    assert rows["starved_approval_to_siren_ms p99"]["ratio"] > 0
    assert rows["stalled_opened"]["value"] >= 8
    assert rows["console_failed"]["value"] == 0
    assert rows["crowd_readers_open"]["value"] == 2
    assert {"crowd_polls", "crowd_parts"} <= rows.keys()
    assert "crowd_broken" not in rows


def test_a_connection_that_was_closed_is_opened_again() -> None:
    taken: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def take() -> None:
            while len(taken) < 4:
                taken.append(server.accept()[0])
                if len(taken) < 3:
                    taken[-1].close()

        taking = threading.Thread(target=take)
        taking.start()
        ways = (StallKind("writes", b"GET / ", b"a"), StallKind("reads", b"GET / ", b""))
        with StalledConnections("127.0.0.1", port, ways, 1, pace_s=0.02) as stalled:
            until(lambda: len(taken) == 4)
            until(lambda: stalled.held == 2)
        taking.join()
        for link in taken:
            link.close()
    assert stalled.opened == 4


def test_nobody_listening_is_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with StalledConnections("127.0.0.1", port, kinds("/content/x"), 1, pace_s=0.02) as stalled:
        assert stalled.held == 0
