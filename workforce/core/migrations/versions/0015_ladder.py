"""How the silent are chased: steps by incident, where each person stands, calls that are left for staff."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OPEN = sa.text("done_at IS NULL")


def upgrade() -> None:
    moment = workforce.core.db.UTCDateTime(timezone=True)
    op.add_column("incidents", sa.Column("ladder", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("incident_people", sa.Column("chase_step", sa.String(length=12), nullable=False, server_default=""))
    op.add_column("incident_people", sa.Column("chase_at", moment, nullable=True))
    op.add_column("incident_people", sa.Column("chase_round", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_incident_people_chase", "incident_people", ["agency_id", "incident_id", "chase_at"])
    op.create_table(
        "ladder_moves",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("step", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        *_about_a_person("ladder_moves"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ladder_moves")),
        sa.UniqueConstraint(
            "agency_id",
            "incident_id",
            "worker_id",
            "round",
            "step",
            name=op.f("uq_ladder_moves_agency_id_incident_id_worker_id_round_step"),
        ),
    )
    op.create_index(op.f("ix_ladder_moves_worker_id"), "ladder_moves", ["worker_id"])
    op.create_table(
        "call_tasks",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("opened_at", moment, nullable=False),
        sa.Column("due_at", moment, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", moment, nullable=True),
        sa.Column("done_at", moment, nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        *_about_a_person("call_tasks"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_tasks")),
        sa.UniqueConstraint("agency_id", "id", name="uq_call_tasks_agency_id_id"),
    )
    op.create_index(op.f("ix_call_tasks_worker_id"), "call_tasks", ["worker_id"])
    op.create_index("ix_call_tasks_open", "call_tasks", ["agency_id", "done_at", "due_at"])
    op.create_index(
        "uq_call_tasks_open",
        "call_tasks",
        ["agency_id", "incident_id", "worker_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )


def downgrade() -> None:
    op.drop_index("uq_call_tasks_open", table_name="call_tasks", sqlite_where=OPEN, postgresql_where=OPEN)
    op.drop_index("ix_call_tasks_open", table_name="call_tasks")
    op.drop_index(op.f("ix_call_tasks_worker_id"), table_name="call_tasks")
    op.drop_table("call_tasks")
    op.drop_index(op.f("ix_ladder_moves_worker_id"), table_name="ladder_moves")
    op.drop_table("ladder_moves")
    op.drop_index("ix_incident_people_chase", table_name="incident_people")
    op.drop_column("incident_people", "chase_round")
    op.drop_column("incident_people", "chase_at")
    op.drop_column("incident_people", "chase_step")
    op.drop_column("incidents", "ladder")


def _about_a_person(table: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint(
            ["agency_id", "incident_id"],
            ["incidents.agency_id", "incidents.id"],
            name=op.f(f"fk_{table}_agency_id_incident_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f(f"fk_{table}_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f(f"fk_{table}_agency_id")),
    ]
