"""What an agency found about replies from a country, and its numbers there."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reply_routes",
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("verdict", sa.String(length=12), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("reply_number", sa.String(length=20), nullable=False),
        sa.Column("missed_call_number", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("edited_by", sa.Uuid(), nullable=True),
        sa.Column("edited_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_reply_routes_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reply_routes")),
        sa.UniqueConstraint("agency_id", "country", name=op.f("uq_reply_routes_agency_id_country")),
    )


def downgrade() -> None:
    op.drop_table("reply_routes")
