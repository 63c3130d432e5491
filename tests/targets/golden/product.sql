-- The value and the derivatives of
--     c = a*b
-- in doubles, written by exprgrad.
-- What leaves the range of doubles on the way is inf or 0 here.
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
      a * b AS c,  -- a*b
      a IS NULL OR b IS NULL AS any_null
    FROM s0
  ),
  s2 AS (
    SELECT
      *,
      isnan(c) AS t1
    FROM s1
  )
SELECT
  whole_row.*,
  CASE WHEN any_null THEN NULL ELSE c END AS c,
  CASE WHEN any_null THEN NULL WHEN t1 THEN CAST('NaN' AS DOUBLE) ELSE b END AS dc_da,
  CASE WHEN any_null THEN NULL WHEN t1 THEN CAST('NaN' AS DOUBLE) ELSE a END AS dc_db
FROM s2;
