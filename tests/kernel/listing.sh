#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# status -v has the columns of `iptables -L -v -n`, and what stands in them is
# what iptables itself prints of the same rules.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
make_cable

cat >"$tmp/v4" <<'END'
*filter
:INPUT DROP [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:guard - [0:0]
-A INPUT -s 192.0.2.9/32 -i lo -j ACCEPT
-A INPUT ! -s 192.0.2.0/24 ! -i dut0 -p udp -m udp --dport 9 -m comment --comment "a \"b\" -j c" -j DROP
-A INPUT -f -j DROP
-A INPUT ! -f -g guard
-A INPUT -p tcp -m multiport --dports 1,2 -j REJECT --reject-with tcp-reset
-A INPUT ! -d 198.51.100.7/32 ! -p icmp
-A guard -p udp -m udp ! --dport 7 -j RETURN
COMMIT
END
cat >"$tmp/v6" <<'END'
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 2001:db8::1/128 -d 2001:db8::/32 -p tcp -m tcp --dport 1 -j DROP
COMMIT
END
on "$here" iptables-legacy-restore "$tmp/v4"
on "$here" ip6tables-legacy-restore "$tmp/v6"
must "$tamiz" attach "$tmp/v4" "$tmp/v6" --netns "$here" --dev dut0
try 0 "$tamiz" status -v -n -x --netns "$here" --dev dut0
says "Chain INPUT (policy DROP 0 packets, 0 bytes; at XDP 0 packets, 0 bytes; \
table filter, IPv4)"
says "udp --dport 9 /* a \"b\" -j c */"
says "multiport --dports 1,2 --reject-with tcp-reset"
says "udp ! --dport 7"
says " [goto]"

# From target to destination; iptables -n prints protocols as numbers.
columns='target     prot opt in     out     source               destination'
grep -q "^    pkts      bytes      xdp      bytes   kernel      bytes $columns$" \
	"$tmp/out" || complain "other columns: $(cat "$tmp/out")"
sed -nE 's/^ +([0-9]+ +){6}//p' "$tmp/out" | sed '
	s/\<all   *-/0    -/; s/\<all   *!/0    !/
	s/\<udp /17  /; s/\<tcp /6   /; s/!icmp /!1    /' | cut -c1-70 |
	sed 's/ *$//' >"$tmp/ours"
{
	on "$here" iptables-legacy -L -v -n -x
	on "$here" ip6tables-legacy -L -v -n -x
} | sed -nE 's/^ +([0-9]+ +){2}//p' | cut -c1-70 | sed 's/ *$//' >"$tmp/theirs"
diff "$tmp/theirs" "$tmp/ours" || complain "not the columns of iptables"
[ "$(wc -l <"$tmp/ours")" = 8 ] || complain "not a line for each rule"
finish
