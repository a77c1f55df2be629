"""The audit chain: whatever is done to its lines afterwards is found, and where."""

import json
import sys

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, update

from tests import factories
from workforce.core import audit, db, tenancy
from workforce.core.audit import AuditEntry, AuditHead
from workforce.desk.cli import trail


@pytest.fixture
def chain(agency, staff):
    with db.transaction() as session:
        for number in range(8):
            audit.record(session, staff, "worker.open", staff, number=number)
    return agency


def verdict(agency):
    with tenancy.agency(agency.id), db.reading() as session:
        return audit.verify(session, agency.id)


def change(agency, statement):
    with tenancy.agency(agency.id), db.transaction() as session:
        session.execute(statement)


def test_an_untouched_chain_holds(chain):
    assert verdict(chain) == audit.Verdict(9, None)


@pytest.mark.parametrize(("column", "value"), [
    ("action", "worker.edit"), ("actor_role", "admin"), ("reason", "x"), ("detail", {"number": 99}), ("object_kind", "workers"), ("actor_id", None), ("about_id", None),
])  # fmt: skip
def test_an_edited_line_is_found(chain, column, value):
    change(
        chain, update(AuditEntry).where(AuditEntry.agency_id == chain.id, AuditEntry.seq == 4).values({column: value})
    )

    assert verdict(chain).first_bad == 4


def test_a_removed_line_is_found(chain):
    change(chain, delete(AuditEntry).where(AuditEntry.agency_id == chain.id, AuditEntry.seq == 5))

    assert verdict(chain).first_bad == 5


def test_a_cut_end_is_found(chain):
    change(chain, delete(AuditEntry).where(AuditEntry.agency_id == chain.id, AuditEntry.seq >= 7))

    assert verdict(chain).first_bad == 7


def test_a_cut_end_with_a_matching_head_is_found(chain):
    change(chain, delete(AuditEntry).where(AuditEntry.agency_id == chain.id, AuditEntry.seq == 9))
    change(chain, update(AuditHead).where(AuditHead.agency_id == chain.id).values(seq=8))

    assert verdict(chain).first_bad


def test_a_line_slipped_in_is_found(chain, staff):
    change(chain, update(AuditEntry).where(AuditEntry.agency_id == chain.id, AuditEntry.seq == 9).values(seq=10))
    with db.transaction() as session:
        session.add(
            AuditEntry(
                agency_id=chain.id,
                seq=9,
                at=staff.created_at,
                actor_id=staff.id,
                actor_role="staff",
                action="worker.open",
                detail={},
                mac=bytes(32),
            )
        )

    assert verdict(chain).first_bad == 9


def test_swapped_lines_are_found(chain):
    for old, new in ((3, 1003), (4, 3), (1003, 4)):
        change(chain, update(AuditEntry).where(AuditEntry.agency_id == chain.id, AuditEntry.seq == old).values(seq=new))

    assert verdict(chain).first_bad == 3


def test_one_agencys_chain_says_nothing_of_anothers(chain):
    other = factories.make_agency()
    change(chain, update(AuditEntry).where(AuditEntry.agency_id == chain.id, AuditEntry.seq == 2).values(action="x.y"))

    assert verdict(other).first_bad is None


def test_no_trace_without_the_act(staff, agency):
    with pytest.raises(ZeroDivisionError), db.transaction() as session:
        audit.record(session, staff, "worker.open", staff)
        raise ZeroDivisionError

    assert verdict(agency).lines == 1


def test_the_command_names_a_changed_line_in_one_json_document(chain, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["muster", "--json"])
    change(chain, delete(AuditEntry).where(AuditEntry.agency_id == chain.id, AuditEntry.seq == 5))

    result = CliRunner().invoke(trail, ["verify", "--json"])

    assert result.exit_code == 1
    assert json.loads(result.output)[0]["first_bad"] == 5
