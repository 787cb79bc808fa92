"""Table of remote signings."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.bulletins.transmissions import TransmissionId
from cms.platform.store.columns import Base
from cms.signing.model import RemoteSigning, SigningState


class RemoteSigningRow(Base, table="remote_signings", value=RemoteSigning):
    """Latest remote signing of an approval."""

    transmission_id: Mapped[TransmissionId] = mapped_column(
        ForeignKey("approval_documents.transmission_id"), primary_key=True
    )
    ordered_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    state: Mapped[SigningState] = mapped_column(index=True)
