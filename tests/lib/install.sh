# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Sourced by tests that install the tree into a directory of theirs.

# The value that configure gave a variable of the Makefile.
configured() {
	sed -n "s/^$1 = //p" "$top_builddir/Makefile"
}

# installing TARGET DESTDIR: `make TARGET`, one at a time, for libtool links
# anew in the build tree; quiet while it succeeds.
installing() {
	flock "$top_builddir/install.lock" \
		env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
		make -s -C "$top_builddir" "$1" DESTDIR="$2" \
		>"$2.log" 2>&1 </dev/null || {
		tail -n 40 "$2.log"
		return 1
	}
}
