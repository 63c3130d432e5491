// The value and the derivatives of
//     z = x; while abs(z*z - x) > 1e-9 { z = (z + x/z)/2 }; c = z
// in doubles, written by exprgrad.
// What leaves the range of doubles on the way is inf or 0 here.
// At a kink or a jump each operation follows its own convention; exprgrad looks beside it.
// Nothing limits how often a loop runs.

// Takes x, a number.
// Returns an object of c and dc_dx.
export function f(x) {
    let c = x;
    let kept = [];
    let kept_2 = [];
    let n = 0;
    while (Math.abs(c*c - x) > 1e-09) {
        let t1 = x/c;  // x/z
        kept.push(1.0/c);
        kept_2.push(-(t1/c));
        c = (c + t1)/2.0;
        n++;
    }
    let t2 = 1.0;
    let t3 = -0.0;
    for (let i = n - 1; i >= 0; i--) {
        let t4 = t2*0.5;  // d((z + x/z)/2)
        t2 = t4 + t4*kept_2[i];
        t3 = t3 + t4*kept[i];
    }
    let dc_dx = t2 + t3;
    if (Number.isNaN(c)) {
        dc_dx = NaN;
    }
    return {
        c,
        dc_dx,
    };
}
