"""Possible duplicates, and what was merged."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duplicate_marks",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("keys", sa.LargeBinary(), nullable=False),
        sa.Column("looked_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        *_own(),
        sa.ForeignKeyConstraint(["agency_id", "worker_id"], ["workers.agency_id", "workers.id"], name=op.f("fk_duplicate_marks_agency_id_worker_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_duplicate_marks_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_marks")),
        sa.UniqueConstraint("agency_id", "worker_id", name=op.f("uq_duplicate_marks_agency_id_worker_id")),
    )
    op.create_table(
        "duplicate_pairs",
        sa.Column("one_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("found_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        *_own(),
        sa.ForeignKeyConstraint(["agency_id", "one_id"], ["workers.agency_id", "workers.id"], name=op.f("fk_duplicate_pairs_agency_id_one_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["agency_id", "other_id"], ["workers.agency_id", "workers.id"], name=op.f("fk_duplicate_pairs_agency_id_other_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_duplicate_pairs_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_pairs")),
        sa.UniqueConstraint("agency_id", "id", name="uq_duplicate_pairs_agency_id_id"),
        sa.UniqueConstraint("agency_id", "one_id", "other_id", name=op.f("uq_duplicate_pairs_agency_id_one_id_other_id")),
    )
    op.create_index("ix_duplicate_pairs_open", "duplicate_pairs", ["agency_id", "state", "score"])
    op.create_index(op.f("ix_duplicate_pairs_other_id"), "duplicate_pairs", ["other_id"])
    op.create_table(
        "merges",
        sa.Column("kept_id", sa.Uuid(), nullable=False),
        sa.Column("merged_id", sa.Uuid(), nullable=False),
        sa.Column("merged_name", sa.String(length=160), nullable=False),
        sa.Column("before_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("undone_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        *_own(),
        sa.ForeignKeyConstraint(["agency_id", "kept_id"], ["workers.agency_id", "workers.id"], name=op.f("fk_merges_agency_id_kept_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_merges_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
        sa.UniqueConstraint("agency_id", "id", name="uq_merges_agency_id_id"),
    )
    op.create_index(op.f("ix_merges_kept_id"), "merges", ["kept_id"])
    op.create_index("ix_merges_merged", "merges", ["agency_id", "merged_id"])


def downgrade() -> None:
    op.drop_index("ix_merges_merged", table_name="merges")
    op.drop_index(op.f("ix_merges_kept_id"), table_name="merges")
    op.drop_table("merges")
    op.drop_index(op.f("ix_duplicate_pairs_other_id"), table_name="duplicate_pairs")
    op.drop_index("ix_duplicate_pairs_open", table_name="duplicate_pairs")
    op.drop_table("duplicate_pairs")
    op.drop_table("duplicate_marks")


def _own() -> tuple[sa.Column, sa.Column]:
    return sa.Column("id", sa.Uuid(), nullable=False), sa.Column("agency_id", sa.Uuid(), nullable=False)
