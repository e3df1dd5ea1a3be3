#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Rules of the host that are not in the files and change packets: what the
# files' rules see of these is then not what the wire says, and XDP must not
# drop by it. Rules of the raw table come before, and those of the files are
# known by their place.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
make_cable

cat >"$tmp/rules" <<'END'
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 10 -m ttl --ttl-lt 65 -j DROP
COMMIT
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p udp -m udp --dport 9 -m ttl --ttl-lt 65 -j DROP
COMMIT
END
first="-p udp -m udp --dport 9 -m ttl --ttl-lt 65 -j DROP"
raw="-p udp -m udp --dport 10 -m ttl --ttl-lt 65 -j DROP"
on "$here" iptables-legacy-restore "$tmp/rules" || exit 1

# What is sent has a TTL of 64. Nobody changes it: XDP drops.
try 0 "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
! grep -q "change packets" "$tmp/out" || complain "nobody changes packets"
send 2 9
expect xdp "$first" 2
try 0 "$tamiz" detach --netns "$here" --dev dut0

# The host raises it before INPUT: the kernel accepts, and so must XDP.
on "$here" iptables-legacy -t mangle -A PREROUTING -j TTL --ttl-set 200
try 0 "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
says "rules of this host that are not in the files change packets"
send 3 9
send 2 10
expect xdp "$first" 0
expect kernel "$first" 0
expect xdp "$raw" 2
# What was learnt stays with a replace, and with what is saved.
try 0 "$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0
send 1 9
expect xdp "$first" 0
try 0 "$tamiz" save --netns "$here" --file "$tmp/saved"
try 0 "$tamiz" detach --netns "$here" --dev dut0
try 0 "$tamiz" restore --netns "$here" --file "$tmp/saved"
send 1 9
expect xdp "$first" 0
try 0 "$tamiz" detach --netns "$here" --dev dut0

# In POSTROUTING it is of no matter to what comes in.
on "$here" iptables-legacy -t mangle -F
on "$here" iptables-legacy -t mangle -A POSTROUTING -j TTL --ttl-set 200
try 0 "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
! grep -q "change packets" "$tmp/out" || complain "that is behind us"
send 1 9
expect xdp "$first" 1
finish
