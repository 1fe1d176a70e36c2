"""The laundry room: what a person sends goes in, plain pictures of its pages come out, and nothing else of it does.

`kinds` tells by content what a file is. `laundry` hands it to a process of its own (`cell`), which has shut itself in
(`cage`) before it reads the first byte; there pictures (`pictures`) and PDFs (`documents`) are decoded and drawn anew.
No process that holds a key ever decodes what somebody sent. The room knows nothing of the service it stands in.
"""

from habeas_identity.cleaning.laundry import clean, mark
from habeas_identity.cleaning.limits import LIMITS, Limits
from habeas_identity.cleaning.washed import Cleaned, Kind, NotCleaned, Refusal

__all__ = ["LIMITS", "Cleaned", "Kind", "Limits", "NotCleaned", "Refusal", "clean", "mark"]
