"""Audit log: events by person, kind and day, newest first."""

from datetime import datetime, time, timedelta
from typing import Final

from flask import render_template, request

from cms.audit import labels as audit_labels
from cms.audit.queries import AuditFilter, EventLine, audit_lines
from cms.platform.web import formats, messages, request_context, typed_time
from cms.platform.web.request_context import pages
from province.people import Action

LINES: Final = 100
_SHOWN: Final = ("source", "reason", "why", "login", "headline", "title", "name", "count", "failures")
_CODED: Final = frozenset({"right.refused"})
"""Events whose reason is a code."""


@pages.get("/audit")
def audit_log() -> str:
    request_context.require(Action.AUDIT_READ, (), messages.tree())
    args = request.args
    kind = args.get("kind", "")
    chosen = AuditFilter(
        person=args.get("person", "").strip()[:200],
        kind=kind if kind in audit_labels.SUBJECTS else "",
        from_at=_midnight(args.get("from", "")),
        until_at=_midnight(args.get("until", ""), days=1),
    )
    before = args.get("before", "")
    with request_context.session() as session:
        lines = audit_lines(session, chosen, int(before) if before.isdecimal() else None, LINES + 1)
    kept = {name: args.get(name, "") for name in ("person", "kind", "from", "until")}
    return render_template(
        "audit/audit.html",
        lines=lines[:LINES],
        before=lines[LINES - 1].seq if len(lines) > LINES else None,
        kept=kept,
        said=audit_labels.said,
        details=_details,
    )


def _details(line: EventLine) -> str:
    """Return source, reason and count of an event, which its sentence does not contain."""
    shown = [name for name in _SHOWN if line.detail.get(name) and not (name == "reason" and line.name in _CODED)]
    words = audit_labels.REASONS.get(line.name, {})
    return " · ".join(str(words.get(str(line.detail[name]), line.detail[name])) for name in shown)


def _midnight(text: str, days: int = 0) -> datetime | None:
    """Return the start of a local day; ``None`` if the text is not a day."""
    try:
        on = typed_time.read_day(text)
        return datetime.combine(on, time(0), tzinfo=formats.LOCAL) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
