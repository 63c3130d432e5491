// The value and the derivatives of
//     c = a*b
// in doubles, written by exprgrad.
// What leaves the range of doubles on the way is inf or 0 here.
// C99, with -lm. A header, for several files to include, is written by -o f.h. To call it:
//     f_result result; int status = f(a, b, &result);
// From another file, copy f_result there, and this:
//     int f(double a, double b, f_result *result);

#include <math.h>

typedef struct {
    double c;
    double dc_da;
    double dc_db;
} f_result;

// Fills *result and returns 0.
extern inline int f(double a, double b, f_result *result)
{
    double c = a*b;
    double dc_da = b;
    double dc_db = a;
    if (isnan(c)) {
        dc_da = dc_db = NAN;
    }
    result->c = c;
    result->dc_da = dc_da;
    result->dc_db = dc_db;
    return 0;
}
