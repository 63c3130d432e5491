// The value and the derivatives of
//     c = a*b
// in doubles, written by exprgrad.
// What leaves the range of doubles on the way is inf or 0 here.

// Takes a and b, each a number.
// Returns an object of c, dc_da and dc_db.
export function f(a, b) {
    let c = a*b;
    let dc_da = b;
    let dc_db = a;
    if (Number.isNaN(c)) {
        dc_da = dc_db = NaN;
    }
    return {
        c,
        dc_da,
        dc_db,
    };
}
