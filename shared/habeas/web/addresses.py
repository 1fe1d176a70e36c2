"""Where a request comes from, as coarsely as it has to be known to count a flood."""

from ipaddress import IPv4Address, IPv6Address, ip_address

_BITS = {4: 24, 6: 48}
"""What one subscriber can have of addresses without asking anybody: a /24 (IPv4), a /48 (IPv6, RFC 6177)."""


def prefix_of(address: str) -> str:
    """Return the network that an address is counted under, such as `203.0.113.0/24`; "" for this machine itself.

    An IPv4 address in an IPv6 one counts as itself. What is no address counts as one place. Whoever comes from the
    machine itself has it already; and behind a proxy of the same machine that nobody declared, everybody would count
    as one.
    """
    try:
        read: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown" if address else ""
    if isinstance(read, IPv6Address) and read.ipv4_mapped is not None:
        read = read.ipv4_mapped
    if read.is_loopback:
        return ""
    bits, length = _BITS[read.version], read.max_prefixlen
    network = int(read) >> (length - bits) << (length - bits)
    return f"{type(read)(network)}/{bits}"
