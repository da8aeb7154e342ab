"""A connection to a database that can only read, from the URL that an environment variable holds.

    with reading(source, root) as connection: …      one snapshot, on SQLite and PostgreSQL by the database's own word

The URL may hold a password: params hold the variable's name, and no error, log or pin repeats the URL.
"""

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from tasks.archive.settings import Databases
from tasks.errors import EndpointError, EnvironmentFault, InputError

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, Engine

OURS = "postgresql+pg8000"
"""The driver that is installed with Zhiling, also for a plain postgresql://."""
PACKAGES = {
    "psycopg2": "psycopg2-binary",
    "psycopg": "psycopg[binary]",
    "MySQLdb": "mysqlclient",
    "pymysql": "pymysql",
    "oracledb": "oracledb",
    "pyodbc": "pyodbc",
}
"""Python module of a driver → what pip calls it, where they differ or are often asked for."""


@contextmanager
def reading(source: Databases, root: Path) -> Iterator["Connection"]:
    """A connection that reads one snapshot. Raises InputError, EnvironmentFault (no driver) and EndpointError."""
    from sqlalchemy.exc import SQLAlchemyError

    url = _url(source)
    engine = _engine(url, source, root)
    options: dict[str, Any] = {}
    if url.get_backend_name() == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    try:
        connection = engine.connect().execution_options(**options)
    except (SQLAlchemyError, OSError, TypeError, ValueError) as error:  # a driver given an option that it does not know
        raise _unreadable(error, url, source) from None
    try:
        yield connection
    except (SQLAlchemyError, OSError) as error:
        raise _unreadable(error, url, source) from None  # what the driver raised may hold the URL
    finally:
        # What died cannot be closed in good order, and SQLAlchemy would tell that with a traceback beside our own words.
        logging.getLogger("sqlalchemy.pool.impl.NullPool.archive").disabled = True
        with suppress(SQLAlchemyError, OSError):
            connection.close()
        engine.dispose()


def _url(source: Databases) -> "URL":
    """The URL in the variable; postgresql:// goes by the driver that is installed."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    where = f"Source {source.name}: the environment variable {source.url_variable}"
    if not (held := os.environ.get(source.url_variable, "").strip()):
        raise InputError(f"{where} is not set. Set it to an SQLAlchemy URL, such as {OURS}://user:password@host/database.")
    try:
        url = make_url(held)
    except (ArgumentError, ValueError):
        url = None
    if url is None:
        raise InputError(f"{where} holds no SQLAlchemy URL. Expected one such as {OURS}://user:password@host/database.")
    return url.set(drivername=OURS) if url.drivername in ("postgres", "postgresql") else url


def _engine(url: "URL", source: Databases, root: Path) -> "Engine":
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    where = f"Source {source.name}: the URL in {source.url_variable}"
    if url.drivername in ("sqlite", "sqlite+pysqlite"):
        return _sqlite(_file(url, where, root))
    try:
        engine = create_engine(url, poolclass=NullPool, pool_logging_name="archive", hide_parameters=True)
    except ModuleNotFoundError as error:
        module = error.name or url.drivername
        package = PACKAGES.get(module, module)
        trouble = f"{where} needs the Python module {module}: `pip install {package}`."
    except NoSuchModuleError:
        trouble = f"{where} begins with {url.drivername}://, which SQLAlchemy does not know: install its dialect's package."
    except (ArgumentError, TypeError, ValueError):
        trouble = f"{where} is not as its driver wants it; see the driver's page in SQLAlchemy's documentation."
    else:
        if not engine.dialect.is_async:
            return engine
        trouble = f"{where} names the driver {url.get_driver_name()}, which is for asyncio. Name a plain one."
    raise EnvironmentFault(trouble)


def _file(url: "URL", where: str, root: Path) -> Path:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise InputError(f"{where} names no file. Expected sqlite:///relative/to/the/checkout.db or sqlite:////absolute.db.")
    file = root / url.database
    if not file.is_file():
        raise InputError(
            f"{where} leads to no file. Expected sqlite:///relative/to/the/checkout.db or sqlite:////absolute.db."
        )
    return file.resolve()


def _sqlite(file: Path) -> "Engine":
    """An engine that opens the file for reading only and begins a transaction that lasts: one snapshot."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import NullPool

    def opened() -> sqlite3.Connection:
        connection = sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True, isolation_level=None)
        connection.text_factory = _text
        connection.execute("PRAGMA query_only = ON")
        return connection

    engine = create_engine(
        "sqlite://", creator=opened, poolclass=NullPool, pool_logging_name="archive", hide_parameters=True
    )
    # The driver begins transactions for writes only.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def _text(data: bytes) -> str | bytes:
    """Text where it is UTF-8; SQLite stores any bytes as TEXT, and one wrong row must not end the reading."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data


def _unreadable(error: Exception, url: "URL", source: Databases) -> EndpointError:
    return EndpointError(
        f"Source {source.name}: the database of {source.url_variable} could not be read: {_said(error, url)}. "
        "Nothing was changed there. Check that it answers and that the URL in the variable is right, and run again."
    )


def _said(error: Exception, url: "URL") -> str:
    """What the database said, in one line, without the URL, its password and its options."""
    said: Any = getattr(error, "orig", None) or error
    if said.args and isinstance(said.args[0], dict):  # pg8000 gives the fields of PostgreSQL's message
        said = said.args[0].get("M", said)
    told = f"{type(error).__name__}: {' '.join(str(said).split())}"
    options = [value for values in url.normalized_query.values() for value in values]
    for secret in [url.render_as_string(hide_password=False), url.password or "", *options]:
        for form in {secret, quote(secret, safe=""), quote_plus(secret)} - {""}:
            told = told.replace(form, "…")
    return told
