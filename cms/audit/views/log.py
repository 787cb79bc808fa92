"""Audit log: events by person, subject and day, the latest first, on screen and as a file."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from flask import Response, flash, redirect, render_template, request, stream_with_context, url_for
from werkzeug.wrappers import Response as AnyResponse

from cms.audit import labels as audit_labels
from cms.audit.queries import AuditFilter, EventLine, audit_count, audit_page, subject_names
from cms.audit.service import exports
from cms.platform.web import formats, messages, request_context, typed_time
from cms.platform.web.csv_lines import BOM, csv_line
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, new_unit, pages
from province.people import Action

LINES: Final = 100
EXPORT_MOST: Final = 50_000
_A_READ: Final = 1000
_SHOWN: Final = ("source", "reason", "why", "login", "headline", "title", "name", "count", "failures")
_NAMING: Final = ("title", "headline", "name", "login")
"""Details that name a subject which has no name of its own any more."""
_CODED: Final = frozenset({"right.refused"})
"""Events whose reason is a code."""
_FIELDS: Final = ("person", "kind", "subject", "from", "until")


@dataclass(frozen=True)
class AuditSelection:
    """Filter as the page was asked for; ``kept``: its fields as typed, for links."""

    chosen: AuditFilter
    kept: Mapping[str, Any]


@pages.get("/audit")
def audit_log() -> str:
    asked = _asked()
    with request_context.session() as session:
        page = audit_page(session, asked.chosen, request.args.get("after", ""), LINES)
        names = subject_names(session, page.rows)
    return render_template(
        "audit/audit.html",
        page=page,
        kept=asked.kept,
        links={name: value for name, value in asked.kept.items() if value},
        said=audit_labels.said,
        details=lambda line: _details(line, str(_subject(line, names))),
        subject=lambda line: _subject(line, names),
        subject_chosen=_subject(page.rows[0], names) if asked.chosen.subject and page.rows else None,
    )


@pages.get("/audit.csv")
def audit_csv() -> AnyResponse:
    return _sent("csv", "text/csv", _csv)


@pages.get("/audit.json")
def audit_json() -> AnyResponse:
    """Send one JSON object a line."""
    return _sent("json", "application/x-ndjson", _json)


def _sent(form: str, media_type: str, lines: Callable[[AuditFilter], Iterator[str]]) -> AnyResponse:
    """Send the lines of the filter as a file, and log that they were taken."""
    asked = _asked()
    with request_context.session() as session:
        count = audit_count(session, asked.chosen, EXPORT_MOST + 1)
    if count > EXPORT_MOST:
        many = formats.number(EXPORT_MOST)
        flash(_("A file holds at most %(n)s lines. Choose fewer days, a person or a subject.", n=many), "wait")
        return redirect(url_for("web.audit_log", **asked.kept))
    exports.note_export(new_unit(), form=form, lines=count, filters=asked.kept, call=call())
    headers = {"Content-Disposition": f'attachment; filename="nhat-ky-kiem-toan.{form}"'}
    return Response(stream_with_context(lines(asked.chosen)), mimetype=media_type, headers=headers)


def _csv(chosen: AuditFilter) -> Iterator[str]:
    heads = (_("No."), _("At"), _("Who"), _("Action"), _("Regarding"), _("Details"), _("Code of the event"))
    yield BOM + csv_line(list(map(str, heads)))
    for line, names in _exported(chosen):
        at = formats.local(line.at).isoformat(timespec="milliseconds")
        who = str(audit_labels.who(line.by, line.by_name))
        said, about = str(audit_labels.said(line.name)), str(_subject(line, names))
        yield csv_line([str(line.seq), at, who, said, about, _details(line, about), line.name])


def _json(chosen: AuditFilter) -> Iterator[str]:
    for line, _names in _exported(chosen):
        fields = ("seq", "name", "subject_id", "by", "by_name", "detail")
        found = {"at": line.at.isoformat(), **{name: getattr(line, name) for name in fields}}
        yield json.dumps(found, ensure_ascii=False) + "\n"


def _exported(chosen: AuditFilter) -> Iterator[tuple[EventLine, Mapping[str, str]]]:
    """Yield the lines, the latest first, each with the names of its page."""
    after, left = "", EXPORT_MOST
    with request_context.session() as session:
        while left > 0:
            page = audit_page(session, chosen, after, min(_A_READ, left))
            names = subject_names(session, page.rows)
            yield from ((line, names) for line in page.rows)
            after, left = page.next_cursor, left - len(page.rows)
            if not after:
                return


def _asked() -> AuditSelection:
    request_context.require(Action.AUDIT_READ, (), messages.tree())
    kept = {name: request.args.get(name, "").strip()[:200] for name in _FIELDS}
    person = kept["person"]
    programs = {str(label).casefold(): name for name, label in audit_labels.PROGRAMS.items()}
    chosen = AuditFilter(
        person=programs.get(person.casefold(), person),
        kind=kept["kind"] if kept["kind"] in audit_labels.SUBJECTS else "",
        subject=kept["subject"],
        from_at=_midnight(kept["from"]),
        until_at=_midnight(kept["until"], days=1),
    )
    return AuditSelection(chosen, kept)


def _subject(line: EventLine, names: Mapping[str, str]) -> object:
    """Return the name of what the line is about; without one, its kind."""
    told = next((str(line.detail[name]) for name in _NAMING if line.detail.get(name)), "")
    kind = audit_labels.SUBJECTS.get(line.name.partition(".")[0])
    return names.get(line.subject_id) or told or kind or audit_labels.OTHER


def _details(line: EventLine, about: str) -> str:
    """Return source, reason and count of an event, which its sentence and the name of its subject do not contain."""
    shown = [name for name in _SHOWN if line.detail.get(name) and not (name == "reason" and line.name in _CODED)]
    words = audit_labels.REASONS.get(line.name, {})
    texts = [str(words.get(str(line.detail[name]), line.detail[name])) for name in shown]
    return " · ".join(text for text in texts if text != about)


def _midnight(text: str, days: int = 0) -> datetime | None:
    """Return the start of a local day; ``None`` if the text is not a day."""
    try:
        on = typed_time.read_day(text)
        return datetime.combine(on, time(0), tzinfo=formats.LOCAL) + timedelta(days=days)
    except (ValueError, OverflowError):
        return None
