"""Who is believed on TLS connections that the service opens."""

import ssl


def client_context(bundle: str) -> ssl.SSLContext:
    """Return a context that believes the bundle only, or the machine's own roots without one."""
    context = ssl.create_default_context(cafile=bundle or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
