"""Incidents, broadcasts, the muster board."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "incidents",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("countries", sa.JSON(), nullable=False),
        sa.Column("alert_level", sa.Integer(), nullable=False),
        sa.Column("is_exercise", sa.Boolean(), nullable=False),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("stamp", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("opened_by", sa.Uuid(), nullable=True),
        sa.Column("opened_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_incidents_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
        sa.UniqueConstraint("agency_id", "code", name=op.f("uq_incidents_agency_id_code")),
        sa.UniqueConstraint("agency_id", "id", name="uq_incidents_agency_id_id"),
    )
    op.create_table(
        "areas",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("geometry", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "incident_id"],
            ["incidents.agency_id", "incidents.id"],
            name=op.f("fk_areas_agency_id_incident_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_areas_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_areas")),
        sa.UniqueConstraint("agency_id", "id", name="uq_areas_agency_id_id"),
    )
    op.create_table(
        "broadcasts",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("bodies", sa.JSON(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("frozen_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("sent_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("sending_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("done_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("valid_seconds", sa.Integer(), nullable=False),
        sa.Column("recipients_count", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "incident_id"],
            ["incidents.agency_id", "incidents.id"],
            name=op.f("fk_broadcasts_agency_id_incident_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_broadcasts_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
        sa.UniqueConstraint("agency_id", "id", name="uq_broadcasts_agency_id_id"),
        sa.UniqueConstraint(
            "agency_id", "incident_id", "sequence", name=op.f("uq_broadcasts_agency_id_incident_id_sequence")
        ),
    )
    op.create_table(
        "incident_lines",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "incident_id"],
            ["incidents.agency_id", "incidents.id"],
            name=op.f("fk_incident_lines_agency_id_incident_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_incident_lines_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_lines")),
    )
    op.create_index("ix_incident_lines_at", "incident_lines", ["agency_id", "incident_id", "at"], unique=False)
    op.create_table(
        "cases",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("opened_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("due_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("owned_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("closed_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("outcome_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "incident_id"],
            ["incidents.agency_id", "incidents.id"],
            name=op.f("fk_cases_agency_id_incident_id"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "owner_id"], ["users.agency_id", "users.id"], name=op.f("fk_cases_agency_id_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_cases_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_cases_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("agency_id", "id", name="uq_cases_agency_id_id"),
        sa.UniqueConstraint("agency_id", "number", name=op.f("uq_cases_agency_id_number")),
    )
    op.create_index(op.f("ix_cases_worker_id"), "cases", ["worker_id"], unique=False)
    op.create_table(
        "incident_people",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("status_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("evidence_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("said_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("asked_times", sa.Integer(), nullable=False),
        sa.Column("unreachable_reason", sa.String(length=20), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "incident_id"],
            ["incidents.agency_id", "incidents.id"],
            name=op.f("fk_incident_people_agency_id_incident_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_incident_people_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_incident_people_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_people")),
        sa.UniqueConstraint("agency_id", "id", name="uq_incident_people_agency_id_id"),
        sa.UniqueConstraint(
            "agency_id", "incident_id", "worker_id", name=op.f("uq_incident_people_agency_id_incident_id_worker_id")
        ),
    )
    op.create_index(op.f("ix_incident_people_worker_id"), "incident_people", ["worker_id"], unique=False)
    op.create_table(
        "recipients",
        sa.Column("broadcast_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("phone_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("whereabouts", sa.String(length=8), nullable=False),
        sa.Column("left_out", sa.String(length=20), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "broadcast_id"],
            ["broadcasts.agency_id", "broadcasts.id"],
            name=op.f("fk_recipients_agency_id_broadcast_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_recipients_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_recipients_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recipients")),
        sa.UniqueConstraint(
            "agency_id", "broadcast_id", "worker_id", name=op.f("uq_recipients_agency_id_broadcast_id_worker_id")
        ),
    )
    op.create_index(op.f("ix_recipients_worker_id"), "recipients", ["worker_id"], unique=False)
    op.create_table(
        "status_reports",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("applied", sa.Boolean(), nullable=False),
        sa.Column("at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("evidence_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("said_by", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "incident_id"],
            ["incidents.agency_id", "incidents.id"],
            name=op.f("fk_status_reports_agency_id_incident_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_status_reports_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_status_reports_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_reports")),
    )
    op.create_index("ix_status_reports_curve", "status_reports", ["agency_id", "incident_id", "at"], unique=False)
    op.create_index(op.f("ix_status_reports_worker_id"), "status_reports", ["worker_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_status_reports_worker_id"), table_name="status_reports")
    op.drop_index("ix_status_reports_curve", table_name="status_reports")
    op.drop_table("status_reports")
    op.drop_index(op.f("ix_recipients_worker_id"), table_name="recipients")
    op.drop_table("recipients")
    op.drop_index(op.f("ix_incident_people_worker_id"), table_name="incident_people")
    op.drop_table("incident_people")
    op.drop_index(op.f("ix_cases_worker_id"), table_name="cases")
    op.drop_table("cases")
    op.drop_index("ix_incident_lines_at", table_name="incident_lines")
    op.drop_table("incident_lines")
    op.drop_table("broadcasts")
    op.drop_table("areas")
    op.drop_table("incidents")
