"""What an open board asks every second, counted by the database itself as it changes.

Triggers, because no way of changing a row goes around them: neither a COPY, nor a cascade, nor a row put right by hand. SQLite
has one writer, so a count is raised in its place. On PostgreSQL two answers at once would wait for each other there, and for
whoever waits for them; so each adds a line of its own, and the clock folds the lines together. The count is the sum of the lines.

A later step that makes one of these tables anew on SQLite loses its triggers and has to make them again.
"""

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

LINE = "id, agency_id, of_id, kind, name, bucket, site_id, n"
SECONDS = 10


class Counted(NamedTuple):
    """One count of a table's rows: what it is called, what it is split by, which rows are in it. `{r}` is the row."""

    table: str
    of: str
    kind: str
    name: str
    bucket: str
    site: str
    when: str
    columns: tuple[str, ...]


def _minute(column: str, dialect: str) -> str:
    return _bucket(column, 60, dialect)


def _bucket(column: str, seconds: int, dialect: str) -> str:
    if dialect == "postgresql":
        return f"CAST(floor(extract(epoch FROM {column}) / {seconds}) AS integer)"
    return f"(CAST(strftime('%s', {column}) AS INTEGER) / {seconds})"


def _counted(dialect: str) -> tuple[Counted, ...]:
    people, of, none = "incident_people", "{r}.incident_id", "CAST(NULL AS uuid)" if dialect == "postgresql" else "NULL"
    chased = "{r}.chase_at IS NOT NULL AND {r}.status IN ('SILENT', 'UNREACHABLE')"
    texts = "{r}.direction = 'out' AND {r}.broadcast_id IS NOT NULL"
    return (
        Counted(people, of, "status", "{r}.status", "0", none, "1 = 1", ("status",)),
        Counted(people, of, "site", "{r}.status", "0", "{r}.site_id", "{r}.site_id IS NOT NULL", ("status", "site_id")),
        Counted(
            people, of, "safe", "''", _minute("{r}.status_at", dialect), none, "{r}.status = 'SAFE'", ("status", "status_at")
        ),
        Counted(people, of, "step", "{r}.chase_step", "0", none, chased, ("status", "chase_step", "chase_at")),
        Counted("messages", "{r}.broadcast_id", "text", "{r}.state", "0", none, texts, ("state", "broadcast_id", "direction")),
    )  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "tallies",
        sa.Column("of_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=12), nullable=False),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_tallies_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tallies")),
    )
    op.create_index("ix_tallies_of", "tallies", ["agency_id", "of_id", "kind", "name", "bucket", "site_id"])
    op.create_table(
        "board_spreads",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.Column("worked_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "incident_id"],
            ["incidents.agency_id", "incidents.id"],
            name=op.f("fk_board_spreads_agency_id_incident_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_board_spreads_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_spreads")),
        sa.UniqueConstraint("agency_id", "incident_id", name=op.f("uq_board_spreads_agency_id_incident_id")),
    )
    op.add_column("incident_people", sa.Column("site_id", sa.Uuid(), nullable=True))
    op.add_column(
        "incident_people", sa.Column("sort_name", sa.String(length=200), nullable=False, server_default="")
    )
    board = ["agency_id", "incident_id", "status", "status_at", "sort_name"]
    op.create_index("ix_incident_people_board", "incident_people", board)
    steps = ["agency_id", "incident_id", "chase_step", "status", "chase_at"]
    waits = sa.text("chase_at IS NOT NULL")
    op.create_index("ix_incident_people_steps", "incident_people", steps, sqlite_where=waits, postgresql_where=waits)
    op.create_index("ix_positions_newest", "positions", ["agency_id", "received_at"])
    dialect = op.get_bind().dialect.name
    _run([*_kept_now(), *_count_now(dialect)])
    _run(_postgresql() if dialect == "postgresql" else _sqlite())


def downgrade() -> None:
    dialect = op.get_bind().dialect.name
    if dialect == "postgresql":
        _run(f"DROP FUNCTION {name}() CASCADE" for name in FUNCTIONS)
    else:
        bind = op.get_bind()
        names = bind.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'tally_%'")
        _run(f"DROP TRIGGER {name}" for name in names.scalars().all())
    op.drop_index("ix_positions_newest", table_name="positions")
    op.drop_index("ix_incident_people_steps", table_name="incident_people")
    op.drop_index("ix_incident_people_board", table_name="incident_people")
    op.drop_column("incident_people", "sort_name")
    op.drop_column("incident_people", "site_id")
    op.drop_index("ix_tallies_of", table_name="tallies")
    op.drop_table("tallies")
    op.drop_table("board_spreads")


def _run(statements: Iterator[str] | list[str]) -> None:
    for statement in statements:
        op.get_bind().exec_driver_sql(statement)


# --- what is there already --------------------------------------------------------------------------------------------


def _site_of(row: str) -> str:
    return (
        "(SELECT d.site_id FROM deployments d"  # noqa: S608  Names of our own tables and columns only, here and below.
        f" WHERE d.agency_id = {row}.agency_id AND d.worker_id = {row}.worker_id AND d.is_current)"
    )


def _name_of(row: str) -> str:
    return f"coalesce((SELECT w.sort_name FROM workers w WHERE w.agency_id = {row}.agency_id AND w.id = {row}.worker_id), '')"  # noqa: S608


def _kept_now() -> Iterator[str]:
    yield f"UPDATE incident_people SET site_id = {_site_of('incident_people')}, sort_name = {_name_of('incident_people')}"  # noqa: S608


def _count_now(dialect: str) -> Iterator[str]:
    made = _new_id(dialect)
    for one in _counted(dialect):
        row = {"r": "r"}
        name, bucket, site = one.name.format(**row), one.bucket.format(**row), one.site.format(**row)
        of = one.of.format(**row)
        yield (
            f"INSERT INTO tallies ({LINE}) SELECT {made}, agency_id, of_id, '{one.kind}', name, bucket, site_id, n FROM ("  # noqa: S608
            f"SELECT r.agency_id AS agency_id, {of} AS of_id, {name} AS name, {bucket} AS bucket, {site} AS site_id, count(*) AS n"
            f" FROM {one.table} r WHERE {one.when.format(**row)} GROUP BY 1, 2, 3, 4, 5) counted"
        )
    yield (
        f"INSERT INTO tallies ({LINE}) SELECT {made}, agency_id, incident_id, 'heard', name, bucket, {_counted(dialect)[0].site}, n FROM ("  # noqa: S608
        f"SELECT agency_id, incident_id, name, bucket, sum(n) AS n FROM ({_heard('(SELECT * FROM status_reports WHERE applied)', dialect)}) said"
        " GROUP BY agency_id, incident_id, name, bucket) counted WHERE n <> 0"
    )


def _new_id(dialect: str) -> str:
    return "gen_random_uuid()" if dialect == "postgresql" else "lower(hex(randomblob(16)))"


def _heard(reports: str, dialect: str) -> str:
    """Of reports, by agency, incident and worker: +1 where somebody answers first, +1 and -1 where they become and cease to be SAFE."""
    whose = "agency_id, incident_id, worker_id"
    turns = "CASE WHEN status = 'SAFE' THEN 1 ELSE 0 END"
    return (
        f"SELECT agency_id, incident_id, 'answered' AS name, {_bucket('min(at)', SECONDS, dialect)} AS bucket, 1 AS n"  # noqa: S608
        f" FROM {reports} first WHERE status IN ('HELP', 'SAFE', 'MOVING', 'STAYING') GROUP BY {whose}"
        f" UNION ALL SELECT agency_id, incident_id, 'safe', {_bucket('at', SECONDS, dialect)}, now_safe - was_safe FROM ("
        f"SELECT agency_id, incident_id, at, {turns} AS now_safe,"
        f" lag({turns}, 1, 0) OVER (PARTITION BY {whose} ORDER BY at, id) AS was_safe FROM {reports} each_one) turned"
        " WHERE now_safe <> was_safe"
    )


def _said(row: str, dialect: str, sign: str) -> str:
    """What one report changes: the sums with it less those without it. It stands in no table while this is asked."""
    columns = "id, agency_id, incident_id, worker_id, at, status"
    # By the worker, of whom there are few: without figures of its own SQLite would walk through all reports of the incident.
    s = "+s" if dialect == "sqlite" else "s"
    others = (
        f"SELECT {columns} FROM status_reports s WHERE {s}.agency_id = {row}.agency_id AND {s}.incident_id = {row}.incident_id"  # noqa: S608
        f" AND s.worker_id = {row}.worker_id AND s.applied AND s.id <> {row}.id"
    )
    this = ", ".join(f"{row}.{column}" for column in columns.split(", "))
    return (
        f"INSERT INTO tallies ({LINE}) SELECT {_new_id(dialect)}, {row}.agency_id, {row}.incident_id, 'heard', name, bucket, "  # noqa: S608
        f"{_counted(dialect)[0].site}, {sign} sum(n) FROM (SELECT name, bucket, n FROM ({_heard(f'({others} UNION ALL SELECT {this})', dialect)}) with_it"
        f" UNION ALL SELECT name, bucket, -n FROM ({_heard(f'({others})', dialect)}) without_it) changed"
        f" WHERE {row}.applied GROUP BY name, bucket HAVING sum(n) <> 0"
    )


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _sqlite() -> Iterator[str]:
    for one in _counted("sqlite"):
        name, watched = f"tally_{one.kind}", {*one.columns, one.of.partition(".")[2]}
        moved = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in sorted(watched))
        yield _trigger(f"{name}_in", f"AFTER INSERT ON {one.table} WHEN {one.when.format(r='NEW')}", _raise(one, "NEW", 1))
        yield _trigger(f"{name}_out", f"AFTER DELETE ON {one.table} WHEN {one.when.format(r='OLD')}", _raise(one, "OLD", -1))
        either = f"({one.when.format(r='OLD')} OR {one.when.format(r='NEW')})"
        yield _trigger(
            f"{name}_turn",
            f"AFTER UPDATE OF {', '.join(sorted(watched))} ON {one.table} WHEN ({moved}) AND {either}",
            _raise(one, "OLD", -1) + _raise(one, "NEW", 1),
        )
    here, site, name = "NEW.agency_id", _site_of("NEW"), _name_of("NEW")
    keep = f"UPDATE incident_people SET site_id = {site}, sort_name = {name} WHERE id = NEW.id;"  # noqa: S608
    differs = f"NEW.site_id IS NOT {site} OR NEW.sort_name IS NOT {name}"
    yield _trigger("tally_keep_in", f"AFTER INSERT ON incident_people WHEN {differs}", keep)
    yield _trigger("tally_keep_turn", f"AFTER UPDATE OF worker_id, site_id, sort_name ON incident_people WHEN {differs}", keep)
    for event, row in (("INSERT", "NEW"), ("UPDATE OF worker_id, site_id, is_current", "NEW"), ("UPDATE OF worker_id, site_id, is_current", "OLD"), ("DELETE", "OLD")):
        move = f"UPDATE incident_people SET site_id = {_site_of('incident_people')} WHERE worker_id = {row}.worker_id AND +agency_id = {row}.agency_id;"  # noqa: S608
        yield _trigger(f"tally_site_{event[:6].lower()}_{row.lower()}", f"AFTER {event} ON deployments WHEN {row}.is_current", move)
    rename = f"UPDATE incident_people SET sort_name = NEW.sort_name WHERE worker_id = NEW.id AND +agency_id = {here};"  # noqa: S608
    yield _trigger("tally_rename", "AFTER UPDATE OF sort_name ON workers WHEN OLD.sort_name IS NOT NEW.sort_name", rename)
    joins = Counted("workers", "{r}.agency_id", "joins", "''", "0", "NULL", "1 = 1", ())
    yield _trigger("tally_joins_in", "AFTER INSERT ON workers", _raise(joins, "NEW", 1))
    came = "OLD.host_country IS NOT NEW.host_country OR OLD.archived_at IS NOT NEW.archived_at"
    yield _trigger("tally_joins_turn", f"AFTER UPDATE OF host_country, archived_at ON workers WHEN {came}", _raise(joins, "NEW", 1))
    said_in, said_out = _said("NEW", "sqlite", ""), _said("OLD", "sqlite", "-")
    # Before, because each row of several has to see those that went before it and not those that come after.
    yield _trigger("tally_heard_in", "BEFORE INSERT ON status_reports", f"{said_in};")
    yield _trigger("tally_heard_out", "BEFORE DELETE ON status_reports", f"{said_out};")
    yield _trigger("tally_heard_turn", "BEFORE UPDATE OF worker_id, incident_id, at, status, applied ON status_reports", f"{said_out};{said_in};")  # fmt: skip


def _trigger(name: str, when: str, body: str) -> str:
    event, has_when, condition = when.partition(" WHEN ")
    return f"CREATE TRIGGER {name} {event} FOR EACH ROW{has_when}{condition} BEGIN {body} END"


def _raise(one: Counted, row: str, by: int) -> str:
    """Raise the count in its place, or begin it."""
    of, name, bucket, site, when = (part.format(r=row) for part in (one.of, one.name, one.bucket, one.site, one.when))
    return (
        f"UPDATE tallies SET n = n + {by} WHERE agency_id = {row}.agency_id AND of_id = {of} AND kind = '{one.kind}' AND name = {name}"  # noqa: S608
        f" AND bucket = {bucket} AND site_id IS {site} AND {when};"
        f"INSERT INTO tallies ({LINE}) SELECT lower(hex(randomblob(16))), {row}.agency_id, {of}, '{one.kind}', {name}, {bucket}, {site}, {by}"
        f" WHERE {when} AND changes() = 0;"
    )


# --- PostgreSQL -------------------------------------------------------------------------------------------------------

FUNCTIONS = (
    "tally_people_in", "tally_people_turn", "tally_people_out", "tally_texts_in", "tally_texts_turn", "tally_keep", "tally_sites_in", "tally_sites_turn",
    "tally_rename", "tally_joins", "tally_join", "tally_heard",
)  # fmt: skip


def _postgresql() -> Iterator[str]:
    every = _counted("postgresql")
    people, texts = every[:-1], every[-1:]
    for table, some, name in (("incident_people", people, "people"), ("messages", texts, "texts")):
        yield _function(f"tally_{name}_in", f"{_sums(some, (('new_rows', 1),))}; RETURN NULL;")
        yield f"CREATE TRIGGER tally_{name}_in AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_{name}_in()"  # fmt: skip
    # Few texts change at once but for those that are claimed; where none changes its state, not even a function is called.
    one = texts[0]
    gone, come = (f"IF {one.when.format(r=row)} THEN {_add(one, row, by)} END IF;" for row, by in (("OLD", -1), ("NEW", 1)))
    yield _function("tally_texts_turn", f"IF TG_OP <> 'INSERT' THEN {gone} END IF; IF TG_OP <> 'DELETE' THEN {come} END IF; RETURN NULL;")
    moved = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in one.columns)
    yield f"CREATE TRIGGER tally_texts_turn AFTER UPDATE OF {', '.join(one.columns)} ON messages FOR EACH ROW WHEN ({moved}) EXECUTE FUNCTION tally_texts_turn()"  # fmt: skip
    yield f"CREATE TRIGGER tally_texts_out AFTER DELETE ON messages FOR EACH ROW WHEN ({one.when.format(r='OLD')}) EXECUTE FUNCTION tally_texts_turn()"  # fmt: skip
    yield _function("tally_people_turn", f"{_sums(people, (('old_rows', -1), ('new_rows', 1)))}; RETURN NULL;")
    yield "CREATE TRIGGER tally_people_turn AFTER UPDATE ON incident_people REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_people_turn()"
    yield _function("tally_people_out", f"{_sums(people, (('old_rows', -1),))}; RETURN NULL;")
    yield "CREATE TRIGGER tally_people_out AFTER DELETE ON incident_people REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_people_out()"
    yield from _postgresql_keeps()
    yield from _postgresql_hears()


def _postgresql_keeps() -> Iterator[str]:
    """Where people are and how they are sorted, kept in their line on the board; and that somebody may be missing there."""
    yield _function("tally_keep", f"NEW.site_id := {_site_of('NEW')}; NEW.sort_name := {_name_of('NEW')}; RETURN NEW;")
    for event in ("INSERT", "UPDATE OF worker_id, site_id, sort_name"):
        yield f"CREATE TRIGGER tally_keep_{event[:6].lower()} BEFORE {event} ON incident_people FOR EACH ROW EXECUTE FUNCTION tally_keep()"
    stale = f"p.site_id IS DISTINCT FROM {_site_of('p')}"
    # The line works out its own site as soon as it is touched.
    many = f"UPDATE incident_people p SET site_id = NULL FROM new_rows d WHERE p.agency_id = d.agency_id AND p.worker_id = d.worker_id AND {stale}"  # noqa: S608
    yield _function("tally_sites_in", f"{many}; RETURN NULL;")
    yield "CREATE TRIGGER tally_sites_in AFTER INSERT ON deployments REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_sites_in()"
    one = f"UPDATE incident_people p SET site_id = NULL WHERE p.agency_id = OLD.agency_id AND p.worker_id = OLD.worker_id AND {stale}"  # noqa: S608
    other = f"IF TG_OP = 'UPDATE' THEN {one.replace('OLD.', 'NEW.')}; END IF;"
    yield _function("tally_sites_turn", f"{one}; {other} RETURN NULL;")
    changed = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in ("worker_id", "site_id", "is_current"))
    yield f"CREATE TRIGGER tally_sites_turn AFTER UPDATE OF worker_id, site_id, is_current ON deployments FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION tally_sites_turn()"
    yield "CREATE TRIGGER tally_sites_out AFTER DELETE ON deployments FOR EACH ROW WHEN (OLD.is_current) EXECUTE FUNCTION tally_sites_turn()"
    rename = "UPDATE incident_people p SET sort_name = NEW.sort_name WHERE p.agency_id = NEW.agency_id AND p.worker_id = NEW.id"
    yield _function("tally_rename", f"{rename}; RETURN NULL;")
    yield "CREATE TRIGGER tally_rename AFTER UPDATE OF sort_name ON workers FOR EACH ROW WHEN (OLD.sort_name IS DISTINCT FROM NEW.sort_name) EXECUTE FUNCTION tally_rename()"  # fmt: skip
    joins = f"INSERT INTO tallies ({LINE}) SELECT gen_random_uuid(), agency_id, agency_id, 'joins', '', 0, NULL, count(*) FROM new_rows GROUP BY agency_id"  # noqa: S608
    yield _function("tally_joins", f"{joins}; RETURN NULL;")
    yield "CREATE TRIGGER tally_joins AFTER INSERT ON workers REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tally_joins()"
    join = f"INSERT INTO tallies ({LINE}) VALUES (gen_random_uuid(), NEW.agency_id, NEW.agency_id, 'joins', '', 0, NULL, 1)"  # noqa: S608
    yield _function("tally_join", f"{join}; RETURN NULL;")
    came = "OLD.host_country IS DISTINCT FROM NEW.host_country OR OLD.archived_at IS DISTINCT FROM NEW.archived_at"
    yield f"CREATE TRIGGER tally_join AFTER UPDATE OF host_country, archived_at ON workers FOR EACH ROW WHEN ({came}) EXECUTE FUNCTION tally_join()"


def _postgresql_hears() -> Iterator[str]:
    gone, come = f"{_said('OLD', 'postgresql', '-')};", f"{_said('NEW', 'postgresql', '')};"
    body = f"IF TG_OP <> 'INSERT' THEN {gone} END IF; IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; {come} RETURN NEW;"
    yield _function("tally_heard", body)
    for event in ("INSERT", "DELETE", "UPDATE OF worker_id, incident_id, at, status, applied"):
        yield f"CREATE TRIGGER tally_heard_{event[:6].lower()} BEFORE {event} ON status_reports FOR EACH ROW EXECUTE FUNCTION tally_heard()"


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"


def _sums(some: tuple[Counted, ...], rows: tuple[tuple[str, int], ...]) -> str:
    """One line for each count that a statement has changed, however many rows it touched."""
    each = " UNION ALL ".join(
        f"SELECT r.agency_id, {one.of.format(r='r')} AS of_id, '{one.kind}' AS kind, {one.name.format(r='r')} AS name, {one.bucket.format(r='r')} AS bucket,"  # noqa: S608
        f" {one.site.format(r='r')} AS site_id, {by} AS n FROM {table} r WHERE {one.when.format(r='r')}"
        for one in some
        for table, by in rows
    )
    return (
        f"INSERT INTO tallies ({LINE}) SELECT gen_random_uuid(), agency_id, of_id, kind, name, bucket, site_id, sum(n) FROM ({each}) each_one"  # noqa: S608
        " GROUP BY agency_id, of_id, kind, name, bucket, site_id HAVING sum(n) <> 0"
    )


def _add(one: Counted, row: str, by: int) -> str:
    of, name, bucket, site = (part.format(r=row) for part in (one.of, one.name, one.bucket, one.site))
    return f"INSERT INTO tallies ({LINE}) VALUES (gen_random_uuid(), {row}.agency_id, {of}, '{one.kind}', {name}, {bucket}, {site}, {by});"  # noqa: S608
