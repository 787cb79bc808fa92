"""Repository of officers' keys."""

from collections.abc import Sequence

from cms.officers.model import EnrolledKey
from cms.officers.tables import OfficerKeyRow
from cms.platform.store.records import KeyedRepository
from province.people import UserId


class OfficerKeys(KeyedRepository[str, EnrolledKey], row=OfficerKeyRow, noun="officer_key"):
    """Repository of officers' keys."""

    def all(self) -> Sequence[EnrolledKey]:
        """List the keys by person, the newest of each first."""
        row = OfficerKeyRow
        return self._list(order=(row.user_name, row.user_id, row.asked_at.desc(), row.id))

    def of(self, user_id: UserId) -> Sequence[EnrolledKey]:
        return self._list(OfficerKeyRow.user_id == user_id, order=(OfficerKeyRow.asked_at, OfficerKeyRow.id))
