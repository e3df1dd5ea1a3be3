#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The rule files of the corpus that deny by default and ask for the state of
# connections, and that the kernel's tools load: a path a line.
: "${top_srcdir:=.}"
corpus=$top_srcdir/../shared/corpus

awk -F '\t' '$1 ~ /^iptables-save\// && $6 ~ /legacy=ok; nft=ok/ { print $1 }' \
	"$corpus/MANIFEST.tsv" | while read -r file; do
	grep -qE -e '--(ct)?state' "$corpus/$file" || continue
	grep -qE '^:(INPUT|FORWARD) DROP|^-A [^ ]+( -i [^ ]+)? -j (DROP|REJECT)' \
		"$corpus/$file" || continue
	echo "$corpus/$file"
done
