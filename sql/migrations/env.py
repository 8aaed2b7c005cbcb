"""Run by `Store.open` on the connection it passes in; there is no alembic.ini and no offline mode."""

from alembic import context

from sku_align.store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table="sku_align_migration",
)
context.run_migrations()
