"""What a forked command finds already there: every module it uses, the mappers, and the tables that the first roster puts together."""

from importlib import import_module

from sqlalchemy.orm import configure_mappers

import wsgi
from tests.workforce.roster_files import NOEL, RODEL, roster, understood

import_module(wsgi.COMMANDS["workers"].partition(":")[0])
configure_mappers()
for row in understood(roster(RODEL, NOEL)).rows():
    assert row.values
