#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What the program says of itself, and of command lines that are not right:
# help and version on standard output, complaints on standard error, with the
# word that was probably meant.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# prints COMMAND...: succeeds, on standard output, in 80 columns.
prints() {
	"$@" >"$tmp/out" 2>"$tmp/err" || complain "exit $?: $*"
	[ -s "$tmp/out" ] || complain "nothing on standard output: $*"
	[ ! -s "$tmp/err" ] || complain "$*: $(cat "$tmp/err")"
	long=$(awk 'length > 80' "$tmp/out")
	[ -z "$long" ] || complain "$*: over 80 columns: $long"
}

# refuses TEXT WORD...: as usage, with one line on standard error.
refuses() {
	text=$1
	shift
	"$tamiz" "$@" >"$tmp/out" 2>"$tmp/err"
	got=$?
	[ $got = 2 ] || complain "exit $got, not 2: tamiz $*"
	[ ! -s "$tmp/out" ] || complain "on standard output: tamiz $*"
	[ "$(cat "$tmp/err")" = "tamiz: error: $text" ] ||
		complain "tamiz $*: $(cat "$tmp/err"), not $text"
}

prints "$tamiz" --help
cp "$tmp/out" "$tmp/help"
for spelling in help -h; do
	prints "$tamiz" $spelling
	cmp -s "$tmp/out" "$tmp/help" || complain "$spelling is not --help"
done
"$tamiz" >"$tmp/out"
[ $? = 2 ] || complain "without a command: exit $?"
cmp -s "$tmp/out" "$tmp/help" || complain "without a command: no help"
n=0
for command in $(sed -n 's/^  \([a-z]*\)  .*/\1/p' "$tmp/help"); do
	n=$((n + 1))
	prints "$tamiz" "$command" --help
	grep -q "^usage: tamiz $command" "$tmp/out" || complain "$command --help"
	cp "$tmp/out" "$tmp/about"
	for words in "help $command" "$command -h"; do
		# shellcheck disable=SC2086
		prints "$tamiz" $words
		cmp -s "$tmp/out" "$tmp/about" || complain "tamiz $words"
	done
done
[ $n -ge 16 ] || complain "found $n commands"
prints "$tamiz" --version
grep -qE '^tamiz [0-9]+\.[0-9]+\.[0-9]+$' "$tmp/out" || complain "--version"
for spelling in version -V; do
	prints "$tamiz" $spelling
	grep -q '^tamiz [0-9]' "$tmp/out" || complain "$spelling"
done

refuses 'no command "chek"; did you mean check? (see tamiz -h)' chek rules
refuses 'no command "statsu"; did you mean status? (see tamiz -h)' help statsu
refuses 'no command "frobnicate" (see tamiz -h)' frobnicate
refuses 'check: no option --jsn here; did you mean --json?' check --jsn rules
refuses 'run: no option --egnine here; did you mean --engine?' \
	run --egnine=xdp rules
refuses 'check: no option --monitor here (see tamiz check -h)' \
	check --monitor rules
refuses 'status: no option -z here (see tamiz status -h)' status -vz
refuses 'status: --json takes no argument' status --json=3
refuses 'status: --help takes no argument' status --help=3
refuses 'log: --count needs an argument' log --count
refuses 'compile: -o needs an argument' compile rules -o
refuses 'status: takes no file (see tamiz status -h)' status rules
finish
