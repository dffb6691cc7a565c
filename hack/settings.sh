# shellcheck shell=bash disable=SC2154
# Sourced by common.sh: what differs from one team to the next, as variables.

# Lines of NAME=VALUE are read and never run: a merge that went wrong must not run what is left of it. 2 is the exit
# status, because 1 means red to those who ask for a verdict.
read_settings() { # FILE of manifests/settings NAMES-THAT-IT-MUST-HAVE...
  local file=manifests/settings/$1 line name
  [[ -r $root/$file ]] || { echo "$file is missing: git checkout -- $file" >&2; exit 2; }
  shift
  for name; do unset "$name"; done
  while IFS= read -r line || [[ -n $line ]]; do
    if [[ $line =~ ^([A-Z][A-Z_]*)=(.*)$ ]]; then
      printf -v "${BASH_REMATCH[1]}" %s "${BASH_REMATCH[2]}"
    elif [[ -n $line && $line != \#* ]]; then
      echo "$file has a line that is not NAME=VALUE: $line" >&2
      exit 2
    fi
  done < "$root/$file"
  for name; do
    [[ -n ${!name:-} ]] || { echo "$file needs a line $name=…" >&2; exit 2; }
  done
}
