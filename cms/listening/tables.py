"""Tables of listening tests and of their answers."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.speech.listening import ListeningAnswer, ListeningTest, ListeningTestId
from cms.platform.store.columns import Base
from province.people import UserId


class ListeningTestRow(Base, table="listening_tests", value=ListeningTest):
    """Listening test."""

    id: Mapped[ListeningTestId] = mapped_column(primary_key=True)
    voice_a: Mapped[str] = mapped_column(String(300))
    voice_b: Mapped[str] = mapped_column(String(300))
    begun_at: Mapped[datetime]


class ListeningAnswerRow(Base, table="listening_answers", value=ListeningAnswer):
    """Answer; its ``id`` names test, text and person, so that each answers once."""

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    test_id: Mapped[ListeningTestId] = mapped_column(ForeignKey("listening_tests.id"), index=True)
    number: Mapped[int]
    listener: Mapped[UserId]
