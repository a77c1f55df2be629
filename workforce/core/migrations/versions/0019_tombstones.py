"""Who was erased on request, as keyed digests."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tombstones",
        sa.Column("mark", sa.LargeBinary(length=16), nullable=False),
        sa.Column("erased_on", sa.Date(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_tombstones_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstones")),
        sa.UniqueConstraint("agency_id", "mark", name=op.f("uq_tombstones_agency_id_mark")),
    )


def downgrade() -> None:
    op.drop_table("tombstones")
