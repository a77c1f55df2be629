"""Workers and who belongs to them."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "employers",
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("name_folded", sa.String(length=160), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_employers_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employers")),
        sa.UniqueConstraint("agency_id", "id", name="uq_employers_agency_id_id"),
        sa.UniqueConstraint("agency_id", "name_folded", name=op.f("uq_employers_agency_id_name_folded")),
    )
    op.create_table(
        "imports",
        sa.Column("file_name_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("wrapped_key", workforce.core.db.Sealed(), nullable=True),
        sa.Column("file_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("applied_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("undone_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_imports_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imports")),
        sa.UniqueConstraint("agency_id", "id", name="uq_imports_agency_id_id"),
    )
    op.create_table(
        "sites",
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("name_folded", sa.String(length=160), nullable=False),
        sa.Column("town", sa.String(length=120), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("zone", sa.String(length=40), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_sites_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
        sa.UniqueConstraint("agency_id", "country", "name_folded", name=op.f("uq_sites_agency_id_country_name_folded")),
        sa.UniqueConstraint("agency_id", "id", name="uq_sites_agency_id_id"),
    )
    op.create_table(
        "workers",
        sa.Column("full_name", sa.String(length=160), nullable=False),
        sa.Column("family_name", sa.String(length=80), nullable=False),
        sa.Column("given_names", sa.String(length=120), nullable=False),
        sa.Column("own_script_name", sa.String(length=160), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("name_folded", sa.String(length=200), nullable=False),
        sa.Column("sort_name", sa.String(length=200), nullable=False),
        sa.Column("nationality", sa.String(length=2), nullable=False),
        sa.Column("second_nationality", sa.String(length=2), nullable=False),
        sa.Column("host_country", sa.String(length=2), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("preferred_channel", sa.String(length=10), nullable=False),
        sa.Column("external_ref", sa.String(length=40), nullable=False),
        sa.Column("birth_date_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("birthplace_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("sex_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("blood_group_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("email_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("email_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("address_host_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("address_home_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("notes_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("identity_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("registered_via", sa.String(length=8), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True),
        sa.Column("opted_out_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("last_heard_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("archived_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("created_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("updated_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "import_id"], ["imports.agency_id", "imports.id"], name=op.f("fk_workers_agency_id_import_id")
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_workers_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
        sa.UniqueConstraint("agency_id", "id", name="uq_workers_agency_id_id"),
    )
    op.create_index("ix_workers_folded", "workers", ["agency_id", "name_folded"], unique=False)
    op.create_index("ix_workers_host", "workers", ["agency_id", "host_country", "archived_at"], unique=False)
    op.create_index(op.f("ix_workers_identity_index"), "workers", ["identity_index"], unique=False)
    op.create_index("ix_workers_list", "workers", ["agency_id", "archived_at", "sort_name", "id"], unique=False)
    op.create_table(
        "consents",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("basis", sa.String(length=20), nullable=False),
        sa.Column("wording", sa.String(length=24), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("witness_id", sa.Uuid(), nullable=True),
        sa.Column("at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_consents_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_consents_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consents")),
        sa.UniqueConstraint("agency_id", "id", name="uq_consents_agency_id_id"),
    )
    op.create_index("ix_consents_live", "consents", ["agency_id", "worker_id", "purpose", "at"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("full_name", sa.String(length=160), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("other_worker_id", sa.Uuid(), nullable=True),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("may_be_told", sa.Boolean(), nullable=False),
        sa.Column("phone_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("phone_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("email_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("notes_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "other_worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_contacts_agency_id_other_worker_id"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "site_id"], ["sites.agency_id", "sites.id"], name=op.f("fk_contacts_agency_id_site_id")
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_contacts_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_contacts_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("agency_id", "id", name="uq_contacts_agency_id_id"),
    )
    op.create_index(op.f("ix_contacts_other_worker_id"), "contacts", ["other_worker_id"], unique=False)
    op.create_index(op.f("ix_contacts_phone_index"), "contacts", ["phone_index"], unique=False)
    op.create_index("ix_contacts_worker", "contacts", ["agency_id", "worker_id"], unique=False)
    op.create_table(
        "dependants",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("full_name", sa.String(length=160), nullable=False),
        sa.Column("relation", sa.String(length=40), nullable=False),
        sa.Column("nationality", sa.String(length=2), nullable=False),
        sa.Column("lives_in", sa.String(length=2), nullable=False),
        sa.Column("with_worker", sa.Boolean(), nullable=False),
        sa.Column("birth_date_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("phone_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("notes_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_dependants_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_dependants_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dependants")),
        sa.UniqueConstraint("agency_id", "id", name="uq_dependants_agency_id_id"),
    )
    op.create_index("ix_dependants_worker", "dependants", ["agency_id", "worker_id"], unique=False)
    op.create_table(
        "deployments",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("employer_id", sa.Uuid(), nullable=True),
        sa.Column("site_id", sa.Uuid(), nullable=True),
        sa.Column("host_country", sa.String(length=2), nullable=False),
        sa.Column("occupation", sa.String(length=120), nullable=False),
        sa.Column("isco", sa.String(length=4), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("wage_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "employer_id"],
            ["employers.agency_id", "employers.id"],
            name=op.f("fk_deployments_agency_id_employer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "site_id"], ["sites.agency_id", "sites.id"], name=op.f("fk_deployments_agency_id_site_id")
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_deployments_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_deployments_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployments")),
        sa.UniqueConstraint("agency_id", "id", name="uq_deployments_agency_id_id"),
    )
    op.create_index("ix_deployments_site", "deployments", ["agency_id", "site_id"], unique=False)
    op.create_index("ix_deployments_worker", "deployments", ["agency_id", "worker_id"], unique=False)
    op.create_index(
        "uq_deployments_current",
        "deployments",
        ["agency_id", "worker_id"],
        unique=True,
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "phones",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("use", sa.String(length=10), nullable=False),
        sa.Column("number_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("number_index", sa.LargeBinary(length=16), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("is_smartphone", sa.Boolean(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("state_since", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("last_heard_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_phones_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_phones_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_phones")),
        sa.UniqueConstraint("agency_id", "id", name="uq_phones_agency_id_id"),
    )
    op.create_index("ix_phones_number", "phones", ["agency_id", "number_index"], unique=False)
    op.create_index(
        "ix_phones_state",
        "phones",
        ["agency_id", "state"],
        unique=False,
        sqlite_where=sa.text("state != 'works'"),
        postgresql_where=sa.text("state != 'works'"),
    )
    op.create_index("ix_phones_worker", "phones", ["agency_id", "worker_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_phones_worker", table_name="phones")
    op.drop_index(
        "ix_phones_state",
        table_name="phones",
        sqlite_where=sa.text("state != 'works'"),
        postgresql_where=sa.text("state != 'works'"),
    )
    op.drop_index("ix_phones_number", table_name="phones")
    op.drop_table("phones")
    op.drop_index(
        "uq_deployments_current",
        table_name="deployments",
        sqlite_where=sa.text("is_current"),
        postgresql_where=sa.text("is_current"),
    )
    op.drop_index("ix_deployments_worker", table_name="deployments")
    op.drop_index("ix_deployments_site", table_name="deployments")
    op.drop_table("deployments")
    op.drop_index("ix_dependants_worker", table_name="dependants")
    op.drop_table("dependants")
    op.drop_index("ix_contacts_worker", table_name="contacts")
    op.drop_index(op.f("ix_contacts_phone_index"), table_name="contacts")
    op.drop_index(op.f("ix_contacts_other_worker_id"), table_name="contacts")
    op.drop_table("contacts")
    op.drop_index("ix_consents_live", table_name="consents")
    op.drop_table("consents")
    op.drop_index("ix_workers_list", table_name="workers")
    op.drop_index(op.f("ix_workers_identity_index"), table_name="workers")
    op.drop_index("ix_workers_host", table_name="workers")
    op.drop_index("ix_workers_folded", table_name="workers")
    op.drop_table("workers")
    op.drop_table("sites")
    op.drop_table("imports")
    op.drop_table("employers")
