"""What is known of questions that were asked: leases, and answers that do not count."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "sku_align_lease",
        sa.Column("question", NAME, nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("question"),
    )
    op.create_table(
        "sku_align_aside",
        sa.Column("aside_id", sa.Integer(), nullable=False),
        sa.Column("left_catalog", NAME, nullable=False),
        sa.Column("left_offer_id", NAME, nullable=False),
        sa.Column("right_catalog", NAME, nullable=False),
        sa.Column("right_offer_id", NAME, nullable=False),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("question", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("answered_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("aside_id"),
    )
    op.create_index(
        "sku_align_aside_by_pair",
        "sku_align_aside",
        ["left_catalog", "left_offer_id", "right_catalog", "right_offer_id"],
    )


def downgrade() -> None:
    op.drop_table("sku_align_aside")
    op.drop_table("sku_align_lease")
