"""Rates of senders and limits of days."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sender_buckets",
        sa.Column("sender", sa.String(length=120), nullable=False),
        sa.Column("parts", sa.Float(), nullable=False),
        sa.Column("filled_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sender", name=op.f("pk_sender_buckets")),
    )
    op.create_table(
        "country_days",
        sa.Column("country", sa.String(length=3), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("parts", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_country_days_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_country_days")),
        sa.UniqueConstraint("agency_id", "country", "day", name=op.f("uq_country_days_agency_id_country_day")),
    )
    with op.batch_alter_table("agencies") as table:
        table.add_column(sa.Column("parts_per_second", sa.Float(), nullable=True))
        table.add_column(sa.Column("daily_parts", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("agencies") as table:
        table.drop_column("daily_parts")
        table.drop_column("parts_per_second")
    op.drop_table("country_days")
    op.drop_table("sender_buckets")
