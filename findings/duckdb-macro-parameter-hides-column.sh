#!/usr/bin/env bash
# DuckDB 2.0.1: a name in a macro is its parameter, also where the subquery that is read has a column of that name.
#
# In SQL a column of the nearest query is what a name means, and PostgreSQL 15 has it so in its SQL functions. In a macro
# the argument is put in for the name, so that a column which was made of a parameter (cast, cleaned, computed once) is
# left unread, and the argument computed at each place. Qualified by its table the name is the column.
#
# Seen, of sin(1):
#   x: 1
#   s0.x: 0.8414709848078965
#   another name: 0.8414709848078965
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q duckdb==2.0.1
cd "$folder"
cat > run.py <<'P'
import duckdb

for what, column, read in (("x", "x", "x"), ("s0.x", "x", "s0.x"), ("another name", "y", "y")):
    body = f"with s0 as (select sin(x) as {column}) select {read} as c from s0"
    duckdb.sql(f"create or replace macro f(x) as table {body}")
    print(f"{what}: {duckdb.sql('from f(1)').fetchall()[0][0]}")
P
"$folder/venv/bin/python" run.py | tee seen.txt
diff seen.txt - <<'S'
x: 1
s0.x: 0.8414709848078965
another name: 0.8414709848078965
S
echo "as described"
