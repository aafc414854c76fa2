"""The settings of one process: read once from the environment, every problem listed at the start."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import msgspec

from exchange.domain.history.anchor import NotAKey, private_key

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]


class SettingsError(Exception):
    """The environment does not describe a process that can run; the message lists every problem."""


class DepositAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account of the exchange at a bank, to which members pay in; `{tax_id}` in `reference` is the member's own."""

    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    bank: Annotated[str, msgspec.Meta(min_length=1)]
    holder: Annotated[str, msgspec.Meta(min_length=1)]
    number: Annotated[str, msgspec.Meta(min_length=1)]
    reference: Annotated[str, msgspec.Meta(pattern=r"\{tax_id\}")] = "{tax_id}"

    def reference_of(self, tax_id: str) -> str:
        """What a member writes into its transfer."""
        return self.reference.replace("{tax_id}", tax_id)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """One process's settings. Each NAME may also come as NAME_FILE, the path of a file that holds the value."""

    database_url: str
    matcher_socket: str
    files_url: str
    redis_url: str = "redis://127.0.0.1:6379/0"
    public_url: str = "http://127.0.0.1:8000"
    host: str = "127.0.0.1"
    port: Port = 8000
    metrics_host: str = "127.0.0.1"
    metrics_port: Port = 0
    smtp_url: str = "smtp://127.0.0.1:25"
    mail_from: str = "Exchange <no-reply@exchange.example>"
    # The domain of addresses that answer messages by e-mail, whose mail comes to `exchange inbound`; empty: no such answers.
    reply_domain: str = ""
    inbound_host: str = "127.0.0.1"
    inbound_port: Port = 2525
    # The name that the mail server before it writes into Authentication-Results; answers without its DMARC pass are refused then.
    inbound_proved_by: str = ""
    secret: Annotated[str, msgspec.Meta(min_length=32)]
    # The file of the keys of personal data (`exchange keys new FILE`); a sandbox without one derives them from its secret.
    keys_file: str = ""
    # host:port pairs on private addresses that webhooks may reach; a sandbox only.
    webhook_allow: str = ""
    # "cheap" hashes passwords so that they protect nothing: throw-away sandboxes only.
    argon2: Literal["full", "cheap"] = "full"
    pool_size: Annotated[int, msgspec.Meta(ge=1, le=100)] = 10
    # Jobs that a worker runs at once: so many of our own books, and so many that wait for the world outside.
    worker_tasks: Annotated[int, msgspec.Meta(ge=1, le=64)] = 8
    log_level: str = "INFO"
    # Networks of proxies whose X-Forwarded-For is believed, e.g. 172.30.0.0/24; none by default.
    trusted_proxies: str = ""
    # How much one person or key may ask of one api process.
    rate_limit: str = "3000/minute"
    # Who signs the head of the record (Ed25519, PEM; the worker alone has it), and where signed heads are kept outside the
    # database: a file to which lines are appended, an address that gets each by e-mail.
    audit_key: str = ""
    audit_anchors: str = ""
    audit_mail: str = ""
    time_zone: str = "Asia/Ho_Chi_Minh"
    # How long direct payments to a changed bank account pause, in hours of market time.
    bank_pause_hours: Annotated[int, msgspec.Meta(ge=0, le=720)] = 24
    # Where members pay in, as JSON: [{"currency","bank","holder","number","reference"?}, …].
    deposit_accounts: str = ""

    PREFIXED: ClassVar[frozenset[str]] = frozenset({"database_url", "redis_url"})

    @property
    def secure(self) -> bool:
        """Whether members reach the exchange by https: decides the cookie's name and flags."""
        return self.public_url.startswith("https://")

    @property
    def paying_in(self) -> tuple[DepositAccount, ...]:
        """The accounts of the exchange for deposits; none until they are set."""
        return msgspec.json.decode(self.deposit_accounts or "[]", type=tuple[DepositAccount, ...])

    @property
    def webhook_exempt(self) -> frozenset[str]:
        return frozenset(pair.strip() for pair in self.webhook_allow.split(",") if pair.strip())


def variable(field: str) -> str:
    """The environment variable of a field: DATABASE_URL and REDIS_URL as everywhere, all others EXCHANGE_…."""
    return field.upper() if field in Settings.PREFIXED else f"EXCHANGE_{field.upper()}"


def load(environment: Mapping[str, str]) -> Settings:
    """Read the settings; raises SettingsError with every problem, one a line."""
    values: dict[str, str] = {}
    problems: list[str] = []
    for field in msgspec.structs.fields(Settings):
        name = variable(field.encode_name)
        value = environment.get(name)
        path = environment.get(f"{name}_FILE")
        if value is not None and path is not None:
            problems.append(f"{name}: set it or {name}_FILE, not both")
            continue
        if path is not None:
            try:
                value = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                problems.append(f"{name}_FILE: {error.strerror}: {path}")
                continue
        if value is None:
            if field.required:
                problems.append(f"{name}: missing")
            continue
        try:
            msgspec.convert(value, field.type, strict=False)
        except msgspec.ValidationError as error:
            problems.append(f"{name}: {error}")
            continue
        values[field.encode_name] = value
    try:
        msgspec.json.decode(values.get("deposit_accounts") or "[]", type=tuple[DepositAccount, ...])
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        problems.append(f"{variable('deposit_accounts')}: {error}")
    if values.get("audit_key"):
        try:
            private_key(values["audit_key"])
        except NotAKey as error:
            problems.append(f"{variable('audit_key')}: {error}")
    if problems:
        raise SettingsError("\n".join(problems))
    return msgspec.convert(values, Settings, strict=False)
