"""The editor of a shared policy, its history and its removal: by people, without a script."""

from datetime import datetime, timedelta

import pytest

from contract.web.forms import FormPage
from contract.web.installation import LARGEST_PAGE
from contract.web.shared_policies import (
    DATABASE,
    PATH,
    PAYMENTS,
    Engineers,
    level,
)
from pager import EmailTarget
from pager.adapters.store.core.database import Database
from pager.oncall.people import Person
from pager.oncall.policies import PersonTarget, ScheduleTarget, SharedPolicy, TeamTarget
from pager.oncall.schedules import Layer


@pytest.fixture
def engineers(database: Database) -> Engineers:
    """Two engineers and a viewer, a directory, and no shared policy."""
    return Engineers(database)


class TestEditing:
    """Names, and what is known of them."""

    def test_a_shared_policy_is_named_written_and_saved(self, engineers: Engineers) -> None:
        """With people, schedules, teams and addresses, as one types them."""
        page = engineers.open("/console/policies/new-shared?name=Payments")
        assert page.response.url.path == PATH
        assert "There is no such policy yet" in page.text
        page = page.fill(targets_1="schedule Database\nada@example.com", delay_1="5").press(
            "Add a level"
        )
        page = page.fill(targets_2="Storage, Grace Hopper").press("Save")
        assert page.is_saved
        assert engineers.stored == SharedPolicy(
            name="Payments",
            levels=(
                level(
                    ScheduleTarget(name="Database"),
                    EmailTarget(address="ada@example.com"),
                    minutes=5,
                ),
                level(TeamTarget(name="Storage"), PersonTarget(name="Grace Hopper")),
            ),
        )
        [edit] = engineers.on_call.history(SharedPolicy, "Payments", 9)
        assert edit.author == "ada@example.com"

    def test_a_name_is_chosen_and_added(self, engineers: Engineers) -> None:
        """Whichever button is pressed, it is not lost."""
        page = engineers.open()
        for name in ("schedule Database", "team Storage", "Grace Hopper"):
            assert f"<option>{name}</option>" in page.response.text
        page = page.fill(add_1="Grace Hopper").press("Add to level 1")
        assert (page.value("targets-1"), page.value("add-1")) == ("Grace Hopper", "")
        assert page.fill(add_1="Ada").press("Save").is_saved
        assert engineers.stored == SharedPolicy(
            name="Payments",
            levels=(level(PersonTarget(name="Grace Hopper"), PersonTarget(name="Ada")),),
        )

    def test_each_name_has_its_state(self, engineers: Engineers) -> None:
        """Who it is just now, and whether a page reaches them."""
        typed = "Ada\nEdsger\nLinus\nteam Storage\nschedule Nights\nNobody Known"
        page = engineers.open().fill(targets_1=typed).press("Rehearse")
        for chip in (
            "Ada ✓",
            "Edsger ⚠ no contact method",
            "Linus ? not verified",
            "team Storage (2 people) ? not verified",
            "Nights on call ⚠ nobody just now",
            "Nobody Known ✗ not valid",
        ):
            assert chip in page.text
        assert "“Nobody Known”: Nobody is called that" in page.text
        assert 'href="/console/people/Ada"' in page.response.text
        assert 'href="/console/schedules/Nights"' in page.response.text

    @pytest.mark.parametrize("typed", ["Nobody Known", "schedule Storage", "", "Ada\nperson Ada"])
    def test_what_is_wrong_is_beside_its_field_and_nothing_is_saved(
        self, engineers: Engineers, typed: str
    ) -> None:
        """422, with what was typed."""
        page = engineers.open().fill(targets_1=typed).press("Save")
        assert page.response.status_code == 422
        assert "targets-1-error" in page.response.text
        assert engineers.stored is None

    def test_it_may_begin_again_and_let_an_acknowledgement_expire(
        self, engineers: Engineers
    ) -> None:
        """As a policy of a single service; the rehearsal shows it."""
        page = engineers.open().fill(targets_1="Linus", repeat="2", expiry="4 h").press("Save")
        assert page.is_saved
        stored = engineers.stored
        assert stored is not None
        assert (stored.repeat, stored.acknowledgement_expiry) == (2, timedelta(hours=4))
        assert page.text.count("Linus by e-mail") == 3
        seen = engineers.open(who="vera").text
        assert "level 1 is notified again (up to 2 times)" in seen
        assert "An acknowledgement expires after 4 h" in seen
        page = page.fill(repeat="21", expiry="soon").press("Save")
        assert "That is too often: at most 20 times." in page.text

    @pytest.mark.proof
    def test_many_names_are_offered_and_the_page_stays_small(self, engineers: Engineers) -> None:
        """A thousand people: those that are not offered are typed."""
        for number in range(400):
            engineers.on_call.put(Person(name=f"Somebody & a name that is quite long {number}"))
        page = engineers.open().fill(targets_1="Somebody & a name that is quite long 399")
        assert len(page.response.content) < LARGEST_PAGE
        assert page.press("Save").is_saved

    def test_it_has_at_most_twenty_five_levels(self, engineers: Engineers) -> None:
        """Said at the Levels; the largest one can be edited, with errors everywhere."""
        levels = tuple(level(PersonTarget(name="Edsger"), minutes=n) for n in range(1, 26))
        engineers.share(SharedPolicy(name="Payments", levels=levels))
        page = engineers.open()
        typed = {f"targets_{n}": "schedule Unknown" for n in range(1, 26)}
        wrong = engineers.open().fill(**typed).press("Save")
        more = page.press("Add a level").fill(targets_26="Ada").press("Save")
        assert "Levels: A policy has at most 25 Levels." in more.text
        for each in (page, wrong, more):
            assert len(each.response.content) < LARGEST_PAGE

    @pytest.mark.parametrize("name", ["%20x", "a%2Fb", "x" * 101])
    def test_a_name_that_no_policy_can_have_has_no_editor(
        self, engineers: Engineers, name: str
    ) -> None:
        """404; in the form for a new one it is an error."""
        assert engineers.open(f"/console/shared-policies/{name}").response.status_code == 404
        page = engineers.open("/console/policies/new-shared?name=a/b")
        assert "no slash" in page.text
        assert page.focused == "name"

    def test_a_policy_has_any_name(self, engineers: Engineers) -> None:
        """Also one that has to be escaped."""
        name = 'Paiements & "nuits" <été> 100 %?#'
        page = engineers.open("/console/policies").fill(name=name)
        page = FormPage(
            engineers.browsers["ada"],
            engineers.browsers["ada"].get(
                "/console/policies/new-shared", params={"name": name}, follow_redirects=True
            ),
        )
        assert page.fill(targets_1="Ada").press("Save").is_saved
        assert engineers.on_call.versioned(SharedPolicy, name).entry is not None
        assert name in engineers.open("/console/policies").text

    def test_a_copy_begins_as_the_other_one(self, engineers: Engineers) -> None:
        """And is saved under its own name."""
        engineers.share()
        page = engineers.open("/console/policies/new-shared?name=Search&copy_of=Payments")
        assert page.value("targets-1") == "schedule Database"
        assert page.press("Save").is_saved
        copied = engineers.on_call.versioned(SharedPolicy, "Search").entry
        assert copied == PAYMENTS.model_copy(update={"name": "Search"})


class TestRehearsal:
    """Who is paged, if it breaks at a chosen moment."""

    def test_whoever_is_on_call_then_is_paged(self, engineers: Engineers) -> None:
        """With the clock of the schedule, and how each is reached."""
        engineers.share()
        page = engineers.open().fill(at="2027-01-10T03:00").press("Rehearse")
        assert page.focused == "rehearsal"
        assert page.value("zone") == "Europe/Paris"
        assert "Sun 03:00 At once: Ada by e-mail" in page.text
        assert "Sun 03:15 +15 min: Ada by e-mail, Linus by e-mail" in page.text
        page = page.fill(at="2027-01-13T03:00", zone="America/New_York").press("Rehearse")
        assert "Wed 03:00 At once: Grace Hopper by SMS" in page.text

    def test_handovers_on_the_way_are_followed(self, engineers: Engineers) -> None:
        """Whoever has taken over is told before the next Level, and nobody twice."""
        engineers.share()
        page = engineers.open().fill(at="2027-01-11T08:50").press("Rehearse")
        assert "Mon 08:50 At once: Ada by e-mail" in page.text
        assert "Mon 09:05 +15 min: Grace Hopper by SMS" in page.text
        assert "Mon 09:20 +30 min: Linus by e-mail" in page.text

    def test_it_follows_the_draft(self, engineers: Engineers) -> None:
        """Before anything is saved."""
        page = engineers.open().fill(targets_1="Grace Hopper", at="2027-01-10T03:00")
        assert "Grace Hopper by SMS" in page.press("Rehearse").text
        assert engineers.stored is None

    def test_what_would_be_nobody_is_said(self, engineers: Engineers) -> None:
        """The Level that is left out, and why."""
        page = engineers.open().press("Add a level")
        page = page.fill(targets_1="schedule Nights", targets_2="Ada", at="2027-01-13T03:00")
        page = page.press("Rehearse")
        assert "Level 1 reaches nobody: " in page.text
        assert "At once: Ada by e-mail" in page.text
        alone = page.press("Remove level 2").press("Rehearse")
        assert "Nobody would be paged" in alone.text

    def test_what_is_nobody_is_found_out_for_that_moment(self, engineers: Engineers) -> None:
        """And not for now: the rotation has ended long ago."""
        [layer] = DATABASE.layers
        [rotation] = layer.rotations
        day = datetime(2020, 1, 6, 9)  # noqa: DTZ001 - in the schedule's zone
        ended = rotation.model_copy(update={"starts": day, "ends": day + timedelta(days=60)})
        layers = (Layer(rotations=(ended,)),)
        engineers.on_call.put(DATABASE.model_copy(update={"layers": layers}))
        page = engineers.open().fill(targets_1="schedule Database", at="2020-01-10T03:00")
        page = page.press("Rehearse")
        assert "Fri 03:00 At once: Ada by e-mail" in page.text
        assert "reaches nobody" not in page.text
        assert "Database on call ⚠ nobody just now" in page.text

    @pytest.mark.parametrize(
        ("at", "zone", "said"),
        [
            ("soon", "Europe/Paris", "When? Such as"),
            ("2027-01-10T03:00", "Mars/Olympus", "no such time zone"),
            ("9999-12-31T23:59", "Etc/GMT+12", "When? Such as"),
            ("\0", "../etc/passwd", "no such time zone"),
        ],
    )
    def test_a_wrong_moment_is_an_error(
        self, engineers: Engineers, at: str, zone: str, said: str
    ) -> None:
        """And the rehearsal begins now."""
        engineers.share()
        page = engineers.open().fill(at=at, zone=zone).press("Rehearse")
        assert said in page.text
        assert "Linus by e-mail" in page.text

    def test_a_viewer_rehearses_too(self, engineers: Engineers) -> None:
        """By the address of the page."""
        engineers.share()
        page = engineers.open(f"{PATH}?at=2027-01-10T03:00&acknowledged=5", who="vera")
        assert "Sun 03:00 At once: Ada by e-mail" in page.text
        assert "With an acknowledgement after 5 min" in page.text
        assert "Save" not in page.buttons
        assert engineers.post(PATH, {"do": "save"}, "vera") == 403


class TestVersions:
    """Two who edit at once, and what was before."""

    def test_the_second_editor_sees_the_conflict(self, engineers: Engineers) -> None:
        """Both side by side, and nothing is changed until they choose."""
        engineers.share()
        mine = engineers.open().fill(targets_1="Grace Hopper")
        engineers.open(who="grace").fill(targets_2="Linus").press("Save")
        page = mine.press("Save")
        assert page.response.status_code == 409
        assert "Two edits of the shared policy Payments" in page.response.text
        assert "Linus (only in grace@example.com's)" in page.text
        assert page.press("Save mine instead of theirs").is_saved
        stored = engineers.stored
        assert stored is not None
        assert stored.levels[0].targets == (PersonTarget(name="Grace Hopper"),)

    def test_an_earlier_version_comes_back(self, engineers: Engineers) -> None:
        """With a note of that."""
        engineers.share()
        engineers.open().fill(targets_1="Grace Hopper").press("Save")
        history = engineers.open(f"{PATH}/history")
        assert "Level 1: Grace Hopper instead of schedule Database." in history.text
        first = engineers.on_call.history(SharedPolicy, "Payments", 9)[-1].version
        page = engineers.open(f"{PATH}/history/{first}")
        assert "schedule Database" in page.text
        assert page.press("Restore this version").is_saved
        assert engineers.stored == PAYMENTS

    def test_a_version_that_names_somebody_who_is_gone_stays_away(
        self, engineers: Engineers
    ) -> None:
        """It would page nobody there."""
        engineers.share(SharedPolicy(name="Payments", levels=(level(PersonTarget(name="Edsger")),)))
        engineers.open().fill(targets_1="Ada").press("Save")
        engineers.on_call.remove(Person, "Edsger")
        first = engineers.on_call.history(SharedPolicy, "Payments", 9)[-1].version
        page = engineers.open(f"{PATH}/history/{first}").press("Restore this version")
        assert page.response.status_code == 409
        assert "There is no person called 'Edsger'" in page.text

    def test_somebody_who_was_removed_meanwhile_is_an_error(self, engineers: Engineers) -> None:
        """Beside what was typed."""
        page = engineers.open().fill(targets_1="Edsger")
        engineers.on_call.remove(Person, "Edsger")
        assert "Nobody is called that" in page.press("Save").text
        assert engineers.stored is None

    def test_it_is_removed_after_a_question(self, engineers: Engineers) -> None:
        """And comes back from its history."""
        engineers.share()
        page = engineers.open(f"{PATH}/remove").press("Remove the policy")
        assert "There is no shared policy Payments now." in page.text
        assert engineers.stored is None
        version = engineers.on_call.history(SharedPolicy, "Payments", 9)[-1].version
        engineers.open(f"{PATH}/history/{version}").press("Restore this version")
        assert engineers.stored == PAYMENTS

    def test_it_is_not_removed_while_services_use_it(self, engineers: Engineers) -> None:
        """The page says which."""
        engineers.share(PAYMENTS, "checkout-api", "billing")
        page = engineers.open(f"{PATH}/remove")
        assert "2 services use it" in page.text
        assert "checkout-api" in page.text
        assert "Remove the policy" not in page.buttons
        version = str(engineers.on_call.versioned(SharedPolicy, "Payments").version)
        assert engineers.post(f"{PATH}/remove", {"version": version}) == 409
        assert engineers.stored == PAYMENTS

    def test_what_was_edited_meanwhile_is_not_removed(self, engineers: Engineers) -> None:
        """They see what it is now."""
        engineers.share()
        page = engineers.open(f"{PATH}/remove")
        engineers.open(who="grace").fill(targets_2="Linus").press("Save")
        page = page.press("Remove the policy")
        assert page.response.status_code == 409
        assert "Linus" in page.text
        assert engineers.stored is not None
