"""A roster's corrections and what was seen of it, sealed; what the columns of a list hold, remembered or kept under a name."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ADDED = ("corrections_sealed", "look_place", "look_key", "look_digest", "looked_at")


def upgrade() -> None:
    op.add_column("imports", sa.Column("corrections_sealed", workforce.core.db.Sealed(), nullable=True))
    op.add_column("imports", sa.Column("look_place", sa.String(length=32), nullable=True))
    op.add_column("imports", sa.Column("look_key", workforce.core.db.Sealed(), nullable=True))
    op.add_column("imports", sa.Column("look_digest", sa.LargeBinary(length=32), nullable=True))
    op.add_column("imports", sa.Column("looked_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True))
    op.create_table(
        "roster_mappings",
        sa.Column("slot", sa.LargeBinary(length=32), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=True),
        sa.Column("shape", sa.LargeBinary(length=32), nullable=False),
        sa.Column("rules_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("used_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_roster_mappings_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_mappings")),
        sa.UniqueConstraint("agency_id", "id", name="uq_roster_mappings_agency_id_id"),
        sa.UniqueConstraint("agency_id", "slot", name=op.f("uq_roster_mappings_agency_id_slot")),
    )


def downgrade() -> None:
    op.drop_table("roster_mappings")
    for column in reversed(ADDED):
        op.drop_column("imports", column)
