"""Properties: sentences that have to hold at every moment, and the moment at which they do not.

    verdicts = verify(configuration, ["somebody is reached within 10 minutes"], start, end)

    outlook = Outlook(configuration, start, end)
    one = verdict(outlook, read_property("no Level is empty"))

Pure: what an Alert leads to is what `pager.decide` decides, on the policy as `pager.oncall` reads
it at the moment of the step. Nothing is sampled: see `pager.verify.readings`.
"""

from pager.verify.catalogue import (
    PROPERTIES,
    Form,
    Property,
    UnknownProperty,
    is_property,
    read_property,
    unknown_properties,
)
from pager.verify.effort import TooMuchToTry
from pager.verify.outlook import Outlook, TooManyHandovers
from pager.verify.verifying import THIRTEEN_MONTHS, Verdict, Violation, verdict, verify

__all__ = [
    "PROPERTIES",
    "THIRTEEN_MONTHS",
    "Form",
    "Outlook",
    "Property",
    "TooManyHandovers",
    "TooMuchToTry",
    "UnknownProperty",
    "Verdict",
    "Violation",
    "is_property",
    "read_property",
    "unknown_properties",
    "verdict",
    "verify",
]
