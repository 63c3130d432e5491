// The value and the derivatives of
//     y = a; for k in 0..3 { y = sin(y)*x + y }
// in doubles, written by exprgrad.
// What leaves the range of doubles on the way is inf or 0 here.
// Nothing limits how often a loop runs.

// Takes a and x, each a number.
// Returns an object of y, dy_da and dy_dx.
export function f(a, x) {
    let y = a;
    let k = 0.0;
    let kept = [];
    let kept_2 = [];
    let n = 0;
    while (k < 3.0) {
        let t1 = Math.sin(y);  // sin(y)
        kept.push(t1);
        kept_2.push(Math.cos(y));
        y = t1*x + y;
        k = k + 1.0;
        n++;
    }
    let dy_da = 1.0;
    let dy_dx = -0.0;
    for (let i = n - 1; i >= 0; i--) {
        dy_dx = dy_dx + dy_da*kept[i];
        dy_da = dy_da + dy_da*x*kept_2[i];
    }
    dy_dx = n === 0.0 ? 0.0 : dy_dx;
    if (Number.isNaN(y)) {
        dy_da = dy_dx = NaN;
    }
    return {
        y,
        dy_da,
        dy_dx,
    };
}
