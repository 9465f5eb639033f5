#!/bin/sh
# One audit, held against the one before: audit.sh FILE…
#
# Settings are variables of the environment, and only the files or folders are arguments:
#   AUDIT_STATE   folder for last.json and report.html; else systemd's STATE_DIRECTORY
#   AUDIT_GATES   a gates.toml; without it the usual thresholds hold
#   AUDIT_NOTIFY  an alert for --notify-command; without it nobody is told
#   CLEANSWEEP    the command, where it is not "cleansweep" on the path
#
# The exit status is that of the audit: 0, 1, 2 or 3. It is 2, too, where this script cannot go on.
# It prints nothing when all is well, so that cron sends no mail.
set -u

own=${0##*/}
stop() {
  echo "$own: $*" >&2
  exit 2
}

[ $# -gt 0 ] || stop "name the files or folders to audit"
state=${AUDIT_STATE:-${STATE_DIRECTORY:-}}
[ -n "$state" ] || stop "set AUDIT_STATE to a folder that outlives this run"
if [ ! -d "$state" ] || [ ! -w "$state" ]; then
  stop "$state: is no folder that can be written to"
fi

new=
trap '[ -z "$new" ] || rm -f "$new"' EXIT
trap 'exit 2' HUP INT TERM
new=$(mktemp "$state/new.XXXXXX") || stop "$state: takes no new file"

# Options go in front of the files, one after the other.
set -- --json --now "$(date +%s)000" --html "$state/report.html" -- "$@"
if [ -n "${AUDIT_NOTIFY:-}" ]; then
  set -- --notify-command "$AUDIT_NOTIFY" "$@"
fi
if [ -n "${AUDIT_GATES:-}" ]; then
  set -- --gates "$AUDIT_GATES" "$@"
fi
# The first run has nothing to be held against.
if [ -e "$state/last.json" ]; then
  set -- --previous "$state/last.json" "$@"
fi

"${CLEANSWEEP:-cleansweep}" audit "$@" >"$new"
status=$?

case $status in
  0) ;;
  1) echo "$own: a gate failed; see $state/report.html" >&2 ;;
  3) echo "$own: a market is worse than in the audit before; see $state/report.html" >&2 ;;
  2)
    # A file could not be read, or an alert reached nobody. The next run is held against the same
    # audit as this one.
    stop "the audit is not whole, and $state/last.json stays; see above, or $state/report.html"
    ;;
  *) stop "${CLEANSWEEP:-cleansweep} ended with status $status" ;;
esac

# A file is replaced at once or not at all.
mv -f "$new" "$state/last.json" || stop "$state/last.json: cannot be replaced"
new=
exit "$status"
