"""A Target in all policies: where it is notified, replaced or removed; a policy that is copied."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Connection, insert

from contract.web.application import application_on, backend_on, shared_application
from contract.web.forms import FormPage
from contract.web.installation import LARGEST_PAGE, Installation, alert, timeout
from contract.web.people import ADA, GRACE, Browser, signed_in
from pager import EmailTarget, EscalationPolicy, Level
from pager.adapters.store.core.database import Database
from pager.adapters.store.core.schema import policy_edits
from pager.adapters.store.views.target_uses import count_uses
from pager.adapters.web.console.bulk_replacement import BulkReplacement, Plan, Progress

LIST, REPLACE = "/console/policies", "/console/policies/replace"
COPY = "/console/services/checkout-api/policy/copy"


@dataclass
class Console:
    """Policies, and the browser of an engineer."""

    installation: Installation
    browser: Browser

    def open(self, path: str) -> FormPage:
        """A page."""
        return FormPage(self.browser, self.browser.get(path, follow_redirects=True))

    def levels(self, service_id: str) -> list[list[str]]:
        """Who is notified about a service, Level by Level."""
        policy = self.installation.ports.policies.versioned(service_id).policy
        levels = policy.levels if isinstance(policy, EscalationPolicy) else ()
        return [[target.key.partition("@")[0] for target in level.targets] for level in levels]

    def last_note(self, service_id: str) -> tuple[str | None, str]:
        """Who made the last edit of a policy, and what it was."""
        [edit] = self.installation.ports.policies.history(service_id, 1)
        return edit.author, edit.note


@pytest.fixture
def console(database: Database) -> Console:
    """Grace, in front of no policies."""
    app = shared_application(database)
    signed_in(app, database, "administrator", ADA)
    return Console(Installation(database), signed_in(app, database, "engineer", GRACE))


def put_unreadable(database: Database, service_id: str) -> None:
    """Store a policy with ada@example.com, as a newer version would."""
    text = EscalationPolicy(
        service_id=service_id, levels=(Level(targets=(EmailTarget(address=ADA),)),)
    ).model_dump_json()

    def put(connection: Connection) -> None:
        row = {"service_id": service_id, "edited_at": 0, "policy": text.replace("email", "fax")}
        connection.execute(insert(policy_edits).values(**row))

    database.write(put)


class TestWhereATargetIsNotified:
    """The list of policies, by a Target."""

    def test_all_policies_with_a_target_are_found_with_its_levels(self, console: Console) -> None:
        """From the search, and by a link from each chip and from the account's page."""
        console.installation.policy("a-service", ("ada", "grace"), ("linus",), ("ada",))
        console.installation.policy("b-service", ("linus",))
        page = console.open(f"{LIST}?search=ADA@example.com")
        assert "Where ada@example.com is notified" in page.text
        assert "1 policy" in page.text
        assert "1, 3 of 3" in page.text
        assert "b-service" not in page.text
        link = f"{LIST}?target=ada%40example.com"
        assert f'href="{link}"' in console.open(LIST).response.text
        assert f'href="{link}"' in console.open("/console/services/a-service/policy").response.text
        administrator = signed_in(
            shared_application(console.installation.database),
            console.installation.database,
            "administrator",
        )
        assert f'href="{link}"' in administrator.get("/console/accounts/ada@example.com").text

    def test_they_are_paged(self, console: Console) -> None:
        """Each once."""
        for number in range(60):
            console.installation.policy(f"service-{number:02}", ("ada",))
        page = console.open(f"{LIST}?target=ada@example.com")
        assert "60 policies" in page.text
        assert "service-49" in page.text
        assert "service-50" not in page.text
        page = console.open(f"{LIST}?target=ada@example.com&after=service-49")
        assert "service-59" in page.text
        assert "From the first" in page.text

    @pytest.mark.parametrize("target", ["eve@example.com", "%", "<script>alert(1)</script>", "é@x"])
    def test_nobody_is_found_nowhere(self, console: Console, target: str) -> None:
        """And the page says so."""
        console.installation.policy("a-service", ("ada",))
        page = console.open(f"{LIST}?target={target}")
        assert "No policy notifies" in page.text
        assert "<script>alert" not in page.response.text
        assert "Replace or remove" not in page.text


class TestReplacing:
    """One Target in the place of another, in every policy."""

    def test_the_preview_lists_what_changes_and_what_would_break(self, console: Console) -> None:
        """Nothing is changed by it."""
        policies = console.installation.policy
        policies("a-service", ("ada",), ("linus",), ("ada", "linus"))
        policies("b-service", ("ada", "grace"))
        policies("c-service", ("linus",))
        put_unreadable(console.installation.database, "d-service")
        console.installation.receive(alert("a-service"))
        page = console.open(f"{REPLACE}?target=ada@example.com")
        page = console.open(f"{REPLACE}?target=ada@example.com&action=replace&by=Grace@example.com")
        assert "3 policies notify ada@example.com" in page.text
        assert "1 has Grace@example.com already" in page.text
        assert "1 is left alone" in page.text
        assert "a-service Levels 1, 3 an incident is running" in page.text
        assert "b-service Level 1 (level 1 has Grace@example.com already)" in page.text
        assert "d-service left alone: this version of Pager cannot read it" in page.text
        assert "c-service" not in page.text
        page = console.open(f"{REPLACE}?target=ada@example.com&action=remove")
        assert "a-service left alone: level 1 would notify nobody" in page.text
        assert console.levels("a-service") == [["ada"], ["linus"], ["ada", "linus"]]

    def test_it_is_replaced_everywhere_and_the_history_says_what_it_was(
        self, console: Console
    ) -> None:
        """With who did it; and the page says how many there were."""
        console.installation.policy("a-service", ("ada", "linus"), ("ada",))
        console.installation.policy("b-service", ("linus",), ("grace", "ada"))
        page = console.open(f"{REPLACE}?target=ada@example.com&action=replace&by=grace@example.com")
        page = page.press("Replace in 2 policies")
        assert "ada@example.com was replaced in 2 policies by grace@example.com" in page.text
        assert "No policy notifies ada@example.com any more" in page.text
        assert console.levels("a-service") == [["grace", "linus"], ["grace"]]
        assert console.levels("b-service") == [["linus"], ["grace"]]
        note = "ada@example.com replaced by grace@example.com in all policies"
        assert console.last_note("b-service") == (GRACE, note)
        history = console.open("/console/services/a-service/policy/history").text
        assert f"by grace@example.com: {note}" in history
        assert "Level 2: grace@example.com instead of ada@example.com." in history

    def test_it_is_removed_where_somebody_is_left(self, console: Console) -> None:
        """The others are named."""
        console.installation.policy("a-service", ("ada", "linus"))
        console.installation.policy("b-service", ("ada",))
        page = console.open(f"{REPLACE}?target=ada@example.com&action=remove")
        page = page.press("Remove in 2 policies")
        assert "ada@example.com was removed in 1 policy" in page.text
        assert "1 left alone: a level would notify nobody" in page.text
        assert "1 policy notifies ada@example.com still" in page.text
        assert console.levels("a-service") == [["linus"]]
        assert console.levels("b-service") == [["ada"]]

    def test_what_was_edited_after_the_preview_is_left_alone(self, console: Console) -> None:
        """Also a policy that notifies the Target only since then."""
        for name in ("a-service", "b-service"):
            console.installation.policy(name, ("ada",))
        path = f"{REPLACE}?target=ada@example.com&action=replace&by=grace@example.com"
        page = console.open(path)
        console.installation.policy("b-service", ("ada",), ("linus",))
        console.installation.policy("c-service", ("ada",))
        page = page.press("Replace in 2 policies")
        assert "replaced in 1 policy by" in page.text
        assert "2 left alone: edited meanwhile" in page.text
        assert console.levels("a-service") == [["grace"]]
        assert console.levels("b-service") == [["ada"], ["linus"]]
        assert console.levels("c-service") == [["ada"]]

    def test_pages_of_a_preview_are_of_one_moment(self, console: Console) -> None:
        """What is edited while somebody reads them is on none of the later ones."""
        for number in range(60):
            console.installation.policy(f"service-{number:02}", ("ada",))
        path = f"{REPLACE}?target=ada@example.com&action=replace&by=grace@example.com"
        page = console.open(path)
        up_to = page.value_of("up_to")
        console.installation.policy("service-55", ("ada",), ("linus",))
        page = console.open(f"{path}&up_to={up_to}&after=service-49")
        assert "service-54" in page.text
        assert "service-55" not in page.text
        assert page.press("Replace in 59 policies").response.status_code == 200
        assert console.levels("service-55") == [["ada"], ["linus"]]

    def test_much_work_is_done_in_parts(self, console: Console) -> None:
        """Each part takes some time and some transactions; the next one goes on, and counts on."""
        for number in range(5):
            console.installation.policy(f"service-{number}", ("ada",))
        database = console.installation.database
        work = BulkReplacement(backend_on(database), timedelta(0), saved_at_once=2)
        plan, up_to = Plan(ADA, EmailTarget(address=GRACE)), count_uses(database, ADA).version
        progress, counts = Progress(), []
        while not progress.is_done:
            progress = asyncio.run(work.go_on(plan, up_to, progress, GRACE))
            counts.append(progress.changed)
        assert counts == [2, 4, 5, 5]
        assert [console.levels(f"service-{n}") for n in range(5)] == [[["grace"]]] * 5

    def test_a_part_that_is_not_the_last_has_a_button_to_go_on(self, console: Console) -> None:
        """What the page says of the parts before is counted on."""
        console.installation.policy("a-service", ("ada",))
        fields = {"target": ADA, "action": "replace", "by": GRACE, "up_to": "99"}
        fields |= {"changed": "7", "empty_level": "2", "after": "0"}
        page = FormPage(console.browser, console.browser.submit(REPLACE, **fields))
        assert "replaced in 8 policies" in page.text
        assert "2 left alone: a level would notify nobody" in page.text

    @pytest.mark.parametrize(
        ("by", "sentence"),
        [
            ("", "Name an e-mail address, or a phone number"),
            ("grace", "Name an e-mail address, or a phone number"),
            ("ADA@example.com", "That is the same target"),
        ],
    )
    def test_a_wrong_new_target_is_an_error(self, console: Console, by: str, sentence: str) -> None:
        """Beside its field; there is no preview."""
        console.installation.policy("a-service", ("ada",))
        page = console.open(f"{REPLACE}?target=ada@example.com&action=replace&by={by}")
        assert page.response.status_code == 422
        assert sentence in page.text
        assert page.buttons == ["Sign out", "Show what it changes"]

    def test_a_new_target_that_reaches_nobody_is_a_warning(self, database: Database) -> None:
        """SMS is not set up."""
        app = application_on(database, unset_channels=("sms",))
        console = Console(Installation(database), signed_in(app, database, "engineer"))
        console.installation.policy("a-service", ("ada",))
        page = console.open(f"{REPLACE}?target=ada@example.com&action=replace&by=%2B33612345678")
        assert "+33612345678: SMS, not set up" in page.text

    @pytest.mark.parametrize(
        "forged",
        [
            {"up_to": ""},
            {"up_to": "x"},
            {"action": "destroy"},
            {"by": "grace"},
            {"target": ""},
            {"changed": "-1"},
            {"found": "nothing"},
            {"csrf": "another"},
        ],
    )
    def test_a_forged_form_changes_nothing(self, console: Console, forged: dict[str, str]) -> None:
        """403; and viewers have no such page."""
        console.installation.policy("a-service", ("ada",))
        fields = {"target": ADA, "action": "replace", "by": GRACE, "up_to": "99"}
        assert console.browser.submit(REPLACE, **(fields | forged)).status_code == 403
        viewer = signed_in(
            shared_application(console.installation.database),
            console.installation.database,
            "viewer",
            "vera@example.com",
        )
        assert viewer.submit(REPLACE, **fields).status_code == 403
        assert viewer.get(REPLACE).status_code == 403
        assert console.levels("a-service") == [["ada"]]

    def test_an_exhausted_incident_goes_on_with_the_new_target(self, console: Console) -> None:
        """As after any edit: it is notified at once."""
        console.installation.policy("a-service", ("ada",))
        console.installation.receive(alert("a-service"))
        console.installation.carry_out()
        console.installation.receive(timeout("a-service"))
        page = console.open(f"{REPLACE}?target=ada@example.com&action=replace&by=grace@example.com")
        assert "or at once where nobody answered" in page.text
        page.press("Replace in 1 policy")
        assert console.installation.ports.timer.due() == [timeout("a-service")]


class TestCopying:
    """A policy for several services."""

    def test_a_policy_is_copied_to_what_the_preview_has_shown(self, console: Console) -> None:
        """New ones and others; each edit says where it came from."""
        console.installation.policy("checkout-api", ("ada",), ("linus",))
        console.installation.policy("billing", ("grace",))
        console.installation.policy("search", ("ada",), ("linus",))
        console.installation.receive(alert("billing"), alert("search"))
        page = (
            console.open(COPY)
            .fill(services="billing, new-api;\n search")
            .press("Show what it overwrites")
        )
        assert "billing overwritten Level 1: ada@example.com instead of grace" in page.text
        assert page.text.count("an incident is running") == 1
        assert "new-api new" in page.text
        assert "search nothing: it has this policy already" in page.text
        assert console.levels("new-api") == []
        page = page.press("Copy to 2 services")
        assert "Copied to 2 services" in page.text
        for name in ("billing", "new-api"):
            assert console.levels(name) == [["ada"], ["linus"]]
            assert console.last_note(name) == (GRACE, "copied from checkout-api")

    def test_what_was_edited_after_the_preview_is_left_alone(self, console: Console) -> None:
        """And the policy is copied as it was shown."""
        console.installation.policy("checkout-api", ("ada",))
        page = console.open(COPY).fill(services="billing search").press("Show what it overwrites")
        console.installation.policy("checkout-api", ("linus",))
        console.installation.policy("billing", ("grace",))
        page = page.press("Copy to 2 services")
        assert "Copied to 1 service" in page.text
        assert "1 left alone" in page.text
        assert (console.levels("billing"), console.levels("search")) == ([["grace"]], [["ada"]])

    @pytest.mark.parametrize(
        ("typed", "sentence"),
        [
            ("", "Name at least one service."),
            (" ,; ", "Name at least one service."),
            ("checkout-api", "checkout-api: that is the policy to be copied."),
            ("bad/name", "“bad/name”: no service has such a name."),
            ("<script>alert(1)</script>", "no service has such a name."),
            (" ".join(f"service-{n}" for n in range(101)), "Name at most 100 services at a time."),
            ("a" * 30_000, "Name at most 100 services at a time."),
        ],
    )
    def test_a_wrong_list_is_an_error(self, console: Console, typed: str, sentence: str) -> None:
        """Which stays in its field."""
        console.installation.policy("checkout-api", ("ada",))
        page = console.open(COPY).fill(services=typed).press("Show what it overwrites")
        assert page.response.status_code == 422
        assert sentence in page.text
        assert "<script>alert" not in page.response.text
        assert len(page.response.content) < LARGEST_PAGE

    def test_a_policy_that_cannot_be_read_may_be_overwritten(self, console: Console) -> None:
        """That is one of the ways to repair it."""
        console.installation.policy("checkout-api", ("ada",))
        put_unreadable(console.installation.database, "billing")
        page = console.open(COPY).fill(services="billing").press("Show what it overwrites")
        assert "A policy that this version of Pager cannot read is overwritten." in page.text
        page.press("Copy to 1 service")
        assert console.levels("billing") == [["ada"]]

    @pytest.mark.parametrize(
        "forged",
        [
            {"source": "99"},
            {"source": ""},
            {"service": ""},
            {"service": "billing"},
            {"service": "x billing"},
            {"service": "0 bad/name"},
            {"csrf": "another"},
        ],
    )
    def test_a_forged_form_changes_nothing(self, console: Console, forged: dict[str, str]) -> None:
        """403."""
        console.installation.policy("checkout-api", ("ada",))
        fields = {"do": "copy", "source": "1", "service": "0 billing"}
        assert console.browser.submit(COPY, **(fields | forged)).status_code == 403
        assert console.levels("billing") == []

    def test_a_service_without_a_policy_has_nothing_to_copy(self, console: Console) -> None:
        """Its editor is shown."""
        page = console.open(COPY)
        assert page.response.url.path == "/console/services/checkout-api/policy"
        fields = {"do": "preview", "services": "billing"}
        assert console.browser.submit(COPY, **fields).status_code == 303
