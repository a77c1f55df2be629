"""Settings: read once from the environment, refused when unsafe."""

import base64
import binascii
import contextlib
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from workforce.core.errors import Unsafe

ROOT = Path(__file__).resolve().parents[2]
DEMO_SECRETS = frozenset({"change-me", "changeme", "secret", "demo", "dev", "test"})
ENVIRONMENTS = ("production", "development", "test")  # Anything else is a slip that would start without its safeguards.
DATABASES = ("sqlite://", "postgres://", "postgresql://", "postgresql+psycopg://")
HIGHEST_PORT = 65_535
MASTER_KEY_BYTES = 32
DELIVERIES = ("embedded", "procrastinate")
SHORTEST_TOKEN = 16


@dataclass(frozen=True)
class Settings:
    """Everything the environment decides. `Settings.read(os.environ)` is the only way in.

    `master_keys` maps a key's number to its 32 bytes; the highest number seals, every number opens.
    """

    environment: str
    instance: Path
    database_url: str
    port: int
    secret_key: str = field(repr=False)
    master_keys: Mapping[int, bytes] = field(repr=False)
    public_url: str = ""
    metrics_token: str = field(default="", repr=False)
    smtp_url: str = field(default="", repr=False)
    delivery: str = "embedded"
    twilio_account_sid: str = ""
    twilio_auth_token: str = field(default="", repr=False)
    twilio_messaging_service_sid: str = ""
    twilio_from: str = ""
    twilio_api_url: str = ""
    part_price_usd: float = 0.05

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def over_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    @property
    def files(self) -> Path:
        """Where sealed files lie."""
        return self.instance / "files"

    @property
    def departures(self) -> Path:
        """Where the delivery notes what has begun to leave: of use to this machine until it is started again, and to nobody else."""
        return self.instance / "departures"

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Settings":
        """Settings from the environment. Raises Unsafe with every missing or unusable name at once."""
        production = environ.get("MUSTER_ENV", "development") == "production"
        instance = Path(environ.get("MUSTER_INSTANCE") or "instance")
        instance = instance if instance.is_absolute() else ROOT / instance
        faults = _faults(environ, production=production)
        if faults:
            raise Unsafe("Muster does not start: " + "; ".join(faults) + ".")
        try:
            instance.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as problem:
            raise Unsafe(f"Muster does not start: MUSTER_INSTANCE cannot be a folder: {problem.strerror}.") from None
        return cls(
            environment="production" if production else environ.get("MUSTER_ENV", "development"),
            instance=instance,
            database_url=_driver(environ.get("DATABASE_URL") or f"sqlite:///{instance / 'muster.db'}"),
            port=int(environ.get("PORT") or 8000),
            secret_key=environ.get("MUSTER_SECRET_KEY") or _kept_secret(instance / "secret.key"),
            master_keys=parse_master_keys(environ.get("MUSTER_MASTER_KEYS") or _kept_master_keys(instance)),
            public_url=environ.get("PUBLIC_URL", "").rstrip("/"),
            metrics_token=environ.get("MUSTER_METRICS_TOKEN", ""),
            smtp_url=environ.get("SMTP_URL", ""),
            delivery=environ.get("MUSTER_DELIVERY") or "embedded",
            twilio_account_sid=environ.get("TWILIO_ACCOUNT_SID", ""),
            twilio_auth_token=environ.get("TWILIO_AUTH_TOKEN", ""),
            twilio_messaging_service_sid=environ.get("TWILIO_MESSAGING_SERVICE_SID", ""),
            twilio_from=environ.get("TWILIO_FROM", ""),
            twilio_api_url=environ.get("TWILIO_API_URL", "").rstrip("/"),
            part_price_usd=float(environ.get("MUSTER_PART_PRICE_USD") or 0.05),
        )


def parse_master_keys(text: str) -> dict[int, bytes]:
    """`"1:<base64>,2:<base64>"` as {1: 32 bytes, 2: 32 bytes}. Raises Unsafe."""
    keys: dict[int, bytes] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        number, _, encoded = part.partition(":")
        try:
            key = base64.b64decode(encoded, validate=True)
            keys[int(number)] = key
        except (ValueError, binascii.Error):
            raise Unsafe("MUSTER_MASTER_KEYS must look like 1:<base64 of 32 bytes>.") from None
        if len(key) != MASTER_KEY_BYTES or len(set(key)) < 4:
            raise Unsafe("MUSTER_MASTER_KEYS holds a key that is not 32 random bytes.")
    if not keys:
        raise Unsafe("MUSTER_MASTER_KEYS holds no key.")
    return keys


def new_master_key(number: int = 1) -> str:
    """A fresh key in the form that MUSTER_MASTER_KEYS takes."""
    return f"{number}:{base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode()}"


def _faults(environ: Mapping[str, str], *, production: bool) -> list[str]:
    faults = [*_secret_faults(environ, production=production)]
    if production and not environ.get("PUBLIC_URL", "").startswith("https://"):
        faults.append("PUBLIC_URL is missing or not https")
    if (environ.get("MUSTER_ENV") or "development") not in ENVIRONMENTS:
        faults.append("MUSTER_ENV is neither production nor development")
    port = environ.get("PORT") or "8000"
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= HIGHEST_PORT):
        faults.append(f"PORT is not a number from 1 to {HIGHEST_PORT}")
    if not (environ.get("DATABASE_URL") or "sqlite://").startswith(DATABASES):
        faults.append("DATABASE_URL does not begin with postgresql:// or sqlite://")
    if not (environ.get("MUSTER_PART_PRICE_USD") or "0").replace(".", "", 1).isdigit():
        faults.append("MUSTER_PART_PRICE_USD is not a number")
    if 0 < len(environ.get("MUSTER_METRICS_TOKEN", "")) < SHORTEST_TOKEN:
        faults.append(f"MUSTER_METRICS_TOKEN is shorter than {SHORTEST_TOKEN} characters")
    faults += _delivery_faults(environ)
    return faults


def _delivery_faults(environ: Mapping[str, str]) -> list[str]:
    how = environ.get("MUSTER_DELIVERY") or "embedded"
    if how not in DELIVERIES:
        return ["MUSTER_DELIVERY is neither embedded nor procrastinate"]
    if how == "embedded":
        return []
    if not environ.get("DATABASE_URL", "").startswith(("postgres://", "postgresql://", "postgresql+psycopg://")):
        return [
            "MUSTER_DELIVERY=procrastinate needs PostgreSQL: set DATABASE_URL to postgresql://…, or leave MUSTER_DELIVERY out"
        ]
    if find_spec("procrastinate") is None:
        return ["MUSTER_DELIVERY=procrastinate needs the extra: pip install 'muster[scale]'"]
    return []


def _secret_faults(environ: Mapping[str, str], *, production: bool) -> list[str]:
    faults = []
    for name in ("MUSTER_SECRET_KEY", "MUSTER_MASTER_KEYS"):
        value = environ.get(name, "")
        if production and not value:
            faults.append(f"{name} is missing")
        elif value and (value.lower() in DEMO_SECRETS or "change-me" in value.lower()):
            faults.append(f"{name} is a demo value")
    if production and len(environ.get("MUSTER_SECRET_KEY", "x" * 32)) < 32:
        faults.append("MUSTER_SECRET_KEY is shorter than 32 characters")
    return faults


def _driver(url: str) -> str:
    """SQLAlchemy's name for the PostgreSQL driver we install."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url


def _kept_master_keys(instance: Path) -> str:
    return _kept(instance / "master.key", new_master_key)


def _kept_secret(path: Path) -> str:
    return _kept(path, lambda: secrets.token_urlsafe(48))


def _kept(path: Path, make: Callable[[], str]) -> str:
    """The secret in `path`, made at the first start and readable by its owner alone.

    Written aside and linked into place: a second process sees no file or a whole one, and the first one wins.
    """
    if not path.exists():
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(make() + "\n")
        with contextlib.suppress(FileExistsError):
            os.link(aside, path)
        aside.unlink()
    return path.read_text("ascii").strip()
