"""Table of officers' keys."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from cms.officers.model import EnrolledKey
from cms.platform.store.columns import Base
from province.people import UserId


class OfficerKeyRow(Base, table="officer_keys", value=EnrolledKey):
    """Key of an officer. What is in force is in the keyset that the root signed, not here."""

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), index=True)
    user_name: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime]
