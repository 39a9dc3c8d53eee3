"""The migrations hold to what Citus and partitioning ask of them, and can be read as a whole."""

import re
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

FOLDER = Path(__file__).resolve().parents[3] / "infra" / "database" / "migrations"
FILES = sorted(FOLDER.glob("*.sql"))
REFERENCE = {"merchants", "ownership", "signing_keys", "downstreams", "moves"}
"""Tables that every worker holds in full."""
DISTRIBUTION = "merchant"


def tables(sql):
    """Yield the name, the keys' columns and the partition columns of each table that is made."""
    bare = re.sub(r"\$\$.*?\$\$", "''", sql, flags=re.DOTALL)
    for text in re.findall(r"^CREATE TABLE .*?;", bare, flags=re.DOTALL | re.MULTILINE):
        if "PARTITION OF" in text:
            continue
        made = sqlglot.parse_one(text, dialect="postgres")
        keys = [
            [column.name for column in key.find_all(exp.Identifier)]
            for kind in (exp.PrimaryKey, exp.UniqueColumnConstraint)
            for key in made.find_all(kind)
        ]
        keys += [
            [column.name]
            for column in made.find_all(exp.ColumnDef)
            if column.find(exp.PrimaryKeyColumnConstraint)
        ]
        partition = re.search(r"PARTITION BY RANGE \((\w+)\)", text)
        yield made.this.this.name, keys, {partition[1]} if partition else set()


def refusals(sql):
    """Return why Citus or PostgreSQL would refuse the tables of a migration."""
    found = []
    for name, keys, partition in tables(sql):
        needed = partition | (set() if name in REFERENCE else {DISTRIBUTION})
        if not keys:
            found.append(f"{name} has no primary key")
        found += [
            f"a unique key of {name} lacks {', '.join(sorted(needed - set(key)))}"
            for key in keys
            if needed - set(key)
        ]
    bare = re.sub(r"--[^\n]*", "", sql)
    if re.search(r"\bREFERENCES\b", bare):
        found.append("a foreign key would have to hold the distribution column on both sides")
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_is_declared_that_citus_would_refuse(file):
    assert refusals(file.read_text()) == []


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("CREATE TABLE t (merchant text, id uuid, PRIMARY KEY (id));", "lacks merchant"),
        ("CREATE TABLE t (merchant text, id uuid PRIMARY KEY);", "lacks merchant"),
        (
            """CREATE TABLE t (merchant text, at timestamptz, PRIMARY KEY (merchant))
            PARTITION BY RANGE (at);""",
            "lacks at",
        ),
        ("CREATE TABLE t (merchant text);", "no primary key"),
        (
            """CREATE TABLE t (merchant text PRIMARY KEY, p uuid);
            ALTER TABLE t ADD FOREIGN KEY (p) REFERENCES q;""",
            "foreign key",
        ),
    ],
)
def test_the_linter_refuses_what_citus_refuses(sql, why):
    assert any(why in each for each in refusals(sql))


def test_every_table_is_distributed_or_reference():
    made = {name for file in FILES for name, _, _ in tables(file.read_text())}
    distribution = next(FOLDER.glob("*.distribution.sql")).read_text()
    assert all(f"'{name}'" in distribution for name in made)


def test_migrations_are_numbered_without_gaps_and_go_forward_only():
    numbers = [int(file.name.split(".")[0]) for file in FILES]
    assert numbers == list(range(1, len(FILES) + 1))
    assert not list(FOLDER.glob("*.rollback.sql"))


def test_whoever_runs_with_the_owners_rights_fixes_where_names_are_looked_up():
    for file in FILES:
        for function in re.findall(r"CREATE FUNCTION .*?AS \$\$", file.read_text(), re.DOTALL):
            if "SECURITY DEFINER" in function:
                assert "SET search_path = public, pg_temp" in function, function
