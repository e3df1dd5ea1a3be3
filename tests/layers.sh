#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Holds the tree to its picture (compiler/README) and its style: includes go
# one way, the compiler knows no kernel library, the runtime only the
# compiler's public header, files and functions stay small, each file names
# its licence. `layers.sh DIR` looks at DIR; without one, at this tree, after
# it has seen itself complain about a bad one.
set -u

# One complaint a line for the tree in $1, on standard output.
look_at() {
	cd "$1" || exit 1
	find compiler grammar bpf runtime tests examples Makefile.am configure.ac \
		demo check -type f \( -name '*.[chly]' -o -name '*.def' \
		-o -name '*.sh' -o -name '*.am' -o -name '*.ac' -o -name demo \
		-o -name check \) 2>/dev/null |
		grep -Ev '_(parse|scan)\.[ch]$|\.skel\.h$|/headers\.c$|^tests/fuzz/corpus/' |
		sort | xargs awk '
	# Where a file stands; an include may go to its own layer or a lower.
	function layer(f) {
		if (f ~ /^compiler\/base\//) return 1
		if (f ~ /^compiler\/model\//) return 2
		if (f ~ /^compiler\/cbpf\//) return 3
		if (f ~ /^compiler\/flow\//) return 4
		# Needs no more than graphs, and the IR holds its programs.
		if (f ~ /^compiler\/backend\/cbpf\//) return 4
		if (f ~ /^compiler\/ast\//) return 5
		if (f ~ /^grammar\//) return 6
		if (f ~ /^compiler\/sema\//) return 7
		if (f ~ /^compiler\/ir\//) return 8
		if (f ~ /^compiler\/lower\//) return 9
		if (f ~ /^compiler\/opt\//) return 10
		if (f ~ /^compiler\/backend\//) return 11
		if (f ~ /^compiler\/[^\/]*$/) return 12
		if (f ~ /^runtime\/cli\//) return 14
		if (f ~ /^runtime\//) return 13
		if (f ~ /^tests\//) return 15
		return 0
	}
	# The file that an include names, or "" when it is not of this tree.
	function target(from, name, i, path, dir) {
		dir = from
		sub(/[^\/]*$/, "", dir)
		if (exists(dir name)) return dir name
		for (i = 1; i <= n_dirs; i++) {
			path = dirs[i] name
			if (path ~ /^tests/ && from !~ /^tests/) continue
			if (exists(path)) return path
		}
		# Generated: only the folder counts.
		if (name ~ /_(parse|scan)\.h$/) return "grammar/" name
		if (name ~ /\.skel\.h$/) return "bpf/" name
		return ""
	}
	function exists(path, line, ok) {
		if (path in seen) return seen[path]
		ok = (getline line < path) >= 0
		close(path)
		return seen[path] = ok
	}
	function complain(line, text) { print FILENAME ":" line ": " text }
	function check_include(name, to, from, is_public) {
		from = layer(FILENAME)
		to = target(FILENAME, name)
		if (from >= 1 && from <= 12 &&
		    name ~ /^(bpf\/|libbpf|linux\/bpf|jansson|tamiz\/runtime)/)
			complain(FNR, "the compiler includes " name)
		if (to == "") return
		is_public = to ~ /^compiler\/include\// ||
			to ~ /^bpf\/include\/tamiz\/[a-z]*\.h$/
		if (is_public || !from) return
		if (from <= 12 && to ~ /^(runtime|bpf)\//)
			complain(FNR, "the compiler includes " to)
		else if (from <= 14 && layer(to) > from)
			complain(FNR, "goes up the layers to " to)
		else if ((from == 13 || from == 14) && layer(to) &&
			 layer(to) <= 12)
			complain(FNR, "the runtime includes the inner " to)
	}
	function end_file(limit) {
		if (!name_of_last) return
		limit = name_of_last ~ /\.y$/ ? 900 : 500
		if (lines > limit)
			print name_of_last ":" lines ": over " limit " lines"
		if (!licence)
			print name_of_last ":1: no licence line (SPDX)"
		else if (name_of_last ~ /^bpf\/include\// &&
			 licence !~ /GPL-2.0-only OR BSD-2-Clause/)
			print name_of_last ":1: must be GPL-2.0-only OR BSD-2-Clause"
		else if (licence !~ /GPL-2.0-only/)
			print name_of_last ":1: unknown licence"
	}
	BEGIN {
		n_dirs = split("compiler/ compiler/include/ bpf/include/ " \
			"runtime/include/ grammar/ runtime/ tests/ tests/lib/",
			dirs, " ")
		dirs[++n_dirs] = ""
	}
	FNR == 1 { end_file(); name_of_last = FILENAME; licence = "" }
	{ lines = FNR }
	FNR <= 3 && /SPDX-License-Identifier:/ { licence = $0 }
	/^[ \t]*#[ \t]*include[ \t]*[<"]/ && FILENAME ~ /\.([chly]|def)$/ {
		split($0, part, /[<">]/)
		check_include(part[2])
	}
	# K&R as clang-format sets it: a body is between ^{ and ^}. The line
	# before may say that it is one switch over opcodes (STYLE, Size).
	FILENAME ~ /\.[ch]$/ && /^{/ { body = FNR }
	FILENAME ~ /\.[ch]$/ && /^}/ && body {
		if (FNR - body - 1 > 60 && !is_flat)
			complain(body, "function of " FNR - body - 1 " lines")
		body = 0
		is_flat = 0
	}
	/^\/\* A flat switch/ { is_flat = 1 }
	END { end_file() }'
}

# A tree with one offence of each kind: the names of what must be found.
bad_tree() {
	mkdir -p "$1/compiler/base" "$1/compiler/model" "$1/compiler/ir" \
		"$1/runtime" "$1/bpf/include/tamiz" "$1/grammar"
	spdx='/* SPDX-License-Identifier: GPL-2.0-only */'
	echo "$spdx" >"$1/compiler/ir/ir.h"
	echo "$spdx" >"$1/compiler/base/arena.h"
	echo "$spdx" >"$1/bpf/include/tamiz/abi.h"
	printf '%s\n#include "ir/ir.h"\n' "$spdx" >"$1/compiler/model/up.c"
	printf '%s\n#include <bpf/libbpf.h>\n' "$spdx" >"$1/compiler/base/k.c"
	printf '%s\n#include "base/arena.h"\n#include <tamiz/abi.h>\n' "$spdx" \
		>"$1/runtime/inner.c"
	printf '%s\n#include "base/arena.h"\n' "$spdx" >"$1/compiler/ir/fine.c"
	echo 'int no_licence;' >"$1/compiler/base/bare.c"
	{
		printf '%s\nint long_one(void)\n{\n' "$spdx"
		yes '	work();' | head -n 61
		echo '}'
	} >"$1/compiler/base/long.c"
	{
		echo "$spdx"
		yes 'int x;' | head -n 500
	} >"$1/compiler/base/big.c"
}

expected='bpf/include/tamiz/abi.h:1: must be GPL-2.0-only OR BSD-2-Clause
compiler/base/bare.c:1: no licence line (SPDX)
compiler/base/big.c:501: over 500 lines
compiler/base/k.c:2: the compiler includes bpf/libbpf.h
compiler/base/long.c:3: function of 61 lines
compiler/model/up.c:2: goes up the layers to compiler/ir/ir.h
runtime/inner.c:2: the runtime includes the inner compiler/base/arena.h'

if [ $# = 1 ]; then
	tree=$1
else
	tree=${top_srcdir:-$(dirname "$0")/..}
	bad=$(mktemp -d) || exit 1
	trap 'rm -rf "$bad"' EXIT
	bad_tree "$bad"
	found=$(look_at "$bad" | sort)
	if [ "$found" != "$expected" ]; then
		printf 'the check itself is wrong; on the bad tree it said:\n%s\n' \
			"$found"
		exit 1
	fi
fi
complaints=$(look_at "$tree")
[ -z "$complaints" ] || {
	printf '%s\n' "$complaints"
	exit 1
}
