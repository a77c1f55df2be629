"""Texts, notices, simulated phones."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notice_ladders",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("rungs", sa.JSON(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_notice_ladders_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_ladders")),
        sa.UniqueConstraint("agency_id", "kind", name=op.f("uq_notice_ladders_agency_id_kind")),
    )
    op.create_table(
        "notice_runs",
        sa.Column("ran_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("audit_seq", sa.Integer(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_notice_runs_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_runs")),
        sa.UniqueConstraint("agency_id", name=op.f("uq_notice_runs_agency_id")),
    )
    op.create_table(
        "text_templates",
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("body", sa.String(length=1600), nullable=False),
        sa.Column("edited_by", sa.Uuid(), nullable=True),
        sa.Column("edited_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_text_templates_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_templates")),
        sa.UniqueConstraint("agency_id", "key", "language", name=op.f("uq_text_templates_agency_id_key_language")),
    )
    op.create_table(
        "handsets",
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("number_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("number_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("script", sa.JSON(), nullable=False),
        sa.Column("has_signal", sa.Boolean(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("is_in_service", sa.Boolean(), nullable=False),
        sa.Column("late_seconds", sa.Float(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("network", sa.String(length=24), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_handsets_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_handsets_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handsets")),
        sa.UniqueConstraint("agency_id", "id", name="uq_handsets_agency_id_id"),
        sa.UniqueConstraint("agency_id", "number_index", name=op.f("uq_handsets_agency_id_number_index")),
    )
    op.create_index(op.f("ix_handsets_worker_id"), "handsets", ["worker_id"], unique=False)
    op.create_table(
        "messages",
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("phone_id", sa.Uuid(), nullable=True),
        sa.Column("number_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("number_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("body_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=160), nullable=True),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("broadcast_id", sa.Uuid(), nullable=True),
        sa.Column("in_reply_to_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("gateway", sa.String(length=12), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=True),
        sa.Column("status_token_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("encoding", sa.String(length=6), nullable=False),
        sa.Column("segments", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("possible_double", sa.Boolean(), nullable=False),
        sa.Column("claimed_by", sa.String(length=80), nullable=False),
        sa.Column("lease_until", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("not_before_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("valid_until", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("queued_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("sent_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("settled_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.String(length=24), nullable=False),
        sa.Column("label", sa.String(length=8), nullable=False),
        sa.Column("reading_status", sa.String(length=8), nullable=False),
        sa.Column("handled_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("handled_by", sa.Uuid(), nullable=True),
        sa.Column("processed_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "broadcast_id"],
            ["broadcasts.agency_id", "broadcasts.id"],
            name=op.f("fk_messages_agency_id_broadcast_id"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "incident_id"],
            ["incidents.agency_id", "incidents.id"],
            name=op.f("fk_messages_agency_id_incident_id"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_messages_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_messages_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint(
            "agency_id", "gateway", "provider_id", name=op.f("uq_messages_agency_id_gateway_provider_id")
        ),
        sa.UniqueConstraint("agency_id", "id", name="uq_messages_agency_id_id"),
        sa.UniqueConstraint("agency_id", "occasion", name=op.f("uq_messages_agency_id_occasion")),
        sa.UniqueConstraint("status_token_hash", name=op.f("uq_messages_status_token_hash")),
    )
    op.create_index("ix_messages_broadcast", "messages", ["agency_id", "broadcast_id"], unique=False)
    op.create_index(
        "ix_messages_inbox", "messages", ["agency_id", "direction", "handled_at", "queued_at"], unique=False
    )
    op.create_index(op.f("ix_messages_lease_until"), "messages", ["lease_until"], unique=False)
    op.create_index("ix_messages_number", "messages", ["agency_id", "number_index"], unique=False)
    op.create_index("ix_messages_thread", "messages", ["agency_id", "worker_id", "queued_at"], unique=False)
    op.create_index("ix_messages_work", "messages", ["state", "priority", "queued_at"], unique=False)
    op.create_table(
        "questions",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("asked_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("answered_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "incident_id"],
            ["incidents.agency_id", "incidents.id"],
            name=op.f("fk_questions_agency_id_incident_id"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_questions_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_questions_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_questions")),
    )
    op.create_index("ix_questions_open", "questions", ["agency_id", "worker_id", "asked_at"], unique=False)
    op.create_table(
        "handset_texts",
        sa.Column("handset_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("body_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("due_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("handed_over_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "handset_id"],
            ["handsets.agency_id", "handsets.id"],
            name=op.f("fk_handset_texts_agency_id_handset_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_handset_texts_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handset_texts")),
        sa.UniqueConstraint("agency_id", "provider_id", name=op.f("uq_handset_texts_agency_id_provider_id")),
    )
    op.create_index("ix_handset_texts_due", "handset_texts", ["handed_over_at", "due_at"], unique=False)
    op.create_index("ix_handset_texts_thread", "handset_texts", ["agency_id", "handset_id", "due_at"], unique=False)
    op.create_index(op.f("ix_handset_texts_worker_id"), "handset_texts", ["worker_id"], unique=False)
    op.create_table(
        "message_events",
        sa.Column("message_id", sa.Uuid(), nullable=False),
        sa.Column("at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=12), nullable=False),
        sa.Column("error_code", sa.String(length=24), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "message_id"],
            ["messages.agency_id", "messages.id"],
            name=op.f("fk_message_events_agency_id_message_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_message_events_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_events")),
    )
    op.create_index(op.f("ix_message_events_message_id"), "message_events", ["message_id"], unique=False)
    op.create_table(
        "notices",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("recipient", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("seen_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "document_id"],
            ["documents.agency_id", "documents.id"],
            name=op.f("fk_notices_agency_id_document_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "message_id"],
            ["messages.agency_id", "messages.id"],
            name=op.f("fk_notices_agency_id_message_id"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_notices_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_notices_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "agency_id",
            "document_id",
            "expires_on",
            "rung",
            "recipient",
            "channel",
            name=op.f("uq_notices_agency_id_document_id_expires_on_rung_recipient_channel"),
        ),
    )
    op.create_index(
        "ix_notices_due",
        "notices",
        ["agency_id", "created_at"],
        unique=False,
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index("ix_notices_made", "notices", ["agency_id", "created_at"], unique=False)
    op.create_index(op.f("ix_notices_worker_id"), "notices", ["worker_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_notices_worker_id"), table_name="notices")
    op.drop_index("ix_notices_made", table_name="notices")
    op.drop_index(
        "ix_notices_due",
        table_name="notices",
        sqlite_where=sa.text("state = 'due'"),
        postgresql_where=sa.text("state = 'due'"),
    )
    op.drop_table("notices")
    op.drop_index(op.f("ix_message_events_message_id"), table_name="message_events")
    op.drop_table("message_events")
    op.drop_index(op.f("ix_handset_texts_worker_id"), table_name="handset_texts")
    op.drop_index("ix_handset_texts_thread", table_name="handset_texts")
    op.drop_index("ix_handset_texts_due", table_name="handset_texts")
    op.drop_table("handset_texts")
    op.drop_index("ix_questions_open", table_name="questions")
    op.drop_table("questions")
    op.drop_index("ix_messages_work", table_name="messages")
    op.drop_index("ix_messages_thread", table_name="messages")
    op.drop_index("ix_messages_number", table_name="messages")
    op.drop_index(op.f("ix_messages_lease_until"), table_name="messages")
    op.drop_index("ix_messages_inbox", table_name="messages")
    op.drop_index("ix_messages_broadcast", table_name="messages")
    op.drop_table("messages")
    op.drop_index(op.f("ix_handsets_worker_id"), table_name="handsets")
    op.drop_table("handsets")
    op.drop_table("text_templates")
    op.drop_table("notice_runs")
    op.drop_table("notice_ladders")
