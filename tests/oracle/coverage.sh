#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# How well the rules of the corpus can be judged at XDP beside the kernel: of
# filter/INPUT, raw/PREROUTING and mangle/PREROUTING, and what they call, in
# every rule file that the kernel's tools load; a line per file, totals, and the
# reasons. Exact is a rule whose match is known for every whole packet that has
# no connection in the kernel's table (others go up whatever the rules say);
# tracked, one whose match is known of packets that have one, too, by what its
# entry tells: what holds the others back follows last. `coverage.sh [FILE...]`.
# Exits 1 when less than 75% are exact even so, less than 99.5% exact or
# partial, or one has no reason.
set -u
: "${top_srcdir:=.}" "${top_builddir:=.}"
tamiz=${TAMIZ:-$top_builddir/tamiz}
shared=$top_srcdir/../shared
manifest=$shared/corpus/MANIFEST.tsv

work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
if [ $# -gt 0 ]; then
	printf '%s\n' "$@" >"$work/files"
elif [ -r "$manifest" ]; then
	awk -F '\t' -v corpus="$shared/corpus" '
		$1 ~ /^iptables-save\// && $6 ~ /legacy=ok; nft=ok/ {
			print corpus "/" $1 }' "$manifest" >"$work/files"
else
	echo "coverage: no corpus at $shared: skipped"
	exit 77
fi

while read -r file; do
	echo "file ${file##*/}"
	"$tamiz" check --json --chain raw/PREROUTING \
		--chain mangle/PREROUTING --chain filter/INPUT "$file" ||
		echo "failed"
done <"$work/files" >"$work/said" 2>"$work/errors"
cat "$work/errors"

awk '
function value() {
	sub(/^ *"[a-z_]*": /, "")
	sub(/,$/, "")
	gsub(/^"|"$/, "")
	return $0
}
function share(a, b) { return b ? sprintf("%5.1f", 100 * a / b) : "    -" }
function tell() {
	if (name != "" && n)
		printf format, name, n, fit["exact"] + 0, fit["partial"] + 0, \
			fit["impossible"] + 0, share(fit["exact"], n), \
			fit["tracked"] + 0, share(fit["tracked"], n)
	delete fit
	n = 0
}
BEGIN {
	format = "%-52.52s %7s %7s %7s %10s %6s %7s %8s\n"
	printf format, "file", "rules", "exact", "partial", "impossible", \
		"exact%", "tracked", "tracked%"
}
/^file / { tell(); name = substr($0, 6) }
/^failed/ { n_failed++ }
/^   "number":/ { number = value() }
/^   "ingress":/ { ingress = value() == "true" }
/^   "offload":/ { offload = value() }
/^   "offload_why":/ {
	why = value()
	if (number == 0 || !ingress) next
	n++
	fit[offload]++
	total[offload]++
	n_total++
	if (offload == "exact") next
	reasons[offload ": " why]++
	n_silent += why == ""
}
/^   "tracked":/ { tracked = value() }
/^   "tracked_why":/ {
	why = value()
	if (number == 0 || !ingress) next
	if (tracked == "exact") {
		fit["tracked"]++
		total["tracked"]++
	} else if (offload == "exact") {
		reasons["tracked: " why]++
		n_silent += why == ""
	}
}
END {
	tell()
	printf format, "total", n_total, total["exact"], total["partial"] + 0, \
		total["impossible"] + 0, share(total["exact"], n_total), \
		total["tracked"] + 0, share(total["tracked"], n_total)
	printf "exact or partial %.2f%%; without a reason %d; failed %d\n", \
		n_total ? 100 * (total["exact"] + total["partial"]) / n_total \
			: 0, n_silent, n_failed
	for (r in reasons)
		printf "%7d  %s\n", reasons[r], r | "sort -rn"
	close("sort -rn")
	exit n_failed || n_silent || !n_total || \
		total["tracked"] < 0.75 * n_total || \
		total["exact"] + total["partial"] < 0.995 * n_total
}' "$work/said"
