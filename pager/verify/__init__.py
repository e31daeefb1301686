"""Properties: sentences that have to hold at every moment, and the moment at which they do not.

    verdicts = verify(configuration, ["somebody is reached within 10 minutes"], start, end)

Pure: what an Alert leads to is what `pager.decide` decides, on the policy as `pager.oncall` reads
it at the moment of the step. Nothing is sampled: see `pager.verify.readings`.
"""

from pager.verify.catalogue import PROPERTIES, Form, Property, UnknownProperty, read_property
from pager.verify.verifying import THIRTEEN_MONTHS, Verdict, Violation, verify

__all__ = [
    "PROPERTIES",
    "THIRTEEN_MONTHS",
    "Form",
    "Property",
    "UnknownProperty",
    "Verdict",
    "Violation",
    "read_property",
    "verify",
]
