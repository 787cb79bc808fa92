"""Repository of the official papers that bulletins were made from."""

from broadcast.bulletins.model import BulletinId
from cms.bulletins.model import BulletinPaper
from cms.bulletins.tables.papers import BulletinPaperRow
from cms.platform.store.records import KeyedRepository


class BulletinPapers(
    KeyedRepository[BulletinId, BulletinPaper], row=BulletinPaperRow, noun="bulletin_paper", key="bulletin_id"
):
    """Official papers, by bulletin."""
