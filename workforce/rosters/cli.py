"""Commands about rosters: import one, take one back."""

import gc
import uuid
from pathlib import Path
from typing import Any

import click

from workforce import agencies, countries
from workforce.core import clock, tenancy
from workforce.core.commands import agency_option, json_option, show
from workforce.core.db import reading, transaction
from workforce.core.web import settings
from workforce.core.words import _, _n
from workforce.models import Agency
from workforce.people import listing
from workforce.people.cli import workers
from workforce.rosters import applying, carrying, exporting, foreseeing, imports, jobs, mappings, rejects, undoing
from workforce.rosters.applying import Outcome
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
    understood = imports.open_roster(file, file.name, **here, options=options)
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
@agency_option
@json_option
def undo_import(import_id: uuid.UUID, agency_name: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Take an import back: its workers go, what it changed is put back; whoever was touched since is left and listed."""
    agency = agencies.only_one(agency_name)
    if dry_run:
        _show_foreseen(agency, import_id, as_json=as_json)
        return
    with tenancy.agency(agency.id), transaction() as db:
        done = undoing.undo(db, tenancy.System(agency.id), import_id)
    data = {
        "import": str(import_id),
        "removed": done.removed,
        "restored": done.restored,
        "left": [{"id": str(i), "name": name} for i, name in done.left],
    }
    show(data, as_json=as_json, plain=lambda _data: _undone_words(done))


def _show_foreseen(agency: Agency, import_id: uuid.UUID, *, as_json: bool) -> None:
    with tenancy.agency(agency.id), reading() as db:
        seen = foreseeing.foresee(db, tenancy.System(agency.id), import_id)
    left = [{"id": str(one.id), "name": one.name, "reason": one.reason} for one in seen.left]
    data = {"import": str(import_id), "removed": seen.removed, "restored": seen.restored, "left": left}
    words = [
        _n("%(num)d worker would be removed.", "%(num)d workers would be removed.", seen.removed),
        _n("%(num)d worker would be put back.", "%(num)d workers would be put back.", seen.restored),
        *(_("%(name)s would stay: %(reason)s", name=one.name, reason=one.reason) for one in seen.left),
    ]
    show(data, as_json=as_json, plain=lambda _data: "\n".join(words))


def _undone_words(done: undoing.Undone) -> str:
    lines = [
        _n("%(num)d worker removed.", "%(num)d workers removed.", done.removed),
        _n("%(num)d worker put back.", "%(num)d workers put back.", done.restored),
    ]
    if done.left:
        lines.append(
            _("Changed since, and left as they are: %(names)s.", names=", ".join(name for _id, name in done.left))
        )
    return "\n".join(lines)


__all__ = ["import_roster", "undo_import", "workers"]
