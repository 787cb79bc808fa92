"""Fields that people type into are none of those that a form makes for itself, which no browser keeps."""

from __future__ import annotations

import re
from pathlib import Path

import cms

PACKAGE = Path(cms.__file__).parent
SCRIPT = PACKAGE / "platform" / "web" / "static" / "unsaved.js"
TYPED = re.compile(
    r"form\.(?:line|area)\('(\w+)'"
    r"|<textarea[^>]*\bname=\"(\w+)\""
    r"|<input(?=[^>]*type=\"(?:text|email|tel)\")[^>]*\bname=\"(\w+)\""
)


def test_no_typed_field_bears_the_name_of_one_that_a_form_makes_itself() -> None:
    listed = re.search(r"SELF_MADE = \[(.*?)\]", SCRIPT.read_text())
    assert listed is not None
    self_made = set(re.findall(r'"(\w+)"', listed[1]))
    assert {"key", "version"} <= self_made
    found = {
        (path.name, name)
        for path in PACKAGE.rglob("*.html")
        for names in TYPED.findall(path.read_text())
        for name in names
        if name in self_made
    }
    assert found == set()
