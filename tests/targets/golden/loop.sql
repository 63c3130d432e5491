-- The value and the derivatives of
--     y = a; for k in 0..3 { y = sin(y)*x + y }
-- in doubles, written by exprgrad.
-- What leaves the range of doubles on the way is inf or 0 here.
WITH
  s0 AS (
    SELECT
      whole_row,
      CAST([whole_row.a][1] AS DOUBLE) AS a,
      CAST([whole_row.x][1] AS DOUBLE) AS x
    FROM t AS whole_row
  ),
  s1 AS (
    SELECT
      *,
      sin(a) AS t1,  -- sin(y)
      a IS NULL OR x IS NULL AS any_null
    FROM s0
  ),
  s2 AS (
    SELECT
      *,
      t1 * x + a AS y_2  -- sin(y)*x + y
    FROM s1
  ),
  s3 AS (
    SELECT
      *,
      sin(y_2) AS t2  -- sin(y)
    FROM s2
  ),
  s4 AS (
    SELECT
      *,
      t2 * x + y_2 AS y_3  -- sin(y)*x + y
    FROM s3
  ),
  s5 AS (
    SELECT
      *,
      sin(y_3) AS t3,  -- sin(y)
      1e0 + x * cos(y_3) AS t5
    FROM s4
  ),
  s6 AS (
    SELECT
      *,
      t3 * x + y_3 AS y,  -- sin(y)*x + y
      t5 + t5 * x * cos(y_2) AS t6
    FROM s5
  ),
  s7 AS (
    SELECT
      *,
      isnan(y) AS t4
    FROM s6
  )
SELECT
  whole_row.*,
  CASE WHEN any_null THEN NULL ELSE y END AS y,
  CASE WHEN any_null THEN NULL WHEN t4 THEN CAST('NaN' AS DOUBLE) ELSE t6 + t6 * x * cos(a) END AS dy_da,
  CASE WHEN any_null THEN NULL WHEN t4 THEN CAST('NaN' AS DOUBLE) ELSE t3 + t5 * t2 + t6 * t1 END AS dy_dx
FROM s7;
