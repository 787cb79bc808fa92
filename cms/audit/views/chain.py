"""Integrity of the event log: its chain, its anchors, and a copy of the anchors that was kept elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import render_template, request

from cms.audit import jobs
from cms.audit.model import Anchor, LostAnchor
from cms.audit.queries import export_state
from cms.audit.repository import AuditChecks, anchor_of, lost_anchors
from cms.audit.service import checks
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, confirmed
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, context, new_unit, pages
from province.people import Action

SHOWN_ANCHORS: Final = 24
"""Anchors compared while the page is made; the check of the whole log compares all."""
COPY_MAX_BYTES: Final = 8_000_000
COPY_MOST: Final = 10_000
"""Anchors of a year and more: the signatures of these are verified in some seconds."""
LOST_SHOWN: Final = 5


@dataclass(frozen=True)
class CopyComparison:
    """Comparison of the logs with a copy of the anchors. ``count`` 0: the file holds none that the key signed."""

    count: int
    last_at: datetime | None
    lost: Sequence[LostAnchor]
    key: str


@pages.get("/audit/chain")
def audit_chain() -> str:
    request_context.require(Action.AUDIT_READ, (), messages.tree())
    return _page()


@pages.post("/audit/chain/check")
def ask_audit_check() -> Answer:
    checks.ask_check(new_unit(), call=call())
    return confirmed(_("The whole log is being checked. You may leave this page; the work goes on."), "web.audit_chain")


@pages.post("/audit/chain/compare")
def compare_anchors() -> str:
    """Compare the logs with a file of anchors that was kept elsewhere."""
    request_context.require(Action.AUDIT_READ, (), messages.tree())
    file, key = request.files.get("copy"), request.form.get("anchor_key", "").strip()[:100]
    data = b"" if file is None else file.stream.read(COPY_MAX_BYTES + 1)
    if file is not None:
        file.close()
    anchors = _anchors_in(data, key)
    with request_context.session() as session:
        lost = lost_anchors(session, anchors)
    last_at = datetime.fromisoformat(anchors[-1].at) if anchors else None
    return _page(CopyComparison(len(anchors), last_at, lost, key))


def _anchors_in(data: bytes, key: str) -> Sequence[Anchor]:
    """Return the anchors of a copy; empty: it holds none, or one that this key did not sign."""
    if len(data) > COPY_MAX_BYTES:
        return []
    lines = jobs.lines_in(data.decode("utf-8", errors="replace"))[-COPY_MOST:]
    return _signed(lines, key or jobs.public_key_of(context().settings))


def _page(compared: CopyComparison | None = None) -> str:
    settings = context().settings
    anchors = _signed(jobs.lines_of(jobs.file_of(settings))[-SHOWN_ANCHORS:], jobs.public_key_of(settings))
    with context().uow.reading() as unit:
        known = unit[AuditChecks]
        running, last = known.latest(is_finished=False), known.latest(is_finished=True)
        now = anchor_of(unit.session, context().now())
        lost = lost_anchors(unit.session, anchors)
        exported = export_state(unit.session) if settings.syslog_url else None
    return render_template(
        "audit/audit_chain.html",
        now=now,
        running=running,
        last=last,
        anchors=anchors,
        lost=lost,
        lost_shown=LOST_SHOWN,
        instant_of=datetime.fromisoformat,
        compared=compared,
        exported=exported,
    )


def _signed(lines: Sequence[str], key: str) -> Sequence[Anchor]:
    """Return the anchors of these lines, all signed by this key; empty: one is not."""
    try:
        return jobs.anchors_of(lines, key)
    except ValueError:
        return []
