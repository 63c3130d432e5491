"""Databases that run what is written as SQL: DuckDB, SQLite, and a PostgreSQL server that the tests start."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from exprgrad.compiled import Function

Numbers = Sequence[float | None]


class Database(Protocol):
    """Where queries run. What an engine refuses is its own kind of error."""

    dialect: str
    error: type[Exception]
    double: str
    marker: str

    _connection: Any

    def run(self, text: str) -> list[tuple[Any, ...]]:
        """The rows that a statement gives."""

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def fill(self, name: str, columns: Sequence[str], rows: Sequence[Numbers]) -> None:
        """Makes a table of numbers, with a column that numbers its rows."""
        listed = ", ".join([f'"{column}" {self.double}' for column in columns])
        self.run(f"DROP TABLE IF EXISTS {name}")
        self.run(f"CREATE TEMPORARY TABLE {name} (__row integer{', ' if columns else ''}{listed})")
        places = ", ".join([self.marker] * (len(columns) + 1))
        self.insert(f"INSERT INTO {name} VALUES ({places})", [[i, *row] for i, row in enumerate(rows)])

    def insert(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        """Inserts rows."""

    def results(self, f: Function, at: Sequence[Mapping[str, float | None]], **options: Any) -> list[Numbers]:
        """What the query of a function gives for these inputs, in their order: its outputs alone."""
        self.fill("inputs", f.inputs, [[values[name] for name in f.inputs] for values in at])
        text = f.source("sql", dialect=self.dialect, table="inputs", **options)
        rows = sorted(self.run(text), key=lambda row: row[0])
        return [row[1 + len(f.inputs) :] for row in rows]


class Duck(Database):
    """DuckDB, in this process."""

    dialect = "duckdb"
    double = "double"
    marker = "?"

    def __init__(self) -> None:
        import duckdb

        self.error = duckdb.Error
        self._connection = duckdb.connect()
        self._connection.execute("SET threads = 1")

    def run(self, text: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(text).fetchall()

    def insert(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        self._connection.executemany(text, rows)


class Postgres(Database):
    """A PostgreSQL server."""

    dialect = "postgres"
    double = "double precision"
    marker = "%s"

    def __init__(self, directory: str) -> None:
        import psycopg

        self.error = psycopg.Error
        self._connection = psycopg.connect(host=directory, user="postgres", dbname="postgres", autocommit=True)

    def run(self, text: str) -> list[tuple[Any, ...]]:
        cursor = self._connection.execute(text.encode())
        return cursor.fetchall() if cursor.description else []

    def insert(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(text, rows)


class Sqlite(Database):
    """SQLite, in this process."""

    dialect = "sqlite"
    double = "real"
    marker = "?"
    error = sqlite3.Error

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:")

    def run(self, text: str) -> list[tuple[Any, ...]]:
        return self._connection.execute(text).fetchall()

    def insert(self, text: str, rows: Sequence[Sequence[Any]]) -> None:
        self._connection.executemany(text, rows)


def postgres_programs() -> Path | None:
    """Where the programs of a PostgreSQL server are, if there are any."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed[-1].parent if installed else None


@contextlib.contextmanager
def postgres_server(programs: Path) -> Iterator[str]:
    """A server in a directory of its own, on a socket there: gives the directory. It runs as nobody where the tests run
    as root, which it refuses to."""
    user: dict[str, Any] = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory() as directory:
        if user:
            shutil.chown(directory, "nobody", "nogroup")
        data = f"{directory}/data"

        def call(*command: str) -> None:
            done = subprocess.run(
                [str(programs / command[0]), *command[1:]],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=directory,
                **user,
            )
            assert done.returncode == 0, command

        call("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync")
        settings = f"-c listen_addresses= -c fsync=off -k {directory}"
        call("pg_ctl", "-D", data, "-o", settings, "-l", f"{directory}/log", "-w", "start")
        try:
            yield directory
        finally:
            call("pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
