#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The oracle over rule files of our own, one for each match and odd case, with
# both engines of the kernel; when SANITIZE is not empty, with one in turn: what
# the sanitizers look at is our own code. A file's line "# oracle: OPTIONS" adds
# options. `short.sh [FILE...]`; PACKETS and ORACLE may be set.
set -u
: "${top_srcdir:=.}" "${top_builddir:=.}"
oracle=${ORACLE:-$top_builddir/tests/oracle/oracle}
packets=${PACKETS:-600}

if [ "$(id -u)" != 0 ]; then
	echo "oracle: needs root for namespaces and BPF: skipped"
	exit 77
fi
[ $# -gt 0 ] || set -- "$top_srcdir"/tests/oracle/rules/*.rules
failed=0 backends='legacy nft'

# Runs $1 with the other options.
run() {
	"$oracle" "$@" --packets "$packets" --show 3 || {
		echo "FAIL: ${*##*/}"
		failed=1
	}
}

for file; do
	options=$(sed -n 's/^# oracle: *//p' "$file")
	case ${SANITIZE:+$backends} in
	'') ;;
	legacy) backends=nft ;;
	*) backends=legacy ;;
	esac
	for backend in $backends; do
		# The options are words.
		# shellcheck disable=SC2086
		run "$file" --backend $backend $options
	done
	case ${file##*/} in
	chains.rules | fragments.rules | forward.rules | forward6.rules | \
		tcp.rules | tcp6.rules) ;;
	*) continue ;;
	esac
	for mode in --conntrack --nat '--gro on'; do
		# shellcheck disable=SC2086
		run "$file" $mode $options
	done
done
exit $failed
