# shellcheck shell=bash
# Sourced by what commits to main (hack/release, hack/rollback): one commit, on top of whatever others push meanwhile.

# shellcheck disable=SC2034  # the scripts that source this use it
KUSTOMIZATION=manifests/kustomization.yaml

g() { git -C "$REPOSITORY" "$@"; }

has_upstream() { g rev-parse -q --verify '@{u}' > /dev/null 2>&1; }

check_tree() {
  [[ -z $(g status --porcelain) ]] || die "the working tree has changes that are not committed" "An image is built from a commit: commit them, or put them aside. See: git status"
  [[ $(g symbolic-ref -q --short HEAD) == main ]] || die "HEAD is not on main, which Argo CD follows" "git switch main"
  ! has_upstream || g fetch -q || die "cannot fetch from the remote" "See above."
}

check_newest() {
  ! has_upstream || g merge-base --is-ancestor '@{u}' HEAD || die "the remote's main has commits that are not here" "git pull --rebase, then try again."
}

# commits of ours that nobody has seen are never rewritten: an image may have been built from them
fast_forward() {
  ! has_upstream || g merge -q --ff-only '@{u}' 2> /dev/null || die "the remote's main has commits that are not here, and there are others here; nothing was pushed" "git pull --rebase, then try again."
}

publish() { ! has_upstream || push_log=$(g push -q 2>&1); }

has_moved() { # COMMIT: the remote's main was there
  g fetch -q && [[ $(g rev-parse '@{u}') != "$1" ]]
}

catch_up() {
  local before
  before=$(g rev-parse '@{u}')
  # the push that came first may be under way still
  retry 3 has_moved "$before" || die "the remote takes no push; nothing was changed there" "$push_log"
  fast_forward
  say "somebody else pushed at the same moment: trying again on top of $(g log -1 --format='%h %s')"
}

on_main() { # COMMAND...: makes one commit, or dies
  local try
  for try in 1 2 3 4 5; do
    "$@"
    publish && return
    g reset -q --keep HEAD~
    catch_up
  done
  die "others pushed $try times while this was tried; nothing of it was pushed" "Try again when it is quieter."
}

changes_manifests() { # REVISION: the newest commit up to there that did
  g log -1 --format=%H "$1" -- manifests
}
