#!/usr/bin/env bash
# sqlglot 30.31.0: LOG(x) of DuckDB and PostgreSQL, base 10, is written as LOG(x) for MySQL, Spark and BigQuery, where it is
# the natural logarithm, and as LN(x) for Snowflake; the way back knows the difference.
#
# Each dialect says whether a LOG of one argument is natural (LOG_DEFAULTS_TO_LN), and from those where it is, sqlglot
# writes LN: one expects that a logarithm to base 10 becomes LOG10 as surely. It does not, and a text that goes to MySQL and
# back to DuckDB has another value than the one that began, without a warning. LOG10(x) and LOG(10, x) keep their value.
#
# Seen, of LOG(100), LOG10(100) and LOG(10, 100), with the value in DuckDB of what came back from the dialect:
#   mysql      LOG(100): 4.605170185988092   LOG10(100): 2.0   LOG(10, 100): 2.0
#   postgres   LOG(100): 2.0                 LOG10(100): 2.0   LOG(10, 100): 2.0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q sqlglot==30.31.0 duckdb==2.0.1
cd "$folder"
cat > run.py <<'P'
import duckdb
import sqlglot


def value(query: str) -> float:
    return duckdb.sql(query).fetchall()[0][0]


for there in ("mysql", "spark", "bigquery", "snowflake", "postgres", "presto"):
    line = there
    for call in ("LOG(100)", "LOG10(100)", "LOG(10, 100)"):
        text = sqlglot.transpile(f"SELECT {call}", read="duckdb", write=there)[0]
        back = sqlglot.transpile(text, read=there, write="duckdb")[0]
        line += f" | {text}: {value(back)}"
    print(line)
P
"$folder/venv/bin/python" run.py | tee seen.txt
diff seen.txt - <<'S'
mysql | SELECT LOG(100): 4.605170185988092 | SELECT LOG(10, 100): 2.0 | SELECT LOG(10, 100): 2.0
spark | SELECT LOG(100): 4.605170185988092 | SELECT LOG(10, 100): 2.0 | SELECT LOG(10, 100): 2.0
bigquery | SELECT LOG(100): 4.605170185988092 | SELECT LOG(100, 10): 2.0 | SELECT LOG(100, 10): 2.0
snowflake | SELECT LN(100): 4.605170185988092 | SELECT LOG(10, 100): 2.0 | SELECT LOG(10, 100): 2.0
postgres | SELECT LOG(100): 2.0 | SELECT LOG(10, 100): 2.0 | SELECT LOG(10, 100): 2.0
presto | SELECT LOG(100): 2.0 | SELECT LOG10(100): 2.0 | SELECT LOG10(100): 2.0
S
echo "as described"
