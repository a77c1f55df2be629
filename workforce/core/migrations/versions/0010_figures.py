"""Signs of life of processes, and indexes for what waits."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("started_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("beat_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_index("ix_messages_unread", "messages", ["direction", "processed_at", "queued_at"])
    errors = sa.text("error_code <> ''")
    op.create_index("ix_message_events_errors", "message_events", ["at"], sqlite_where=errors, postgresql_where=errors)


def downgrade() -> None:
    op.drop_index("ix_message_events_errors", table_name="message_events")
    op.drop_index("ix_messages_unread", table_name="messages")
    op.drop_table("heartbeats")
