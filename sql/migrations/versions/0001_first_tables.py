"""The first tables of the store."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "sku_align_edge",
        sa.Column("left_catalog", NAME, nullable=False),
        sa.Column("left_offer_id", NAME, nullable=False),
        sa.Column("right_catalog", NAME, nullable=False),
        sa.Column("right_offer_id", NAME, nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("row_hash", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("left_catalog", "left_offer_id", "right_catalog", "right_offer_id", "valid_from"),
    )
    op.create_index("sku_align_edge_by_right", "sku_align_edge", ["right_catalog", "right_offer_id"], unique=False)
    op.create_table(
        "sku_align_event",
        sa.Column("publication_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("sku_id", NAME, nullable=False),
        sa.Column("other_sku_id", NAME, nullable=True),
        sa.Column("catalog", NAME, nullable=True),
        sa.Column("offer_id", NAME, nullable=True),
        sa.Column("cause", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("publication_id", "position"),
    )
    op.create_index("sku_align_event_by_sku", "sku_align_event", ["sku_id"], unique=False)
    op.create_index(
        "sku_align_event_by_other_sku",
        "sku_align_event",
        ["other_sku_id"],
        unique=False,
        sqlite_where=sa.text("other_sku_id IS NOT NULL"),
        postgresql_where=sa.text("other_sku_id IS NOT NULL"),
    )
    op.create_table(
        "sku_align_issued",
        sa.Column("sku_id", NAME, nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sku_id"),
    )
    op.create_table(
        "sku_align_live",
        sa.Column("only_row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("publication_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("only_row"),
    )
    op.create_table(
        "sku_align_offer",
        sa.Column("catalog", NAME, nullable=False),
        sa.Column("offer_id", NAME, nullable=False),
        sa.Column("sku_id", NAME, nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("price", sa.Double(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("gtin", sa.String(), nullable=True),
        sa.Column("mpn", sa.String(), nullable=True),
        sa.Column("url", sa.String(), nullable=True),
        sa.Column("image_url", sa.String(), nullable=True),
        sa.Column("content_hash", sa.String(), nullable=True),
        sa.Column("valid_from", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("row_hash", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("catalog", "offer_id", "valid_from"),
    )
    op.create_index("sku_align_offer_by_sku", "sku_align_offer", ["sku_id"], unique=False)
    op.create_table(
        "sku_align_publication",
        sa.Column("publication_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("base_id", sa.Integer(), nullable=False),
        sa.Column("republishes", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("skus", sa.Integer(), nullable=False),
        sa.Column("audits", DOCUMENT, nullable=False),
        sa.PrimaryKeyConstraint("publication_id"),
    )
    op.create_table(
        "sku_align_redirect",
        sa.Column("former_sku_id", NAME, nullable=False),
        sa.Column("sku_id", NAME, nullable=True),
        sa.Column("valid_from", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("row_hash", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("former_sku_id", "valid_from"),
    )
    op.create_index("sku_align_redirect_by_target", "sku_align_redirect", ["sku_id"], unique=False)
    op.create_table(
        "sku_align_sku",
        sa.Column("sku_id", NAME, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("title_language", sa.String(), nullable=True),
        sa.Column("brand", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("gtins", DOCUMENT, nullable=False),
        sa.Column("quantities", DOCUMENT, nullable=False),
        sa.Column("prices", DOCUMENT, nullable=False),
        sa.Column("images", DOCUMENT, nullable=False),
        sa.Column("offers", sa.Integer(), nullable=False),
        sa.Column("catalogs", sa.Integer(), nullable=False),
        sa.Column("provenance", DOCUMENT, nullable=False),
        sa.Column("valid_from", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("row_hash", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sku_id", "valid_from"),
    )
    op.create_table(
        "sku_align_sku_text",
        sa.Column("sku_id", NAME, nullable=False),
        sa.Column("language", NAME, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("provenance", DOCUMENT, nullable=False),
        sa.Column("valid_from", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_to", sa.BigInteger(), nullable=False),
        sa.Column("row_hash", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sku_id", "language", "valid_from"),
    )
    op.create_table(
        "sku_align_verdict",
        sa.Column("verdict_id", sa.Integer(), nullable=False),
        sa.Column("left_catalog", NAME, nullable=False),
        sa.Column("left_offer_id", NAME, nullable=False),
        sa.Column("right_catalog", NAME, nullable=False),
        sa.Column("right_offer_id", NAME, nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("reviewed_at", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("verdict_id"),
    )
    op.create_index(
        "sku_align_verdict_by_pair",
        "sku_align_verdict",
        ["left_catalog", "left_offer_id", "right_catalog", "right_offer_id"],
        unique=False,
    )
    op.create_table(
        "sku_align_views",
        sa.Column("only_row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("only_row"),
    )
    op.execute("INSERT INTO sku_align_live (only_row, publication_id) VALUES (1, 0)")
    op.execute("INSERT INTO sku_align_views (only_row, digest) VALUES (1, '')")


def downgrade() -> None:
    op.drop_table("sku_align_views")
    op.drop_table("sku_align_verdict")
    op.drop_table("sku_align_sku_text")
    op.drop_table("sku_align_sku")
    op.drop_table("sku_align_redirect")
    op.drop_table("sku_align_publication")
    op.drop_table("sku_align_offer")
    op.drop_table("sku_align_live")
    op.drop_table("sku_align_issued")
    op.drop_table("sku_align_event")
    op.drop_table("sku_align_edge")
