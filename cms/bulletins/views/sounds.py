"""Sound of a bulletin while it is made: progress, a retry after a failure; and its waveform."""

from flask import render_template
from markupsafe import Markup

from broadcast.bulletins.model import Sound
from cms.alerts.views import plot
from cms.bulletins.views.bulletins import is_stale, rights, see
from cms.platform.web import messages
from cms.platform.web.languages import _
from cms.platform.web.request_context import context, pages
from media import picture
from media.errors import ContentMissingError
from media.loudness import TARGET_LUFS
from media.picture import LoudnessPicture

_MS = 1000


@pages.get("/bulletins/<bulletin_id>/sound")
def sound(bulletin_id: str) -> str:
    """Render the player or the progress, which the page polls until the sound is made."""
    seen = see(bulletin_id)
    found = seen.bulletin
    return render_template(
        "bulletins/_sound_news.html",
        bulletin=found,
        sound=found.sound,
        is_stale=is_stale(found),
        job=seen.job,
        failure=messages.failure(found.sound.error),
        can_edit=rights(seen)["can_edit"],
    )


@pages.app_template_global()
def picture_of(sound: Sound) -> LoudnessPicture | None:
    """Return the drawing of the sound; None for a sound made before there were any."""
    drawn = sound.rendition(picture.KIND)
    if drawn is None:
        return None
    try:
        return picture.decoded(context().content.read_bytes(drawn.sha256))
    except ContentMissingError:
        return None


@pages.app_template_global()
def loudness_plot(shown: LoudnessPicture) -> Markup:
    """Plot loudness over time, before and after."""
    sides = {"before": shown.before, "after": shown.after}
    return plot.levels_over_time(
        {name: (side.duration_ms / _MS, side.short_term_lufs) for name, side in sides.items()},
        TARGET_LUFS,
        _("Loudness over time, before and after levelling. The figures are in the table."),
    )
