"""Which addresses may be called: encrypted, or on this machine, and of one origin."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def problem_of_url(url: object, *, insecure: bool) -> str:
    """Why an address cannot be called; nothing if it can. http is for this machine, or where the settings allow it."""
    if not isinstance(url, str) or not url.isascii() or not url.isprintable() or " " in url:
        return "it is no address"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return "it is no address"
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "it is no address of the form https://host/path"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "it holds a user, a query or a fragment, which have no place there"
    if parts.scheme == "http" and not insecure and not is_loopback(parts.hostname):
        return "it is not encrypted: write https, or insecure_http: yes if you mean it"
    return ""


def is_loopback(host: str) -> bool:
    """Whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def origin_of(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port, which together get the secret; raises ValueError for what is no address."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"https": 443, "http": 80}.get(parts.scheme)
