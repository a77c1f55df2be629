"""Texts in doubt: what contradicts itself, what is asked again, and when."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("messages") as table:
        table.add_column(sa.Column("conflict", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("retry_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("check_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("checks", sa.Integer(), nullable=False, server_default="0"))
        table.create_index("ix_messages_check_at", ["check_at"], unique=False)
    with op.batch_alter_table("message_events") as table:
        table.add_column(sa.Column("provider_id", sa.String(length=64), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("message_events") as table:
        table.drop_column("provider_id")
    with op.batch_alter_table("messages") as table:
        table.drop_index("ix_messages_check_at")
        for name in ("checks", "check_at", "retry_at", "conflict"):
            table.drop_column(name)
