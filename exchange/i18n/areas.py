"""Which message file a new message goes to, by the file that uses it first."""

import re

FALLBACK = "pages"

# The first pattern found in the path of the source file decides.
AREAS = (
    (re.compile(r"^console/"), "console"),
    (re.compile(r"^notify/|/mail/"), "mail"),
    (re.compile(r"errors?\.py$|problems?\.py$|problem"), "errors"),
    (re.compile(r"^pages/"), "pages"),
    (re.compile(r"offer|opportunit|quote|selling|sell"), "selling"),
    (re.compile(r"rfq|award|compare|match|approval|buying|buy"), "buying"),
    (re.compile(r"money|payment|instalment|ledger|invoice|deposit|fee"), "money"),
    (re.compile(r"order|contract|deliver|review|inspect"), "deals"),
    (re.compile(r"company|identity|person|sign|apply|account|session|key|webhook|network|country"), "company"),
)


def area_of(path: str) -> str:
    """`path` is relative to the package: "portal/templates/rfq_list.html" belongs to buying."""
    return next((area for pattern, area in AREAS if pattern.search(path)), FALLBACK)
