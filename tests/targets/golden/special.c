// The value and the derivatives of
//     c = sinc(x) + xlogy(x, y)
// in doubles, written by exprgrad.
// What leaves the range of doubles on the way is inf or 0 here.
// C99, with -lm. A header, for several files to include, is written by -o f.h. To call it:
//     f_result result; int status = f(x, y, &result);
// From another file, copy f_result there, and this:
//     int f(double x, double y, f_result *result);

#include <math.h>

// sin(pi*x)/(pi*x), and 1 at 0 (numpy's sinc)
static inline double f_sinc(double x)
{
    double t1 = x - 2.0*rint(0.5*x);
    double t2 = 3.141592653589793*(fabs(t1) > 0.5 ? copysign(1.0, t1) - t1 : t1);
    if ((t2 == 0.0 && x != 0.0) || fabs(x) == INFINITY) {
        return 0.0;
    }
    if (x == 0.0) {
        return 1.0;
    }
    return sin(t2)/(3.141592653589793*x);
}

// x*log(y), and 0 where x is 0
static inline double f_xlogy(double x, double y)
{
    if (x == 0.0 && !isnan(y)) {
        return 0.0;
    }
    return x*log(y);
}

// x / y**1, and 0 where x is 0
static inline double f_x_over_1(double x, double y)
{
    if (x == 0.0 && !isnan(y)) {
        return 0.0;
    }
    return x/y;
}

// derivative 1 of sinc
static inline double f_sinc_1(double x)
{
    double t1 = x*x;
    double t2 = (2.98717191589536e-20*t1 + -2.996371563190511e-18)*t1 + 2.6352125284396343e-16;
    double t3 = ((t2*t1 + -2.0132015080808862e-14)*t1 + 1.3217901389162304e-12)*t1 + -7.365893777096939e-11;
    double t4 = ((t3*t1 + 3.4330769499642846e-09)*t1 + -1.3148481279991986e-07)*t1 + 4.049947846619241e-06;
    double t5 = ((t4*t1 + -9.766223126318928e-05)*t1 + 0.001781145516372851)*t1 + -0.023460810354558225;
    double t6 = ((t5*t1 + 0.20918278254123832)*t1 + -1.144510944732505)*t1 + 3.246969701133414;
    double t7 = x - 2.0*rint(0.5*x);
    double t8 = cos(3.141592653589793*t7) - sin(3.141592653589793*t7)/(3.141592653589793*x);
    if (fabs(x) < 1.0) {
        return (t6*t1 + -3.289868133696453)*x + 0.0;
    }
    if (fabs(x) == INFINITY) {
        return 0.0;
    }
    return t8/x;
}

typedef struct {
    double c;
    double dc_dx;
    double dc_dy;
} f_result;

// Fills *result and returns 0.
extern inline int f(double x, double y, f_result *result)
{
    double c = f_sinc(x) + f_xlogy(x, y);  // sinc(x) + xlogy(x, y)
    double dc_dx = log(y) + f_sinc_1(x);
    double dc_dy = f_x_over_1(x, y);
    if (isnan(c)) {
        dc_dx = dc_dy = NAN;
    }
    result->c = c;
    result->dc_dx = dc_dx;
    result->dc_dy = dc_dy;
    return 0;
}
