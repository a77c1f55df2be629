"""Which import made an employer or a site, so that taking it back leaves none behind."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("employers", "sites"):
        op.add_column(table, sa.Column("import_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    for table in ("employers", "sites"):
        op.drop_column(table, "import_id")
