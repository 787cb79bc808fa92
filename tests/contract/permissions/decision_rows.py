"""Access to decisions about bulletins and alerts, and to signatures: rows of ``tests.contract.permissions.matrix``."""

from __future__ import annotations

from tests.contract.permissions.matrix import NOBODY, OFFICERS, REVIEWERS, Need, Row

WEB: dict[tuple[str, str], Row] = {
    ("GET", "web.decision"): Row(REVIEWERS, "/bulletins/{bulletin}/decision", Need.SUBMITTED),
    ("POST", "web.take_decision"): Row(REVIEWERS, "/bulletins/{bulletin}/decision", Need.SUBMITTED, {"act": "approve"}),
    ("GET", "web.decision_ahead"): Row(REVIEWERS, "/bulletins/{bulletin}/decision/ahead", Need.SUBMITTED),
    ("GET", "web.remote_signing"): Row(REVIEWERS, "/bulletins/{signed}/remote-signing", Need.SCHEDULED),
    ("POST", "web.order_remote_signing"): Row(
        REVIEWERS, "/bulletins/{signed}/remote-signing", Need.SCHEDULED, body={"account": "079"}
    ),
    # Nobody signs with a certificate that was not offered.
    ("POST", "web.choose_certificate"): Row(
        NOBODY, "/bulletins/{signed}/remote-signing/certificate", Need.SCHEDULED, body={"credential": "none"}
    ),
    ("GET", "web.alert_signature_options"): Row(OFFICERS, "/alerts/{theirs}/signature", Need.ALERT_SUBMITTED),
    ("GET", "web.alert_passkey_options"): Row(OFFICERS, "/alerts/{theirs}/passkey", Need.ALERT_SUBMITTED),
}
