#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# timed.sh TEST...: runs it, and leaves in TEST.time, below top_builddir, the
# seconds of CPU that it took, the seconds, and its name; ./check tells which
# took most.
name=tests/${1##*tests/}
begin=$(date +%s.%N)
"$@"
status=$?
end=$(date +%s.%N)
# Not in a pipe: there it would be the times of another shell.
times >"$top_builddir/$name.times"
awk -v seconds="$begin $end" -v name="$name" '
NR == 2 {
	for (i = 1; i <= 2; i++) {
		split($i, time, /[ms]/)
		cpu += 60 * time[1] + time[2]
	}
	split(seconds, at)
	printf "%.1f %.1f %s\n", cpu, at[2] - at[1], name
}' "$top_builddir/$name.times" >"$top_builddir/$name.time"
rm -f "$top_builddir/$name.times"
exit $status
