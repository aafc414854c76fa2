"""Under which key attempts are counted."""

import hashlib
import ipaddress
from typing import Final

# Wrong sign-ins from one address, whoever they were for: an office shares one.
ADDRESS_FAILURES: Final = 30


def counter(kind: str, who: str) -> bytes:
    """The counter of somebody's attempts of one kind: a hash, so that the table tells nobody's e-mail."""
    return hashlib.sha256(f"{kind}\x00{who}".encode()).digest()


def network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: who has one address of it has them all."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))
