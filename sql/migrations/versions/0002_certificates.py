"""Certificates beside publications, and the answers of audit samples."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    for name in ("precision_estimate", "precision_low", "precision_high"):
        op.add_column("sku_align_publication", sa.Column(name, sa.Double(), nullable=True))
    op.add_column("sku_align_publication", sa.Column("certificate", DOCUMENT, nullable=True))
    op.create_table(
        "sku_align_audit_label",
        sa.Column("label_id", sa.Integer(), nullable=False),
        sa.Column("left_catalog", NAME, nullable=False),
        sa.Column("left_offer_id", NAME, nullable=False),
        sa.Column("right_catalog", NAME, nullable=False),
        sa.Column("right_offer_id", NAME, nullable=False),
        sa.Column("left_content_hash", sa.String(), nullable=True),
        sa.Column("right_content_hash", sa.String(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=True),
        sa.Column("labelled_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("label_id"),
    )


def downgrade() -> None:
    op.drop_table("sku_align_audit_label")
    for name in ("certificate", "precision_high", "precision_low", "precision_estimate"):
        op.drop_column("sku_align_publication", name)
