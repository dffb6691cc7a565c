# shellcheck shell=bash
# Sourced by commands that write files: they replace and remove only what they made, and only as long as it is as they made it.
# A list in the folder has a checksum of each such file. Before a file is written the list calls it unfinished, so that a
# command that was killed knows its own work again.

made_list() { echo "$1/.made-by-$(basename "$0")"; } # FOLDER

list_files() ( # FOLDER [NAME...]: all that is there, or has such a name: "CHECKSUM SIZE ./FILE", "folder ./…", "other ./…"
  cd "$1" || exit
  shift
  places=()
  for name; do
    for place in "./$name" "./.$name"*; do # programs first write to a hidden file beside
      [[ ! -e $place && ! -L $place ]] || places+=("$place")
    done
  done
  (($# == 0)) || ((${#places[@]})) || exit 0
  # but for the list, and what file managers leave
  find "${places[@]:-.}" ! -name . ! -name .DS_Store ! -path "./.made-by-$(basename "$0")*" \
    \( -type f -exec cksum {} + -o -type d -exec printf 'folder %s\n' {} + -o -exec printf 'other %s\n' {} + \)
)

# shellcheck disable=SC2016  # programs of awk
# What both share: a line of a list is about a path; a name is about all that begins with it.
PATHS='
function path(line) { return substr(line, index(line, " ./") + 1) }
function is_among(names, place, name) {
  for (name in names) if (place == name || index(place, name "/") == 1 || index(place, "./." substr(name, 3)) == 1) return 1
  return 0
}
'
# shellcheck disable=SC2016
# reads a list, an empty line and what is there now; prints the first path that is not in the list, or is otherwise now
FOREIGN=$PATHS'
!now && /^$/ { now = 1; next }
!now && /^unfinished / { unfinished[path($0)]; next }
!now { own[$0]; known[path($0)]; next }
NF && !found && !($0 in own) && !is_among(unfinished, path($0)) {
  found = 1
  print (path($0) in known ? "changed " : "foreign ") path($0)
}
'
# shellcheck disable=SC2016
# reads names, an empty line and a list; prints the lines of the list that are about other names
OTHERS=$PATHS'
!list && /^$/ { list = 1; next }
!list { names[$0]; next }
!is_among(names, path($0))
'

arguments_of() { # PROCESS: nothing if it has ended; small images of Linux have no ps, macOS has no /proc
  { tr '\0' ' ' < "/proc/$1/cmdline" || ps -ww -p "$1" -o args=; } 2> /dev/null || true
}

check_own() { # FOLDER [NAME...]: dies if something there, or of such a name, is not the command's; leaves the rest in $present
  local command list process found
  command=hack/$(basename "$0") list=$(made_list "$1")
  [[ -f $list && -r $list && ! -L $list ]] || list=/dev/null
  while read -r _ process _; do
    [[ $process == "$$" || $(arguments_of "$process") != *"$(basename "$0")"* ]] ||
      die "$command is writing to $1 already (process $process)" "Wait until it ends."
  done < <(grep '^unfinished ' "$list")
  present=$(list_files "$@" 2> /dev/null) || die "not all of $1 can be read" "Move it away, or name another folder."
  found=$({ cat "$list"; printf '\n%s\n' "$present"; } | awk "$FOREIGN")
  case $found in
    changed*) die "$1/${found#changed ./} was changed since $command made it" "Move it away, or name another folder." ;;
    foreign*) die "$1 has ${found#foreign ./} in it, which $command did not make" "Move it away, or name another folder." ;;
  esac
}

check_own_folder() { # FOLDER: dies if something else is in its place, or in it
  [[ ! -L $1 ]] || die "$1 is a link" "Name what it leads to, or move it away."
  present=
  [[ -e $1 ]] || return 0
  [[ -d $1 ]] || die "$1 is a file and not a folder" "Name another one, or move it away."
  check_own "$1"
}

new_own_folder() { # FOLDER: makes it, or empties it, after the same check
  check_own_folder "$1"
  { mkdir -p "$1" && [[ -w $1 ]]; } 2> /dev/null || die "$1 cannot be written" "Name another folder."
  remove "$1" "$present" || die "$1 cannot be emptied" "Move it away, or name another folder."
  : > "$(made_list "$1")"
}

remove() { # FOLDER PRESENT: what check_own saw, and no folder into which something was put since
  local folder
  sed -n '/^folder /!s|^[^.]*\./|./|p' <<< "$2" | tr '\n' '\0' | (cd "$1" && xargs -0 rm -f) 2> /dev/null || return
  sed -n 's|^folder ||p' <<< "$2" | LC_ALL=C sort -r | while IFS= read -r folder; do
    rm -f "$1/$folder/.DS_Store"
    rmdir "$1/$folder" 2> /dev/null || return
  done
}

making() { # FOLDER NAME...: the command is going to write these
  local folder=$1 name
  check_own "$@"
  shift
  for name; do
    { printf 'unfinished %s ./%s\n' "$$" "$name" >> "$(made_list "$folder")"; } 2> /dev/null ||
      die "$folder cannot be written" "Name another folder."
  done
}

made() { # FOLDER [NAME...]: the command has written these; without a name, all that it was going to write
  local folder=$1 list name
  list=$(made_list "$1")
  shift
  [[ -f $list ]] || return 0
  if (($# == 0)); then
    while IFS= read -r name; do set -- "$@" "$name"; done < <(sed -n "s|^unfinished $$ \./||p" "$list")
    (($#)) || return 0
  fi
  {
    for name; do printf './%s\n' "$name"; done
    echo
    cat "$list"
  } | awk "$OTHERS" > "$list.new"
  list_files "$folder" "$@" >> "$list.new"
  mv "$list.new" "$list"
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
