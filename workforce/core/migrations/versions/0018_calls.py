"""WhatsApp and calls on simulated phones."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("handset_texts") as table:
        table.add_column(sa.Column("channel", sa.String(length=8), server_default="sms", nullable=False))
        table.add_column(sa.Column("call_state", sa.String(length=8), server_default="", nullable=False))


def downgrade() -> None:
    with op.batch_alter_table("handset_texts") as table:
        table.drop_column("call_state")
        table.drop_column("channel")
