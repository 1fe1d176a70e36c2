"""How long identity believes and keeps what."""

from datetime import timedelta

ANSWER_WITHIN = timedelta(days=1)
"""How long a system may take to say which addresses it holds; then the next one is asked."""
FRESH = timedelta(minutes=15)
"""How long a proof counts after it was given."""
VISIT = timedelta(minutes=30)
"""How long the browser that proved a case may come back to its page without a new code."""
KEPT_UNPROVED = timedelta(days=90)
"""How long a claim is kept that nobody proved."""
KEPT_PROVED = timedelta(days=120)
"""How long a proved one is kept: three months until the law wants an answer at the latest, then the weeks in which it
can be fetched, which takes another proof by the same channels."""
