"""How the code is written, held by tests: who may import what, what is never called, how long things grow."""

import ast
import re

import pytest
from importlinter.api import use_cases

from tests.conventions import code
from workforce.desk.sentences import SENTENCES

WEB = ("flask", "flask_login", "flask_wtf", "wtforms", "werkzeug", "flask_babel")
# Doors by their file's name; a module that makes a Blueprint is a door too.
DOORS = re.compile(r"(^|/)(\w+_)?(views|cli|hooks|forms|door|pages)\.py$")
WEB_ALLOWED = {
    "wsgi.py": "the factory",
    "workforce/core/web.py": "alone knows HTTP",
    "workforce/core/guard.py": "locks the doors",
    "workforce/core/words.py": "gives gettext to everybody else",
    "workforce/core/serving.py": "runs the app in an HTTP server",
    "workforce/models/accounts.py": "UserMixin, four small properties",
    "messaging/clockwork.py": "carries the app into the thread of the clock",
}
# Raw ways around the guard of tenancy, each with its reason.
AROUND_THE_GUARD = {
    ("workforce/models/people.py", "text"): "the condition of a partial index, part of the schema",
    ("messaging/models/approvals.py", "text"): "the condition of a partial index, part of the schema",
    ("messaging/models/incidents.py", "text"): "the condition of a partial index, part of the schema",
    ("messaging/models/ladder.py", "text"): "the condition of a partial index, part of the schema",
    ("messaging/models/texts.py", "text"): "the condition of a partial index, part of the schema",
    ("messaging/models/notices.py", "text"): "the condition of a partial index, part of the schema",
    ("workforce/core/db.py", "exec_driver_sql"): "BEGIN, said to SQLite",
    ("workforce/core/loading.py", "exec_driver_sql"): "many rows at once, each one's agency checked there",
    ("workforce/core/loading.py", "__table__"): "the columns of what is inserted there",
    ("workforce/core/loading.py", "connection"): "many rows at once, each one's agency checked there",
}
# What is slow to load and seldom needed: every start of every command would pay for it.
INNER_IMPORTS = {
    ("workforce/duplicates/jobs.py", "look"): "numpy: 0.1 s and 20 MB",
    ("workforce/rosters/rejects.py", "write_workbook"): "openpyxl: 0.2 s",
    ("messaging/outbox/cli.py", "run_worker"): "procrastinate: an extra, only where delivery is spread",
    ("workforce/core/migrations/__init__.py", "upgrade"): "Alembic: 0.1 s and 10 MB",
    ("workforce/core/migrations/__init__.py", "downgrade"): "Alembic: 0.1 s and 10 MB",
}
# Every reason for which somebody looks at all agencies' rows. A new one is thought about here first.
ACROSS_AGENCIES = {
    "workforce/accounts/sessions.py": {"log-in: the form knows no agency", "session: the cookie knows no agency"},
    "workforce/accounts/links.py": {
        "forgotten password: the form knows no agency",
        "one-time link: its holder has no agency yet",
    },
    "locator/places/cli.py": {"places: shared by all"},
    "messaging/incidents/cli.py": {"command: the e-mail says whose agency it is"},
    "messaging/outbox/reports.py": {"receipts: the token knows the text"},
    "messaging/outbox/signatures.py": {"signature: the account knows whom it serves"},
    "messaging/outbox/delivery.py": {"delivery: whose text is the most urgent"},
    "messaging/outbox/doubts.py": {
        "delivery: leases that ran out",
        "delivery: what a dead worker had claimed",
        "delivery: texts in doubt",
        "delivery: receipts that did not come",
    },
    "messaging/outbox/http_hooks.py": {
        "receipt of a described provider: the token knows the text",
        "hook of a described provider: the token knows the agency",
    },
    "messaging/outbox/voice_hooks.py": {"call of ours: the token knows it"},
    "messaging/outbox/circuit.py": {"circuits: which gateways are failing", "circuits: which are to be tried again"},
    "messaging/outbox/figures.py": {"metrics: counts over all texts"},
    "messaging/links/links.py": {"worker's link: its holder has no agency yet"},
    "messaging/inbox/inbound.py": {"inbound: texts still to be understood"},
    "messaging/phones/network.py": {"simulated network: what is due", "simulated network: texts nobody could take"},
}
LONGEST_FILE, LONGEST_FUNCTION = 450, 60
LONG_FILES: dict[str, str] = {}
ERRORS = {"Invalid", "NotFound", "NotAllowed", "Conflict", "TooMany", "WrongField", "DomainError"}
EACH = pytest.mark.parametrize("path", code.modules())


def test_imports_point_one_way():
    assert use_cases.lint_imports(config_filename=str(code.ROOT / "pyproject.toml"), verbose=False)


@EACH
def test_nobody_imports_the_factory(path):
    assert "wsgi" not in code.imported(code.modules()[path])


@EACH
def test_services_know_nothing_of_the_web(path):
    tree = code.modules()[path]
    makes_a_door = any(isinstance(node, ast.Call) and code.called(node) == "Blueprint" for node in ast.walk(tree))
    if DOORS.search(path) or path in WEB_ALLOWED or makes_a_door:
        return

    assert not [name for name in code.imported(tree) if name.split(".")[0] in WEB]


@EACH
def test_only_the_vault_does_cryptography(path):
    if path != "workforce/core/vault.py":
        assert not [name for name in code.imported(code.modules()[path]) if name.split(".")[0] == "cryptography"]


@EACH
def test_nobody_goes_around_the_guard(path):
    tree = code.modules()[path]
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"__table__", "exec_driver_sql"}:
            found.add(node.attr)
        if isinstance(node, ast.Attribute) and (
            node.attr.startswith("bulk_")
            or (node.attr == "connection" and ast.unparse(node.value) in {"db", "session"})
        ):
            found.add(node.attr)
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and node.module.startswith("sqlalchemy")
            and any(name.name in {"text", "TextClause"} for name in node.names)
        ):
            found.add("text")

    assert not {name for name in found if (path, name) not in AROUND_THE_GUARD}


@EACH
def test_every_look_across_agencies_is_listed_with_its_reason(path):
    reasons = set()
    for node in ast.walk(code.modules()[path]):
        if isinstance(node, ast.Call) and code.called(node).endswith("across_agencies"):
            assert node.args and isinstance(node.args[0], ast.Constant), "the reason is written out where it is used"
            reasons.add(node.args[0].value)

    assert reasons == ACROSS_AGENCIES.get(path, set())


@EACH
def test_imports_stand_at_the_top(path):
    inner = {
        (path, function.name)
        for function in code.functions(code.modules()[path])
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }

    assert inner <= set(INNER_IMPORTS)


@EACH
def test_no_file_and_no_function_outgrows_its_reader(path):
    lines = (code.ROOT / path).read_text("utf-8").count("\n")
    long = [
        f"{function.name}: {function.end_lineno - function.lineno + 1} lines"
        for function in code.functions(code.modules()[path])
        if function.end_lineno - function.lineno >= LONGEST_FUNCTION
    ]

    assert lines <= LONGEST_FILE or path in LONG_FILES
    assert not long


@EACH
def test_what_a_person_reads_goes_through_gettext(path):
    bare = []
    for node in ast.walk(code.modules()[path]):
        if isinstance(node, ast.Call) and code.called(node).split(".")[-1] in ERRORS | {"flash"}:
            words = [
                arg for arg in node.args if isinstance(arg, ast.Constant | ast.JoinedStr) and " " in ast.unparse(arg)
            ]
            bare += [f"line {node.lineno}: {ast.unparse(arg)}" for arg in words]

    assert not bare


@EACH
def test_every_act_in_the_log_has_its_sentence(path):
    """Acts are written as kind.verb; those handed on in a variable are found by their look."""
    kinds = {act.split(".")[0] for act in SENTENCES}
    tree, acts = code.modules()[path], set()
    if not any(isinstance(node, ast.Call) and code.called(node) == "audit.record" for node in ast.walk(tree)):
        return
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and code.called(node) == "audit.record"
            and len(node.args) > 2
            and isinstance(node.args[2], ast.Constant)
        ):
            acts.add(node.args[2].value)
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"[a-z]+\.[a-z_]+", node.value)
            and node.value.split(".")[0] in kinds
        ):
            acts.add(node.value)

    assert acts <= set(SENTENCES), f"say in workforce/desk/sentences.py what {sorted(acts - set(SENTENCES))} means"


@EACH
def test_one_commit_in_the_product(path):
    commits = [
        node.lineno
        for node in ast.walk(code.modules()[path])
        if isinstance(node, ast.Call) and code.called(node).endswith(".commit")
    ]

    assert not commits or path == "workforce/core/db.py"


def test_the_lists_here_name_nothing_that_is_gone():
    paths = set(code.modules())

    assert {path for path, _name in AROUND_THE_GUARD} | set(ACROSS_AGENCIES) | set(WEB_ALLOWED) | set(
        LONG_FILES
    ) <= paths
