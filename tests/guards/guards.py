"""The guards, by the abuse case that each keeps out, and the test that has to go red when it is taken out.

A piece stands once in its module and is replaced by `without`, which lets through what the guard refuses. The numbers
are those of the list of abuse cases in docs/security.md. What decodes files runs in a process of its own, which no
change here reaches: tests/identity/test_cleaning_cell.py attacks it as it is.

The ordinary tests are asked here whether they would miss a guard. tests/identity/guards.py takes guards out in its own
process and lets an attack of its own through, which shows that nothing else keeps it out.
"""

from tests.guards.guard import Guard
from tests.guards.of_house import GUARDS_OF_HOUSE
from tests.guards.of_identity import GUARDS_OF_IDENTITY
from tests.guards.of_intake import GUARDS_OF_INTAKE

GUARDS: tuple[Guard, ...] = (*GUARDS_OF_IDENTITY, *GUARDS_OF_INTAKE, *GUARDS_OF_HOUSE)
