#!/usr/bin/env bash
# sqlglot 30.31.0 and DuckDB 2.0.1: integer division, and a cast to a whole number, of SQLite are another number in DuckDB.
#
# A cast of 3.5 to an integer is 3 in SQLite and 4 in DuckDB, which rounds. sqlglot guards against
# differences it knows (it casts operands of a division, and turns a divisor of 0 into NULL), but hands on the cast: so
# DuckDB's 7 // 2, which it writes as a cast for SQLite, comes back as 4, and TRUNC(-2.5) by way of Spark as -3.
#
# Seen:
#   SELECT CAST(3.5 AS INTEGER)   in SQLite 3   for DuckDB SELECT CAST(3.5 AS INT): 4
#   SELECT 7 // 2   in DuckDB 3   by way of SQLite 4
#   SELECT TRUNC(-2.5)   in DuckDB -2   by way of Spark -3
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q sqlglot==30.31.0 duckdb==2.0.1
cd "$folder"
cat > run.py <<'P'
import sqlite3

import duckdb
import sqlglot


def of_duckdb(query: str) -> int:
    return int(duckdb.sql(query).fetchall()[0][0])


query = "SELECT CAST(3.5 AS INTEGER)"
text = sqlglot.transpile(query, read="sqlite", write="duckdb")[0]
print(f"{query}: {sqlite3.connect(':memory:').execute(query).fetchone()[0]}; {text}: {of_duckdb(text)}")
for query, there in (("SELECT 7 // 2", "sqlite"), ("SELECT TRUNC(-2.5)", "spark")):
    text = sqlglot.transpile(query, read="duckdb", write=there)[0]
    back = sqlglot.transpile(text, read=there, write="duckdb")[0]
    print(f"{query}: {of_duckdb(query)}; by way of {there}, {text}: {of_duckdb(back)}")
P
"$folder/venv/bin/python" run.py | tee seen.txt
diff seen.txt - <<'S'
SELECT CAST(3.5 AS INTEGER): 3; SELECT CAST(3.5 AS INT): 4
SELECT 7 // 2: 3; by way of sqlite, SELECT CAST(CAST(7 AS REAL) / 2 AS INTEGER): 4
SELECT TRUNC(-2.5): -2; by way of spark, SELECT CAST(-2.5 AS BIGINT): -3
S
echo "as described"
