"""Gateways over HTTP, their order, their circuits; the channel of a text."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

NEW_OF_AGENCIES = ("fallback_gateways", "whatsapp_sender", "whatsapp_content_sid", "voice_number")


def upgrade() -> None:
    moment = workforce.core.db.UTCDateTime(timezone=True)
    op.create_table(
        "http_gateways",
        sa.Column("name", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("sender", sa.String(length=20), nullable=False),
        sa.Column("request_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.Column("token_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("saved_at", moment, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_http_gateways_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_http_gateways")),
        sa.UniqueConstraint("agency_id", "name", name=op.f("uq_http_gateways_agency_id_name")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_http_gateways_token_hash")),
    )
    op.create_table(
        "circuits",
        sa.Column("gateway", sa.String(length=12), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failures_ever", sa.Integer(), nullable=False),
        sa.Column("last_code", sa.String(length=24), nullable=False),
        sa.Column("opened_at", moment, nullable=True),
        sa.Column("probe_at", moment, nullable=True),
        sa.Column("trial_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_circuits_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circuits")),
        sa.UniqueConstraint("agency_id", "gateway", name=op.f("uq_circuits_agency_id_gateway")),
    )
    op.add_column("agencies", sa.Column("fallback_gateways", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("agencies", sa.Column("whatsapp_sender", sa.String(length=20), nullable=False, server_default=""))
    op.add_column("agencies", sa.Column("whatsapp_content_sid", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("agencies", sa.Column("voice_number", sa.String(length=20), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("channel", sa.String(length=8), nullable=False, server_default="sms"))


def downgrade() -> None:
    op.drop_column("messages", "channel")
    for name in NEW_OF_AGENCIES:
        op.drop_column("agencies", name)
    op.drop_table("circuits")
    op.drop_table("http_gateways")
