// The value and the derivatives of
//     z = x; while abs(z*z - x) > 1e-9 { z = (z + x/z)/2 }; c = z
// in doubles, written by exprgrad.
// What leaves the range of doubles on the way is inf or 0 here.
// At a kink or a jump each operation follows its own convention; exprgrad looks beside it.
// Nothing limits how often a loop runs.
// C99, with -lm. A header, for several files to include, is written by -o f.h. To call it:
//     f_result result; int status = f(x, &result);
// From another file, copy f_result there, and this:
//     int f(double x, f_result *result);

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
    double c;
    double dc_dx;
} f_result;

// Fills *result and returns 0.
// Returns 2 where memory for what loops keep runs out; all of *result is nan then.
extern inline int f(double x, f_result *result)
{
    int status = 0;
    f_stack *stacks = NULL;
    {
        double c = x;
        f_stack *kept = f_new_stack(&stacks);
        f_stack *kept_2 = f_new_stack(&stacks);
        size_t n = 0;
        while (fabs(c*c - x) > 1e-09) {
            double t1 = x/c;  // x/z
            if (!f_push(kept, f_number_item(1.0/c), &status)) goto end;
            if (!f_push(kept_2, f_number_item(-(t1/c)), &status)) goto end;
            c = (c + t1)/2.0;
            n++;
        }
        double t2 = 1.0;
        double t3 = -0.0;
        for (size_t i = n; i-- > 0;) {
            double t4 = t2*0.5;  // d((z + x/z)/2)
            t2 = t4 + t4*kept_2->at[i].number;
            t3 = t3 + t4*kept->at[i].number;
        }
        double dc_dx = t2 + t3;
        if (isnan(c)) {
            dc_dx = NAN;
        }
        result->c = c;
        result->dc_dx = dc_dx;
    }
    end:
    f_free_all(stacks);
    if (status != 0) {
        result->c = NAN;
        result->dc_dx = NAN;
    }
    return status;
}
