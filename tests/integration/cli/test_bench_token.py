"""Bench of a token in small: it runs. Its figures are not judged."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from bench import soft_token
from bench.soft_token import CONFIG_VARIABLE
from bench.speed.token import token


def test_a_token_is_compared_with_a_key_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, "")  # set back afterwards
    done = CliRunner().invoke(token, ["--signatures", "10", "--json"])
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in done.output.splitlines()]
    assert [row["metric"].removesuffix("_p50") for row in rows[:2]] == ["file_sign_us", "token_sign_us"]
    assert all(row["value"] > 0 for row in rows)
    assert rows[1]["baseline"] == rows[0]["value"]


def test_without_softhsm_the_bench_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soft_token, "SEARCHED", ())
    assert "softhsm2 is not installed" in CliRunner().invoke(token).output
