// The value and the derivatives of
//     y = a; for k in 0..3 { y = sin(y)*x + y }
// in doubles, written by exprgrad.
// What leaves the range of doubles on the way is inf or 0 here.
// Nothing limits how often a loop runs.
// C99, with -lm. A header, for several files to include, is written by -o f.h. To call it:
//     f_result result; int status = f(a, x, &result);
// From another file, copy f_result there, and this:
//     int f(double a, double x, f_result *result);

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

// A number, or a structural zero, which is absent from sums and makes products absent.
typedef struct {
    double number;
    bool gone;
} f_maybe;

// What a stack holds.
typedef union {
    double number;
    bool truth;
    size_t count;
    f_maybe term;
    struct f_stack *list;
} f_item;

// What a loop keeps for the loop back over it. Stacks are linked, and freed all together.
typedef struct f_stack {
    f_item *at;
    size_t size, room;
    struct f_stack *next;
} f_stack;

static inline f_maybe f_there(double x)
{
    f_maybe found = {x, false};
    return found;
}

static inline f_item f_number_item(double x)
{
    f_item found;
    found.term.number = x;  /* where it may be read as what is f_there, too */
    found.term.gone = false;
    return found;
}

// A new stack; NULL, onto which nothing can be pushed, where there is no memory.
static inline f_stack *f_new_stack(f_stack **all)
{
    f_stack *made = (f_stack *)calloc(1, sizeof(f_stack));
    if (made != NULL) {
        made->next = *all;
        *all = made;
    }
    return made;
}

// Whether there is memory for one more.
static inline bool f_push(f_stack *onto, f_item x, int *status)
{
    if (onto != NULL && onto->size == onto->room) {
        size_t room = onto->room == 0 ? 16 : 2*onto->room;
        f_item *at = room > (size_t)-1/sizeof(f_item) ? NULL : (f_item *)realloc(onto->at, room*sizeof(f_item));
        if (at != NULL) {
            onto->at = at;
            onto->room = room;
        }
    }
    if (onto == NULL || onto->size == onto->room) {
        *status = 2;
        return false;
    }
    onto->at[onto->size++] = x;
    return true;
}

static inline void f_free_all(f_stack *all)
{
    while (all != NULL) {
        f_stack *next = all->next;
        free(all->at);
        free(all);
        all = next;
    }
}

typedef struct {
    double y;
    double dy_da;
    double dy_dx;
} f_result;

// Fills *result and returns 0.
// Returns 2 where memory for what loops keep runs out; all of *result is nan then.
extern inline int f(double a, double x, f_result *result)
{
    int status = 0;
    f_stack *stacks = NULL;
    {
        double y = a;
        double k = 0.0;
        f_stack *kept = f_new_stack(&stacks);
        f_stack *kept_2 = f_new_stack(&stacks);
        size_t n = 0;
        while (k < 3.0) {
            double t1 = sin(y);
            if (!f_push(kept, f_number_item(t1), &status)) goto end;
            if (!f_push(kept_2, f_number_item(cos(y)), &status)) goto end;
            y = t1*x + y;
            k = k + 1.0;
            n++;
        }
        double dy_da = 1.0;
        double dy_dx = -0.0;
        for (size_t i = n; i-- > 0;) {
            dy_dx = dy_dx + dy_da*kept->at[i].number;
            dy_da = dy_da + dy_da*x*kept_2->at[i].number;
        }
        dy_dx = n == 0.0 ? 0.0 : dy_dx;
        if (isnan(y)) {
            dy_da = dy_dx = NAN;
        }
        result->y = y;
        result->dy_da = dy_da;
        result->dy_dx = dy_dx;
    }
    end:
    f_free_all(stacks);
    if (status != 0) {
        result->y = NAN;
        result->dy_da = NAN;
        result->dy_dx = NAN;
    }
    return status;
}
