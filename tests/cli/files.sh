#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What goes in and out of check and compile: exit statuses, several files,
# standard input, files that appear whole or not at all, JSON, --fail-on.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

cat >"$tmp/v4" <<'END'
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT
-A INPUT -p udp -m udp --dport 9 -j DROP
COMMIT
END
cat >"$tmp/v6" <<'END'
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 2001:db8::/32 -j DROP
COMMIT
END
cat >"$tmp/nth" <<'END'
*filter
:INPUT ACCEPT [0:0]
-A INPUT -m statistic --mode random --probability 0.5 -j DROP
COMMIT
END
printf '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT --dport 99999 -j NOPE\nCOMMIT\n' \
	>"$tmp/bad"

# Exit statuses.
try 2 "$tamiz"
try 2 "$tamiz" nonsense
try 2 "$tamiz" check
says err "which file?"
try 2 "$tamiz" check --nonsense "$tmp/v4"
says err "no option --nonsense"
try 2 "$tamiz" check --mode
says err "needs an argument"
try 2 "$tamiz" check --mode=sideways "$tmp/v4"
says err '"sideways"'
try 2 "$tamiz" status "$tmp/v4"
try 2 "$tamiz" detach
try 2 "$tamiz" detach --all --dev lo
try 2 "$tamiz" attach "$tmp/v4"
try 2 "$tamiz" compile --dev a --dev b "$tmp/v4"
try 0 "$tamiz" --version
try 0 "$tamiz" -h
for c in check compile attach replace detach status run version help; do
	try 0 "$tamiz" $c -h
	says out "usage: tamiz $c"
done
try 0 "$tamiz" help attach
says out "usage: tamiz attach"
try 2 "$tamiz" help nonsense
try 3 "$tamiz" check "$tmp/none"
says err "No such file"
try 3 "$tamiz" check "$tmp"
try 1 "$tamiz" check "$tmp/bad"
says err "$tmp/bad:3:"
try 3 sh -c '"$0" check "$1" >/dev/full' "$tamiz" "$tmp/v4"

# A line for every rule; the sum; -q leaves the lines out.
try 0 "$tamiz" check "$tmp/v4" "$tmp/v6"
[ "$(grep -cE '/(v4|v6):[0-9]+: ' "$tmp/out")" = 5 ] ||
	complain "not a line for each rule and policy: $(cat "$tmp/out")"
says out "$tmp/v4:3: filter/INPUT 1: offload exact"
says out "$tmp/v6:3: filter/INPUT 1: offload exact"
says out "3 rules, 3 of them at ingress"
try 0 "$tamiz" check -q "$tmp/v4"
! grep -q ':3: ' "$tmp/out" || complain "-q lists rules"
try 0 sh -c '"$0" check - <"$1"' "$tamiz" "$tmp/v4"
says out "-:3: filter/INPUT 1"

# --fail-on.
try 0 "$tamiz" check "$tmp/nth"
try 0 "$tamiz" check --fail-on=impossible --fail-on=partial "$tmp/v6"
try 1 "$tamiz" check --fail-on=partial --fail-on=impossible "$tmp/nth"

# JSON that a JSON parser takes.
try 0 "$tamiz" check --json "$tmp/v4" "$tmp/v6"
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
assert len(d["rules"]) == 5, len(d["rules"])
assert d["summary"]["rules"] == 3
assert {r["family"] for r in d["rules"]} == {4, 6}' "$tmp/out" ||
		complain "JSON of check"
fi
# A comment is bytes, and JSON is UTF-8; the rule must not get lost.
printf '*filter\n-A INPUT -m comment --comment "caf\351" -j DROP\nCOMMIT\n' \
	>"$tmp/latin1"
try 0 "$tamiz" check --json "$tmp/latin1"
says out 'café'
try 1 "$tamiz" check --json "$tmp/bad"
says out '"slug"'

# compile: every form; both families; a whole file or none.
for form in ast ir plan c obj; do
	try 0 "$tamiz" compile --emit=$form -o "$tmp/form" "$tmp/v4" "$tmp/v6"
	[ -s "$tmp/form" ] || complain "--emit=$form is empty"
done
[ "$(od -An -tx1 -N4 "$tmp/form")" = " 7f 45 4c 46" ] ||
	complain "--emit=obj is no ELF file"
try 0 "$tamiz" compile "$tmp/v4"
says out "tz_rules"
try 0 env --ignore-signal=CHLD "$tamiz" compile --emit=obj -o "$tmp/form" \
	"$tmp/v4"
echo old >"$tmp/kept"
chmod 600 "$tmp/kept"
try 1 "$tamiz" compile -o "$tmp/kept" "$tmp/bad"
[ "$(cat "$tmp/kept")" = old ] || complain "an error changed the output"
try 0 "$tamiz" compile -o "$tmp/kept" "$tmp/v4"
grep -q tz_rules "$tmp/kept" || complain "the output was not written"
[ "$(stat -c %a "$tmp/kept")" = 600 ] || complain "the mode was not kept"
echo precious >"$tmp/precious"
ln -s precious "$tmp/link"
try 0 "$tamiz" compile -o "$tmp/link" "$tmp/v4"
[ "$(cat "$tmp/precious")" = precious ] || complain "wrote through a link"
# A name in /dev is written to, whatever it leads to. The link stands in for
# /dev/stdout, which a mistake would replace.
if ln -s "/proc/self/fd/1" "/dev/tamiz-test-$$" 2>/dev/null; then
	"$tamiz" compile -o "/dev/tamiz-test-$$" "$tmp/v4" >"$tmp/through"
	[ -L "/dev/tamiz-test-$$" ] || complain "replaced a link in /dev"
	grep -q tz_rules "$tmp/through" || complain "wrote nothing to /dev"
	rm -f "/dev/tamiz-test-$$"
fi
try 3 "$tamiz" compile -o "$tmp" "$tmp/v4"
try 3 "$tamiz" compile -o /dev/full "$tmp/v4"
try 3 "$tamiz" compile -o "$tmp/none/file" "$tmp/v4"
try 3 "$tamiz" compile --emit=obj --clang=/nonexistent -o "$tmp/o" "$tmp/v4"
says err "/nonexistent"
set -- "$tmp"/*.??????
[ ! -e "$1" ] || complain "left temporary files: $*"
finish
