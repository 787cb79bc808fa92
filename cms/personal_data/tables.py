"""Retention of personal data."""

from sqlalchemy.orm import Mapped, mapped_column

from cms.personal_data.model import PersonalDataKind, RetentionRule
from cms.platform.store.columns import Base


class RetentionRuleRow(Base, table="retention_rules", value=RetentionRule):
    kind: Mapped[PersonalDataKind] = mapped_column(primary_key=True)
