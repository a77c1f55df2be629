"""Figures about the people abroad: how many, where, whose. Counts only, no names."""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from workforce import countries
from workforce.core.tenancy import Actor
from workforce.models import Deployment, Site, Worker


@dataclass(frozen=True)
class Table:
    """A table of counts: `columns` are words, each row a word with its counts and their sum; the biggest first."""

    columns: list[str]
    rows: list[tuple[str, list[int], int]]
    total: int


def by_country(session: Session, actor: Actor) -> list[tuple[str, str, int]]:
    """(code, name, people) of every host country, the fullest first."""
    counted = select(Worker.host_country, func.count()).where(*_here(actor)).group_by(Worker.host_country)
    rows = [(code, countries.name(code), number) for code, number in session.execute(counted)]
    return sorted(rows, key=lambda row: (-row[2], row[1]))


def country_by_nationality(session: Session, actor: Actor) -> Table:
    """Host countries down, nationalities across."""
    counted = (
        select(Worker.host_country, Worker.nationality, func.count())
        .where(*_here(actor))
        .group_by(Worker.host_country, Worker.nationality)
    )
    return _table(
        [(countries.name(host), countries.name(nation), number) for host, nation, number in session.execute(counted)]
    )


def place_by_nationality(session: Session, actor: Actor, country: str) -> Table:
    """The sites of one host country down, nationalities across; "" stands for people without a site."""
    counted = (
        select(Site.name, Site.town, Worker.nationality, func.count())
        .select_from(Worker)
        .outerjoin(
            Deployment,
            (Deployment.worker_id == Worker.id) & (Deployment.agency_id == Worker.agency_id) & Deployment.is_current,
        )
        .outerjoin(Site, (Site.id == Deployment.site_id) & (Site.agency_id == Worker.agency_id))
        .where(*_here(actor), Worker.host_country == country)
        .group_by(Site.name, Site.town, Worker.nationality)
    )
    rows = [
        (", ".join(filter(None, (site, town))), countries.name(nation), number)
        for site, town, nation, number in session.execute(counted)
    ]
    return _table(rows)


def by_occupation(session: Session, actor: Actor) -> list[tuple[str, int]]:
    """(occupation, people), the most frequent first; spellings that differ only in case count together."""
    counted = (
        select(func.min(Deployment.occupation), func.count())
        .select_from(Worker)
        .outerjoin(
            Deployment,
            (Deployment.worker_id == Worker.id) & (Deployment.agency_id == Worker.agency_id) & Deployment.is_current,
        )
        .where(*_here(actor))
        .group_by(func.lower(Deployment.occupation))
    )
    sums: Counter[str] = Counter()
    for occupation, number in session.execute(counted):
        sums[occupation or ""] += number
    return sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))


def _here(actor: Actor) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Worker.agency_id == actor.agency_id, Worker.archived_at.is_(None)


def _table(counted: list[tuple[str, str, int]]) -> Table:
    down: Counter[str] = Counter()
    across: Counter[str] = Counter()
    cells: Counter[tuple[str, str]] = Counter()
    for row, column, number in counted:
        down[row] += number
        across[column] += number
        cells[row, column] += number
    columns = [column for column, _number in sorted(across.items(), key=lambda pair: (-pair[1], pair[0]))]
    ordered = sorted(down.items(), key=lambda pair: (-pair[1], pair[0]))
    return Table(
        columns,
        [(row, [cells[row, column] for column in columns], number) for row, number in ordered],
        sum(down.values()),
    )
