"""Repositories of the royalty table and of royalties."""

from broadcast.bulletins.model import BulletinId
from broadcast.royalties.model import Royalty, RoyaltyTable
from cms.platform.store.records import KeyedRepository, VersionedRepository
from cms.royalties.tables import RoyaltyRow, RoyaltyTableRow


class RoyaltyTables(KeyedRepository[int, RoyaltyTable], row=RoyaltyTableRow, noun="royalty_table", key="version"):
    """Versions of the province's table."""

    def current(self) -> RoyaltyTable | None:
        return self._first(order=(RoyaltyTableRow.version.desc(),))


class Royalties(VersionedRepository[BulletinId, Royalty], row=RoyaltyRow, noun="royalty", key="bulletin_id"):
    """Royalties of bulletins, one each."""
