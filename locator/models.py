"""Tables of places and positions, and facts about one row."""

import uuid
from datetime import date, datetime

from sqlalchemy import Boolean, Date, Float, ForeignKey, Index, Integer, String, UniqueConstraint, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from locator.geodesy import Point
from workforce.core.db import Base, Row, Sealed
from workforce.core.tenancy import Scoped, whole, within

PLACE_KINDS = ("embassy", "hospital", "airport", "seaport", "border", "shelter", "assembly")


class Place(Row, Base):
    """A place anybody may need: shared by all agencies, unless `owner_id` says whose own it is."""

    __tablename__ = "places"
    __table_args__ = (
        UniqueConstraint("source", "source_id"),
        Index("ix_places_kind", "kind", "country_of"),
    )

    owner_id: Mapped[uuid.UUID | None] = mapped_column(Uuid, ForeignKey("agencies.id"))
    kind: Mapped[str] = mapped_column(String(12))
    type: Mapped[str] = mapped_column(String(60), default="")
    name: Mapped[str] = mapped_column(String(200))
    lat: Mapped[float] = mapped_column(Float)
    lon: Mapped[float] = mapped_column(Float)
    country: Mapped[str] = mapped_column(String(2), default="")
    country_of: Mapped[str] = mapped_column(String(2), default="")
    covers: Mapped[list[str]] = mapped_column(default=list)
    city: Mapped[str] = mapped_column(String(120), default="")
    address: Mapped[str] = mapped_column(String(240), default="")
    phone: Mapped[str] = mapped_column(String(60), default="")
    email: Mapped[str] = mapped_column(String(120), default="")
    website: Mapped[str] = mapped_column(String(240), default="")
    source: Mapped[str] = mapped_column(String(80))
    source_id: Mapped[str] = mapped_column(String(80))
    licence: Mapped[str] = mapped_column(String(60), default="")
    verified_on: Mapped[date | None] = mapped_column(Date)
    updated_at: Mapped[datetime]

    @property
    def point(self) -> Point:
        return Point(self.lat, self.lon)


class PlaceEdit(Row, Scoped, Base):
    """A field of a shared place as one agency knows it better; imports never touch it."""

    __tablename__ = "place_edits"
    __table_args__ = (UniqueConstraint("agency_id", "place_id", "field"),)

    place_id: Mapped[uuid.UUID] = mapped_column(Uuid, ForeignKey("places.id", ondelete="CASCADE"))
    field: Mapped[str] = mapped_column(String(20))
    value: Mapped[str] = mapped_column(String(240))
    edited_by: Mapped[uuid.UUID | None]
    edited_at: Mapped[datetime]


class PlacesStamp(Base):
    """Counts every change of places, so that each process knows when its index in memory is old."""

    __tablename__ = "places_stamp"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, default=1)
    value: Mapped[int] = mapped_column(Integer, default=0)


class Position(Row, Scoped, Base):
    """Where a worker was. The exact point is sealed; the plain 0.1° cell is what staff may see, and the index.

    Exists only under a live location consent, and only until `expires_at`.
    """

    __tablename__ = "positions"
    __table_args__ = (
        whole("positions"),
        within("worker_id", "workers", ondelete="CASCADE"),
        within("consent_id", "consents"),
        Index("ix_positions_latest", "agency_id", "worker_id", "taken_at"),
        Index("ix_positions_cell", "agency_id", "cell_lat", "cell_lon"),
        Index("ix_positions_expiry", "expires_at"),
        Index("ix_positions_newest", "agency_id", "received_at"),
    )

    worker_id: Mapped[uuid.UUID]
    consent_id: Mapped[uuid.UUID | None]
    cell_lat: Mapped[int] = mapped_column(Integer)
    cell_lon: Mapped[int] = mapped_column(Integer)
    point_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    label_sealed: Mapped[bytes | None] = mapped_column(Sealed)
    precision_km: Mapped[float] = mapped_column(Float)
    source: Mapped[str] = mapped_column(String(8))
    is_confirmed: Mapped[bool] = mapped_column(Boolean, default=True)
    taken_at: Mapped[datetime]
    received_at: Mapped[datetime]
    expires_at: Mapped[datetime]

    @property
    def subject_id(self) -> uuid.UUID:
        return self.worker_id
