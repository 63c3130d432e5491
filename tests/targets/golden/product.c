// The value and the derivatives of
//     c = a*b
// in doubles, written by exprgrad.
// What leaves the range of doubles on the way is inf or 0 here.
// C99, with -lm. Include it, or copy f_result and its prototype to where it is called:
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
    *result = (f_result){
        .c = c,
        .dc_da = dc_da,
        .dc_db = dc_db,
    };
    return 0;
}
