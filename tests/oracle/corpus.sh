#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The oracle over every rule file of the corpus that the kernel's tools load
# and over generated sets, with both engines; a line per file, then totals.
# `corpus.sh [PACKETS-PER-RUN]`. Exits 1 when anything is unsound or differs,
# when over 2% of the packets are excluded, or XDP drops less than 95% of what
# is droppable.
set -u
: "${top_srcdir:=.}" "${top_builddir:=.}"
oracle=${ORACLE:-$top_builddir/tests/oracle/oracle}
packets=${1:-1000}
shared=$top_srcdir/../shared
manifest=$shared/corpus/MANIFEST.tsv

if [ "$(id -u)" != 0 ]; then
	echo "oracle: needs root for namespaces and BPF: skipped"
	exit 77
fi
if [ ! -r "$manifest" ]; then
	echo "oracle: no corpus at $shared: skipped"
	exit 77
fi
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT

# Runs one file with both engines; $1 is its name in the table.
run() {
	name=$1
	shift
	for backend in legacy nft; do
		"$oracle" "$@" --packets "$packets" --backend $backend --json \
			--show 3 >"$work/line" 2>"$work/said"
		status=$?
		if [ -s "$work/line" ]; then
			sed "s|\"file\":\"[^\"]*\"|\"file\":\"$name $backend\"|" \
				"$work/line" >>"$work/lines"
		else
			echo "{\"file\":\"$name $backend\",\"failed\":1}" \
				>>"$work/lines"
		fi
		[ $status = 0 ] || sed "s|^|$name $backend: |" "$work/said" |
			cut -c 1-400
	done
}

corpus() {
	awk -F '\t' '$1 ~ /^iptables-save\// && $6 ~ /legacy=ok; nft=ok/ {
		print $1 }' "$manifest" >"$work/files"
	while read -r file; do
		run "${file##*/}" "$shared/corpus/$file"
	done <"$work/files"
}

# Writes a generated set and its trace: style, format, seed, chain.
generate() {
	v6=0
	[ "$2" = iptables ] || v6=1
	set=$1-300-$3-$2
	python3 "$shared/genrules.py" rules --style "$1" -n 300 --seed "$3" \
		--v6 $v6 --format "$2" --chain "$4" >"$work/$set"
	python3 "$shared/genrules.py" trace --style "$1" -n 300 --seed "$3" \
		--v6 $v6 --packets "$packets" --out "$work/$set.pcap" >/dev/null
}

generated() {
	for style in acl fw ipc; do
		for format in iptables ip6tables; do
			for seed in 1 2 3; do
				generate $style $format $seed INPUT
				run "$set" "$work/$set" --pcap "$work/$set.pcap"
				# What GRO may change is not exact.
				grep -v -e --tcp-flags "$work/$set" \
					>"$work/$set-exact"
				run "$set-exact" "$work/$set-exact" --pcap \
					"$work/$set.pcap"
			done
			for mode in --conntrack --nat '--gro on'; do
				# The mode may be two words.
				# shellcheck disable=SC2086
				run "$set $mode" "$work/$set" $mode
			done
			generate $style $format 4 FORWARD
			run "$set --mode router" "$work/$set" --mode router \
				--pcap "$work/$set.pcap"
		done
	done
}

corpus
if command -v python3 >/dev/null; then
	generated
else
	echo "oracle: no python3: generated sets are left out"
fi
awk '
function get(key) {
	if (!match($0, "\"" key "\":[0-9]+")) return 0
	return substr($0, RSTART + length(key) + 3, RLENGTH - length(key) - 3) + 0
}
function share(a, b) { return b ? sprintf("%5.1f", 100 * a / b) : "    -" }
BEGIN {
	format = "%-52.52s %7s %5s %5s %6s %6s %6s %5s %5s %3s %3s %3s\n"
	printf format, "file and engine", "packets", "excl.", "open", \
		"compd", "kdrop", "xdrop", "x/k%", "cov%", "uns", "mis", "ctr"
}
{
	match($0, /"file":"[^"]*"/)
	name = substr($0, RSTART + 8, RLENGTH - 9)
	if (get("failed")) { print name ": FAILED"; n_failed++; next }
	n = split("packets excluded open compared dropped droppable covered " \
		"xdp_dropped unsound mismatches counters", keys, " ")
	for (i = 1; i <= n; i++) sum[keys[i]] += v[keys[i]] = get(keys[i])
	exact = /"counters_compared":true/
	n_exact += exact
	n_runs++
	printf format, name, v["packets"], v["excluded"], v["open"], \
		v["compared"], v["dropped"], v["xdp_dropped"], \
		share(v["xdp_dropped"], v["dropped"]), \
		share(v["covered"], v["droppable"]), v["unsound"], \
		v["mismatches"], exact ? v["counters"] : "-"
}
END {
	printf format, "total", sum["packets"], sum["excluded"], sum["open"], \
		sum["compared"], sum["dropped"], sum["xdp_dropped"], \
		share(sum["xdp_dropped"], sum["dropped"]), \
		share(sum["covered"], sum["droppable"]), sum["unsound"], \
		sum["mismatches"], sum["counters"]
	printf "%d runs, counters compared in %d, failed %d; excluded %s%%\n", \
		n_runs, n_exact, n_failed, share(sum["excluded"], sum["packets"])
	exit n_failed || sum["unsound"] || sum["mismatches"] || \
		sum["counters"] || sum["excluded"] > 0.02 * sum["packets"] || \
		sum["covered"] < 0.95 * sum["droppable"]
}' "$work/lines"
