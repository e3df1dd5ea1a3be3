# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh disable=SC2034
# Sourced by the tests of this folder: a directory $tmp that goes with the test,
# commands that are tried, and complaints; `finish` turns these into the exit
# status.
set -u
: "${top_builddir:=$PWD}" "${top_srcdir:=$(dirname "$0")/../..}" "${CLANG:=clang}"
tamiz=$top_builddir/tamiz
man=$top_srcdir/runtime/cli/man
failed=0
tmp=$(mktemp -d "$top_builddir/cli-test.XXXXXX") || exit 1
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' INT TERM

complain() {
	echo "FAILED: $*"
	failed=1
}

finish() {
	exit $failed
}

# try STATUS COMMAND...: output in $tmp/out, errors in $tmp/err. What hangs is
# ended, with the status 124.
try() {
	wanted=$1
	shift
	timeout 300 "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	[ $got = "$wanted" ] || {
		complain "exit $got, not $wanted: $*"
		head -c 4000 "$tmp/err"
	}
	[ "$(wc -c <"$tmp/err")" -lt 65536 ] || complain "talks too much: $*"
}

# says out|err TEXT: whether the last `try` printed it there.
says() {
	grep -qF -- "$2" "$tmp/$1" || {
		complain "does not say \"$2\":"
		head -c 4000 "$tmp/$1"
	}
}

# Where the command $1 is described.
page_of() {
	case $1 in
	version | help) echo "$man/tamiz.8" ;;
	*)
		page=$man/tamiz-$1.8
		to=$(sed -n 's/^\.so man8\///p' "$page")
		echo "${to:+$man/}${to:-$page}"
		;;
	esac
}
