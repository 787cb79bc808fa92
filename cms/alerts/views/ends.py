"""Preview of the alert that an approval would end, in words, shown before the approval."""

from dataclasses import dataclass

from broadcast.alerts.model import Alert
from broadcast.bulletins.model import Targets
from broadcast.bulletins.targeting import leaf_areas
from cms.alerts.service.replacement import people_of, replacement_of
from cms.platform.web import messages, request_context
from cms.platform.web.languages import _
from province.errors import InvalidError, NotAllowedError


@dataclass(frozen=True)
class Ends:
    """End of ``alert`` in the places of ``names``; ``is_whole``: in all of its own. ``is_lower``: the level drops."""

    alert: Alert
    places: int
    names: str
    is_whole: bool
    is_lower: bool


def ends_of(found: Alert) -> tuple[Ends | None, str]:
    """Return what the alert ends when this user approves it, or the reason for which this user cannot end that."""
    context, actor = request_context.context(), request_context.actor()
    with context.uow.reading() as uow:
        people = people_of(uow, found, actor)
        try:
            replaced = replacement_of(uow, context.authority, found, people)
        except NotAllowedError as error:
            return None, _(
                "You or the submitter may not end the alert that this would replace in: %(areas)s. Call somebody who "
                "may.",
                areas=messages.area_names(error.areas),
            )
        except InvalidError as error:
            return None, " ".join(map(messages.problem_sentence, error.problems))
    if replaced is None:
        return None, ""
    names = messages.area_names(replaced.areas)
    count = len(leaf_areas(Targets(replaced.areas), messages.tree(), request_context.today()))
    is_lower = found.level < replaced.alert.level
    return Ends(replaced.alert, count, names, replaced.is_whole, is_lower), ""
