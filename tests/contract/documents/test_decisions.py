"""Decisions in docs/adr: each has its own number, and every link in the documents has a target."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_no_two_decisions_have_one_number() -> None:
    numbers = Counter(path.name[:4] for path in (ROOT / "docs/adr").glob("[0-9]*.md"))
    assert len(numbers) > 40
    assert {number: count for number, count in numbers.items() if count > 1} == {}


def test_a_decisions_title_has_the_number_of_its_file() -> None:
    wrong = []
    for path in (ROOT / "docs/adr").glob("[0-9]*.md"):
        found = re.match(r"# (?:ADR )?(\d+)", path.read_text(encoding="utf-8"))
        if found is None or int(found.group(1)) != int(path.name[:4]):
            wrong.append(path.name)
    assert wrong == []


def test_every_link_within_the_documents_leads_to_a_file() -> None:
    links = [
        (path, target)
        for path in DOCUMENTS
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if "://" not in target and not target.startswith("mailto:")
    ]
    assert len(links) > 100
    assert [(path.name, target) for path, target in links if not (path.parent / target).exists()] == []
