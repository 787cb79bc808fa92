"""Link to the central source system: its state, and the items that came down."""

from datetime import datetime

from flask import Response
from pydantic import Field

from cms.exchange.model import CentralRecord
from cms.exchange.repository.central import CentralRecords, KindState
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import answer
from cms.platform.api.strict import Output, fields_of
from province.people import Action

_LINES = 200


@fields_of(CentralRecord, hidden=("key_hash", "sha256", "reported_hash", "sound_tries", "sound_due_at"))
class CentralItemOut(Output): ...


class CentralOut(Output):
    """``failing_since_at`` is null while it answers; ``error`` is what it last did instead."""

    is_linked: bool = Field(description="Whether a central system is set")
    answered_at: datetime | None
    failing_since_at: datetime | None
    failures: int
    error: str
    due_at: datetime
    reports_told: int
    reports_waiting: int
    reports_set_aside: int
    reports: list[KindState]
    items: list[CentralItemOut]


@routes.get("/exchange/central", summary="The link to the central source system", responses={200: CentralOut})
def get_central() -> Response:
    with caller.reading(Action.EXCHANGE_READ) as (uow, _tree):
        store = uow[CentralRecords]
        link = store.link()
        kinds = store.kinds()
        found = CentralOut.of(
            link,
            is_linked=bool(caller.context().settings.central_url),
            reports_told=sum(each.told for each in kinds),
            reports_waiting=sum(each.waiting for each in kinds),
            reports_set_aside=sum(each.set_aside for each in kinds),
            reports=kinds,
            items=store.recent(_LINES),
        )
    return answer(found)
