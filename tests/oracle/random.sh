#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The oracle over rule files made by dice, each with both engines of the
# kernel. `random.sh [FIRST-SEED [HOW-MANY]]`: without arguments a short run of
# fixed seeds. A file that fails is printed; its seed makes it again.
set -u
: "${top_srcdir:=.}" "${top_builddir:=.}"
oracle=${ORACLE:-$top_builddir/tests/oracle/oracle}
random_rules=${RANDOM_RULES:-$top_builddir/tests/oracle/random_rules}
packets=${PACKETS:-300}
seed=${1:-1}
last=$((seed + ${2:-4} - 1))

if [ "$(id -u)" != 0 ]; then
	echo "oracle: needs root for namespaces and BPF: skipped"
	exit 77
fi
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
failed=0 n=0
: >"$work/lines"

while [ "$seed" -le $last ]; do
	rules=$work/$seed.rules
	"$random_rules" "$seed" >"$rules" || exit 3
	options=$(sed -n 's/^# oracle: *//p' "$rules")
	for backend in legacy nft; do
		n=$((n + 1))
		# The options are words.
		# shellcheck disable=SC2086
		"$oracle" "$rules" --packets "$packets" --backend $backend \
			--json --show 3 $options >"$work/line" 2>"$work/said"
		status=$?
		cat "$work/line" >>"$work/lines"
		[ $status != 0 ] || continue
		echo "FAIL: seed $seed, $backend, status $status"
		cut -c 1-600 "$work/said"
		failed=$((failed + 1))
	done
	seed=$((seed + 1))
done
awk -v n="$n" '
function get(key) {
	if (!match($0, "\"" key "\":[0-9]+")) return 0
	return substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0
}
{
	packets += get("packets"); open += get("open")
	compared += get("compared"); dropped += get("dropped")
	xdp += get("xdp_dropped"); droppable += get("droppable")
	covered += get("covered"); unsound += get("unsound")
	mismatches += get("mismatches"); counters += get("counters")
	exact += /"counters_compared":true/
}
END {
	printf "%d runs, %d packets, %d compared, %d open; the kernel " \
		"drops %d, XDP %d; droppable %d, covered %d\n", n, packets,
		compared, open, dropped, xdp, droppable, covered
	printf "unsound %d, mismatches %d, counters %d (compared in %d " \
		"runs)\n", unsound, mismatches, counters, exact
	# a run that drops nothing shows nothing
	exit xdp < packets / 20
}' "$work/lines" || failed=$((failed + 1))
[ $failed = 0 ]
