"""What surrounds every page: who looks at it, for which company, in which language, and where else they can go."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

from exchange.pages.formats import DEFAULT_ZONE

Area = Literal["portal", "console", "public"]
Theme = Literal["auto", "light", "dark"]
THEME_COOKIE = "theme"
LOCALE_COOKIE = "locale"


@dataclass(frozen=True, slots=True, kw_only=True)
class NavItem:
    """One place in the side bar. `label` is a msgid marked with N_(); pinned ones also stand in a phone's bottom bar,
    under `short` when it is given."""

    label: str
    href: str
    icon: str
    count: int = 0
    pinned: bool = False
    short: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NavGroup:
    items: tuple[NavItem, ...]
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyChoice:
    id: str
    name: str
    badge: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flash:
    """One sentence after an action, already in the reader's language."""

    text: str
    tone: Literal["good", "info", "wait", "bad"] = "good"


def _no_query() -> tuple[tuple[str, str], ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Passed to every render. `now` is market time; `path` and `query` are those of the request, for links back to this page,
    `nonce` the one of its Content-Security-Policy."""

    locale: str
    now: datetime
    area: Area = "portal"
    path: str = "/"
    query: tuple[tuple[str, str], ...] = field(default_factory=_no_query)
    csrf_token: str = ""
    nonce: str = ""
    theme: Theme = "auto"
    time_zone: str = DEFAULT_ZONE
    person_name: str = ""
    person_email: str = ""
    company: CompanyChoice | None = None
    companies: tuple[CompanyChoice, ...] = ()
    unread: int = 0
    navigation: tuple[NavGroup, ...] = ()
    search_action: str = "/search"
    inbox_href: str = "/inbox"
    account_href: str = "/account"
    sandbox: bool = False
    flash: Flash | None = None
    # An operator looks with the eyes of `company` until then.
    viewing_until: datetime | None = None
    # How far the record had been read before the page was: its live updates begin there. None: from now on.
    live_after: str | None = None
    # The place in the navigation that holds this page, where its address does not say it.
    place: str = ""

    def arg(self, name: str, default: str = "") -> str:
        """The last value of a query parameter of this page."""
        return next((value for key, value in reversed(self.query) if key == name), default)

    def link(self, **changes: str | int | None) -> str:
        """This page with some query parameters set, or removed by None; the paging cursor always starts again unless given."""
        changed = {name.rstrip("_"): value for name, value in changes.items()}
        kept = [(k, v) for k, v in self.query if k not in changed and k not in ("after", "before")]
        kept += [(k, str(v)) for k, v in changed.items() if v is not None and v != ""]
        return f"{self.path}?{urlencode(kept)}" if kept else self.path

    def pinned(self) -> list[NavItem]:
        """The places of the bottom bar on a phone."""
        return [item for group in self.navigation for item in group.items if item.pinned]

    def is_here(self, href: str) -> bool:
        """Whether a place in the navigation holds this page."""
        if href in ("/", "/operator"):
            return self.path == href
        return self.path == href or self.path.startswith(href + "/")

    def here(self) -> str:
        """The one navigation target that holds this page: the longest that fits."""
        if self.place:
            return self.place
        fits = [item.href for group in self.navigation for item in group.items if self.is_here(item.href)]
        return max(fits, key=len, default="")
