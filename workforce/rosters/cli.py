"""Commands about rosters: import one, take one back."""

import gc
import sys
import uuid
from pathlib import Path
from typing import Any

import click

from workforce import agencies, countries
from workforce.core import clock, tenancy
from workforce.core.commands import agency_option, json_option, show
from workforce.core.db import reading, transaction
from workforce.core.errors import Invalid
from workforce.core.web import settings
from workforce.core.words import _, _n
from workforce.models import Agency
from workforce.people import listing
from workforce.people.cli import workers
from workforce.rosters import (
    applying,
    carrying,
    exporting,
    foreseeing,
    imports,
    jobs,
    mappings,
    rejects,
    taking_back,
    undoing,
)
from workforce.rosters.applying import Outcome
from workforce.rosters.sheets import NoHeadings
from workforce.rosters.understanding import Problem, Understood

PRINTED = 20


def _country(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    return countries.find(text) if text else None


@workers.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option(
    "--rejects",
    "rejects_file",
    type=click.Path(path_type=Path),
    help="Write what could not be used here, with the reasons (.csv or .xlsx).",
)
@click.option("--nationality", callback=_country, help="Everyone's nationality, where the file has no such column.")
@click.option("--host", callback=_country, help="Everyone's host country, where the file has no such column.")
@click.option(
    "--dates", type=click.Choice(["day-first", "month-first"]), help="How to read dates that could be either."
)
@click.option("--empty-clears", is_flag=True, help="Let an empty cell take away what is known; otherwise it leaves things alone.")
@click.option("--mapping", help="What the columns hold: a mapping's file, or the name of one kept in the agency.")
@agency_option
@json_option
@click.pass_context
def import_roster(
    context: click.Context,
    file: Path,
    rejects_file: Path | None,
    nationality: str | None,
    host: str | None,
    dates: str | None,
    mapping: str | None,
    agency_name: str | None,
    *,
    empty_clears: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Import a roster (CSV or XLSX): good rows go in, bad cells and rows are said with their reasons."""
    agency = agencies.only_one(agency_name)
    today = clock.today_in(agency.zone)
    here: dict[str, Any] = {"country": agency.country, "today": today}
    options = imports.Options(nationality=nationality, host=host, every_date=dates, empty_clears=empty_clears)
    if mapping:
        options = _by_mapping(mapping, agency, options, file)
    try:
        understood = imports.open_roster(file, file.name, **here, options=options)
    except NoHeadings as problem:
        raise NoHeadings(f"{problem} {_('Or say what the columns hold with --mapping NAME: the page Import a roster keeps such a mapping under a name.')}") from None
    with tenancy.agency(agency.id):
        outcome = _carry_out(agency, understood, file, options, dry_run=dry_run)
    if rejects_file:
        _write_rejects(rejects_file, understood, outcome)
    show(_answer(outcome), as_json=as_json, plain=lambda _data: _words(outcome, understood, dry_run=dry_run))
    context.exit(0 if outcome.good else 1)


def _by_mapping(wanted: str, agency: Agency, options: imports.Options, file: Path) -> imports.Options:
    """The options with what a mapping says about the file's headings. What is said on the command line stands above it."""
    if Path(wanted).is_file():
        _name, rules, unknown = mappings.from_file(Path(wanted).read_bytes())
        if unknown:
            click.echo(_("Not known here and left out: %(these)s.", these=", ".join(unknown[:PRINTED])), err=True)
    else:
        with tenancy.agency(agency.id), reading() as db:
            actor = tenancy.System(agency.id)
            rules = mappings.rules(db, mappings.by_name(db, actor, wanted))
    return mappings.for_file(file, file.name, rules, options)


def _carry_out(agency: Agency, understood: Understood, file: Path, options: imports.Options, *, dry_run: bool) -> Outcome:
    actor, today = tenancy.System(agency.id), clock.today_in(agency.zone)
    if dry_run:
        with reading() as db:
            return applying.look(db, actor, understood, today=today)
    _pay_little_for_garbage()
    folder = settings().files
    again = jobs.finish_broken(actor, folder, country=agency.country, wanted=(file, options))
    if again is not None:
        return again
    with transaction() as db:
        import_id = imports.from_command(db, actor, folder, file, options, today=today).id
    return carrying.carry_out(actor, folder, import_id, country=agency.country, today=today, understood=understood, keep_rejects=False)


def _pay_little_for_garbage() -> None:
    """A process that only makes rows and drops them again: looking for cycles all the time cost it a fifth of its time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _write_rejects(path: Path, understood: Understood, outcome: Outcome) -> None:
    file_format = "xlsx" if path.suffix.lower() == ".xlsx" else "csv"
    with path.open("wb") as out:
        rejects.write(
            out, understood.header, applying.with_reasons(understood, outcome.problems), file_format=file_format
        )


def _answer(outcome: Outcome) -> dict[str, Any]:
    return {
        "import": str(outcome.import_id) if outcome.import_id else None,
        "created": outcome.created,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
        "rejected": [_cell(problem) for problem in outcome.of_kind("rejected")],
        "flagged": [_cell(problem) for problem in outcome.of_kind("flagged")],
    }


def _cell(problem: Problem) -> dict[str, Any]:
    return {"row": problem.row, "column": problem.column, "value": problem.value, "reason": problem.reason}


def _words(outcome: Outcome, understood: Understood, *, dry_run: bool) -> str:
    lines = [*understood.notes]
    lines += [
        _(
            "Column %(letter)s, “%(title)s”: say --dates day-first or month-first; %(count)s cells could be either.",
            letter=q.column.letter,
            title=q.column.title,
            count=q.ambiguous,
        )
        for q in understood.questions
    ]
    done = {
        "created": outcome.created,
        "updated": outcome.updated,
        "unchanged": outcome.unchanged,
        "rejected": outcome.rejected_rows,
        "flagged": outcome.flagged_rows,
    }
    summary = ", ".join(f"{count} {word}" for word, count in done.items())
    lines.append(f"{_('Would be:') if dry_run else _('Done:')} {summary}.")
    lines += [f"  {_('row')} {one.row}, {one.column}: {one.reason} ({one.kind})" for one in outcome.problems[:PRINTED]]
    if len(outcome.problems) > PRINTED:
        lines.append(
            _("  … and %(more)s more. Add --rejects FILE to have them all.", more=len(outcome.problems) - PRINTED)
        )
    if outcome.import_id:
        lines.append(_("To take it back: muster workers undo-import %(id)s", id=outcome.import_id))
    return "\n".join(lines)


@workers.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@agency_option
def export_workers(file: Path, agency_name: str | None) -> None:
    """Write every worker who is not archived to FILE (.xlsx or .csv), to edit and import again. Leaves an audit line."""
    agency = agencies.only_one(agency_name)
    actor, export = tenancy.System(agency.id), exporting.Export(agency.id)
    file_format = "csv" if file.suffix.lower() == ".csv" else "xlsx"
    with tenancy.agency(agency.id):
        with reading() as db:
            data = export.write(db, actor, listing.Wanted(), file_format=file_format, now=clock.now(), zone=agency.zone)
        with transaction() as db:
            export.note(db, actor, file_format)
    file.touch(mode=0o600)
    file.write_bytes(data)
    click.echo(_n("%(num)d worker written.", "%(num)d workers written.", len(export.ids)))


@workers.command("undo-import")
@click.argument("import_id", type=click.UUID)
@click.option("--dry-run", is_flag=True, help="Say who would go, who would be put back, who stays and why; change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask for the number of workers. Without a terminal nobody is asked.")
@agency_option
@json_option
def undo_import(import_id: uuid.UUID, agency_name: str | None, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Take an import back: its workers go, what it changed is put back; whoever was touched since is left and listed.

    An undo that broke off goes on where it was; an import that broke off can be taken back as far as it came.
    """
    agency = agencies.only_one(agency_name)
    actor = tenancy.System(agency.id)
    with tenancy.agency(agency.id):
        if dry_run or (sys.stdin.isatty() and not yes):
            with reading() as db:
                seen = foreseeing.foresee(db, actor, import_id)
            if dry_run:
                _show_undone(import_id, undoing.Undone(seen.removed, seen.restored, seen.left), _foreseen_words(seen), as_json=as_json)
                return
            _ask(seen)
        with transaction() as db:
            taking_back.start(db, actor, import_id)
        done = taking_back.carry_out(actor, settings().files, import_id)
    _show_undone(import_id, done, _undone_words(done), as_json=as_json)


def _ask(seen: foreseeing.Foreseen) -> None:
    click.echo("\n".join(_foreseen_words(seen)), err=True)
    number = seen.removed + seen.restored
    if number and click.prompt(_("Type the number of workers, %(num)s, to go on", num=number), err=True) != str(number):
        raise Invalid(_("That is not the number. Nothing was changed."))


def _show_undone(import_id: uuid.UUID, done: undoing.Undone, words: list[str], *, as_json: bool) -> None:
    left = [{"id": str(one.id), "name": one.name, "reason": one.reason} for one in done.left]
    data = {"import": str(import_id), "removed": done.removed, "restored": done.restored, "left": left}
    show(data, as_json=as_json, plain=lambda _data: "\n".join(words))


def _foreseen_words(seen: foreseeing.Foreseen) -> list[str]:
    return [
        _n("%(num)d worker would be removed.", "%(num)d workers would be removed.", seen.removed),
        _n("%(num)d worker would be put back.", "%(num)d workers would be put back.", seen.restored),
        *(_("%(name)s would stay: %(reason)s", name=one.name, reason=one.reason) for one in seen.left),
    ]


def _undone_words(done: undoing.Undone) -> list[str]:
    return [
        _n("%(num)d worker removed.", "%(num)d workers removed.", done.removed),
        _n("%(num)d worker put back.", "%(num)d workers put back.", done.restored),
        *(_("%(name)s stays: %(reason)s", name=one.name, reason=one.reason) for one in done.left),
    ]


__all__ = ["import_roster", "undo_import", "workers"]
