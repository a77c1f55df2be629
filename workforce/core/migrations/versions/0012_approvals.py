"""The second person, the glass one person may break, and the text that a recall replaces."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

LIVE = sa.text("state IN ('waiting', 'approved', 'counting')")


def upgrade() -> None:
    op.add_column("broadcasts", sa.Column("replaces", sa.Integer(), nullable=True))
    op.create_table(
        "approvals",
        sa.Column("broadcast_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("seal", sa.LargeBinary(length=32), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("until_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("reason_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("reviewed_by", sa.Uuid(), nullable=True),
        sa.Column("reviewed_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("review_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "broadcast_id"],
            ["broadcasts.agency_id", "broadcasts.id"],
            name=op.f("fk_approvals_agency_id_broadcast_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_approvals_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
    )
    op.create_index(op.f("ix_approvals_broadcast_id"), "approvals", ["broadcast_id"], unique=False)
    op.create_index("ix_approvals_open", "approvals", ["agency_id", "state", "until_at"], unique=False)
    op.create_index(
        "uq_approvals_live",
        "approvals",
        ["agency_id", "broadcast_id"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )


def downgrade() -> None:
    op.drop_index("uq_approvals_live", table_name="approvals", sqlite_where=LIVE, postgresql_where=LIVE)
    op.drop_index("ix_approvals_open", table_name="approvals")
    op.drop_index(op.f("ix_approvals_broadcast_id"), table_name="approvals")
    op.drop_table("approvals")
    op.drop_column("broadcasts", "replaces")
