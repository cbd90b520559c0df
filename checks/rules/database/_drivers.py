"""Database drivers: how they are told from imports, and how they mark a parameter."""

import ast

from checks.context import Context

MARKS = {
    "sqlite3": "?",
    "aiosqlite": "?",
    "duckdb": "?",
    "pyodbc": "?",
    "psycopg": "%s",
    "psycopg2": "%s",
    "aiopg": "%s",
    "pymysql": "%s",
    "aiomysql": "%s",
    "MySQLdb": "%s",
    "mariadb": "?",
    "mysql": "%s",
}
DRIVERS = frozenset(
    [
        *MARKS,
        *("asyncpg", "pymssql", "pg8000", "oracledb", "cx_Oracle", "clickhouse_driver", "ibm_db"),
        *(
            "redis",
            "pymongo",
            "motor",
            "cassandra",
            "neo4j",
            "peewee",
            "playhouse",
            "sqlalchemy",
            "snowflake",
        ),
        *(
            "psycopg_pool",
            "vertica_python",
            "asyncmy",
            "aioodbc",
            "databases",
            "trino",
            "pymemcache",
        ),
    ]
)


def mark(ctx: Context) -> str:
    """How the one driver that the file imports marks a parameter; "" when that is not known."""
    found = {MARKS[name] for name in imported(ctx) if name in MARKS}
    return found.pop() if len(found) == 1 else ""


def imported(ctx: Context) -> set[str]:
    """The top-level packages that the file imports."""
    names = {alias.name for node in ctx.nodes(ast.Import) for alias in node.names}
    names |= {node.module for node in ctx.nodes(ast.ImportFrom) if node.module and not node.level}
    return {name.partition(".")[0] for name in names}
