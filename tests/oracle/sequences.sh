#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The long run of the oracle for sequences: our own rule files and those of the
# corpus that deny by default, GRO off and on, both engines of the kernel; once
# as tamiz does without a word, then as who wants early drops tells it to
# (--log=ring --reject=drop), in front of a host and of a router, and with all
# that is exact counted. `sequences.sh [FRAMES-PER-RUN]`; SEED may be set. A
# line for each run, then sums. Exits 1 when XDP would have dropped what the
# rules let through, or a packet that would have moved its entry on, or when a
# rule that is exact was not.
set -u
: "${top_srcdir:=.}" "${top_builddir:=.}"
sequence=$top_builddir/tests/oracle/sequence
here=$(dirname "$0")
frames=${1:-2500} seed=${SEED:-1}

if [ "$(id -u)" != 0 ]; then
	echo "sequence: needs root for namespaces and BPF: skipped"
	exit 77
fi
[ -r "$top_srcdir/../shared/corpus/MANIFEST.tsv" ] ||
	echo "sequence: no corpus beside the tree: our own files only"
work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT

# run SUM FILE OPTION...: legacy and nft in turn.
run() {
	sum=$1 file=$2
	shift 2
	seed=$((seed + 1))
	backend=legacy
	[ $((seed % 2)) = 0 ] || backend=nft
	"$sequence" "$file" --packets "$frames" --backend $backend \
		--seed $seed "$@" >"$work/said" 2>"$work/findings" || {
		echo "${file##*/} $backend $*: status $?"
		head -20 "$work/findings"
	}
	sed "s|^[^:]*/\([^/:]*\): |\1 $backend $*: |" "$work/said"
	cat "$work/said" >>"$work/all"
	cat "$work/said" >>"$work/$sum"
}

for file in "$top_srcdir"/tests/oracle/sequences/*.rules; do
	options=$(sed -n 's/^# sequence: *//p' "$file" |
		sed 's/--min-coverage [0-9]*//')
	for more in '--gro off' '--gro on' '--gro on --offload'; do
		# The options are words.
		# shellcheck disable=SC2086
		run ours "$file" $options $more
	done
done
[ ! -r "$top_srcdir/../shared/corpus/MANIFEST.tsv" ] ||
	for file in $("$here/denying.sh"); do
		early='--log-ring --reject-drop'
		run default "$file" --gro off
		# shellcheck disable=SC2086
		run host "$file" --gro on $early
		# shellcheck disable=SC2086
		run router "$file" --mode router --gro on $early
		# shellcheck disable=SC2086
		run exact "$file" --exact $early
	done
sum() {
	awk '
# The number before the word that comes with it, or behind it.
function before(word) {
	return match($0, "[0-9]+ " word) ? substr($0, RSTART) + 0 : 0
}
function behind(word) {
	return match($0, word " [0-9]+") ? substr($0, RSTART + length(word) + 1) + 0 : 0
}
/ frames, / { n_runs++; frames += before("frames") }
/ behind it / { alone += last_alone = before("without an") }
/ in pieces, / {
	pieces += before("in pieces")
	others += before("not of TCP")
	covered += behind("XDP")
	share = match($0, "UDP [0-9.]+%") ? substr($0, RSTART + 4) + 0 : 0
	whole = last_alone - before("in pieces") - before("not of TCP")
	askable += whole
	askable_covered += share * whole / 100
}
/  exact: / {
	n_exact += before("rules")
	n_pairs += before("pairs")
	wrong += behind("misjudged") + behind("not known") + behind("different")
}
/ unsound / { unsound += behind("unsound"); lost += behind("not refreshed") }
END {
	printf "%d runs, %d frames: unsound %d, not refreshed %d\n", n_runs, \
		frames, unsound, lost
	printf "without an entry the rules drop %d (%d in pieces, %d not of TCP or UDP), XDP %d of them: %.1f%%\n", \
		alone, pieces, others, covered, alone ? 100 * covered / alone : 100
	printf "of %d whole packets of TCP and UDP %.1f%%\n", askable, \
		askable ? 100 * askable_covered / askable : 100
	if (n_pairs)
		printf "%d rules that are exact, %d pairs of one and a packet: %d findings\n", \
			n_exact, n_pairs, wrong
	exit unsound || lost || wrong
}' "$1"
}

echo "Our own files:"
sum "$work/ours"
if [ -s "$work/host" ]; then
	echo "The corpus, by default:"
	sum "$work/default"
	echo "With --log=ring --reject=drop:"
	sum "$work/host"
	echo "Routers, with these:"
	sum "$work/router"
	echo "Exact rules:"
	sum "$work/exact"
fi
echo "All:"
sum "$work/all"
