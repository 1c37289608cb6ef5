"""Peewee with its own pool, playhouse migrations, and savepoints from every worker."""

import datetime

from peewee import (
    BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField, IntegrityError, Model, fn,
)
from playhouse.migrate import PostgresqlMigrator, migrate
from playhouse.pool import PooledPostgresqlDatabase
from playhouse.postgres_ext import BinaryJSONField
from playhouse.reflection import generate_models

from common import DATABASE, HOST, PASSWORD, PORT, USER, say, together

db = PooledPostgresqlDatabase(
    DATABASE, user=USER, password=PASSWORD, host=HOST, port=int(PORT), max_connections=30, stale_timeout=300)


class Author(Model):
    """One for each worker."""

    name = CharField(unique=True)
    data = BinaryJSONField(default={})

    class Meta:
        """All on one database."""

        database = db


class Book(Model):
    """Many for each author."""

    author = ForeignKeyField(Author, backref="books")
    title = CharField()
    sold = IntegerField(default=0)
    out = DateTimeField(default=datetime.datetime(2020, 1, 1))

    class Meta:
        """All on one database."""

        database = db
        indexes = ((("author", "title"), True),)


def start():
    """Tables and a migration."""
    with db.connection_context():
        db.create_tables([Author, Book])
        migrator = PostgresqlMigrator(db)
        with db.atomic():
            migrate(migrator.add_column("book", "lent", BooleanField(null=True)),
                    migrator.add_index("book", ("lent",)), migrator.rename_column("book", "lent", "away"),
                    migrator.drop_not_null("book", "out"))
        for name, model in sorted(generate_models(db).items()):
            say("table", name, sorted(model._meta.fields))
        say("indexes", sorted((i.name, i.columns, i.unique) for i in db.get_indexes("book")))


def worker(number):
    """Units of work on a connection from the pool, which goes back between them."""
    lines = []
    with db.connection_context():
        with db.atomic():
            author = Author.create(name=f"a{number}", data={"n": number})
        with db.atomic() as outer:
            Book.insert_many([(author, f"t{n}") for n in range(50)], fields=[Book.author, Book.title]).execute()
            try:
                with db.atomic():
                    Book.create(author=author, title="t1")
            except IntegrityError as error:
                lines.append(("nested", error.orig.pgcode))
            lines.append(("made", author.books.count()))
            outer.rollback()
        lines.append(("rolled back", author.books.count()))
    for turn in range(5):
        with db.connection_context(), db.atomic():
            author = Author.get(Author.data["n"] == str(number))
            Book.insert(author=author, title=f"t{turn % 3}", sold=1).on_conflict(
                conflict_target=[Book.author, Book.title], update={Book.sold: Book.sold + 1}).execute()
            locked = Author.select().where(Author.id == author.id).for_update().get()
            locked.data["turn"] = turn
            locked.save()
    with db.connection_context():
        lines.append(("sold", [(b.title, b.sold) for b in author.books.order_by(Book.title)]))
        lines.append(("data", Author.get_by_id(author.id).data))
        with db.atomic():
            lines.append(("streamed", sum(1 for _ in Book.select().where(Book.author == author).iterator())))
    return lines


start()
together(worker)
with db.connection_context():
    say("total", Book.select(fn.SUM(Book.sold)).scalar(), Author.select().count())
    db.drop_tables([Author, Book])
    say("left", db.get_tables())
db.close_all()
