#!/usr/bin/env bash
# Polars 2.1.0: a CSV row with more fields than the header is an error only if every column is read.
#
# Asked for all columns, scan_csv and read_csv refuse the file ("found more fields than defined in 'Schema'").
# Asked for some of them, both read it without a word, and the row that has shifted cells gives numbers. A
# projection, pushed down by the optimiser, decides whether a file is sound. Who relies on the reader to find such rows
# has to read all columns, or to count fields.
#
# Seen:
#   all columns: ComputeError
#   one column, scan: [(1,), (3,), (6,)]
#   one column, read: [(1,), (3,), (6,)]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q polars==2.1.0
cd "$folder"
printf 'x,y\n1,2\n3,4,5\n6,7\n' > rows.csv
cat > run.py <<'P'
import polars as pl

try:
    print("all columns:", pl.scan_csv("rows.csv").collect().rows())
except pl.exceptions.ComputeError as problem:
    print("all columns:", type(problem).__name__)
print("one column, scan:", pl.scan_csv("rows.csv").select("x").collect().rows())
print("one column, read:", pl.read_csv("rows.csv", columns=["x"]).rows())
P
"$folder/venv/bin/python" run.py | tee seen.txt
diff seen.txt - <<'S'
all columns: ComputeError
one column, scan: [(1,), (3,), (6,)]
one column, read: [(1,), (3,), (6,)]
S
echo "as described"
