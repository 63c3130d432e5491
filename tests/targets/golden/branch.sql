-- The value and the derivatives of
--     u = a*b
--     c = abs(u) if a > 0 else log(u)*b
-- in doubles, written by exprgrad.
-- What leaves the range of doubles on the way is inf or 0 here.
-- At a kink or a jump each operation follows its own convention; exprgrad looks beside it.
WITH
  s0 AS (
    SELECT
      whole_row,
      CAST([whole_row.a][1] AS DOUBLE) AS a,
      CAST([whole_row.b][1] AS DOUBLE) AS b
    FROM t AS whole_row
  ),
  s1 AS (
    SELECT
      *,
      a > 0e0 AND NOT isnan(a) AS t1,  -- a > 0
      a * b AS u,  -- a*b
      a IS NULL OR b IS NULL AS any_null
    FROM s0
  ),
  s2 AS (
    SELECT
      *,
      ln(u) AS t2,  -- log(u)
      u + 0e0 AS t4
    FROM s1
  ),
  s3 AS (
    SELECT
      *,
      CASE WHEN t1 THEN abs(u) ELSE t2 * b END AS c,
      CASE WHEN t1 THEN CASE WHEN u > 0e0 AND NOT isnan(u) THEN 1e0 WHEN u < 0e0 THEN -1e0 ELSE t4 END ELSE b * (1e0 / t4) END AS t5
    FROM s2
  ),
  s4 AS (
    SELECT
      *,
      isnan(c) AS t3
    FROM s3
  )
SELECT
  whole_row.*,
  CASE WHEN any_null THEN NULL ELSE c END AS c,
  CASE WHEN any_null THEN NULL WHEN t3 THEN CAST('NaN' AS DOUBLE) ELSE t5 * b END AS dc_da,
  CASE WHEN any_null THEN NULL WHEN t3 THEN CAST('NaN' AS DOUBLE) ELSE CASE WHEN t1 THEN CAST('-0' AS DOUBLE) ELSE t2 END + t5 * a END AS dc_db
FROM s4;
