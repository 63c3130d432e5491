// The value and the derivatives of
//     u = a*b
//     c = abs(u) if a > 0 else log(u)*b
// in doubles, written by exprgrad.
// What leaves the range of doubles on the way is inf or 0 here.
// At a kink or a jump each operation follows its own convention; exprgrad looks beside it.

function sign(x) {
    return Math.sign(x) + 0;
}

// Takes a and b, each a number.
// Returns an object of c, dc_da and dc_db.
export function f(a, b) {
    let u = a*b;
    let c, t1, t2;
    if (a > 0.0) {
        c = Math.abs(u);
        t1 = sign(u);
        t2 = null;
    } else {
        let t3 = Math.log(u);  // log(u)
        c = t3*b;
        t1 = b*(1.0/(u + 0.0));
        t2 = t3;
    }
    let t4 = t1*a;  // d(a*b)
    let dc_da = t1*b;
    let dc_db = t2 === null ? t4 : t2 + t4;
    if (Number.isNaN(c)) {
        dc_da = dc_db = NaN;
    }
    return {
        c,
        dc_da,
        dc_db,
    };
}
