"""Every address that answers a GET of a person: the routes of portal and console."""

from litestar import Litestar
from litestar.routes import HTTPRoute

from exchange import console, portal


def pages() -> set[str]:
    """Path templates such as `/rfqs/{rfq_id}`."""
    app = Litestar([portal.routes(), console.routes()], openapi_config=None)
    return {
        route.path_format
        for route in app.routes
        if isinstance(route, HTTPRoute) and "GET" in route.methods and not route.path.startswith("/schema")
    }
