"""Papers, their copies, and what imports did."""

import sqlalchemy as sa
from alembic import op

import workforce.core.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_problems",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("column", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=240), nullable=False),
        sa.Column("value_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "import_id"],
            ["imports.agency_id", "imports.id"],
            name=op.f("fk_import_problems_agency_id_import_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_import_problems_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_problems")),
    )
    op.create_index(op.f("ix_import_problems_import_id"), "import_problems", ["import_id"], unique=False)
    op.create_table(
        "documents",
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=80), nullable=False),
        sa.Column("issuing_country", sa.String(length=2), nullable=False),
        sa.Column("custody", sa.String(length=10), nullable=False),
        sa.Column("custody_since_on", sa.Date(), nullable=True),
        sa.Column("custody_note", sa.String(length=120), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("number_index", sa.LargeBinary(length=16), nullable=True),
        sa.Column("renewal_begun_on", sa.Date(), nullable=True),
        sa.Column("archived_at", workforce.core.db.UTCDateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_documents_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_documents_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_documents")),
        sa.UniqueConstraint("agency_id", "id", name="uq_documents_agency_id_id"),
    )
    op.create_index("ix_documents_due", "documents", ["agency_id", "expires_on", "kind"], unique=False)
    op.create_index(
        "ix_documents_number", "documents", ["agency_id", "kind", "issuing_country", "number_index"], unique=True
    )
    op.create_index("ix_documents_worker", "documents", ["agency_id", "worker_id"], unique=False)
    op.create_table(
        "import_rows",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("row_digest", sa.LargeBinary(length=16), nullable=False),
        sa.Column("worker_version", sa.Integer(), nullable=False),
        sa.Column("before_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "import_id"],
            ["imports.agency_id", "imports.id"],
            name=op.f("fk_import_rows_agency_id_import_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id", "worker_id"],
            ["workers.agency_id", "workers.id"],
            name=op.f("fk_import_rows_agency_id_worker_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_import_rows_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_rows")),
    )
    op.create_index("ix_import_rows_digest", "import_rows", ["agency_id", "row_digest"], unique=False)
    op.create_index(op.f("ix_import_rows_import_id"), "import_rows", ["import_id"], unique=False)
    op.create_index(op.f("ix_import_rows_worker_id"), "import_rows", ["worker_id"], unique=False)
    op.create_table(
        "document_versions",
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("paper_number_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("place_of_issue", sa.String(length=80), nullable=False),
        sa.Column("created_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "document_id"],
            ["documents.agency_id", "documents.id"],
            name=op.f("fk_document_versions_agency_id_document_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_document_versions_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_document_versions")),
        sa.UniqueConstraint(
            "agency_id", "document_id", "number", name=op.f("uq_document_versions_agency_id_document_id_number")
        ),
        sa.UniqueConstraint("agency_id", "id", name="uq_document_versions_agency_id_id"),
    )
    op.create_table(
        "stored_files",
        sa.Column("document_version_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(length=32), nullable=False),
        sa.Column("name_sealed", workforce.core.db.Sealed(), nullable=True),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("wrapped_key", workforce.core.db.Sealed(), nullable=False),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("uploaded_at", workforce.core.db.UTCDateTime(timezone=True), nullable=False),
        sa.Column("warning", sa.String(length=120), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id", "document_version_id"],
            ["document_versions.agency_id", "document_versions.id"],
            name=op.f("fk_stored_files_agency_id_document_version_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["agency_id"], ["agencies.id"], name=op.f("fk_stored_files_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stored_files")),
        sa.UniqueConstraint(
            "agency_id", "document_version_id", name=op.f("uq_stored_files_agency_id_document_version_id")
        ),
        sa.UniqueConstraint("agency_id", "id", name="uq_stored_files_agency_id_id"),
    )


def downgrade() -> None:
    op.drop_table("stored_files")
    op.drop_table("document_versions")
    op.drop_index(op.f("ix_import_rows_worker_id"), table_name="import_rows")
    op.drop_index(op.f("ix_import_rows_import_id"), table_name="import_rows")
    op.drop_index("ix_import_rows_digest", table_name="import_rows")
    op.drop_table("import_rows")
    op.drop_index("ix_documents_worker", table_name="documents")
    op.drop_index("ix_documents_number", table_name="documents")
    op.drop_index("ix_documents_due", table_name="documents")
    op.drop_table("documents")
    op.drop_index(op.f("ix_import_problems_import_id"), table_name="import_problems")
    op.drop_table("import_problems")
