// What <math.h> lacks: functions that numpy alone has, structural zeros, and the stacks of loops.
//
// What is written down as C has a copy of the pieces that it uses, with its own name before theirs.

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

// A number, or a structural zero, which is absent from sums and makes products absent.
typedef struct {
    double number;
    bool gone;
} maybe;

// What a stack holds.
typedef union {
    double number;
    bool truth;
    size_t count;
    maybe term;
    struct stack *list;
} item;

// What a loop keeps for the loop back over it. Stacks are linked, and freed all together.
typedef struct stack {
    item *at;
    size_t size, room;
    struct stack *next;
} stack;

static inline maybe there(double x)
{
    maybe found = {x, false};
    return found;
}

static inline maybe nowhere(void)
{
    maybe found = {0.0, true};
    return found;
}

static inline item number_item(double x)
{
    item found;
    found.term.number = x;  /* where it may be read as what is there, too */
    found.term.gone = false;
    return found;
}

static inline item truth_item(bool x)
{
    item found;
    found.truth = x;
    return found;
}

static inline item count_item(size_t x)
{
    item found;
    found.count = x;
    return found;
}

static inline item term_item(maybe x)
{
    item found;
    found.term = x;
    return found;
}

static inline item list_item(stack *x)
{
    item found;
    found.list = x;
    return found;
}

// A new stack; NULL, onto which nothing can be pushed, where there is no memory.
static inline stack *new_stack(stack **all)
{
    stack *made = (stack *)calloc(1, sizeof(stack));
    if (made != NULL) {
        made->next = *all;
        *all = made;
    }
    return made;
}

// Whether there is memory for one more.
static inline bool push(stack *onto, item x, int *status)
{
    if (onto != NULL && onto->size == onto->room) {
        size_t room = onto->room == 0 ? 16 : 2*onto->room;
        item *at = room > (size_t)-1/sizeof(item) ? NULL : (item *)realloc(onto->at, room*sizeof(item));
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

static inline void free_all(stack *all)
{
    while (all != NULL) {
        stack *next = all->next;
        free(all->at);
        free(all);
        all = next;
    }
}

static inline double sign(double x)
{
    return x > 0.0 ? 1.0 : x < 0.0 ? -1.0 : x + 0.0;
}

static inline double heaviside(double x, double h)
{
    return x < 0.0 ? 0.0 : x > 0.0 ? 1.0 : x == 0.0 ? h : x;
}

static inline double maximum(double x, double y)
{
    if (isnan(x) || isnan(y))
        return NAN;
    return x == 0.0 && y == 0.0 ? x + y : x > y ? x : y;
}

static inline double minimum(double x, double y)
{
    if (isnan(x) || isnan(y))
        return NAN;
    return x == 0.0 && y == 0.0 ? -(-x - y) : x < y ? x : y;
}

// The remainder with the sign of y.
static inline double mod(double x, double y)
{
    double rest = fmod(x, y);
    if (rest == 0.0)
        return copysign(0.0, y);
    return (rest < 0.0) != (y < 0.0) ? rest + y : rest;
}

static inline double floor_divide(double x, double y)
{
    if (y == 0.0)
        return x/y;
    double rest = fmod(x, y);
    double quotient = (x - rest)/y - (rest != 0.0 && (rest < 0.0) != (y < 0.0) ? 1.0 : 0.0);
    if (quotient == 0.0)
        return copysign(0.0, x/y);
    double below = floor(quotient);
    return quotient - below > 0.5 ? below + 1.0 : below;
}

static inline double degrees(double x)
{
    return x*57.29577951308232;
}

static inline double radians(double x)
{
    return x*0.017453292519943295;
}

// Whether a condition is true; one that is nan is refused.
static inline bool holds(double x, int *status)
{
    if (isnan(x)) {
        *status = 1;
        return false;
    }
    return x != 0.0;
}

static inline double refuse_nan(double x, int *status)
{
    if (isnan(x))
        *status = 1;
    return x;
}
