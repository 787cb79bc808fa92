"""Background work for the reports of alerts: a worker makes the files, the scheduler asks for them and signs them."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from cms.alert_reports import service
from cms.alert_reports.documents.content import Body, content_of, encoded, public_content, summary_of
from cms.alert_reports.documents.paper import paper_of
from cms.alert_reports.documents.signatures import signatures_of
from cms.alert_reports.model import AlertReport, AlertReportId
from cms.alert_reports.queries.accounts import account_of, due_reports, is_any_report_ahead
from cms.alert_reports.repository import ReportVersions
from cms.audit.jobs import KID, key_of
from cms.officers.repository import OfficerKeys
from cms.platform.context import Context
from cms.platform.letterhead import NO_LETTERHEAD, Letterhead
from cms.platform.signer.officers import NO_OFFICERS, OfficerSource
from cms.platform.store.engine import reading
from cms.platform.store.jobs import Job
from cms.platform.store.uow import UnitOfWork
from cms.platform.worker.runner import Apply, JobFailedError
from cms.reports.documents.formats import document
from devices.protocol import jws
from media.ports import ContentStore, Progress

LATE_EVERY: Final = timedelta(minutes=1)
_SIGNED_AT_ONCE: Final = 20
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class MakeAlertReport:
    """Work of ``JobKind.MAKE_ALERT_REPORT``."""

    engine: Engine
    store: ContentStore
    now: Callable[[], datetime]
    letterhead: Letterhead = NO_LETTERHEAD
    officers: OfficerSource = NO_OFFICERS

    def do(self, job: Job, progress: Progress) -> Apply:
        with reading(self.engine) as session:
            asked = ReportVersions(session).get(AlertReportId(job.subject_id))
            account = account_of(session, asked.alert_id)
            versions = ReportVersions(session).of(asked.alert_id)
            keys = {each.id: each for each in OfficerKeys(session).all()}
        before = next((each for each in versions if each.version < asked.version and each.json_sha256), None)
        previous = None if before is None else self._content_of(before)
        body = content_of(account, version=asked.version, as_of=asked.asked_at, previous=previous)
        body["signatures"] = signatures_of(account.order, self.officers.current(), keys)
        json_sha256 = self.store.put_bytes(encoded(body))
        progress(50, "writing")
        try:
            pdf_sha256 = self.store.put_bytes(document(paper_of(body, json_sha256), self.letterhead))
        except FileNotFoundError as error:
            raise JobFailedError("FONT_MISSING") from error
        public_sha256 = self.store.put_bytes(encoded(public_content(body)))
        progress(95, "storing")
        files = service.MadeFiles(json_sha256, pdf_sha256, public_sha256)
        changes = len(body["changes"]["devices"]) if body["changes"] else 0
        return lambda unit: service.finish(unit, asked.id, files, summary=summary_of(body), changes=changes)

    def give_up(self, unit: UnitOfWork, job: Job, code: str) -> None:
        log.error("alert.report_failed: %s: %s", job.subject_id, code)
        service.fail(unit, AlertReportId(job.subject_id), error=code, now=self.now())

    def _content_of(self, report: AlertReport) -> Body:
        with self.store.local_file(report.json_sha256) as path:
            found: Body = json.loads(path.read_bytes())
        return found


class AlertReportJob:
    """Job of the scheduler: ``step`` asks for the versions that are due, and signs those that were made.

    The key of the audit log signs them, which no worker and no web process holds.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._late_at: datetime | None = None

    def step(self) -> int:
        """Ask and sign; return the number of both."""
        context, now = self._context, self._context.now()
        with_late = self._late_at is None or not timedelta(0) <= now - self._late_at < LATE_EVERY
        with reading(context.engine) as session:
            due = due_reports(session, now, with_late=with_late)
            made = ReportVersions(session).unsigned(_SIGNED_AT_ONCE)
        if with_late:
            self._late_at = now
        if not due and not made:
            return 0
        signed = [(each, self._signed(each)) for each in made]
        with context.uow() as unit:
            asked = sum(service.order(unit, each, now=now, new_id=context.new_id) for each in due)
            for each, signature in signed:
                service.sign(unit, each, signature, now)
            unit.commit()
        return asked + len(signed)

    def is_pending(self, session: Session) -> bool:
        return is_any_report_ahead(session, self._context.now())

    def _signed(self, report: AlertReport) -> str:
        return jws.sign(service.statement_of(report), KID, key_of(self._context.settings)).decode("ascii")
