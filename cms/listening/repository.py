"""Repositories of listening tests and of their answers."""

from collections.abc import Sequence

from broadcast.speech.listening import ListeningAnswer, ListeningTest, ListeningTestId
from cms.listening.tables import ListeningAnswerRow, ListeningTestRow
from cms.platform.store.records import KeyedRepository, VersionedRepository
from province.people import UserId


class ListeningTests(VersionedRepository[ListeningTestId, ListeningTest], row=ListeningTestRow, noun="listening_test"):
    """Repository of listening tests."""

    def latest(self, limit: int) -> Sequence[ListeningTest]:
        """List the tests, newest first."""
        return self._list(order=(ListeningTestRow.begun_at.desc(), ListeningTestRow.id), limit=limit)


class ListeningAnswers(KeyedRepository[str, ListeningAnswer], row=ListeningAnswerRow, noun="listening_answer"):
    """Repository of answers."""

    def of_test(self, test_id: ListeningTestId, listener: UserId | None = None) -> Sequence[ListeningAnswer]:
        """List the answers to a test, or those of one person, by text."""
        row = ListeningAnswerRow
        who = () if listener is None else (row.listener == listener,)
        return self._list(row.test_id == test_id, *who, order=(row.number, row.id))
