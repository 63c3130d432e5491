-- A line through points, by gradient descent in one query. First make its function:
--
--   exprgrad "loss = (a*x + b - y)^2" --wrt a,b -f sql --sql-form macro --sql-dialect duckdb
--
-- and in PostgreSQL the same with --sql-dialect postgres; its arguments are in the order a, x, b, y.
WITH RECURSIVE
  points AS (
    SELECT *
    FROM (VALUES (1, 3.1), (2, 4.9), (3, 7.2), (4, 8.8)) AS given(x, y)
  ),
  descent(step, a, b) AS (
    SELECT 0, CAST(0 AS double precision), CAST(0 AS double precision)
    UNION ALL
    SELECT step + 1, a - 0.05 * slope.by_a, b - 0.05 * slope.by_b
    FROM descent
    CROSS JOIN LATERAL (
      SELECT avg(d.dloss_da) AS by_a, avg(d.dloss_db) AS by_b
      FROM points
      CROSS JOIN LATERAL f(descent.a, points.x, descent.b, points.y) AS d
    ) AS slope
    WHERE step < 500
  )
SELECT a, b
FROM descent
WHERE step = 500;
