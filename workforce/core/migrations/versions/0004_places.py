"""Places and positions."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "places_stamp",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places_stamp")),
    )
    op.create_table(
        "places",
        sa.Column("owner_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("type", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("lat", sa.Float(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("country_of", sa.String(length=2), nullable=False),
        sa.Column("covers", sa.JSON(), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=240), nullable=False),
        sa.Column("phone", sa.String(length=60), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("website", sa.String(length=240), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("source_id", sa.String(length=80), nullable=False),
        sa.Column("licence", sa.String(length=60), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("updated_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["owner_id"], ["agencies.id"], name=op.f("fk_places_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_places")),
        sa.UniqueConstraint("source", "source_id", name=op.f("uq_places_source_source_id")),
    )
    op.create_index("ix_places_kind", "places", ["kind", "country_of"], unique=False)
    op.create_table(
        "place_edits",
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("field", sa.String(length=20), nullable=False),
        sa.Column("value", sa.String(length=240), nullable=False),
        sa.Column("edited_by", sa.Uuid(), nullable=True),
        sa.Column("edited_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_place_edits_agency_id")),
        sa.ForeignKeyConstraint(["place_id"], ["places.id"], name=op.f("fk_place_edits_place_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place_edits")),
        sa.UniqueConstraint("agency_id", "place_id", "field", name=op.f("uq_place_edits_agency_id_place_id_field")),
    )
    op.create_table(
        "positions",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("consent_id", sa.Uuid(), nullable=True),
        sa.Column("cell_lat", sa.Integer(), nullable=False),
        sa.Column("cell_lon", sa.Integer(), nullable=False),
        sa.Column("point_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("label_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("precision_km", sa.Float(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), nullable=False),
        sa.Column("taken_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("received_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "consent_id"],
            ["consents.agency_id", "consents.id"],
            name=op.f("fk_positions_agency_id_consent_id"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_positions_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_positions_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_positions")),
        sa.UniqueConstraint("agency_id", "id", name="uq_positions_agency_id_id"),
    )
    op.create_index("ix_positions_cell", "positions", ["agency_id", "cell_lat", "cell_lon"], unique=False)
    op.create_index("ix_positions_expiry", "positions", ["expires_at"], unique=False)
    op.create_index("ix_positions_latest", "positions", ["agency_id", "worker_id", "taken_at"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_positions_latest", table_name="positions")
    op.drop_index("ix_positions_expiry", table_name="positions")
    op.drop_index("ix_positions_cell", table_name="positions")
    op.drop_table("positions")
    op.drop_table("place_edits")
    op.drop_index("ix_places_kind", table_name="places")
    op.drop_table("places")
    op.drop_table("places_stamp")
