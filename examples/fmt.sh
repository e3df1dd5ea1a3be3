#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What changed between two rule files, whichever way they were written: commands
# in a script, the output of iptables-save with or without counters. Exits as
# diff does: 0 the same, 1 not.
#
#     fmt.sh [OLD NEW]              without: edge.commands with itself
set -eu
here=$(dirname "$0")
[ $# = 2 ] || set -- "$here/edge.commands" "$here/edge.commands"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tamiz fmt "$1" | sed 's/\[[0-9]*:[0-9]*\]/[0:0]/' >"$work/old"
tamiz fmt "$2" | sed 's/\[[0-9]*:[0-9]*\]/[0:0]/' >"$work/new"
diff -u "$work/old" "$work/new"
