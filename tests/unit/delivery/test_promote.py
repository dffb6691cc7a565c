"""hack/promote and what takes a promotion back: one line of git, by what GitHub says of a commit."""

import pytest

from hack.delivery.git import WorkingCopy
from hack.delivery.judge import PromotedJudge
from hack.delivery.promotion import FILE
from hack.delivery.rendering import Rendering
from tests.unit.delivery.clones import Clone
from tests.unit.delivery.promotions import ONE, PRODUCTION, STAGING, TWO, promoted, report, with_staging


@pytest.fixture
def clone(clones: list[Clone]) -> Clone:
    return with_staging(clones[0])


def test_one_line_of_one_commit(clone: Clone) -> None:
    commit = clone.git("rev-parse", "HEAD")
    status, said = clone.run("hack/promote")
    assert status == 0, said
    assert promoted(clone) == commit
    assert clone.git("show", "--numstat", "--format=%s%n%b", "origin/main").splitlines() == [
        f"Promote {commit[:12]}", f"It runs {ONE}.", "", "", f"1\t1\t{FILE}",
    ]  # fmt: skip
    for again in (commit, "HEAD"):  # the promotion itself is a commit of main, too
        status, said = clone.run("hack/promote", again)
        assert (status, f"production follows {commit[:12]} already" in said, promoted(clone)) == (0, True, commit)


def test_what_staging_has_not_proven_is_refused(clone: Clone) -> None:
    report(clone, PRODUCTION)  # of another Application
    status, said = clone.run("hack/promote")
    assert (status, "nothing says that" in said, promoted(clone)) == (1, True, "")


def test_what_staging_runs_no_more_is_refused(clone: Clone) -> None:
    """Proven as it was: a workflow that is run once more, or approved late, must not take production back."""
    old = clone.git("rev-parse", "HEAD")
    assert clone.run("hack/promote")[0] == 0
    new = clone.bump(TWO)
    assert clone.run("hack/promote")[0] == 0
    status, said = clone.run("hack/promote", old)
    assert (status, "staging runs something later than" in said, promoted(clone)) == (1, True, new)


def test_what_is_not_on_main_is_refused(clone: Clone) -> None:
    clone.git("commit", "-q", "--allow-empty", "-m", "Elsewhere")
    elsewhere = clone.git("rev-parse", "HEAD")
    clone.git("reset", "-q", "--hard", "HEAD~")
    status, said = clone.run("hack/promote", elsewhere)
    assert (status, "is not a commit of main" in said) == (1, True)


def test_nothing_to_do_where_releases_go_to_production(clones: list[Clone]) -> None:
    status, said = clones[0].run("hack/promote")
    assert (status, "nothing to promote" in said, promoted(clones[0])) == (0, True, "")


def take_back(clone: Clone) -> str:
    """Promotes two releases, of which the second is red in production; returns the commit that runs it."""
    assert clone.run("hack/promote")[0] == 0
    bad = clone.bump(TWO)
    assert clone.run("hack/promote")[0] == 0
    status, said = clone.run("hack/rollback", "--status", PRODUCTION, bad)
    assert status == 0, said
    assert "is not promoted any more" in said
    return bad


def test_a_red_production_goes_back_and_staging_is_told(clone: Clone) -> None:
    first = clone.git("rev-parse", "HEAD")
    bad = take_back(clone)
    assert (promoted(clone), clone.tag("origin/main")) == (first, TWO)  # staging stays where it is
    _, said = clone.run("hack/verdict", "--timeout", "0", bad)
    assert f"{bad[:12]} was taken back from production" in said


def test_what_was_taken_back_is_promoted_again_only_for_a_reason(clone: Clone) -> None:
    bad = take_back(clone)
    words = clone.commit("README.md", "words\n", "Words")  # it runs the same
    for commit in (bad, words):
        status, said = clone.run("hack/promote", commit)
        assert (status, "was taken back by" in said, '--again "REASON"' in said) == (1, True, True)
    status, said = clone.run("hack/promote", "--again", "the node was full")
    assert (status, promoted(clone)) == (0, words), said
    assert "comes again: the node was full" in clone.git("log", "-1", "--format=%b", "origin/main")


def test_a_failure_in_staging_takes_its_release_back(clone: Clone) -> None:
    first, bad = clone.tag(), clone.bump(TWO)
    report(clone)
    status, said = clone.run("hack/rollback", "--status", STAGING, bad)
    assert (status, clone.tag("origin/main"), promoted(clone)) == (0, first, ""), said


def test_another_applications_failure_changes_nothing(clone: Clone) -> None:
    head = clone.git("rev-parse", "HEAD")
    status, said = clone.run("hack/rollback", "--status", "argocd/other", "HEAD")
    assert (status, "nothing to take back" in said, clone.git("rev-parse", "origin/main")) == (0, True, head)


def test_a_production_that_was_proven_is_not_taken_back(clone: Clone) -> None:
    commit = clone.git("rev-parse", "HEAD")
    assert clone.run("hack/promote")[0] == 0
    report(clone, STAGING, PRODUCTION)
    status, said = clone.run("hack/rollback", "--status", PRODUCTION, commit)
    assert (status, "was proven before" in said, promoted(clone)) == (1, True, commit)


def test_a_promotion_by_hand_is_for_a_person(clone: Clone) -> None:
    commit = clone.git("rev-parse", "HEAD")
    text = (clone.folder / FILE).read_text().replace("targetRevision: none", f"targetRevision: {commit}")
    clone.commit(FILE, text, "Try this in production")
    status, said = clone.run("hack/rollback", "--status", PRODUCTION, commit)
    assert (status, "A person has to judge it" in said) == (1, True)


def test_going_back_is_not_taken_for_a_later_promotion_before_it_is_pushed(clone: Clone) -> None:
    copy, first = WorkingCopy(clone.folder), clone.git("rev-parse", "HEAD")
    bad = take_back(clone)
    promotion, revert = clone.git("rev-parse", "HEAD~"), clone.git("rev-parse", "HEAD")
    assert PromotedJudge(copy, bad, Rendering(copy), promotion).is_later(first)
    assert not PromotedJudge(copy, first, Rendering(copy), revert).is_later(bad)


def test_a_release_that_was_taken_back_is_released_again_only_for_a_reason(clones: list[Clone]) -> None:
    clone = clones[0]
    assert clone.run("hack/release", "--tag", ONE)[0] == 0
    assert clone.run("hack/release", "--tag", TWO)[0] == 0
    assert clone.run("hack/rollback", "HEAD")[0] == 0
    status, said = clone.run("hack/release", "--tag", TWO)
    assert (status, f"{TWO} was taken back by" in said, clone.tag("origin/main")) == (1, True, ONE)
    assert clone.run("hack/release", "--tag", TWO, "--again", "the registry was slow")[0] == 0
    assert "comes again: the registry was slow" in clone.git("log", "-1", "--format=%b", "origin/main")
    clone.git("revert", "--no-edit", "HEAD")
    clone.git("revert", "--no-edit", "HEAD")  # a person brings it again
    clone.git("push", "-q")
    assert clone.run("hack/release", "--tag", TWO)[0] == 0
