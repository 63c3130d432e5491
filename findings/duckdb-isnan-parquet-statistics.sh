#!/usr/bin/env bash
# DuckDB 2.0.1: isnan() of a Parquet column is false in every row where the file has the column's minimum and maximum.
#
# The writers of pyarrow 26.0.1 and Polars 2.1.0 leave nan out of the statistics of a column, as the format's
# specification has it, which also says that a reader has to reckon with nan all the same. DuckDB takes isnan(v) for
# false: as a filter, and as a column beside the nan that it shows. v > 2, for which nan counts as the largest number,
# finds it. With statistics left out (write_statistics=False) all is right.
#
# Seen:
#   pyarrow: filter 0, column 0, v > 2: 2
#   polars: filter 0, column 0, v > 2: 2
#   without statistics: filter 1, column 1, v > 2: 2
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q duckdb==2.0.1 pyarrow==26.0.1 polars==2.1.0
cd "$folder"
cat > run.py <<'P'
import math

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

values = [1.0, math.nan, 3.0]
pq.write_table(pa.table({"v": values}), "pyarrow.parquet")
pl.DataFrame({"v": values}).write_parquet("polars.parquet")
pq.write_table(pa.table({"v": values}), "without statistics.parquet", write_statistics=False)
for name in ("pyarrow", "polars", "without statistics"):
    file = f"'{name}.parquet'"
    counts = [
        duckdb.sql(query).fetchall()[0][0]
        for query in (
            f"select count(*) from {file} where isnan(v)",
            f"select count(*) filter (where nan) from (select isnan(v) as nan from {file})",
            f"select count(*) from {file} where v > 2",
        )
    ]
    print(f"{name}: filter {counts[0]}, column {counts[1]}, v > 2: {counts[2]}")
P
"$folder/venv/bin/python" run.py | tee seen.txt
diff seen.txt - <<'S'
pyarrow: filter 0, column 0, v > 2: 2
polars: filter 0, column 0, v > 2: 2
without statistics: filter 1, column 1, v > 2: 2
S
echo "as described"
