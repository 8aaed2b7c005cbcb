"""Both databases behind one fixture, so that every store test is a sentence about both; and tests that need more."""

import os
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.integration import postgres


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Tests of vLLM and Ray are skipped without them, but fail where `make test` should have installed them."""
    for name in ("vllm", "ray"):
        if item.get_closest_marker(name) and find_spec(name) is None:
            if os.environ.get("SKU_ALIGN_NEEDS_VLLM"):
                pytest.fail(f"{name} is missing here: `make test` installs it into .venv-vllm", pytrace=False)
            pytest.skip(f"{name} is not installed: `make test` runs this test in .venv-vllm, vLLM on Linux x86_64 only")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed: neither PATH nor /usr/lib/postgresql holds initdb and postgres")
    with postgres.server(**postgres.FAST) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'skus.db'}"
    server = sa.make_url(request.getfixturevalue("postgres_server")).set(drivername="postgresql+psycopg")
    name = f"test_{uuid4().hex}"
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(database=name).render_as_string()
