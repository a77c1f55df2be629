"""Settings: what a production installation refuses to start with, and what a fresh one makes for itself."""

import base64
import os
import threading

import pytest

from workforce.core.config import Settings, new_master_key, parse_master_keys
from workforce.core.errors import Unsafe

GOOD = {
    "MUSTER_ENV": "production",
    "MUSTER_SECRET_KEY": "s" * 20 + "ecret enough to be one",
    "MUSTER_MASTER_KEYS": "1:" + base64.b64encode(bytes(range(32))).decode(),
    "PUBLIC_URL": "https://muster.example",
}


@pytest.fixture
def environ(tmp_path):
    return {**GOOD, "MUSTER_INSTANCE": str(tmp_path / "instance")}


def test_a_good_production_starts(environ):
    assert Settings.read(environ).production


@pytest.mark.parametrize("name", ["MUSTER_SECRET_KEY", "MUSTER_MASTER_KEYS", "PUBLIC_URL"])
def test_production_names_what_is_missing(environ, name):
    del environ[name]

    with pytest.raises(Unsafe, match=f"{name} is missing"):
        Settings.read(environ)


def test_everything_missing_is_named_at_once(tmp_path):
    with pytest.raises(Unsafe) as refused:
        Settings.read({"MUSTER_ENV": "production", "MUSTER_INSTANCE": str(tmp_path / "instance")})

    assert all(name in str(refused.value) for name in ("MUSTER_SECRET_KEY", "MUSTER_MASTER_KEYS", "PUBLIC_URL"))
    assert not (tmp_path / "instance").exists()


@pytest.mark.parametrize(("name", "value"), [
    ("MUSTER_SECRET_KEY", "change-me"), ("MUSTER_SECRET_KEY", "short"), ("MUSTER_MASTER_KEYS", "change-me"), ("MUSTER_MASTER_KEYS", "1:" + base64.b64encode(bytes(32)).decode()),
    ("MUSTER_MASTER_KEYS", "1:" + base64.b64encode(b"short").decode()), ("MUSTER_MASTER_KEYS", "no number"), ("PUBLIC_URL", "http://muster.example"), ("PORT", "eighty"), ("PORT", "99999"), ("MUSTER_ENV", "prod"), ("DATABASE_URL", "nonsense"), ("DATABASE_URL", "mysql://muster.example/m"), ("MUSTER_INSTANCE", "/dev/null"),
    ("MUSTER_DELIVERY", "pigeon"),
])  # fmt: skip
def test_production_refuses_what_is_unsafe(environ, name, value):
    with pytest.raises(Unsafe, match=name):
        Settings.read({**environ, name: value})


def test_a_refusal_does_not_print_the_secret(environ):
    with pytest.raises(Unsafe) as refused:
        Settings.read({**environ, "MUSTER_SECRET_KEY": "hunter2"})

    assert "hunter2" not in str(refused.value)


def test_settings_in_a_log_hide_their_secrets(environ):
    shown = repr(
        Settings.read({**environ, "SMTP_URL": "smtp://joy:hunter2@mail.example", "TWILIO_AUTH_TOKEN": "hunter2"})
    )

    assert "hunter2" not in shown
    assert GOOD["MUSTER_SECRET_KEY"] not in shown


def test_a_fresh_installation_makes_keys_that_only_its_owner_reads(tmp_path):
    first = Settings.read({"MUSTER_INSTANCE": str(tmp_path / "instance")})
    second = Settings.read({"MUSTER_INSTANCE": str(tmp_path / "instance")})

    assert first.master_keys == second.master_keys
    assert first.secret_key == second.secret_key
    for name in ("master.key", "secret.key"):
        assert os.stat(tmp_path / "instance" / name).st_mode & 0o777 == 0o600
    assert os.stat(tmp_path / "instance").st_mode & 0o077 == 0


def test_two_installations_have_different_keys(tmp_path):
    one, other = (Settings.read({"MUSTER_INSTANCE": str(tmp_path / name)}) for name in ("one", "other"))

    assert one.master_keys != other.master_keys


def test_processes_that_start_together_agree_on_the_key(tmp_path):
    seen, barrier = [], threading.Barrier(8)

    def start():
        barrier.wait()
        seen.append(Settings.read({"MUSTER_INSTANCE": str(tmp_path)}).secret_key)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(seen) == 8
    assert len(set(seen)) == 1


def test_a_new_master_key_can_be_read_again():
    assert len(parse_master_keys(new_master_key(2))[2]) == 32


def test_postgres_is_reached_through_the_driver_we_install(environ):
    assert Settings.read({**environ, "DATABASE_URL": "postgres://u@h/db"}).database_url == "postgresql+psycopg://u@h/db"
