"""Seal of papers to sign: ours are known again, whatever is appended, and nobody else's."""

from __future__ import annotations

import pytest

from cms.bulletins.service.paper_seal import BLANK_ID, is_issued, seal_key, sealed

KEY = seal_key(b"vault")
PAPER = f"%PDF-1.7\ntext\ntrailer\n<<\n/ID [{BLANK_ID}]\n>>\nstartxref\n14\n%%EOF\n".encode()


def test_a_sealed_paper_is_known_again_with_whatever_was_appended() -> None:
    paper = sealed(PAPER, KEY)
    assert len(paper) == len(PAPER)
    assert is_issued(paper, KEY)
    assert is_issued(paper + b"\nobjects of a signature\nstartxref\n99\n%%EOF\n", KEY)


@pytest.mark.parametrize("place", range(0, len(PAPER) - 2, 7))
def test_any_changed_byte_makes_it_another_paper(place: int) -> None:
    changed = bytearray(sealed(PAPER, KEY))
    changed[place] ^= 1
    assert not is_issued(bytes(changed), KEY)


def test_a_paper_of_another_installation_and_what_is_no_paper_are_not_ours() -> None:
    assert not is_issued(sealed(PAPER, seal_key(b"another")), KEY)
    assert not is_issued(PAPER, KEY)
    assert not is_issued(b"", KEY)
    with pytest.raises(ValueError, match="identifier"):
        sealed(PAPER.replace(b"/ID", b"/Id"), KEY)
