"""Import of people: a file or a pasted table is looked at, corrected in place, and all of it invited."""

from collections.abc import Sequence
from http import HTTPStatus

from flask import render_template, request

from cms.accounts.labels import COLUMN
from cms.accounts.repository import People
from cms.accounts.service import people, people_sheet
from cms.accounts.service.people_sheet import HEADINGS, PeopleSheet, PersonLine
from cms.accounts.service.person_drafts import findings
from cms.accounts.service.vault import vault_of
from cms.accounts.views.people import writer
from cms.platform import spreadsheet
from cms.platform.web import messages
from cms.platform.web.forms import Answer, redisplay
from cms.platform.web.request_context import call, context, new_unit, pages
from cms.platform.web.wording import ROLE, options
from province.errors import InvalidError, Problem
from province.people import Action

TEXT_MOST = 400_000


@pages.get("/people/import")
def people_import() -> str:
    messages.tree_for(Action.USER_MANAGE)
    return _page()


@pages.post("/people/import")
def import_people() -> Answer:
    """Check the table without any change; invite everybody in it if that was asked for and nothing is wrong."""
    tree = messages.tree_for(Action.USER_MANAGE)
    typed = request.form.get("table", "")[:TEXT_MOST]
    with redisplay(_page, text=typed):
        sheet = people_sheet.read_people(_sent(typed), tree, frozenset(messages.held(Action.USER_MANAGE)))
    drafts = [line.draft for line in sheet.lines]
    with context().uow.reading() as unit:
        taken = {user.login for user in unit[People].all()}
    found = findings(drafts, taken, tree, call())
    lines = [(line, people_sheet.told(line, more)) for line, more in zip(sheet.lines, found, strict=True)]
    is_good = not any(problems for _line, problems in lines)
    if is_good and request.form.get("act") == "invite":
        made = people.invite(new_unit(), drafts, vault=vault_of(context()), call=call(), writer=writer())
        public_url = context().settings.effective_public_url
        return render_template("accounts/people_links.html", made=made, public_url=public_url)
    return _page(lines, sheet), HTTPStatus.OK if is_good else HTTPStatus.UNPROCESSABLE_ENTITY


def _sent(typed: str) -> bytes:
    """Return the file, else the pasted table. Raises InvalidError."""
    file = request.files.get("file")
    if file is not None and file.filename:
        try:
            return file.stream.read(spreadsheet.FILE_MAX_BYTES + 1)
        finally:
            file.close()
    if not typed.strip():
        raise InvalidError([Problem("file", "MISSING")])
    return typed.encode()


def _page(
    lines: Sequence[tuple[PersonLine, Sequence[Problem]]] = (),
    sheet: PeopleSheet | None = None,
    *,
    text: str = "",
    problems: Sequence[Problem] = (),
) -> str:
    shown = [(line, [_sentence(each) for each in found]) for line, found in lines]
    return render_template(
        "accounts/people_import.html",
        lines=sorted(shown, key=lambda each: not each[1]),
        faulty=sum(bool(found) for _line, found in shown),
        text=sheet.text if sheet is not None else text,
        ignored=sheet.ignored if sheet is not None else (),
        headings=list(HEADINGS.values()),
        roles=[label for _role, label in options(ROLE)],
        problems=messages.by_field(problems),
    )


def _sentence(problem: Problem) -> str:
    column = COLUMN.get(problem.field)
    sentence = messages.problem_sentence(problem)
    return f"{column}: {sentence}" if column else sentence
