"""Access to the routes that keep what is typed, delete drafts, and take acts back. See ``matrix``."""

from __future__ import annotations

from tests.contract.permissions.matrix import ANSWERERS, REVIEWERS_SOMEWHERE, WRITERS, WRITERS_SOMEWHERE, Need, Row

_UNFINISHED = "/bulletins/autosaves/01autosaved00000000000001"

WEB: dict[tuple[str, str], Row] = {
    ("POST", "web.autosave_bulletin"): Row(
        WRITERS_SOMEWHERE, "/bulletins/autosave", body={"title": "Tin", "draft": "01autosaved00000000000001"}
    ),
    ("POST", "web.discard_autosave"): Row(WRITERS_SOMEWHERE, f"{_UNFINISHED}/discard"),
    ("POST", "web.restore_autosave"): Row(WRITERS_SOMEWHERE, f"{_UNFINISHED}/restore"),
    ("POST", "web.delete_bulletin"): Row(WRITERS, "/bulletins/{bulletin}/delete"),
    ("POST", "web.restore_bulletin"): Row(WRITERS, "/bulletins/{bulletin}/restore", Need.DELETED),
    ("POST", "web.reopen_item"): Row(ANSWERERS, "/inbox/{declined}/reopen"),
    # In the matrix nobody has left a missed airing.
    ("POST", "web.ask_again"): Row(REVIEWERS_SOMEWHERE, "/missed/t1-s1-202611241700/again"),
}
