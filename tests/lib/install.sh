# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Sourced by tests that use what `make install` installs. `make check` installs
# once, before any test runs: meanwhile libtool moves libraries away that tests
# need (tests/cli/module.am).

# The value that configure gave a variable of the Makefile.
configured() {
	sed -n "s/^$1 = //p" "$top_builddir/Makefile"
}

# quiet_make TARGET...: in the build tree, as its own make.
quiet_make() {
	quiet_log=$(env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL \
		make -s -C "$top_builddir" "$@" 2>&1 </dev/null) || {
		echo "$quiet_log" | tail -n 40
		return 1
	}
}

# The DESTDIR that was installed into; by hand a test installs itself.
installed=$top_builddir/tests/installed
[ -e "$installed.stamp" ] || quiet_make tests/installed.stamp || exit 1
