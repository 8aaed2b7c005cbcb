"""SKUs carry their attributes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    # Rows of publications before this column state no attribute; the next publication fills them in.
    op.add_column("sku_align_sku", sa.Column("attributes", DOCUMENT, nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("sku_align_sku", "attributes")
