-- The value and the derivatives of
--     c = sinc(x) + xlogy(x, y)
-- in doubles, written by exprgrad.
-- What leaves the range of doubles on the way is inf or 0 here.
WITH
  s0 AS (
    SELECT
      whole_row,
      CAST([whole_row.x][1] AS DOUBLE) AS x,
      CAST([whole_row.y][1] AS DOUBLE) AS y
    FROM t AS whole_row
  ),
  s1 AS (
    SELECT
      *,
      x - 2e0 * round_even(0.5e0 * x, 0) AS t1,
      abs(x) AS t4,
      x = 0e0 AS t6,
      3.141592653589793e0 * x AS t7,
      ln(y) AS t9,
      x * x AS t11,
      x IS NULL OR y IS NULL AS any_null
    FROM s0
  ),
  s2 AS (
    SELECT
      *,
      abs(t1) AS t2,
      t4 = CAST('Infinity' AS DOUBLE) AS t5,
      t6 AND NOT isnan(y) AS t8,
      3.141592653589793e0 * t1 AS t12
    FROM s1
  ),
  s3 AS (
    SELECT
      *,
      3.141592653589793e0 * CASE WHEN t2 > 0.5e0 AND NOT isnan(t2) THEN CASE WHEN signbit(t1) THEN -1e0 ELSE 1e0 END - t1 ELSE t1 END AS t3
    FROM s2
  ),
  s4 AS (
    SELECT
      *,
      CASE WHEN t3 = 0e0 AND x <> 0e0 OR t5 THEN 0e0 WHEN t6 THEN 1e0 ELSE sin(t3) / t7 END + CASE WHEN t8 THEN 0e0 ELSE x * t9 END AS c  -- sinc(x) + xlogy(x, y)
    FROM s3
  ),
  s5 AS (
    SELECT
      *,
      isnan(c) AS t10
    FROM s4
  )
SELECT
  whole_row.*,
  CASE WHEN any_null THEN NULL ELSE c END AS c,
  CASE WHEN any_null THEN NULL WHEN t10 THEN CAST('NaN' AS DOUBLE) ELSE t9 + CASE WHEN t4 < 1e0 THEN (((((((((((((((2.98717191589536e-20 * t11 + -2.996371563190511e-18) * t11 + 2.6352125284396343e-16) * t11 + -2.0132015080808862e-14) * t11 + 1.3217901389162304e-12) * t11 + -7.365893777096939e-11) * t11 + 3.4330769499642846e-09) * t11 + -1.3148481279991986e-07) * t11 + 4.049947846619241e-06) * t11 + -9.766223126318928e-05) * t11 + 0.001781145516372851e0) * t11 + -0.023460810354558225e0) * t11 + 0.20918278254123832e0) * t11 + -1.144510944732505e0) * t11 + 3.246969701133414e0) * t11 + -3.289868133696453e0) * x + 0e0 WHEN t5 THEN 0e0 ELSE (cos(t12) - sin(t12) / t7) / x END END AS dc_dx,
  CASE WHEN any_null THEN NULL WHEN t10 THEN CAST('NaN' AS DOUBLE) WHEN t8 THEN 0e0 ELSE x / y END AS dc_dy
FROM s5;
