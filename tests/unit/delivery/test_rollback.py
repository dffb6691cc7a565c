"""hack/rollback: what it takes back, and all that it does not."""

import pytest

from tests.unit.delivery.clones import Clone, write_program

GOOD, BAD, NEXT = "1" * 40, "2" * 40, "3" * 40


@pytest.fixture
def clones(clones: list[Clone]) -> list[Clone]:
    clones[0].bump(GOOD)
    return clones


def refuses(clone: Clone, commit: str, words: str, **more: str) -> None:
    clone.git("fetch", "-q")
    before = clone.git("rev-parse", "origin/main")
    status, said = clone.run("hack/rollback", commit, **more)
    assert status == 1, said
    assert words in said
    clone.git("fetch", "-q")
    assert clone.git("rev-parse", "origin/main") == before


def test_takes_the_newest_release_back(clones: list[Clone]) -> None:
    bad = clones[0].bump(BAD)
    clones[1].git("pull", "-q")
    status, said = clones[1].run("hack/rollback", bad)
    assert status == 0, said
    assert f"main names {GOOD} again" in said
    clones[0].git("fetch", "-q")
    assert clones[0].tag("origin/main") == GOOD
    assert clones[0].git("log", "-1", "--format=%s", "origin/main") == f'Revert "Release {BAD[:12]}"'


def test_a_later_commit_that_runs_the_same_names_the_release(clones: list[Clone]) -> None:
    clones[0].bump(BAD)
    later = clones[0].commit("README.md", "words\n", "Words")
    assert clones[0].run("hack/rollback", later)[0] == 0
    assert clones[0].tag("origin/main") == GOOD


def test_others_may_push_meanwhile(clones: list[Clone]) -> None:
    bad = clones[0].bump(BAD)
    clones[1].git("pull", "-q")
    clones[0].commit("README.md", "words\n", "Words")
    assert clones[1].run("hack/rollback", bad)[0] == 0
    assert clones[1].tag("origin/main") == GOOD
    assert (clones[1].folder / "README.md").exists()


def test_refuses_what_is_not_the_newest(clones: list[Clone]) -> None:
    bad = clones[0].bump(BAD)
    clones[0].bump(NEXT)
    refuses(clones[0], bad, f"manifests/ was changed by {clones[0].git('log', '-1', '--format=%h')} Release 3333")


def test_refuses_a_second_time(clones: list[Clone]) -> None:
    bad = clones[0].bump(BAD)
    assert clones[0].run("hack/rollback", bad)[0] == 0
    refuses(clones[0], bad, "is not what main runs any more")


def test_refuses_to_revert_a_revert(clones: list[Clone]) -> None:
    clones[0].bump(BAD)
    clones[0].git("revert", "--no-edit", "HEAD")
    clones[0].git("push", "-q")
    refuses(clones[0], "HEAD", "not brought by a release")


def test_refuses_what_people_did(clones: list[Clone]) -> None:
    refuses(clones[0], clones[0].bump(BAD, "Try this image"), "not brought by a release")
    refuses(
        clones[0],
        clones[0].commit("manifests/base/namespace.yaml", "{}\n", "Release of nothing"),
        "not brought by a release",
    )


def test_refuses_a_release_with_more_in_it(clones: list[Clone]) -> None:
    (clones[0].folder / "manifests/base/rbac.yaml").write_text("{}\n")
    clones[0].git("add", "-A")
    refuses(clones[0], clones[0].bump(BAD), "not brought by a release")


def test_refuses_what_is_not_a_commit_or_not_main(clones: list[Clone]) -> None:
    refuses(clones[0], "nonsense", "nonsense is not a commit")
    clones[0].git("checkout", "-q", "-b", "side")
    clones[0].git("branch", "-q", "-u", "origin/main")
    clones[0].git("config", "push.default", "upstream")
    refuses(clones[0], clones[0].bump(BAD), "HEAD is not on main")


@pytest.mark.parametrize(
    ("states", "words"),
    [("failure\nsuccess", "was proven before"), ("", ""), ("failure\npending", ""), (None, "does not say whether")],
)
def test_asks_whether_it_was_ever_proven(clones: list[Clone], states: str | None, words: str) -> None:
    answer = "exit 1" if states is None else f'[[ $* == *"repos/some/one/commits/"*"/statuses"* ]] && echo "{states}"'
    write_program(clones[0].programs, "gh", answer)
    bad = clones[0].bump(BAD)
    if words:
        refuses(clones[0], bad, words, SERVING_STATUSES="some/one")
    else:
        assert clones[0].run("hack/rollback", bad, SERVING_STATUSES="some/one")[0] == 0
        assert clones[0].tag("origin/main") == GOOD


def test_refuses_what_is_not_on_main(clones: list[Clone]) -> None:
    clones[0].git("checkout", "-q", "-b", "side")
    clones[0].git("push", "-q", "-u", "origin", "side")
    side = clones[0].bump(BAD)
    clones[0].git("checkout", "-q", "main")
    refuses(clones[0], side, f"{side} is not on main")


def test_refuses_without_the_remote(clones: list[Clone]) -> None:
    bad = clones[0].bump(BAD)
    clones[0].git("remote", "set-url", "origin", "/no/such/remote")
    status, said = clones[0].run("hack/rollback", bad)
    assert (status, "cannot fetch from the remote" in said, "/no/such/remote" in said) == (1, True, True)


def test_the_reason_why_github_does_not_answer_is_said(clones: list[Clone]) -> None:
    write_program(clones[0].programs, "gh", "echo HTTP 401 >&2; exit 1")
    refuses(clones[0], clones[0].bump(BAD), "HTTP 401", SERVING_STATUSES="some/one")


@pytest.mark.usefixtures("kubectl")
def test_comments_do_not_hold_it_up(clones: list[Clone]) -> None:
    """A later commit that renders the same is not what main runs now, nor is it what a failure is about."""
    clones[0].bump("b" * 40)  # BAD would be a number in YAML
    file = "manifests/base/networkpolicy.yaml"
    words = clones[0].commit(file, (clones[0].folder / file).read_text() + "# words\n", "Words")
    status, said = clones[0].run("hack/rollback", words)
    assert status == 0, said
    assert clones[0].tag("origin/main") == GOOD
