// The value and the derivatives of
//     c = sinc(x) + xlogy(x, y)
// in doubles, written by exprgrad.
// What leaves the range of doubles on the way is inf or 0 here.

function copysign(x, y) {
    return y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x);
}

// The nearest whole number, the even one of two.
function nearest(x) {
    if (!(Math.abs(x) < 2 ** 52))
        return x;
    const low = Math.floor(x);
    const rest = x - low;
    return copysign(rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1, x);
}

// sin(pi*x)/(pi*x), and 1 at 0 (numpy's sinc)
function sinc(x) {
    let t1 = x - 2.0*nearest(0.5*x);
    let t2 = 3.141592653589793*(Math.abs(t1) > 0.5 ? copysign(1.0, t1) - t1 : t1);
    if ((t2 === 0.0 && x !== 0.0) || Math.abs(x) === Infinity) {
        return 0.0;
    }
    if (x === 0.0) {
        return 1.0;
    }
    return Math.sin(t2)/(3.141592653589793*x);
}

// x*log(y), and 0 where x is 0
function xlogy(x, y) {
    if (x === 0.0 && !Number.isNaN(y)) {
        return 0.0;
    }
    return x*Math.log(y);
}

// x / y**1, and 0 where x is 0
function x_over_1(x, y) {
    if (x === 0.0 && !Number.isNaN(y)) {
        return 0.0;
    }
    return x/y;
}

// derivative 1 of sinc
function sinc_1(x) {
    let t1 = x*x;
    let t2 = (2.98717191589536e-20*t1 + -2.996371563190511e-18)*t1 + 2.6352125284396343e-16;
    let t3 = ((t2*t1 + -2.0132015080808862e-14)*t1 + 1.3217901389162304e-12)*t1 + -7.365893777096939e-11;
    let t4 = ((t3*t1 + 3.4330769499642846e-09)*t1 + -1.3148481279991986e-07)*t1 + 4.049947846619241e-06;
    let t5 = ((t4*t1 + -9.766223126318928e-05)*t1 + 0.001781145516372851)*t1 + -0.023460810354558225;
    let t6 = ((t5*t1 + 0.20918278254123832)*t1 + -1.144510944732505)*t1 + 3.246969701133414;
    let t7 = x - 2.0*nearest(0.5*x);
    let t8 = Math.cos(3.141592653589793*t7) - Math.sin(3.141592653589793*t7)/(3.141592653589793*x);
    if (Math.abs(x) < 1.0) {
        return (t6*t1 + -3.289868133696453)*x + 0.0;
    }
    if (Math.abs(x) === Infinity) {
        return 0.0;
    }
    return t8/x;
}

// Takes x and y, each a number.
// Returns an object of c, dc_dx and dc_dy.
export function f(x, y) {
    let c = sinc(x) + xlogy(x, y);
    let dc_dx = Math.log(y) + sinc_1(x);
    let dc_dy = x_over_1(x, y);
    if (Number.isNaN(c)) {
        dc_dx = dc_dy = NaN;
    }
    return {
        c,
        dc_dx,
        dc_dy,
    };
}
