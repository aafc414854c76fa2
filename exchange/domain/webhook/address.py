"""Where a webhook may go: the syntax of its address, and which network addresses are public. Pure, no look-up."""

import ipaddress
from typing import Final

import httpx2
import msgspec

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Not the interpreter's word alone: its table of special networks differs between patch releases.
_REFUSED_V4: Final = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# Global unicast, without the ranges inside it that carry another address (6to4, Teredo) or lead nowhere.
_ALLOWED_V6: Final = ipaddress.IPv6Network("2000::/3")
_REFUSED_V6: Final = tuple(
    ipaddress.IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "3ffe::/16", "5f00::/16")
)


class BadAddress(Exception):
    """The address cannot be one of a webhook; the text says why, with nothing of what was found behind it."""


class Target(msgspec.Struct, frozen=True):
    """A parsed webhook address. `exempt`: on the operator's list of a sandbox, so neither https nor a public host is needed."""

    url: str
    host: str
    port: int
    exempt: bool


def is_public(address: IpAddress) -> bool:
    """Whether a packet to this address leaves for the public internet, as far as the address can tell."""
    if isinstance(address, ipaddress.IPv4Address):
        return address.is_global and not any(address in network for network in _REFUSED_V4)
    return address in _ALLOWED_V6 and address.is_global and not any(address in network for network in _REFUSED_V6)


def target(url: str, exempt: frozenset[str]) -> Target:
    """The parts of a webhook's address; raises BadAddress. `exempt` holds exact ``host:port`` pairs."""
    if not url.isascii() or any(character.isspace() or not character.isprintable() for character in url):
        raise BadAddress("the address holds characters that an address cannot hold")
    if "\\" in url:
        raise BadAddress("the address holds a backslash")
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError):
        raise BadAddress("the address cannot be read") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise BadAddress("the address must begin with https:// and name a host")
    if parsed.userinfo or "@" in parsed.netloc.decode("ascii", "replace"):
        raise BadAddress("the address must not hold a user name or password")
    if parsed.fragment:
        raise BadAddress("the address must not hold a fragment")
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    pair = f"[{parsed.host}]:{port}" if ":" in parsed.host else f"{parsed.host}:{port}"
    found = Target(url=str(parsed), host=parsed.host, port=port, exempt=pair in exempt)
    if not found.exempt:
        if parsed.scheme != "https":
            raise BadAddress("the address must begin with https://")
        _check_literal(parsed.host)
    return found


def _check_literal(host: str) -> None:
    """A host that is written as a number is judged at once; names are judged when they are looked up."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return
    if not is_public(address):
        raise BadAddress("the host is not on the public internet")
