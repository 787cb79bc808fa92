"""``loa duty`` and ``loa devices supply`` as an operator types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.test_commands import COMMUNE, Terminal


def test_somebody_is_put_on_call_listed_and_taken_off(terminal: Terminal) -> None:
    options = ("--area", COMMUNE, "--name", "Trực ban", "--weekdays", "1-5,7", "--hours", "22:00-06:00", "--line", "2")
    (output,) = terminal.ok("duty", "add", "truc@x.vn", *options)
    duty_id = output.split()[0]
    assert output.endswith(f"Trực ban is on call for {COMMUNE}")
    (line,) = terminal.ok("duty", "list")
    assert line == f"{duty_id}  {COMMUNE}  line 2  123457  22:00-06:00  Trực ban  truc@x.vn"
    assert terminal.ok("duty", "remove", duty_id) == [f"{duty_id} is removed"]
    assert "there is no duty" in terminal.refused("duty", "remove", duty_id)
    assert terminal.ok("duty", "list") == []
    assert {"duty.added", "duty.removed"} <= set(terminal.events())


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (("x",), "neither a mail address"),
        (("ftp://x.vn/in",), "neither a mail address"),
        (("a@x.vn", "--hours", "22-6"), "write them as 22:00-06:00"),
        (("a@x.vn", "--weekdays", "thứ hai"), "Monday is 1"),
        (("a@x.vn", "--weekdays", "0-3"), "Monday is 1"),
        (("a@x.vn", "--weekdays", "5-3"), "Monday is 1"),
        (("a@x.vn", "--area", "nowhere"), "UNKNOWN_AREA"),
    ],
)
def test_what_cannot_be_on_call_is_refused(terminal: Terminal, wrong: tuple[str, ...], told: str) -> None:
    assert told in terminal.refused("duty", "add", "--area", COMMUNE, "--name", "A", *wrong)
    assert terminal.ok("duty", "list") == []


def test_what_feeds_each_box_is_told_whole_or_not_at_all(terminal: Terminal, tmp_path: Path) -> None:
    terminal.ok("devices", "add", "--area", COMMUNE, "--count", "2")
    table = tmp_path / "supply.csv"
    table.write_text(
        f"device,feeder,data_mb_day\n{COMMUNE}-l01,473 Mũi Né,500\n{COMMUNE}-l02,473 Mũi Né,\n", encoding="utf-8"
    )
    assert terminal.ok("devices", "supply", str(table)) == ["2 devices: told what feeds them"]
    table.write_text(f"device,feeder,data_mb_day\n{COMMUNE}-l01,475,500\nnone,475,1\n", encoding="utf-8")
    assert "line 3: there is no device 'none'" in terminal.refused("devices", "supply", str(table))
    table.write_text(f"device,feeder,data_mb_day\n{COMMUNE}-l01,475,nhiều\n", encoding="utf-8")
    assert "line 2: 'nhiều' is no number" in terminal.refused("devices", "supply", str(table))
