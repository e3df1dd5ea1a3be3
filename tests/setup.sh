# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
# Sourced by ./demo and ./check from the root of the tree: the Debian packages
# that they need, by name and in this one place, and the steps from a clone to
# a build. Reads nothing from standard input.

# What `./demo` needs: to build, and to put rules beside the program.
packages_demo="gcc libc6-dev make autoconf automake libtool pkgconf flex bison
	clang libbpf-dev libelf-dev zlib1g-dev libjansson-dev libpcap-dev
	bpftool iproute2 iptables procps"
# What the tests need besides; python3 runs ../shared/genrules.py and reads
# JSON, strace kills and refuses, g++ reads the public headers.
packages_check="$packages_demo libcmocka-dev libclang-rt-dev llvm nftables
	ethtool python3 python3-jsonschema strace g++ groff-base"

PATH=$PATH:/usr/sbin:/sbin
export PATH

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# Prints those of the named packages that are not installed.
missing_packages() {
	for p in "$@"; do
		state=$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) ||
			state=unknown
		[ "$state" = installed ] || printf '%s ' "$p"
	done
}

# install_packages NAME...: only what is missing, one update, no questions.
install_packages() {
	command -v dpkg-query >/dev/null 2>&1 || {
		echo "not a Debian system: install by hand: $(echo "$@")"
		return 0
	}
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] || {
		echo "not root, not installing: $missing"
		return 0
	}
	echo "installing: $missing"
	log=$(mktemp) || die "no temporary file"
	# $missing is a list of words.
	# shellcheck disable=SC2086
	if ! { apt-get -qq update && DEBIAN_FRONTEND=noninteractive \
		apt-get -qq -y --no-install-recommends install $missing; } \
		>"$log" 2>&1 </dev/null; then
		cat "$log" >&2
		rm -f "$log"
		die "apt-get could not install: $missing"
	fi
	rm -f "$log"
}

# quietly LOG COMMAND...: the output goes to LOG and is shown on failure.
quietly() {
	quiet_log=$1
	shift
	"$@" >"$quiet_log" 2>&1 </dev/null || {
		tail -n 60 "$quiet_log" >&2
		die "failed: $* (all of it: $quiet_log)"
	}
}

# Makes ./configure; a tree configured in place cannot be built elsewhere too.
bootstrap() {
	[ ! -f config.status ] || die "configured in place: make distclean first"
	[ -x configure ] && [ -z "$(find configure.ac Makefile.am \
		compiler grammar bpf runtime examples tests \
		\( -name '*.am' -o -name configure.ac \) -newer configure)" ] ||
		quietly build/autoreconf.log autoreconf -i
}

# configure_in DIR OPTION...: out of tree, in build/DIR.
configure_in() {
	dir=build/$1
	shift
	mkdir -p "$dir"
	(cd "$dir" && quietly configure.log ../../configure -q "$@") || exit 1
}
