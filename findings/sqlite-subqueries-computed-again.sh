#!/usr/bin/env bash
# SQLite 3.40.1: what a common table expression names is computed as often as it is read, twice as often with each level.
#
# A chain of them, each of which reads a column of the one before twice, is put into one expression: 2**16 calls of a
# function for a row. AS MATERIALIZED, which SQLite has had since 3.35, has each computed once. DuckDB keeps each as a
# projection; PostgreSQL does as SQLite, and OFFSET 0 or AS MATERIALIZED keep it from it.
#
# Seen:
#   AS: 65536 calls
#   AS MATERIALIZED: 1 calls
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > run.py <<'P'
import sqlite3

calls = 0


def f(x):
    global calls
    calls += 1
    return x


connection = sqlite3.connect(":memory:")
connection.create_function("f", 1, f, deterministic=True)
connection.execute("create table t as select 1.0 as x")
for kept in ("AS", "AS MATERIALIZED"):
    levels = [f"s0 {kept} (select f(x) as v0 from t)"]
    levels += [f"s{i} {kept} (select v{i - 1} + v{i - 1} as v{i} from s{i - 1})" for i in range(1, 17)]
    calls = 0
    connection.execute(f"with {', '.join(levels)} select v16 from s16").fetchall()
    print(f"{kept}: {calls} calls")
P
python3 run.py | tee seen.txt
diff seen.txt - <<'S'
AS: 65536 calls
AS MATERIALIZED: 1 calls
S
echo "as described"
