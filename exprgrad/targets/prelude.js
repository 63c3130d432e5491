// What JavaScript's Math lacks, and where it has no value that IEEE 754 has.
//
// What is written down as JavaScript has a copy of the pieces that it uses.

function power(x, y) {
    return x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : Math.pow(x, y);
}

function exp2(x) {
    return Math.pow(2, x);
}

function copysign(x, y) {
    return y < 0 || Object.is(y, -0) ? -Math.abs(x) : Math.abs(x);
}

function sign(x) {
    return Math.sign(x) + 0;
}

function heaviside(x, h) {
    return x < 0 ? 0 : x > 0 ? 1 : x === 0 ? h : x;
}

// The nearest whole number, the even one of two.
function nearest(x) {
    if (!(Math.abs(x) < 2 ** 52))
        return x;
    const low = Math.floor(x);
    const rest = x - low;
    return copysign(rest < 0.5 || (rest === 0.5 && low % 2 === 0) ? low : low + 1, x);
}

// The remainder with the sign of y.
function mod(x, y) {
    const rest = x % y;
    if (rest === 0)
        return copysign(0, y);
    return rest < 0 !== y < 0 ? rest + y : rest;
}

function floorDivide(x, y) {
    if (y === 0)
        return x / y;
    const rest = x % y;
    const quotient = (x - rest) / y - (rest !== 0 && rest < 0 !== y < 0 ? 1 : 0);
    if (quotient === 0)
        return copysign(0, x / y);
    const low = Math.floor(quotient);
    return quotient - low > 0.5 ? low + 1 : low;
}

function degrees(x) {
    return x * 57.29577951308232;
}

function radians(x) {
    return x * 0.017453292519943295;
}

// By the Maclaurin series (DLMF 7.6.1) up to 1.
function erf(x) {
    if (!(Math.abs(x) < 1))
        return x < 0 ? erfc(-x) - 1 : 1 - erfc(x);
    let sum = 0;
    for (let n = 20; n >= 0; n--)
        sum = 1 / (2 * n + 1) - x * x / (n + 1) * sum;
    return 1.1283791670955126 * x * sum;
}

// From 1/2 on by the trapezoidal rule on the integral of DLMF 7.7.1, with the term of its pole: C. Chiarella, A. Reichel,
// On the evaluation of integrals related to the error function, Math. Comp. 22 (1968).
function erfc(x) {
    if (x < 0.5)
        return 1 - erf(x);
    let sum = 0;
    for (let n = 13; n > 0; n--)
        sum += Math.exp(-n * n / 4) / (x * x + n * n / 4);
    // The square of the high part is exact.
    const high = Math.fround(x);
    const gauss = x > 27.5 ? 0 : Math.exp(-high * high) * Math.exp((high - x) * (high + x));
    const found = gauss * x / Math.PI * (0.5 / (x * x) + sum);
    return x < 6 ? found - 2 / Math.expm1(4 * Math.PI * x) : x === Infinity ? 0 : found;
}

// sin(pi*x), whole turns taken off.
function sinOfTurns(x) {
    const turn = x - 2 * nearest(0.5 * x);
    return Math.sin(Math.PI * (Math.abs(turn) > 0.5 ? Math.sign(turn) - turn : turn));
}

// The logarithm of gamma(x) / (sqrt(2*pi) * x**(x - 1/2) * exp(-x)), for x from 10 on (DLMF 5.11.1).
function stirling(x) {
    const terms = [-3617 / 122400, 1 / 156, -691 / 360360, 1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12];
    let sum = 0;
    for (const term of terms)
        sum = sum / (x * x) + term;
    return sum / x;
}

// By Stirling's series behind so many steps that it converges, below 0 by reflection (DLMF 5.5.1 and 5.5.3).
function gamma(x) {
    if (x === 0)
        return 1 / x;
    if (x < 0)
        return x === Math.floor(x) ? NaN : -Math.PI / (x * gamma(-x) * sinOfTurns(x));
    if (x > 171.7)
        return Infinity;
    let steps = 1;
    if (x < 23 && x === Math.floor(x)) {
        for (let n = 2; n < x; n++)
            steps *= n;
        return steps;
    }
    const count = Math.max(0, Math.ceil(10 - x));
    for (let n = 0; n < count; n++)
        steps *= x + n;
    const far = x + count;
    const half = Math.pow(far, 0.5 * far - 0.25);
    const rounded = 1 + Math.log(far) * (x - (far - count));
    return 2.5066282746310007 * half * (half * Math.exp(-far)) * Math.exp(stirling(far)) * rounded / steps;
}

function lgamma(x) {
    if (x <= 0 && x === Math.floor(x) || x === Infinity)
        return Infinity;
    if (x < -100)
        return Math.log(Math.PI / Math.abs(x * sinOfTurns(x))) - lgamma(-x);
    if (x > 100)
        return (x - 0.5) * (Math.log(x) - 1) + (stirling(x) + 0.41893853320467267);
    return Math.log(Math.abs(gamma(x)));
}

function holds(x) {
    if (Number.isNaN(x))
        throw new RangeError("a condition is nan");
    return x !== 0;
}

function refuseNan(x) {
    if (Number.isNaN(x))
        throw new RangeError("a condition or a bound is nan");
    return x;
}
