"""Access to the check before sending and to previews of spoken text. See ``matrix``."""

from __future__ import annotations

from tests.contract.permissions.matrix import READERS, WRITERS, WRITERS_SOMEWHERE, Row

WEB: dict[tuple[str, str], Row] = {
    # A person who may not send it is led to its page.
    ("GET", "web.check_bulletin"): Row(READERS, "/bulletins/{bulletin}/check"),
    ("POST", "web.hear_sentence"): Row(WRITERS_SOMEWHERE, "/bulletins/hear", body={"text": "Xin", "sentence": "all"}),
    # A preview is its owner's alone: the test gives each person one of their own.
    ("GET", "web.heard_sentence"): Row(WRITERS_SOMEWHERE, "/bulletins/heard/{preview}"),
    ("GET", "web.heard_clip"): Row(WRITERS_SOMEWHERE, "/bulletins/heard/{preview}/clip"),
    ("GET", "web.paper_form"): Row(WRITERS_SOMEWHERE, "/bulletins/from-paper"),
    ("POST", "web.begin_from_paper"): Row(WRITERS_SOMEWHERE, "/bulletins/from-paper"),
    # Only a bulletin with versions has something to compare: others are answered with "not found".
    ("POST", "web.settle_version"): Row(WRITERS, "/bulletins/{versioned}/version"),
    ("GET", "web.bulletin_paper"): Row(READERS, "/bulletins/{papered}/paper"),
}

API: dict[tuple[str, str], Row] = {
    ("GET", "v1.list_language_versions"): Row(READERS, "/bulletins/{versioned}/language-versions"),
    ("POST", "v1.settle_language_version"): Row(WRITERS, "/bulletins/{versioned}/language-versions/settle"),
}
