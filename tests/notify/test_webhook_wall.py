"""No webhook reaches inside: hostile addresses, names that change their answer, redirects; and who may be exempt."""

import ipaddress
from collections.abc import Awaitable, Callable

import pytest

from exchange.bench.faults.reaching import HOSTILE
from exchange.domain.webhook.address import BadAddress, is_public, target
from exchange.domain.webhook.model import new_secret
from exchange.notify.webhooks import Refused, Sender, check_webhook_allow
from exchange.settings import SettingsError
from tests.notify.neighbourhood import receiver, settings

NOBODY: frozenset[str] = frozenset()


async def test_no_hostile_address_is_ever_connected_to() -> None:
    """Every spelling of a place inside is refused before a connection, also by the operating system's own look-up."""
    async with receiver() as inside:
        port = inside.pair.rpartition(":")[2]
        calls = 0
        for hostile in HOSTILE:
            with pytest.raises(Refused):
                await Sender(timeout_s=3).send(hostile.replace("{port}", port), new_secret(), "id", b"{}", NOBODY)
            calls += 1
        assert calls >= 40
        assert inside.connections == 0


async def test_the_listener_would_have_been_reached() -> None:
    """The control: with its pair exempt the same address is called."""
    async with receiver() as inside:
        assert await Sender().send(inside.url, new_secret(), "id", b"{}", frozenset({inside.pair})) == 204
        assert inside.connections == 1


def answering(*answers: list[str]) -> tuple[Callable[[str, int], Awaitable[list[str]]], list[str]]:
    """A name server that gives these answers one after another, and who asked."""
    left = list(answers)
    asked: list[str] = []

    async def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return left.pop(0)

    return resolve, asked


async def test_a_name_is_looked_up_once_and_its_checked_address_is_called() -> None:
    """A name that turns to loopback after the check changes nothing: the number that was checked is what is connected to."""
    resolve, asked = answering(["93.184.216.34"], ["127.0.0.1"])
    url, names = await Sender(resolve=resolve).checked_request("https://hooks.partner.example:8443/in?x=1", NOBODY)
    assert asked == ["hooks.partner.example"]
    assert str(url) == "https://93.184.216.34:8443/in?x=1"
    assert names == {"host": "hooks.partner.example:8443", "sni": "hooks.partner.example"}


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["93.184.216.34", "10.0.0.7"], ["::ffff:127.0.0.1"], ["fe80::1%eth0"], []])
async def test_a_name_with_any_address_inside_is_refused(answer: list[str]) -> None:
    """One bad answer among good ones is enough."""
    resolve, _ = answering(answer)
    with pytest.raises(BadAddress):
        await Sender(resolve=resolve).checked_request("https://hooks.partner.example/", NOBODY)


async def test_a_redirect_is_a_refusal() -> None:
    """The place a receiver points to is never called."""
    async with receiver() as inside, receiver() as outside:
        outside.answer = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: {inside.url}\r\nContent-Length: 0\r\n\r\n".encode()
        with pytest.raises(Refused) as refusal:
            await Sender().send(outside.url, new_secret(), "id", b"{}", frozenset({outside.pair, inside.pair}))
        assert refusal.value.status == 307
        assert (outside.connections, inside.connections) == (1, 0)


async def test_only_the_exact_pair_is_exempt() -> None:
    """Another port or another spelling of the same host stays refused."""
    async with receiver() as inside, receiver() as other:
        exempt = frozenset({inside.pair})
        with pytest.raises(Refused):
            await Sender().send(other.url, new_secret(), "id", b"{}", exempt)
        with pytest.raises(Refused):
            await Sender().send(inside.url.replace("127.0.0.1", "localhost"), new_secret(), "id", b"{}", exempt)
        assert (inside.connections, other.connections) == (0, 0)


def test_public_and_other_addresses_are_told_apart() -> None:
    """A sample of each special network, and neighbours that are public."""
    public = ["1.1.1.1", "93.184.216.34", "172.32.0.1", "192.0.1.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"]
    inside = ["192.88.99.1", "203.0.113.9", "198.51.100.1", "240.0.0.1", "2001:db8::1", "2001::1", "3fff::1", "100::1", "::"]
    assert [text for text in public if not is_public(ipaddress.ip_address(text))] == []
    assert [text for text in inside if is_public(ipaddress.ip_address(text))] == []


def test_an_address_is_kept_as_it_will_be_called() -> None:
    """Host in ASCII, default port known, path and query untouched."""
    found = target("https://Hooks.Partner.example/in?a=1", NOBODY)
    assert (found.host, found.port, found.url, found.exempt) == (
        "hooks.partner.example",
        443,
        "https://hooks.partner.example/in?a=1",
        False,
    )


@pytest.mark.parametrize("allow", ["127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", ":80", "127.0.0.1:http"])
def test_a_sandbox_refuses_pairs_that_are_none(allow: str) -> None:
    """A list that cannot mean what its author thinks stops the start."""
    with pytest.raises(SettingsError):
        check_webhook_allow(settings(webhook_allow=allow), sandbox=True)


def test_a_real_exchange_refuses_any_exempt_address() -> None:
    """Private addresses are for sandboxes; an empty list is for everybody."""
    with pytest.raises(SettingsError):
        check_webhook_allow(settings(webhook_allow="127.0.0.1:8080"), sandbox=False)
    check_webhook_allow(settings(webhook_allow="127.0.0.1:8080, [::1]:9090"), sandbox=True)
    check_webhook_allow(settings(), sandbox=False)
