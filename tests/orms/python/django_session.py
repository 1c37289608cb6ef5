"""Django: every migration of its own applications, inspectdb, and workers on each way of connecting."""

import datetime
import decimal
import io
import sys
import uuid

import django_site  # noqa: F401 (configures Django before its models are imported)
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import DatabaseError, IntegrityError, close_old_connections, connection, connections, transaction
from django.db.models import Count, F, Sum, Window
from django.db.models.functions import RowNumber, TruncDay

from common import say, together
from shop.models import Label, Product, Purchase

# "pinning" adds what Django does outside transactions: cursors WITH HOLD, and set_config with a bound value.
PINNING = sys.argv[1] == "pinning"
ALIASES = ["default", "bound" if PINNING else "pooled", "serializable", "tokyo", "pooled"]


def command(*arguments, **options):
    """What a management command prints."""
    out = io.StringIO()
    call_command(*arguments, stdout=out, no_color=True, **options)
    return [line.rstrip() for line in out.getvalue().splitlines() if "(" not in line or "s)" not in line]


def start():
    """Forward, back, and forward again."""
    for line in command("migrate", verbosity=1):
        say("migrate", line)
    command("migrate", "shop", "0001", verbosity=0)
    say("back", command("showmigrations", "shop"))
    command("migrate", verbosity=0)
    say("check", command("makemigrations", check=True, dry_run=True), command("check", database=["default"]))
    for line in command("inspectdb", "shop_product", "shop_purchase", "auth_user", "cheap_products",
                        include_views=True):
        say("inspectdb", line)
    with connection.cursor() as cursor:
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO reader")
        cursor.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO reader")
        for name, constraint in sorted(connection.introspection.get_constraints(cursor, "shop_product").items()):
            say("constraint", name.rsplit("_", 1)[0], constraint["columns"], constraint["index"])
    say("types", ContentType.objects.count(), Permission.objects.count())
    Product.objects.bulk_create(
        Product(name=f"p{n}", price=decimal.Decimal(n) / 4, details={"n": n}, tags=[str(n), "x,y"]) for n in range(60))
    connections.close_all()


def settings(alias):
    """What the session sees of its own settings."""
    with connections[alias].cursor() as cursor:
        names = ("timezone", "transaction_isolation", "statement_timeout", "client_encoding", "search_path")
        shown = []
        for name in names:
            cursor.execute(f"SHOW {name}")
            shown.append(cursor.fetchone()[0])
        cursor.execute("SELECT current_user, session_user, to_char(timestamptz '2020-01-01Z', 'HH24')")
        return ("settings", alias, *shown, *cursor.fetchone())


def retry(work):
    """As Django's documentation asks of SERIALIZABLE."""
    while True:
        try:
            return work()
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", None) not in ("40001", "40P01"):
                raise


def requests(number, alias):
    """A request of a web application, with its own connection handling before and after."""
    for turn in range(6):
        close_old_connections()

        def buy():
            with transaction.atomic(using=alias):
                user, created = User.objects.using(alias).get_or_create(
                    username=f"user{number}", defaults={"email": f"{number}@example.org"})
                product = Product.objects.using(alias).select_for_update().get(name=f"p{(number * 7 + turn) % 5}")
                product.stock = F("stock") - 1
                product.save(using=alias, update_fields=["stock"])
                bought = Purchase.objects.using(alias).create(user=user, product=product, amount=turn)
                bought.labels.set(Label.objects.using(alias).all()[: turn % 4])
                try:
                    with transaction.atomic(using=alias):
                        Product.objects.using(alias).create(name="p1", price=1)
                except IntegrityError as error:
                    caught = error.__cause__.sqlstate
                with transaction.atomic(using=alias):
                    point = transaction.savepoint(using=alias)
                    Purchase.objects.using(alias).filter(user=user).delete()
                    transaction.savepoint_rollback(point, using=alias)
                return created or turn > 0, caught, Purchase.objects.using(alias).filter(user=user).count()

        yield "bought", turn, *retry(buy)
        close_old_connections()

    def undo():
        mine = Purchase.objects.using(alias).filter(user__username=f"user{number}")
        try:
            with transaction.atomic(using=alias):
                mine.delete()
                raise ValueError("rolled back")
        except ValueError:
            return mine.count()

    yield "kept", retry(undo)


def queries(number, alias):
    """Querysets of every kind, with and without a server-side cursor."""
    products = Product.objects.using(alias)
    seeds = products.filter(details__has_key="n")
    if PINNING or alias == "tokyo":
        # Outside a transaction Django declares the cursor WITH HOLD, unless the alias forbids it.
        numbers = [p.details["n"] for p in seeds.order_by("id").iterator(chunk_size=7)]
        yield "iterated", numbers == list(range(60))
    with transaction.atomic(using=alias):
        yield "in a transaction", sum(1 for _ in seeds.filter(details__n__gte=30).iterator(chunk_size=7))
    yield "tags", list(seeds.filter(tags__contains=["3"]).values_list("name", "tags"))
    yield "window", list(seeds.annotate(row=Window(RowNumber(), order_by=F("price").desc()))
                         .order_by("row").values_list("name", "row")[:3])
    made = products.bulk_create([
        Product(name=f"w{number}-{n}", price=n, added=datetime.datetime(2020, 1, n % 3 + 1, 23, 30, tzinfo=datetime.timezone.utc),
                code=uuid.UUID(int=n), picture=bytes([n % 256, 0, 92]), lasts=datetime.timedelta(minutes=n))
        for n in range(250)], batch_size=100)
    yield "bulk", len(made), all(product.pk for product in made)
    mine = products.filter(name__startswith=f"w{number}-")
    yield "days", list(mine.annotate(day=TruncDay("added")).values_list("day").annotate(Count("id")).order_by("day"))
    one = mine.get(code=uuid.UUID(int=92))
    yield "values", bytes(one.picture), one.lasts, one.added.isoformat(), one.price
    yield "updated", mine.filter(price__lt=100).update(price=F("price") * 2), mine.aggregate(Sum("price"))
    products.bulk_create([Product(name=f"w{number}-1", price=7)], update_conflicts=True, unique_fields=["name"],
                         update_fields=["price"])
    yield "upserted", mine.get(name=f"w{number}-1").price, "Index" in mine.explain() or "Scan" in mine.explain()
    yield "deleted", mine.delete()[0]


def errors(number, alias):
    """Errors outside and inside atomic, and what works afterwards."""
    for sql in ("SELECT 1/0", "SELECT nothing", "SELECT %s::int"):
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute(sql, ["x"] if "%" in sql else None)
        except DatabaseError as error:
            yield "error", type(error).__name__, error.__cause__.sqlstate
    try:
        with transaction.atomic(using=alias):
            try:
                Product.objects.using(alias).filter(name="p0").update(stock=-1)
            except IntegrityError as error:
                yield "check", error.__cause__.sqlstate
            Product.objects.using(alias).count()
    except transaction.TransactionManagementError as error:
        yield "broken", str(error)[:40]
    done = []
    with transaction.atomic(using=alias):
        transaction.on_commit(lambda: done.append(number), using=alias)
        with connections[alias].cursor() as cursor:
            cursor.execute("SET LOCAL TIME ZONE 'Asia/Kolkata'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
            cursor.execute("SHOW timezone")
            yield "local", cursor.fetchone()[0]
    yield "on commit", done == [number]


def sessions(number):
    """Logins and django.contrib.sessions."""
    user = User.objects.create_user(f"login{number}", password="secret")
    user.groups.add(Group.objects.get_or_create(name=f"group{number}")[0])
    store = SessionStore()
    store["user"] = number
    store.save()
    yield "session", SessionStore(store.session_key)["user"], user.check_password("secret"), user.has_perm("shop.x")


def worker(number):
    """Each worker is one thread with connections of its own."""
    alias = ALIASES[number % len(ALIASES)]
    lines = [settings(alias), settings("assumed")]
    for part in (requests, queries, errors) if alias != "serializable" else (requests,):
        lines += [(alias, *line) for line in part(number, alias)]
        lines.append(settings(alias))
    connections["assumed"].close()
    lines += list(sessions(number))
    lines.append(settings(alias))
    connections.close_all()
    return lines


def end():
    """What all workers left, and the way back."""
    say("stock", Product.objects.aggregate(Sum("stock"), Count("id")), Purchase.objects.count())
    say("labels", Purchase.labels.through.objects.count(), User.objects.count())
    call_command("migrate", "shop", "zero", verbosity=0)
    say("left", sorted(connection.introspection.table_names()))
    command("flush", interactive=False, verbosity=0)
    say("flushed", User.objects.count(), ContentType.objects.count())
    connections.close_all()


if __name__ == "__main__":
    start()
    together(worker)
    end()
    connections["pooled"].close_pool()
