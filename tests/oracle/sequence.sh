#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The oracle for sequences of packets over rule files of our own; one engine of
# the kernel for each, in turn. A file's line "# sequence: OPTIONS" adds
# options. `sequence.sh [FILE...]`; PACKETS, SEED, EXTRA (options) and BACKENDS
# ("legacy nft": both for each) may be set.
set -u
: "${top_srcdir:=.}" "${top_builddir:=.}"
sequence=$top_builddir/tests/oracle/sequence
packets=${PACKETS:-1500}

if [ "$(id -u)" != 0 ]; then
	echo "sequence: needs root for namespaces and BPF: skipped"
	exit 77
fi
[ $# -gt 0 ] || set -- "$top_srcdir"/tests/oracle/sequences/*.rules
failed=0 turn='legacy nft'

for file; do
	options=$(sed -n 's/^# sequence: *//p' "$file")
	case $turn in
	nft) turn=legacy ;;
	*) turn=nft ;;
	esac
	for backend in ${BACKENDS:-$turn}; do
		# The options are words.
		# shellcheck disable=SC2086
		"$sequence" "$file" --packets "$packets" --show 5 \
			--seed "${SEED:-1}" --backend "$backend" $options \
			${EXTRA:-} || {
			echo "FAIL: ${file##*/} --backend $backend"
			failed=1
		}
	done
done

# What rules are exact, they are for each packet of known connections, too: in
# files with a line "# exact".
for file; do
	grep -q '^# exact$' "$file" || continue
	options=$(sed -n 's/^# sequence: *//p' "$file" |
		sed 's/--min-coverage [0-9]*//')
	# shellcheck disable=SC2086
	"$sequence" "$file" --packets "$packets" --show 5 --exact \
		--seed "${SEED:-1}" $options || {
		echo "FAIL: ${file##*/} --exact"
		failed=1
	}
done

# It finds what is wrong: rules that have forgotten who may come in. (Not those
# that have an entry: these pass whatever the rules are.)
rules=$top_srcdir/tests/oracle/sequences/host.rules
wrong=$(mktemp) || exit 3
trap 'rm -f "$wrong"' EXIT
grep -v -e '--dport 80' "$rules" >"$wrong"
if "$sequence" "$rules" --packets "$packets" --judge "$wrong" --show 0; then
	echo "FAIL: nothing is found"
	failed=1
fi
exit $failed
