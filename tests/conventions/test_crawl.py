"""Nobody sees another agency's row: every route, every kind of visitor, another agency's ids in every parameter and field.

The other agency has a row in every table, each full of its canary. A route passes when the id of a row there is answered
like an id that nobody has, when its canary is in no answer, and when its rows are the same afterwards.
"""

import re
import uuid

import pytest
from flask import Flask

import wsgi
from tests.conventions import ids
from tests.conventions.conftest import ROLES

REFUSED = {403, 404}
# Open to strangers, each for a reason.
OPEN = {
    "home": "leads to the log-in", "healthz": "for the monitor", "readyz": "for the monitor", "metrics": "behind a token", "assets": "public files", "static": "public files",
    "accounts.log_in": "the log-in itself", "accounts.join": "holds a one-time link", "accounts.reset": "holds a one-time link",
    "accounts.forgotten": "has lost the password", "links.show": "holds a one-time link", "links.use": "holds a one-time link", "hooks.twilio_sms": "signed by the provider", "hooks.twilio_status": "signed by the provider",
    "voice_hooks.whatsapp": "signed by the provider", "voice_hooks.digit": "signed by the provider", "voice_hooks.call_status": "signed by the provider",
    "http_hooks.status": "holds the text's token", "http_hooks.receipt": "holds the gateway's token", "http_hooks.incoming": "holds the gateway's token",
}  # fmt: skip


def every_rule():
    app = Flask("rules", static_folder=None)
    for blueprint in wsgi.BLUEPRINTS:
        app.register_blueprint(wsgi.named(blueprint))
    return sorted(app.url_map.iter_rules(), key=lambda rule: (rule.endpoint, rule.rule))


RULES = every_rule()
CASES = [
    pytest.param(rule, method, id=f"{method} {rule.rule}")
    for rule in RULES
    for method in sorted(rule.methods - {"HEAD", "OPTIONS"})
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.rule)
def test_every_parameter_is_known_to_the_crawl(rule):
    unknown = rule.arguments - set(ids.PARAMS) - set(ids.PLAIN)

    assert not unknown, f"{rule.endpoint}: say in tests/conventions/ids.py which row {sorted(unknown)} names"


@pytest.mark.parametrize(("rule", "method"), [case for case in CASES if case.values[0].endpoint not in OPEN])
def test_a_stranger_is_sent_to_the_log_in(stage, rule, method):
    for role in ("stranger", "suspended"):
        answer = stage.client(role).open(path(rule, stage.ours), method=method)
        assert answer.status_code == 302, f"{rule.endpoint} let a {role} in: {answer.status_code}"
        assert answer.location.startswith("/log-in")


@pytest.mark.parametrize(("rule", "method"), [case for case in CASES if case.values[0].arguments & set(ids.PARAMS)])
def test_anothers_row_is_answered_like_no_row(stage, rule, method):
    before = ids.rows_of(stage.theirs.agency.id)

    for role in ("staff", "manager", "admin", "auditor"):
        foreign = stage.client(role).open(path(rule, stage.theirs), method=method, **fields(stage.theirs, method))
        nobody = stage.client(role).open(path(rule, None), method=method, **fields(stage.theirs, method))

        assert foreign.status_code in REFUSED, f"{rule.endpoint} as {role}: {foreign.status_code}"
        assert (foreign.status_code, words(foreign)) == (nobody.status_code, words(nobody))
        assert not leaks(stage, foreign), f"{rule.endpoint} shows {role} the other agency's canary"

    assert ids.rows_of(stage.theirs.agency.id) == before


@pytest.mark.parametrize(
    ("rule", "method"), [case for case in CASES if len(case.values[0].arguments & set(ids.PARAMS)) > 1]
)
def test_one_of_two_ids_from_elsewhere_is_enough_to_be_refused(stage, rule, method):
    named = sorted(rule.arguments & set(ids.PARAMS))
    before = ids.rows_of(stage.theirs.agency.id)

    for stranger in named:
        values = {name: stage.ours.id_of(ids.PARAMS[name]) for name in named} | {
            stranger: stage.theirs.id_of(ids.PARAMS[stranger])
        }
        answer = stage.client("manager").open(filled(rule, values), method=method, **fields(stage.theirs, method))
        assert answer.status_code in REFUSED, f"{rule.endpoint} with another agency's {stranger}: {answer.status_code}"
        assert not leaks(stage, answer)

    assert ids.rows_of(stage.theirs.agency.id) == before


@pytest.mark.parametrize(
    ("rule", "method"),
    [case for case in CASES if case.values[0].arguments & set(ids.PARAMS) and case.values[1] == "GET"],
)
def test_our_own_row_opens(stage, rule, method):
    """The control: if our own row is refused to everybody, the refusals above prove nothing."""
    answers = {
        role: stage.client(role).get(path(rule, stage.ours)).status_code for role in ("staff", "manager", "admin")
    }

    assert set(answers.values()) - REFUSED, f"{rule.endpoint}: {answers}"


@pytest.mark.parametrize(("rule", "method"), CASES)
def test_another_agencys_ids_in_fields_and_filters_change_and_show_nothing(stage, rule, method):
    before = ids.rows_of(stage.theirs.agency.id)

    for role in ROLES:
        answer = stage.client(role).open(path(rule, stage.ours), method=method, **fields(stage.theirs, method))
        assert answer.status_code < 500, f"{rule.endpoint} as {role}: {answer.status_code}"
        assert not leaks(stage, answer), f"{rule.endpoint} shows {role} the other agency's canary"
        if rule.endpoint in {"accounts.log_out", "office.deactivate", "office.role", "accounts.end_session"}:
            stage.forget(role)

    assert ids.rows_of(stage.theirs.agency.id) == before


def test_the_open_doors_are_those_on_the_list(stage):
    from workforce.core.guard import lock_of

    doors = {rule.endpoint for rule in stage.app.url_map.iter_rules()}
    unlocked = {endpoint for endpoint in doors if lock_of(stage.app, endpoint) is None}
    opened = {endpoint for endpoint in doors - unlocked if lock_of(stage.app, endpoint).roles is None}

    assert not unlocked, "a route without a lock"
    assert opened <= set(OPEN)


def path(rule, world):
    """The rule's address with this agency's ids; with ids that nobody has when `world` is None."""
    return filled(
        rule,
        {name: world.id_of(ids.PARAMS[name]) if world else uuid.uuid4() for name in rule.arguments & set(ids.PARAMS)},
    )


def filled(rule, values):
    address = rule.rule
    for name in rule.arguments:
        address = re.sub(rf"<(?:[^<>:]+:)?{name}>", str(values.get(name) or ids.PLAIN.get(name, "x")), address)
    return address


def fields(world, method):
    """Another agency's ids under every name a form or a filter has for them."""
    foreign = {name: str(world.id_of(model)) for name, model in (ids.SHORT_NAMES | ids.PARAMS).items()}
    return {"query_string": foreign} if method == "GET" else {"data": ids.PLAUSIBLE | foreign}


def leaks(stage, answer):
    shown = answer.get_data() + repr(list(answer.headers)).encode()
    digits = stage.theirs.digits.removeprefix("+")
    return [canary for canary in (stage.theirs.canary, digits) if canary.encode().lower() in shown.lower()]


def words(answer):
    """What the answer says, without what differs each time: ids, tokens, the clock."""
    text = re.sub(r"\b\d\d:\d\d\b", "TIME", answer.text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
    return re.sub(r'value="[\w.-]{40,}"|X-CSRFToken": "[^"]*"', "TOKEN", text)
