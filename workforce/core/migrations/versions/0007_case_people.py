"""A case names everybody who may have called: one row a person."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_people",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("ended_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_case_people_agency_id")),
        sa.ForeignKeyConstraint(["agency_id", "case_id"], ["cases.agency_id", "cases.id"], name=op.f("fk_case_people_agency_id_case_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["agency_id", "incident_id"], ["incidents.agency_id", "incidents.id"], name=op.f("fk_case_people_agency_id_incident_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["agency_id", "worker_id"], ["workers.agency_id", "workers.id"], name=op.f("fk_case_people_agency_id_worker_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_people")),
        sa.UniqueConstraint("agency_id", "case_id", "worker_id", name=op.f("uq_case_people_agency_id_case_id_worker_id")),
    )
    op.create_index("ix_case_people_open", "case_people", ["agency_id", "worker_id", "ended_at"], unique=False)
    # Cases made before named one person each; their row may carry the case's own id, for no other table has it.
    op.execute(
        "INSERT INTO case_people (id, agency_id, case_id, worker_id, incident_id, place, ended_at) "
        "SELECT id, agency_id, id, worker_id, incident_id, 0, closed_at FROM cases"
    )


def downgrade() -> None:
    op.drop_index("ix_case_people_open", table_name="case_people")
    op.drop_table("case_people")
