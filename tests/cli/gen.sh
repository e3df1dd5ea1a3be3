#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# tamiz gen: what it prints is a program that does what is asked for, as a rule
# of iptables and elsewhere; what it is not told well is refused with its place.
# What the programs match is the matter of tests/unit.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
linux='4:64:0:*:mss*10,6:mss,sok,ts,nop,ws:df,id+:0'

# By default a rule of iptables: bytecode, then the command with the same.
for pattern in "dns example.com" "dns *.example.com ex*{3-8}.test -i" \
	"dns-validate" "dns-validate --not-valid" "p0f $linux" "suffix 0a0b"; do
	set -f
	# shellcheck disable=SC2086
	try 0 "$tamiz" gen $pattern
	set +f
	code=$(head -n 1 "$tmp/out")
	says out "iptables -A INPUT -m bpf --bytecode \"$code\" -j DROP"
	[ "${code%%,*}" -le 64 ] || complain "$pattern: ${code%%,*}"
	grep -q ip6tables "$tmp/out" && complain "$pattern: ip6tables"
	try 0 "$tamiz" compile -t cbpf --from cbpf "$code"
done
try 0 "$tamiz" gen dns example.com --family=ipv6 -j ACCEPT --chain raw/PREROUTING
says out 'ip6tables -t raw -A PREROUTING -m bpf --bytecode "'
says out '" -j ACCEPT'
# Behind a rule that has looked at the headers: 13 instructions at most.
try 0 "$tamiz" gen dns example.com --bare
[ "$(sed -n '1s/,.*//p' "$tmp/out")" -le 13 ] || complain "a bare name is long"
says out 'iptables -A INPUT -p udp --dport 53 -m bpf --bytecode "'
try 0 "$tamiz" gen dns example.com --bare --port 5300
says out ' -p udp --dport 5300 -m bpf '
# Both versions of IP elsewhere; the last word about the size is the target's.
try 0 "$tamiz" gen dns example.com -t cbpf --emit=ddd
[ "$(head -n 1 "$tmp/out")" -gt 64 ] || complain "no IPv6 in frames"
try 0 "$tamiz" gen dns-validate -t socket --labels 127
try 1 "$tamiz" gen dns a.b '*.c.d' '*.e.f' --family ipv6 -i --headers 4
says err 'at most 64: --split makes several rules of it'
try 0 "$tamiz" gen dns example.com -t xdp
says out 'TZ_N_COUNTERS 1'
try 0 "$tamiz" gen p0f "$linux" 6:64:0:*:*,*:mss::0 -t cbpf

# Mistakes, with their place.
try 1 "$tamiz" gen dns a..b 'x*y*'
says err 'dns:1:3: error: this label is empty [dns-name]'
says err 'dns:1:9: error: a label may have one'
try 1 "$tamiz" gen p0f 4:64:0
says err "p0f:1:6: error: a ':' must stand behind the length of IP options"
try 1 "$tamiz" gen suffix 0a0
says err 'suffix:1:3: error: a byte is two digits [bytes]'
try 1 "$tamiz" gen suffix 0xab
says err 'suffix:1:1: error: a byte is two digits'
try 1 "$tamiz" gen suffix xab
says err "suffix:1:1: error: 'x' is no hexadecimal digit"
try 0 "$tamiz" gen p0f 4:64:0:1460:5,0:nop,nop,nop,nop::0
says err 'warning: no SYN can have this signature [never-matches]'
try 2 "$tamiz" gen
try 2 "$tamiz" gen dnsx x
says err 'did you mean dns?'
try 2 "$tamiz" gen dns
says err 'gen dns: patterns are missing'
try 2 "$tamiz" gen dns-validate x
says err 'takes no patterns'
try 2 "$tamiz" gen p0f --icase x
says err 'gen p0f: no option --icase here'
try 2 "$tamiz" gen dns a --headers 9
try 2 "$tamiz" gen dns a --port 0
try 2 "$tamiz" gen dns-validate --labels 128

# In rules: tamiz's own matches, and files keep them.
cat >"$tmp/own.rules" <<'END'
*raw
:PREROUTING ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A PREROUTING -p udp -m dns --qname *.example.com --qname a.test --icase -j DROP
-A PREROUTING -p udp -m dns --not-valid --port 5300 -j DROP
-A PREROUTING -p tcp -m p0f --sig *:64:0:*:*,*:mss::0 --reply -j DROP
COMMIT
END
try 0 "$tamiz" fmt "$tmp/own.rules"
cmp -s "$tmp/own.rules" "$tmp/out" || complain "fmt changes own matches"
try 0 "$tamiz" check --mode replace --fail-on partial "$tmp/own.rules"
says out "raw/PREROUTING 1: offload exact, replace exact; tamiz's own: no kernel"
try 1 "$tamiz" check - <<'END'
*raw
-A PREROUTING -m dns -j DROP
-A PREROUTING -m dns --icase -j DROP
-A PREROUTING -m dns --qname a..b -j DROP
-A PREROUTING -m p0f --sig 4:64 -j DROP
-A PREROUTING -m p0f --reply -j DROP
COMMIT
END
says err '-:2:15: error: dns needs --qname or --not-valid'
says err '-:3:22: error: --icase needs --qname too'
says err '-:4:32: error: this label is empty'
says err "-:5:31: error: a ':' must stand behind the TTL"
says err '-:6:15: error: p0f needs --sig'
finish
