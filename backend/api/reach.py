"""Where webhooks may go: a platform must not make the server knock at doors inside our network."""

import socket
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

NAT64 = ip_network("64:ff9b::/96")


class Reach(StrEnum):
    """public: the internet, by https; loopback: also this machine; private: also our network."""

    PUBLIC = "public"
    LOOPBACK = "loopback"
    PRIVATE = "private"


class Unreachable(OSError):
    """The address is not one that webhooks may go to."""


def check(url: str, reach: Reach) -> None:
    """Raise Unreachable, with the reason in words, if webhooks may not go to `url`.

    Names are looked up only when something is posted, by `Resolver`.
    """
    try:
        parsed = URL(url)
        host, _ = parsed.host, parsed.port
    except ValueError:
        raise Unreachable("网址写错了") from None
    if not host or parsed.user is not None or len(url) > 500 or not url.isprintable():
        raise Unreachable("网址应像 https://example.gov.cn/webhook")
    if parsed.scheme != "https" and (parsed.scheme != "http" or reach is Reach.PUBLIC):
        raise Unreachable("网址应以 https:// 开头")
    if _is_literal(host) and not allows(host, reach):
        raise Unreachable("不能发往内部网络的地址")


def allows(address: str, reach: Reach) -> bool:
    """Whether webhooks may go to an IP address."""
    known = ip_address(address.partition("%")[0])
    if isinstance(known, IPv6Address):
        inner = known.ipv4_mapped or known.sixtofour
        if inner is not None:
            return allows(str(inner), reach)
        if known in NAT64 or known.teredo:
            return False
    if known.is_multicast or known.is_unspecified or known.is_link_local:
        return False
    if known.is_loopback:
        return reach is not Reach.PUBLIC
    return known.is_global or (known.is_private and reach is Reach.PRIVATE)


def _is_literal(host: str) -> bool:
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


class Resolver(AbstractResolver):
    """Looks names up, and gives only addresses that webhooks may go to: what is checked is what
    is connected to, so that a name that changes its mind in between gains nothing.
    """

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._inner = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name. Raises Unreachable if one of them is not allowed."""
        found = await self._inner.resolve(host, port, family)
        if not all(allows(one["host"], self._reach) for one in found):
            raise Unreachable("内部网络的地址")
        return found

    async def close(self) -> None:
        """Give back what was opened."""
        await self._inner.close()
