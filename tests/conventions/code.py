"""The product's own source, read as trees."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("workforce", "locator", "messaging")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@cache
def modules() -> dict[str, ast.Module]:
    """Every module's path from the root, and its tree. Migrations are history and follow Alembic's hand, not ours."""
    paths = [
        path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts
    ] + [ROOT / "wsgi.py"]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text("utf-8")) for path in sorted(paths)}


def imported(tree: ast.AST) -> set[str]:
    """The packages and modules a tree imports."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module}
    return found


def functions(tree: ast.AST):
    """Every function, methods among them."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def called(node: ast.Call) -> str:
    """The name of what is called: `f` in f(), `m.f` in m.f()."""
    return ast.unparse(node.func)
