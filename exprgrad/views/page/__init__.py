"""A page to learn from: a program, its derivatives, and a run of it to step through, in one file without a network.

`lesson` is what a page is about, and runs it: on numbers that know how they came about (`followed`), whose places in
the graph `matching` finds. `story` tells the run line by line, `document` writes the page; `page.html`, `page.css` and
`page.js` are what every page has.
"""

from exprgrad.lazy import later

later(__name__, "document", "lesson")
