"""The databases of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.targets.databases import Database, Duck, Postgres, Sqlite, postgres_programs, postgres_server


@pytest.fixture(scope="session")
def duckdb() -> Iterator[Database]:
    pytest.importorskip("duckdb")
    with closing(Duck()) as database:
        yield database


@pytest.fixture(scope="session")
def postgres() -> Iterator[Database]:
    pytest.importorskip("psycopg")
    programs = postgres_programs()
    if programs is None:
        pytest.skip("there is no PostgreSQL server to start: neither initdb nor /usr/lib/postgresql")
    with postgres_server(programs) as directory, closing(Postgres(directory)) as database:
        yield database


@pytest.fixture(scope="session")
def sqlite() -> Iterator[Database]:
    pytest.importorskip("sqlglot")
    with closing(Sqlite()) as database:
        try:
            database.run("SELECT sinh(1)")
        except database.error:
            pytest.skip("this SQLite has no functions of mathematics")
        yield database


@pytest.fixture(params=["duckdb", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found
