#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Every command has help, a man page and completion, and these know the same
# options as the program.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
completion=$top_srcdir/runtime/cli/completion/tamiz

# What completion offers for the words that are given.
complete_words() {
	bash -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
		_tamiz; printf "%s\n" "${COMPREPLY[@]}"' - "$completion" "$@" |
		sort
}

options_of_help() {
	"$tamiz" "$1" -h | sed -n 's/^ .*\(--[a-z-]*\).*/\1/p' | sort
}

# Options stand in pages as \-\-name.
options_of_page() {
	sed 's/\\-/-/g' "$1" | grep -oE -- '--[a-z][a-z-]*' | sort -u
}

commands=$("$tamiz" -h | sed -n 's/^  \([a-z]*\)  .*/\1/p' | sort)
n=0
for command in $commands; do
	n=$((n + 1))
	page=$(page_of "$command")
	[ -f "$page" ] || {
		complain "$command has no man page"
		continue
	}
	options=$(options_of_help "$command")
	[ "$(complete_words tamiz "$command" --)" = "$options" ] ||
		complain "completion of $command is not its help"
	for option in $options; do
		case $command in
		version | help) break ;;
		esac
		options_of_page "$page" | grep -qxF -- "$option" ||
			complain "$page does not know $option"
	done
	grep -q "$command" "$man/tamiz.8" || complain "tamiz.8: $command"
done
[ "$n" -ge 8 ] || complain "found $n commands only"
[ "$(complete_words tamiz '')" = "$commands" ] ||
	complain "completion does not offer the commands"
[ "$(complete_words tamiz compile --emit p)" = plan ] ||
	complain "completion of a value: $(complete_words tamiz compile --emit p)"
# Words that an option takes: the program lists them when it gets another one.
# Of a family the numbers are accepted, too.
n=0
for command in $commands; do
	for option in $("$tamiz" "$command" -h |
		sed -n 's/^ .*\(--[a-z-]*\) [A-Z].*/\1/p'); do
		words=$("$tamiz" "$command" "$option=@" 2>&1 |
			sed -n 's/^  \([a-z].*\)/\1/p' | sort)
		[ -n "$words" ] || continue
		n=$((n + 1))
		[ "$(complete_words tamiz "$command" "$option" '')" = "$words" ] ||
			complain "completion of $command $option is not: $words"
	done
done
[ "$n" -ge 20 ] || complain "found $n options that take words"
complete_words tamiz check "$top_srcdir/examples/edge.rules" --chain raw/ |
	grep -qxF raw/PREROUTING || complain "chains of a file"
complete_words tamiz check "$top_srcdir/examples/edge.rules" --chain '' |
	grep -q mangle && complain "chains that the file does not have"
complete_words tamiz check --chain '' | grep -qxF filter/INPUT ||
	complain "chains without a file"
[ "$(complete_words tamiz check --mode = off)" = offload ] ||
	complain "completion behind ="
[ "$(complete_words tamiz check --mode =)" = "offload
replace" ] || complain "completion at ="
complete_words tamiz help sta | grep -qxF status || complain "help COMMAND"
complete_words tamiz attach x --dev '' | grep -qxF lo || complain "devices"
complete_words tamiz run --pcap "$top_srcdir/READ" |
	grep -qxF "$top_srcdir/README" || complain "files"
# Pages do not speak of options that no command has.
all=$(for command in $commands; do options_of_help "$command"; done)
for page in "$man"/*.8; do
	for option in $(options_of_page "$page"); do
		echo "$all" | grep -qxF -- "$option" ||
			complain "$page: no command takes $option"
	done
done
if command -v groff >/dev/null; then
	for page in "$man"/tamiz*.8; do
		grep -q '^\.so' "$page" && continue
		said=$(groff -man -ww -Tutf8 "$page" 2>&1 >/dev/null)
		[ -z "$said" ] || complain "$page: $said"
	done
fi
finish
