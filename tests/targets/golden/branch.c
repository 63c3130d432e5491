// The value and the derivatives of
//     u = a*b
//     c = abs(u) if a > 0 else log(u)*b
// in doubles, written by exprgrad.
// What leaves the range of doubles on the way is inf or 0 here.
// At a kink or a jump each operation follows its own convention; exprgrad looks beside it.
// C99, with -lm. Include it, or copy f_result and its prototype to where it is called:
//     int f(double a, double b, f_result *result);

#include <math.h>
#include <stdbool.h>

// A number, or a structural zero, which is absent from sums and makes products absent.
typedef struct {
    double number;
    bool gone;
} f_maybe;

static f_maybe f_there(double x)
{
    return (f_maybe){x, false};
}

static f_maybe f_nowhere(void)
{
    return (f_maybe){0.0, true};
}

static double f_sign(double x)
{
    return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x + 0.0;
}

typedef struct {
    double c;
    double dc_da;
    double dc_db;
} f_result;

// Fills *result and returns 0.
extern inline int f(double a, double b, f_result *result)
{
    double u = a*b;
    double c, t1;
    f_maybe t2;
    if (a > 0.0) {
        c = fabs(u);
        t1 = f_sign(u);
        t2 = f_nowhere();
    } else {
        double t3 = log(u);
        c = t3*b;
        t1 = b*(1.0/(u + 0.0));
        t2 = f_there(t3);
    }
    double t4 = t1*a;  // d(a*b)
    double dc_da = t1*b;
    double dc_db = t2.gone ? t4 : t2.number + t4;
    if (isnan(c)) {
        dc_da = dc_db = NAN;
    }
    *result = (f_result){
        .c = c,
        .dc_da = dc_da,
        .dc_db = dc_db,
    };
    return 0;
}
