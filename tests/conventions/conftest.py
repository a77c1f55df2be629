"""One stage for the crawl: two agencies full of rows, a third that is suspended, and a browser for each kind of visitor."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import update

from tests import factories
from tests.conftest import MASTER
from tests.conventions.ids import World
from workforce.core import clock, db, tenancy
from workforce.core.config import Settings
from workforce.models import Agency
from wsgi import create_app

ROLES = ("stranger", "staff", "manager", "admin", "auditor", "suspended")


@dataclass
class Stage:
    """The app, our agency, the other one, and who visits."""

    app: Any
    ours: World
    theirs: World
    visitors: dict[str, Any]
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, role: str):
        """A client of this kind, logged in anew when it was logged out."""
        if role not in self._clients:
            self._clients[role] = factories.logged_in(self.app, self.visitors[role])
        return self._clients[role]

    def forget(self, role: str) -> None:
        self._clients.pop(role, None)


@pytest.fixture(scope="module")
def stage(blank_sqlite, tmp_path_factory):
    folder = tmp_path_factory.mktemp("crawl")
    (folder / "muster.db").write_bytes(blank_sqlite.read_bytes())
    settings = Settings.read(
        {
            "MUSTER_ENV": "test",
            "MUSTER_INSTANCE": str(folder),
            "DATABASE_URL": f"sqlite:///{folder / 'muster.db'}",
            "MUSTER_MASTER_KEYS": MASTER,
            "MUSTER_SECRET_KEY": "only for tests, and long enough to be one",
        }
    )
    app = create_app(settings)
    app.config.update(TESTING=True, PROPAGATE_EXCEPTIONS=True)
    app.test_client_class = factories.Browser
    with app.app_context():
        ours, theirs = (
            World("Ourwren", "+218915550001", settings.files),
            World("Zqxjkvulture", "+218915777002", settings.files),
        )
        closed = factories.make_agency("Closed Agency")
        visitors = {"stranger": None, "suspended": factories.make_user(closed), **ours.users}
        made = Stage(app, ours, theirs, visitors)
        made.client("suspended")
        with tenancy.agency(closed.id), db.transaction() as session:
            session.execute(update(Agency).where(Agency.id == closed.id).values(suspended_at=clock.now()))
        tenancy.leave()
        yield made
    tenancy.leave()
