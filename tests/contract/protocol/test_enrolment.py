"""Golden vectors of claim codes and proofs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.protocol import claims

VECTORS = json.loads((Path(__file__).parent / "vectors" / "enrolment.json").read_text(encoding="utf-8"))
BOXES: list[dict[str, Any]] = VECTORS["boxes"]


@pytest.mark.parametrize("vector", VECTORS["codes"], ids=lambda v: v["code"])
def test_a_code_is_written_as_the_text_says(vector: dict[str, str]) -> None:
    assert claims.code_of(bytes.fromhex(vector["entropy"])) == vector["code"]


@pytest.mark.parametrize(("typed", "read"), VECTORS["typed"])
def test_a_code_is_read_however_it_was_typed(typed: str, read: str | None) -> None:
    assert claims.read_code(typed) == read


@pytest.mark.parametrize(("text", "read"), VECTORS["labels"])
def test_a_label_is_read_as_the_text_says(text: str, read: list[str] | None) -> None:
    assert claims.read_label(text) == (None if read is None else tuple(read))


@pytest.mark.parametrize("box", BOXES, ids=lambda box: box["serial"])
def test_a_proof_is_made_and_holds_as_the_text_says(box: dict[str, str]) -> None:
    csr = VECTORS["csr"]
    assert claims.claim_x(box["serial"], box["code"]) == box["x"]
    assert claims.prove(box["serial"], box["code"], csr) == box["proof"]
    assert claims.is_proven(box["serial"], csr, box["proof"], box["x"])
    for serial, asked, proof, x in (
        ("vtb-1", csr, box["proof"], box["x"]),
        (box["serial"], csr + " ", box["proof"], box["x"]),
        (box["serial"], csr, "A" * 86, box["x"]),
        (box["serial"], csr, box["proof"], "A" * 43),
        (box["serial"], csr, box["proof"], ""),
        (box["serial"], csr, box["proof"], BOXES[box is BOXES[0]]["x"]),
    ):
        assert not claims.is_proven(serial, asked, proof, x)


@given(st.binary(min_size=claims.ENTROPY_BYTES, max_size=claims.ENTROPY_BYTES))
def test_every_code_is_read_back_from_its_label(entropy: bytes) -> None:
    code = claims.code_of(entropy)
    for claim_url in ("", "https://loa.example/devices/claim"):
        assert claims.read_label(claims.label_text("vtb-1", code, claim_url)) == ("vtb-1", code)
    assert claims.read_code(code.lower()) == code.replace("-", "")
