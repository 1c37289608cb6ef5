"""Django's settings as an application has them, with the URL of this run."""

import os

import django
from django.conf import settings

from common import DATABASE, HOST, PASSWORD, PORT, USER

SERVER = {
    "ENGINE": "django.db.backends.postgresql", "NAME": DATABASE, "USER": USER, "PASSWORD": PASSWORD,
    "HOST": HOST, "PORT": PORT, "CONN_MAX_AGE": 60,
}

# One alias for each way of connecting that Django documents.
settings.configure(
    DATABASES={
        "default": SERVER | {"CONN_HEALTH_CHECKS": True},
        "bound": SERVER | {"OPTIONS": {"server_side_binding": True}},
        "serializable": SERVER | {"OPTIONS": {"isolation_level": 4}},
        "assumed": SERVER | {"OPTIONS": {"assume_role": "reader", "options": "-c statement_timeout=12345"}},
        "tokyo": SERVER | {"TIME_ZONE": "Asia/Tokyo", "DISABLE_SERVER_SIDE_CURSORS": True, "CONN_MAX_AGE": 0},
        "pooled": SERVER | {"CONN_MAX_AGE": 0, "OPTIONS": {"pool": {"min_size": 1, "max_size": 4}}},
    },
    INSTALLED_APPS=[
        "django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "django.contrib.postgres",
        "shop",
    ],
    TIME_ZONE=os.environ.get("ORM_TIME_ZONE", "Europe/Paris"),
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
    SESSION_ENGINE="django.contrib.sessions.backends.db",
    SECRET_KEY="not a secret",
)
django.setup()
