"""One-time links, proposals, secret words, who has which thread, corrected readings."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "duress_words",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("word_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("set_by", sa.Uuid(), nullable=True),
        sa.Column("set_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_duress_words_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_duress_words_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duress_words")),
        sa.UniqueConstraint("agency_id", "worker_id", name=op.f("uq_duress_words_agency_id_worker_id")),
    )
    op.create_table(
        "inbox_threads",
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("number_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("owned_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("seen_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "owner_id"], ["users.agency_id", "users.id"], name=op.f("fk_inbox_threads_agency_id_owner_id")
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_inbox_threads_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_inbox_threads_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_threads")),
        sa.UniqueConstraint("agency_id", "number_index", name=op.f("uq_inbox_threads_agency_id_number_index")),
        sa.UniqueConstraint("agency_id", "worker_id", name=op.f("uq_inbox_threads_agency_id_worker_id")),
    )
    op.create_table(
        "proposals",
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("document_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("payload_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("number_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("number_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("file_key", workforce.core.db.Sealed(), nullable=True),
        sa.Column("made_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("changed_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("note_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "document_id"],
            ["documents.agency_id", "documents.id"],
            name=op.f("fk_proposals_agency_id_document_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "message_id"],
            ["messages.agency_id", "messages.id"],
            name=op.f("fk_proposals_agency_id_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_proposals_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_proposals_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
        sa.UniqueConstraint("agency_id", "id", name="uq_proposals_agency_id_id"),
    )
    op.create_index("ix_proposals_number", "proposals", ["agency_id", "number_index"], unique=False)
    op.create_index("ix_proposals_state", "proposals", ["agency_id", "state", "made_at"], unique=False)
    op.create_index("ix_proposals_worker", "proposals", ["agency_id", "worker_id"], unique=False)
    op.create_table(
        "text_corrections",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("label_before", sa.String(length=8), nullable=False),
        sa.Column("status_before", sa.String(length=8), nullable=False),
        sa.Column("status_after", sa.String(length=8), nullable=False),
        sa.Column("corrected_by", sa.Uuid(), nullable=True),
        sa.Column("corrected_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "message_id"],
            ["messages.agency_id", "messages.id"],
            name=op.f("fk_text_corrections_agency_id_message_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_text_corrections_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_text_corrections_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_corrections")),
    )
    op.create_index("ix_text_corrections_at", "text_corrections", ["agency_id", "corrected_at"], unique=False)
    op.create_table(
        "worker_links",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("page_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("used_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("page_until", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("share_until", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("share_consent_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "message_id"],
            ["messages.agency_id", "messages.id"],
            name=op.f("fk_worker_links_agency_id_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_worker_links_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_worker_links_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worker_links")),
        sa.UniqueConstraint("agency_id", "id", name="uq_worker_links_agency_id_id"),
        sa.UniqueConstraint("page_hash", name=op.f("uq_worker_links_page_hash")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_worker_links_token_hash")),
    )
    op.create_index("ix_worker_links_worker", "worker_links", ["agency_id", "worker_id", "created_at"], unique=False)
    op.add_column("cases", sa.Column("is_duress", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("cases", "is_duress")
    op.drop_index("ix_worker_links_worker", table_name="worker_links")
    op.drop_table("worker_links")
    op.drop_index("ix_text_corrections_at", table_name="text_corrections")
    op.drop_table("text_corrections")
    op.drop_index("ix_proposals_worker", table_name="proposals")
    op.drop_index("ix_proposals_state", table_name="proposals")
    op.drop_index("ix_proposals_number", table_name="proposals")
    op.drop_table("proposals")
    op.drop_table("inbox_threads")
    op.drop_table("duress_words")
