#!/usr/bin/env bash
# Polars 2.1.0: with decimal_comma=True a cell with a point is a number, too, and the point is a decimal one.
#
# In a file whose numbers have commas a point stands between thousands: 1.234 is one thousand two hundred and thirty-four. It is
# read as 1.234, without a word, beside 1,5 as 1.5; only where both signs are in a cell (1.234,5) it is an error. So a column is
# a thousandth of what it says in just those rows that are round.
#
# Seen:
#   1,5 -> 1.5
#   1.5 -> 1.5
#   1.234 -> 1.234
#   1.234,5 -> ComputeError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q polars==2.1.0
cd "$folder"
cat > run.py <<'P'
import io

import polars as pl

for cell in ("1,5", "1.5", "1.234", "1.234,5"):
    text = io.StringIO(f"x;name\n{cell};a\n")
    try:
        frame = pl.read_csv(text, separator=";", decimal_comma=True, schema_overrides={"x": pl.Float64})
        print(cell, "->", frame["x"][0])
    except pl.exceptions.ComputeError as problem:
        print(cell, "->", type(problem).__name__)
P
"$folder/venv/bin/python" run.py | tee seen.txt
diff seen.txt - <<'S'
1,5 -> 1.5
1.5 -> 1.5
1.234 -> 1.234
1.234,5 -> ComputeError
S
echo "as described"
