// The value and the derivatives of
//     u = a*b
//     c = abs(u) if a > 0 else log(u)*b
// in doubles, written by exprgrad.
// What leaves the range of doubles on the way is inf or 0 here.
// At a kink or a jump each operation follows its own convention; exprgrad looks beside it.
// C99, with -lm. A header, for several files to include, is written by -o f.h. To call it:
//     f_result result; int status = f(a, b, &result);
// From another file, copy f_result there, and this:
//     int f(double a, double b, f_result *result);

#include <math.h>
#include <stdbool.h>

// A number, or a structural zero, which is absent from sums and makes products absent.
typedef struct {
    double number;
    bool gone;
} f_maybe;

static inline f_maybe f_there(double x)
{
    f_maybe found = {x, false};
    return found;
}

static inline f_maybe f_nowhere(void)
{
    f_maybe found = {0.0, true};
    return found;
}

static inline double f_sign(double x)
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
    result->c = c;
    result->dc_da = dc_da;
    result->dc_db = dc_db;
    return 0;
}
