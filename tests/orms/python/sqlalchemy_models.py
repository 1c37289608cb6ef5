"""The tables of the SQLAlchemy script: one of every type and constraint that dialects treat in their own way."""

import enum

from sqlalchemy import (
    BigInteger, CheckConstraint, Date, DateTime, Enum, ForeignKey, Index, Integer, LargeBinary, Numeric, String,
    Text, UniqueConstraint, Uuid, func, text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INTERVAL, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """The script's metadata."""


class Colour(enum.Enum):
    """Becomes a type of its own in PostgreSQL."""

    red = 1
    green = 2


class Customer(Base):
    """One for each worker, with orders."""

    __tablename__ = "customer"
    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    balance: Mapped[object] = mapped_column(Numeric(12, 2), server_default=text("100"))
    favourite: Mapped[Colour | None] = mapped_column(Enum(Colour, name="colour", native_enum=True))
    profile: Mapped[dict | None] = mapped_column(JSONB)
    tags: Mapped[list | None] = mapped_column(ARRAY(Text))
    token: Mapped[object | None] = mapped_column(Uuid)
    avatar: Mapped[bytes | None] = mapped_column(LargeBinary)
    born: Mapped[object | None] = mapped_column(Date)
    seen: Mapped[object | None] = mapped_column(DateTime(timezone=True))
    patience: Mapped[object | None] = mapped_column(INTERVAL)
    orders: Mapped[list["Order"]] = relationship(
        back_populates="customer", cascade="all, delete-orphan", order_by="Order.position"
    )
    __table_args__ = (
        CheckConstraint("balance >= 0", name="no_debts"),
        Index("customer_profile", "profile", postgresql_using="gin"),
        Index("customer_lower", func.lower(text("name"))),
    )


class Order(Base):
    """Inserted many at a time."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    note: Mapped[str | None]
    customer: Mapped[Customer] = relationship(back_populates="orders")
    __table_args__ = (UniqueConstraint("customer_id", "position", name="one_position"),)
