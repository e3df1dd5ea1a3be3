#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Brings a set that attached rules ask to what a file says, an address or a
# network a line: what is new comes, what is no longer there goes, and nothing
# else is touched. As root; for sets without timeouts.
#
#     sets.sh blocklist addresses.txt
set -eu
name=$1 file=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

tamiz set list "$name" | sed -n "s/^add $name //p" | sort -u >"$dir/old"
sort -u "$file" >"$dir/new"
comm -13 "$dir/old" "$dir/new" | tamiz set add "$name" -
comm -23 "$dir/old" "$dir/new" | tamiz set del "$name" -
