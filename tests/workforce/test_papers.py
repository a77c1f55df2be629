"""The rules about papers, their versions and the sealed copies."""

import io
import shutil
from datetime import date, timedelta

import pikepdf
import pytest
from PIL import Image

from tests import factories
from workforce import consents
from workforce.core import clock, db
from workforce.core.errors import Conflict, NotFound
from workforce.core.vault import Broken
from workforce.models import StoredFile, Worker
from workforce.papers import documents, files, listing
from workforce.people import workers
from workforce.people.wrong import WrongField

TODAY = date(2027, 1, 30)


@pytest.fixture
def database_url(any_database):
    return any_database


@pytest.fixture
def maria(staff):
    return factories.make_worker(staff.agency, full_name="Maria Dalisay")


def add(user, worker, **values):
    with db.transaction() as session:
        return documents.add(
            session,
            user,
            session.get(Worker, worker.id),
            {"kind": "passport", "number": "P1234567A", "expires_on": date(2027, 3, 12)} | values,
            today=TODAY,
        )


def png(**more):
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(drawn, "PNG", **more)
    return drawn.getvalue()


def pdf(script=""):
    made, out = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    if script:
        made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name("/JavaScript"), JS=script)
    made.save(out)
    return out.getvalue()


def agree(user, worker):
    with db.transaction() as session:
        consents.give(session, user, session.get(Worker, worker.id), "backup", channel="in_person")


def keep(user, paper, folder, clear):
    with db.transaction() as session:
        version = documents.get(session, user, paper.id).active.id
        return files.keep(session, user, folder, paper.id, version, clear=clear, name="Maria passport.png")[0]


def test_a_passport_is_issued_by_the_nationality_unless_said(staff, maria):
    paper = add(staff, maria)

    assert (paper.issuing_country, paper.expires_on) == ("PH", date(2027, 3, 12))


def test_a_renewed_paper_has_a_new_active_version_and_keeps_the_old(staff, maria):
    paper = add(staff, maria)
    with db.transaction() as session:
        documents.renew(
            session,
            staff,
            paper.id,
            {"number": "P7654321B", "expires_on": date(2037, 3, 1)},
            version=paper.version,
            today=TODAY,
        )

    with db.reading() as session:
        found = documents.get(session, staff, paper.id)
        assert [(issue.number, issue.state) for issue in found.versions] == [(2, "active"), (1, "renewed")]
        assert found.expires_on == date(2037, 3, 1)
        assert found.number_index == documents.number_index(staff.agency_id, "p-7654321 b")


def test_a_renewal_that_ends_sooner_is_refused_beside_its_day(staff, maria):
    paper = add(staff, maria)

    with pytest.raises(WrongField) as wrong, db.transaction() as session:
        documents.renew(session, staff, paper.id, {"expires_on": date(2027, 1, 1)}, version=paper.version, today=TODAY)

    assert wrong.value.field == "expires_on"


def test_a_lost_paper_reminds_nobody_and_still_finds_the_worker(staff, maria):
    paper = add(staff, maria)
    with db.transaction() as session:
        documents.lose(session, staff, paper.id, today=TODAY)

    with db.reading() as session:
        found = documents.get(session, staff, paper.id)
        assert (found.expires_on, found.custody, found.active.state) == (None, "lost", "lost")
        assert [line.name for line in workers.find(session, staff, "P1234567A", now=clock.now())] == ["Maria Dalisay"]


def test_one_number_belongs_to_one_worker(staff, maria):
    add(staff, maria)
    other = factories.make_worker(staff.agency)

    with pytest.raises(Conflict, match="Maria Dalisay"):
        add(staff, other, number="p 123 4567-a")


def test_the_holder_changes_with_the_day(staff, maria):
    paper = add(staff, maria, custody="worker")
    with db.transaction() as session:
        documents.hand_over(session, staff, paper.id, custody="employer", since_on=TODAY, note="asked back twice")

    with db.reading() as session:
        found = documents.get(session, staff, paper.id)
        assert (found.custody, found.custody_since_on, found.custody_note) == ("employer", TODAY, "asked back twice")


def test_another_agencys_paper_is_not_found(staff):
    stranger = factories.make_document(factories.make_worker(factories.make_agency()))

    with db.reading() as session, pytest.raises(NotFound):
        documents.get(session, staff, stranger.id)


def test_the_list_runs_from_the_soonest_end_and_pages_both_ways(staff, maria):
    days = [None, 400, 20, -3, 70]
    for number, days_left in enumerate(days):
        add(
            staff,
            maria,
            kind="visa",
            number=f"V10000{number}",
            expires_on=TODAY + timedelta(days=days_left) if days_left else None,
        )
    with db.reading() as session:
        first = listing.page(session, staff, today=TODAY, limit=3)
        second = listing.page(session, staff, today=TODAY, limit=3, after=first.papers[-1].id)
        back = listing.page(session, staff, today=TODAY, limit=3, before=second.papers[0].id)

        ends = [
            paper.expires_on and (paper.expires_on - TODAY).days for part in (first, second) for paper in part.papers
        ]
        assert ends == [-3, 20, 70, 400, None]
        assert [paper.id for paper in back.papers] == [paper.id for paper in first.papers]
        assert (first.counts["ends"], first.counts["expired"], first.counts["nocopy"]) == (1, 1, 5)


def test_numbers_are_masked_to_their_ends():
    assert [documents.masked(number) for number in ("P1234567A", "EX08", None)] == ["P••••••7A", "••••", ""]


def test_no_copy_is_kept_without_a_yes(staff, maria, tmp_path):
    paper = add(staff, maria)

    with pytest.raises(Conflict, match="not agreed"):
        keep(staff, paper, tmp_path / "files", png())

    assert not (tmp_path / "files").exists()


@pytest.mark.parametrize(("clear", "media_type"), [(png(), "image/png"), (pdf(), "application/pdf")])
def test_a_copy_comes_back_and_lies_sealed(staff, maria, tmp_path, clear, media_type):
    paper = add(staff, maria)
    agree(staff, maria)
    row = keep(staff, paper, tmp_path, clear)

    with db.reading() as session:
        back, said = files.read(session, staff, tmp_path, paper.id, row.document_version_id)
        sealed = next(path for path in tmp_path.rglob("*") if path.is_file() and path.name == row.place).read_bytes()

        assert (back[:4], said) == (clear[:4], media_type)
        assert clear[:8] not in sealed
        assert back == clear if media_type == "application/pdf" else Image.open(io.BytesIO(back)).size == (40, 30)


def test_a_copy_moved_to_another_paper_does_not_open(staff, maria, tmp_path):
    agree(staff, maria)
    one, two = add(staff, maria), add(staff, maria, kind="visa", number="V7654321")
    first, second = keep(staff, one, tmp_path, png()), keep(staff, two, tmp_path, png())
    swapped = tmp_path / second.place[:2] / second.place
    shutil.copy(tmp_path / first.place[:2] / first.place, swapped)
    with db.transaction() as session:
        session.get(StoredFile, second.id).wrapped_key = first.wrapped_key

    with db.reading() as session, pytest.raises(Broken):
        files.read(session, staff, tmp_path, two.id, second.document_version_id)


def test_a_picture_loses_where_it_was_taken(tmp_path):
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (32.0, 53.0, 0.0)}
    exif[0x010E] = "canary-description"
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(drawn, "JPEG", exif=exif, comment=b"canary-comment")
    assert b"canary" in drawn.getvalue()

    clean, media_type, _warning = files.inspect(drawn.getvalue())

    assert media_type == "image/jpeg"
    assert b"canary" not in clean
    assert not Image.open(io.BytesIO(clean)).getexif()


@pytest.mark.parametrize(("script", "warning"), [("", ""), ("app.alert(1)", "JavaScript")])
def test_a_pdf_that_acts_is_flagged(script, warning):
    assert files.inspect(pdf(script))[2] == warning


def test_a_pdf_with_a_file_inside_is_flagged():
    made, out = pikepdf.new(), io.BytesIO()
    made.add_blank_page()
    made.attachments["inner.txt"] = b"inner"
    made.save(out)

    assert "EmbeddedFile" in files.inspect(out.getvalue())[2]


@pytest.mark.parametrize(
    ("clear", "words"),
    [
        (b"", "empty"),
        (b"MZ" + b"\0" * 300, "JPEG or PNG"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "JPEG or PNG"),
        (png()[:60], "cannot be read"),
        (b"%PDF-1.7\nnothing", "cannot be read"),
        (b"\xff\xd8\xff" + b"0" * (10 * 1024 * 1024), "10 MB"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_words(clear, words):
    with pytest.raises(WrongField, match=words):
        files.inspect(clear)


def test_a_picture_of_too_many_points_is_refused_before_it_is_drawn():
    drawn = io.BytesIO()
    Image.new("1", (8000, 6000)).save(drawn, "PNG")

    with pytest.raises(WrongField, match="40 million"):
        files.inspect(drawn.getvalue())


def test_a_withdrawn_yes_hides_the_copies_and_drops_them(staff, maria, tmp_path):
    paper = add(staff, maria)
    agree(staff, maria)
    row = keep(staff, paper, tmp_path, png())
    with db.transaction() as session:
        consents.withdraw(session, staff, session.get(Worker, maria.id), "backup", channel="phone")

    with pytest.raises(Conflict), db.transaction() as session:
        files.note_release(session, staff, paper.id, row.document_version_id, "file.view")
    with db.transaction() as session:
        assert files.forget_all(session, staff, session.get(Worker, maria.id)) == [row.place]
