"""Checks of the event log."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from cms.audit.model import AuditCheck
from cms.platform.store.columns import Base


class AuditCheckRow(Base, table="audit_checks", value=AuditCheck):
    id: Mapped[str] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime] = mapped_column(index=True)
    seq: Mapped[int] = mapped_column(BigInteger)
    broken_seq: Mapped[int | None] = mapped_column(BigInteger)
    finished_at: Mapped[datetime | None]
