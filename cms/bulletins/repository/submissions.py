"""Repository of submissions that wait for a sound."""

from broadcast.bulletins.model import Bulletin, BulletinId
from cms.bulletins.model import AwaitedSubmission
from cms.bulletins.tables.submissions import AwaitedSubmissionRow
from cms.platform.store.records import KeyedRepository


class AwaitedSubmissions(
    KeyedRepository[BulletinId, AwaitedSubmission],
    row=AwaitedSubmissionRow,
    noun="awaited_submission",
    key="bulletin_id",
):
    """Awaited submissions, by bulletin."""

    def of(self, bulletin: Bulletin) -> AwaitedSubmission | None:
        """Return the one of this bulletin; None if it was never ordered, or a person has changed the bulletin since."""
        found = self.find(bulletin.id)
        oldest = bulletin.version - bulletin.sound.own_versions
        return found if found is not None and found.version >= oldest else None
