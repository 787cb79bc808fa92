"""Royalties: the month by author with its files, the province's table, and the royalty of one bulletin."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from http import HTTPStatus

from flask import Response, abort, render_template, request

from broadcast.bulletins.model import Bulletin, BulletinId
from broadcast.reports.model import Span
from broadcast.reports.spans import before, month_of
from broadcast.royalties.model import Royalty, RoyaltyRate
from broadcast.royalties.rate_lines import figure_of, rate_line
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.platform.web import formats, messages, request_context, wording
from cms.platform.web.forms import Answer, confirmed, redisplay
from cms.platform.web.languages import _
from cms.platform.web.request_context import add_template_globals, call, new_unit, pages
from cms.reports.documents.formats import MEDIA
from cms.royalties import service
from cms.royalties.documents import royalty_csv, royalty_workbook
from cms.royalties.queries import AuthorRoyalties, royalties_of, unrecorded
from cms.royalties.repository import Royalties, RoyaltyTables
from province.areas import AreaId
from province.errors import ConflictError, NotPossibleError, Problem
from province.people import Action
from province.policy import visible_areas

_DIGITS_MAX = 10


@pages.get("/royalties")
def royalties() -> str:
    month, authors = _month()
    with request_context.context().uow.reading() as uow:
        left = unrecorded(uow.session, _reviewed(), month)
    return render_template(
        "royalties/royalties.html",
        month=month,
        earlier=before(month),
        later=month_of(date.fromordinal(month.last_on.toordinal() + 1)),
        today=request_context.today(),
        authors=authors,
        items=sum(len(each.lines) for each in authors),
        total_vnd=sum(each.total_vnd for each in authors),
        unrecorded=left,
    )


@pages.get("/royalties.<sheet>")
def royalty_file(sheet: str) -> Response:
    month, authors = _month()
    if sheet not in {"xlsx", "csv"}:
        abort(HTTPStatus.NOT_FOUND)
    name = f"nhuan-but-{month.first_on:%Y-%m}"
    if sheet != "xlsx":
        return _file(royalty_csv(authors).encode(), "text/csv; charset=utf-8", f"{name}.csv")
    with request_context.context().uow.reading() as uow:
        table = uow[RoyaltyTables].current()
    source = "" if table is None else table.source
    return _file(royalty_workbook(authors, month, source), MEDIA["xlsx"], f"{name}.xlsx")


@pages.get("/royalties/table")
def royalty_table() -> str:
    messages.tree_for(Action.RULE_SET)
    return _table_page()


@pages.post("/royalties/table")
def change_royalty_table() -> Answer:
    sent = request.form
    digits = sent.get("unit_vnd", "").translate(str.maketrans("", "", "., "))
    version = sent.get("version", "")
    try:
        with redisplay(_table_page, sent):
            service.change_table(
                new_unit(),
                source=sent.get("source", ""),
                unit_vnd=int(digits or "0") if (digits or "0").isdecimal() and len(digits) <= _DIGITS_MAX else -1,
                rates=sent.get("rates", ""),
                expected_version=int(version) if version.isdecimal() else 0,
                call=call(),
            )
    except ConflictError:
        return _table_page(sent, is_conflict=True), HTTPStatus.CONFLICT
    return confirmed(_("Saved. Royalties recorded from now on follow it."), "web.royalty_table")


@pages.get("/bulletins/<bulletin_id>/royalty")
def royalty(bulletin_id: str) -> str:
    return _royalty_page(_reviewable(bulletin_id))


@pages.post("/bulletins/<bulletin_id>/royalty")
def record_royalty(bulletin_id: str) -> Answer:
    found, sent = _reviewable(bulletin_id), request.form
    version = sent.get("version", "")
    try:
        with redisplay(_royalty_page, found, sent):
            recorded = service.record_royalty(
                new_unit(),
                found.id,
                author=sent.get("author", ""),
                rate_key=sent.get("rate", ""),
                expected_version=int(version) if version.isdecimal() else 0,
                call=call(),
            )
    except ConflictError:
        return _royalty_page(found, sent, is_conflict=True), HTTPStatus.CONFLICT
    told = _("Recorded: %(amount)s VND for %(name)s.", amount=formats.number(recorded.amount_vnd), name=recorded.author)
    return confirmed(told, "web.bulletin", bulletin_id=found.id)


def royalty_of(found: Bulletin) -> Royalty | None:
    """Return the royalty of a bulletin, for the person who may record it."""
    with request_context.context().uow.reading() as uow:
        return uow[Royalties].find(found.id)


def may_record_royalty(found: Bulletin) -> bool:
    """Return whether the user may record it; whether it was ever approved is not checked."""
    is_own = found.is_own(request_context.actor().user_id)
    areas = found.targets.areas
    return not is_own and request_context.can_everywhere(Action.BULLETIN_REVIEW, areas, messages.tree())


def _month() -> tuple[Span, Sequence[AuthorRoyalties]]:
    """Return the month asked for, else the present one, with its royalties by author."""
    messages.tree_for(Action.RULE_SET)
    try:
        month = month_of(date.fromisoformat(f"{request.args.get('month', '')}-01"))
    except ValueError:
        month = month_of(request_context.today())
    with request_context.context().uow.reading() as uow:
        return month, royalties_of(uow.session, _reviewed(), month)


def _reviewed() -> Collection[AreaId]:
    return visible_areas(request_context.actor(), Action.RULE_SET, messages.tree())


def _file(data: bytes, media_type: str, name: str) -> Response:
    return Response(data, mimetype=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _table_page(
    typed: Mapping[str, str] | None = None, problems: Sequence[Problem] = (), *, is_conflict: bool = False
) -> str:
    with request_context.context().uow.reading() as uow:
        table, tree = uow[RoyaltyTables].current(), uow[Places].tree()
    roots = [area.id for area in tree if area.parent_id is None]
    shown = {
        "version": "0" if table is None else str(table.version),
        "source": "" if table is None else table.source,
        "unit_vnd": "" if table is None else formats.number(table.unit_vnd),
        "rates": "" if table is None else "\n".join(map(rate_line, table.rates)),
    }
    return render_template(
        "royalties/royalty_table.html",
        table=table,
        lines=[] if table is None else [(each, each.royalty_vnd(table.unit_vnd)) for each in table.rates],
        typed={**shown, **(typed or {}), **({"version": shown["version"]} if is_conflict else {})},
        figure_of=figure_of,
        may_change=request_context.can_everywhere(Action.AREA_MANAGE, roots, tree),
        conflict=is_conflict,
        problems=messages.by_field(problems),
    )


def _reviewable(bulletin_id: str) -> Bulletin:
    """Return the approved bulletin. Raises NotFoundError, NotAllowedError, NotPossibleError."""
    with request_context.context().uow.reading() as uow:
        found, tree = uow[Bulletins].get(BulletinId(bulletin_id)), messages.tree(uow)
        request_context.require(Action.BULLETIN_REVIEW, found.targets.areas, tree)
        if not uow[Transmissions].of_bulletin(found.id):
            raise NotPossibleError(found.status, "royalty")
    return found


def _royalty_page(
    found: Bulletin,
    typed: Mapping[str, str] | None = None,
    problems: Sequence[Problem] = (),
    *,
    is_conflict: bool = False,
) -> str:
    with request_context.context().uow.reading() as uow:
        table, known = uow[RoyaltyTables].current(), uow[Royalties].find(found.id)
    rates = () if table is None else table.rates
    fitting = [each for each in rates if each.genre == found.genre] or list(rates)
    shown = {
        "version": "0" if known is None else str(known.version),
        "author": service.suggested_author(found) if known is None else known.author,
        "rate": "" if known is None else f"{known.genre}/{known.grade}",
    }
    return render_template(
        "royalties/royalty.html",
        bulletin=found,
        known=known,
        table=table,
        options=[] if table is None else [(each.key, _option(each, table.unit_vnd)) for each in fitting],
        typed={**shown, **(typed or {}), **({"version": shown["version"]} if is_conflict else {})},
        conflict=is_conflict,
        problems=messages.by_field(problems),
    )


def _option(rate: RoyaltyRate, unit_vnd: int) -> str:
    amount = formats.number(rate.royalty_vnd(unit_vnd))
    return f"{wording.word(wording.GENRE, rate.genre)} · {rate.grade} · {amount} đ"


add_template_globals(royalty_of=royalty_of, may_record_royalty=may_record_royalty)
