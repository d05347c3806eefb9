"""What every file in sql/ and every wrapper has in common; what the application may and may not."""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from starlette.routing import BaseRoute, Mount, Route

from queue_service import commands, db, reads, rights
from queue_service.api.operations import Resource
from queue_service.api.table import OPERATIONS
from queue_service.app import routes

SQL = Path(__file__).parent.parent / "sql"
KINDS: dict[str, ModuleType] = {"commands": commands, "reads": reads}
FILES = [(kind, path) for kind in KINDS for path in sorted((SQL / kind).glob("*.sql"))]
NAMES = [f"{kind}/{path.stem}" for kind, path in FILES]

FUNCTIONS = """
select p.oid::regprocedure::text as signature, p.proname as name, p.proargnames as arguments,
  p.pronargs as count, p.prosecdef as definer, p.provolatile::text as volatile,
  p.proconfig as config
from pg_proc as p where p.pronamespace = 'api'::regnamespace and p.proname <> 'applied_migrations'
"""


@pytest.mark.parametrize(("kind", "path"), FILES, ids=NAMES)
def test_a_file_makes_one_function_that_bears_its_name(kind: str, path: Path) -> None:
    made = re.findall(r"create or replace function ([\w.]+)\s*\(", path.read_text())
    assert made == [f"api.{path.stem}"]


@pytest.mark.parametrize(("kind", "path"), FILES, ids=NAMES)
def test_a_file_begins_by_saying_what_it_decides(kind: str, path: Path) -> None:
    assert re.match(r"-- [A-Z]", path.read_text())


@pytest.mark.parametrize("path", [path for kind, path in FILES if kind == "commands"], ids=str)
def test_a_command_that_moves_an_office_first_writes_what_time_has_decided(path: Path) -> None:
    text = path.read_text()
    if re.search(r"queue\._end\(|update queue\.(office_state|visit)\b|queue\._move\(", text):
        begun = re.search(r"(now_ timestamptz|now_) := queue\._begin(_at_floor|_at_hub)?\(", text)
        assert begun, path
        assert "queue.visit" not in text[text.index("begin\n") : begun.start()]


@pytest.mark.anyio
async def test_every_function_has_a_wrapper_with_the_same_arguments(owner: db.Connection) -> None:
    rows = await owner.fetch(FUNCTIONS)
    inputs: dict[str, list[str]] = {}
    for row in rows:
        names: list[str] = row["arguments"] or []
        inputs[row["name"]] = names[: row["count"]]
    assert len(inputs) == len(rows), "two functions of one name"
    assert sorted(inputs) == sorted(path.stem for _, path in FILES)
    for kind, path in FILES:
        wrapper = getattr(KINDS[kind], path.stem)
        assert list(inspect.signature(wrapper).parameters) == ["pool", *inputs[path.stem]], path


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def asks(node: ast.AST, looks: Iterable[str]) -> bool:
    """`….clock.now()`, which answers also while the process cannot be sure."""
    said = ast.unparse(node)
    return "await" not in said and any(re.search(rf"{re.escape(one)}(?!\w)", said) for one in looks)


SOURCES = sorted(Path(commands.__file__).parent.rglob("*.py"))
# What ends is over, whatever the time; whoever signs out is out.
AT_ANY_TIME = {"sessions.py: commands.end_session"}


def test_a_command_goes_by_a_clock_that_is_sure_of_the_time() -> None:
    """A process whose clock is off sends none: `Clock.at` refuses, `Clock.now` never does."""
    every = [(path, made) for path in SOURCES for made in functions(path)]
    # Such as `call.now`: a property that is one look at the clock.
    looks = ["clock.now()"]
    looks += [f".{made.name}" for _, made in every if made.decorator_list and asks(made, looks)]
    assert ".now" in looks
    found: set[str] = set()
    for path, made in every:
        named = [node for node in ast.walk(made) if isinstance(node, ast.Assign)]
        unsure = {
            name.id
            for one in named
            if asks(one.value, looks)
            for target in one.targets
            for name in ast.walk(target)
            if isinstance(name, ast.Name)
        }
        for call in ast.walk(made):
            if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("commands."):
                given = [*call.args, *(one.value for one in call.keywords)]
                names = {
                    one.id for arg in given for one in ast.walk(arg) if isinstance(one, ast.Name)
                }
                if names & unsure or any(asks(one, looks) for one in given):
                    found.add(f"{path.name}: {ast.unparse(call.func)}")
    assert found == AT_ANY_TIME


@pytest.mark.anyio
async def test_every_function_runs_as_its_owner_with_an_empty_search_path(
    owner: db.Connection,
) -> None:
    for row in await owner.fetch(FUNCTIONS):
        assert row["definer"], row["signature"]
        assert 'search_path=""' in (row["config"] or []), row["signature"]


@pytest.mark.anyio
async def test_a_read_is_stable_and_a_command_is_not(owner: db.Connection) -> None:
    kept = {row["name"]: row["volatile"] for row in await owner.fetch(FUNCTIONS)}
    for kind, path in FILES:
        assert kept[path.stem] == ("s" if kind == "reads" else "v"), path


@pytest.mark.anyio
async def test_every_key_begins_with_the_office(owner: db.Connection) -> None:
    keys = await owner.fetch(
        "select i.indexrelid::regclass::text as key, a.attname as first "
        "from pg_index as i join pg_class as c on c.oid = i.indrelid "
        "join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0] "
        "where c.relnamespace = 'queue'::regnamespace"
    )
    assert len(keys) > 20
    assert [row["key"] for row in keys if row["first"] != "office_id"] == []


@pytest.mark.anyio
async def test_the_application_may_touch_no_table_and_no_inner_function(
    owner: db.Connection,
) -> None:
    tables = await owner.fetch(
        "select c.oid::regclass::text as name from pg_class as c "
        "where c.relnamespace in ('queue'::regnamespace, 'ops'::regnamespace) "
        "and c.relkind in ('r', 'v', 'S', 'p') "
        "and has_table_privilege($1, c.oid, 'select, insert, update, delete, truncate')",
        db.APP_ROLE,
    )
    inner = await owner.fetch(
        "select p.oid::regprocedure::text as name from pg_proc as p "
        "where p.pronamespace = 'queue'::regnamespace "
        "and has_function_privilege($1, p.oid, 'execute')",
        db.APP_ROLE,
    )
    schemas = await owner.fetch(
        "select n.nspname as name from pg_namespace as n where n.nspname in ('queue', 'ops') "
        "and has_schema_privilege($1, n.oid, 'usage, create')",
        db.APP_ROLE,
    )
    assert [row["name"] for rows in (tables, inner, schemas) for row in rows] == []


@pytest.mark.anyio
async def test_nobody_else_may_execute_a_function_of_ours(owner: db.Connection) -> None:
    # An empty grantee means everybody.
    public = await owner.fetch(
        "select p.oid::regprocedure::text as name from pg_proc as p "
        "where p.pronamespace in ('api'::regnamespace, 'queue'::regnamespace) "
        "and (p.proacl is null or exists "
        "(select from aclexplode(p.proacl) as a where a.grantee = 0))"
    )
    assert [row["name"] for row in public] == []


def test_every_command_has_a_file_of_tests_and_every_such_file_a_command() -> None:
    tests = Path(__file__).parent / "sql" / "commands"
    tested = {path.stem.removeprefix("test_") for path in tests.glob("test_*.py")}
    assert tested == {path.stem for path in (SQL / "commands").glob("*.sql")}


# --- The table of rights


def addresses(found: list[BaseRoute], base: str = "") -> Iterator[tuple[str, str]]:
    for route in found:
        if isinstance(route, Mount):
            yield from addresses(list(route.routes), base + route.path)
        elif isinstance(route, Route) and not isinstance(route.endpoint, Resource):
            for method in (route.methods or {"GET"}) - {"HEAD"}:
                yield method, base + route.path


def command_names() -> set[str]:
    return {
        name
        for name, made in inspect.getmembers(commands, inspect.iscoroutinefunction)
        if not name.startswith("_") and made.__module__ == commands.__name__
    }


def test_every_address_has_its_line_and_every_line_its_address() -> None:
    assert {f"{method} {path}" for method, path in addresses(routes())} == set(rights.ADDRESSES)


def test_every_operation_and_every_command_has_its_line() -> None:
    operations = {operation.name for operation in OPERATIONS}
    assert operations | command_names() == set(rights.ACTS)


def test_every_line_names_roles_that_exist() -> None:
    known = {*rights.ROLES, *rights.NOBODY, *rights.ANYBODY, *rights.SIGNED, *rights.WATCH}
    for name, line in {**rights.ACTS, **rights.ADDRESSES}.items():
        assert line, name
        assert line <= known, name


def test_a_forgotten_line_opens_nothing() -> None:
    assert not rights.may("admin", rights.of_address("GET", "/manage/forgotten"))
    assert not rights.may("admin", rights.of_act("forgotten"))
    assert not rights.may(None, rights.of_act("admit"))
