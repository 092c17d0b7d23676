"""The network that a request comes from: what one household or firm has of an address."""

from functools import lru_cache
from ipaddress import ip_address, ip_network

PARTS = {4: 24, 6: 64}
LONGEST = 64  # No address is written longer; what is comes from nobody who wants to be told apart.


def network_of(peer: str, forwarded: str, proxies: int) -> str:
    """Return the network a request comes from; empty where it cannot be told from others.

    Who calls from this machine or from one beside it may be a proxy that nobody has told us of:
    all the town would share its address, and one stranger could shut the door for everybody.
    """
    hops = [hop.strip() for hop in (*forwarded.split(","), peer)] if proxies else [peer]
    hop = hops[max(0, len(hops) - 1 - proxies)]
    return _network(hop, anywhere=proxies > 0) if len(hop) <= LONGEST else ""


@lru_cache(4096)  # Asked for every request, and most come from those who came before.
def _network(hop: str, *, anywhere: bool) -> str:
    try:
        address = ip_address(hop)
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    if not (anywhere or address.is_global):
        return ""
    return str(ip_network((address, PARTS[address.version]), strict=False))
