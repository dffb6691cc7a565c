# shellcheck shell=bash
# Sourced by commands that write a folder: it must be new, empty, or hold nothing but what the same command made before.
# Which files those are stands in a list in the folder.

made_list() { echo ".made-by-$(basename "$0")"; }

list_files() { # FOLDER: what is in it, but for what file managers leave
  (cd "$1" && find . ! -type d ! -name .DS_Store | LC_ALL=C sort)
}

check_own_folder() { # FOLDER: dies if something else is in its place, or in it
  local list foreign
  [[ ! -L $1 ]] || die "$1 is a link" "Name what it leads to, or move it away."
  [[ -e $1 ]] || return 0
  [[ -d $1 ]] || die "$1 is a file and not a folder" "Name another one, or move it away."
  list=$1/$(made_list)
  [[ -f $list && ! -L $list ]] || list=/dev/null
  foreign=$(list_files "$1" | LC_ALL=C comm -13 "$list" - | head -n 1)
  [[ -z $foreign ]] || die "$1 has ${foreign#./} in it, which hack/$(basename "$0") did not make" "Move it away, or name another folder."
}

new_own_folder() { # FOLDER: makes it, or empties it, after the same check
  check_own_folder "$1"
  mkdir -p "$1" || die "$1 cannot be made" "Name another folder."
  find "$1" -mindepth 1 -delete
  remember_files "$1"
}

remember_files() { # FOLDER: all that is in it now is the command's
  : >> "$1/$(made_list)"
  local files
  files=$(list_files "$1")
  printf '%s\n' "$files" > "$1/$(made_list)"
}

is_within() { # INNER OUTER: the same folder or one in it, whatever the links and, where it is all one, the letters' case
  local place
  place=$1
  while [[ ! -d $place && $place == */* ]]; do place=${place%/*}; done
  place=$(cd "$place" && pwd -P) || return 1
  while true; do
    [[ ! $place -ef $2 ]] || return 0
    [[ $place != / ]] || return 1
    place=$(dirname "$place")
  done
}
