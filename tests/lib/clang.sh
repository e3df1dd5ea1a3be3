#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# clang.sh CLANG FOLDER ARGUMENT...: CLANG, which builds the same program from
# standard input only once: many tests attach the same few rule sets, and clang
# takes longer than all the rest of them. The object is kept in FOLDER by what
# it is made of. Any other command is CLANG's own.
clang=$1 folder=$2
shift 2
case "$*" in
*' -o - -') ;;
*) exec "$clang" "$@" ;;
esac
mkdir -p "$folder"
text=$(mktemp "$folder/text.XXXXXX") || exit 1
trap 'rm -f "$text" "$text.o"' EXIT
cat >"$text"
sum=$( (stat -L -c '%n %s %Y' "$clang"; echo "$@"; cat "$text") | sha256sum)
object=$folder/${sum%% *}
if [ ! -f "$object" ]; then
	"$clang" "$@" <"$text" >"$text.o" || exit
	mv "$text.o" "$object"
fi
cat "$object"
