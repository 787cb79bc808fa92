"""Access to the decision page of a bulletin: rows of ``tests.contract.permissions.matrix``."""

from __future__ import annotations

from tests.contract.permissions.matrix import REVIEWERS, Need, Row

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.decision"): Row(REVIEWERS, "/bulletins/{bulletin}/decision", Need.SUBMITTED),
    ("POST", "web.take_decision"): Row(REVIEWERS, "/bulletins/{bulletin}/decision", Need.SUBMITTED, {"act": "approve"}),
    ("GET", "web.decision_ahead"): Row(REVIEWERS, "/bulletins/{bulletin}/decision/ahead", Need.SUBMITTED),
}
