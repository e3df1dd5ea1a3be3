#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Attach beside the kernel's own rules: who holds them, what is not live, and
# whether the host translates addresses; status adds both counts up.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
make_cable

cat >"$tmp/rules" <<'END'
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p udp -m udp --dport 9 -j DROP
-A INPUT -s 198.51.100.0/24 -j DROP
COMMIT
END
drop='-p udp -m udp --dport 9 -j DROP'

attach() {
	try 0 "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0 "$@"
	cp "$tmp/out" "$tmp/attached"
	try 0 "$tamiz" detach --netns "$here" --dev dut0
	mv "$tmp/attached" "$tmp/out"
}

quiet_about() {
	! grep -qF -- "$1" "$tmp/out" || complain "says \"$1\""
}

# Nothing is live, and looking makes no table.
attach
says "not live in the kernel: filter/INPUT $drop"
says "0 of 2 ingress rules are live"
says "legacy and nft alike"
[ -z "$(on "$here" cat /proc/net/ip_tables_names 2>/dev/null)" ] ||
	complain "looking made tables"
attach --mode=replace
quiet_about "not live"

# Each backend is recognised, and a given one is believed.
on "$here" iptables-nft-restore "$tmp/rules"
attach
quiet_about "not live"
says "judged as iptables-nft would"
attach --backend=both
says "legacy and nft alike"
on "$here" iptables-legacy-restore "$tmp/rules"
attach
says "legacy and nft alike"
on "$here" nft flush ruleset
on "$here" iptables-legacy -D INPUT -s 198.51.100.0/24 -j DROP
attach
says "judged as iptables-legacy would"
says "not live in the kernel: filter/INPUT -s 198.51.100.0/24 -j DROP"
says "1 of 2 ingress rules are live"

# What the kernel has besides, and in another order.
on "$here" iptables-legacy-restore "$tmp/rules"
attach
quiet_about "not in the files"
quiet_about "another order"
on "$here" iptables-legacy -I INPUT -s 192.0.2.2/32 -j ACCEPT
attach
says "live, but not in the files: filter/INPUT -s 192.0.2.2/32 -j ACCEPT"
says "XDP may drop what these live rules accept"
on "$here" iptables-legacy -D INPUT 1
on "$here" iptables-legacy -D INPUT -p udp -m udp --dport 9 -j DROP
on "$here" iptables-legacy -A INPUT -p udp -m udp --dport 9 -j DROP
attach
quiet_about "not in the files"
says "another order"

# NAT, by either backend, and by nobody after all.
quiet_about "NAT"
on "$here" iptables-legacy -t nat -A POSTROUTING -j MASQUERADE
attach
says "translates addresses"
attach --assume-no-nat
quiet_about "translates addresses"
on "$here" iptables-legacy -t nat -F
on "$here" nft add table ip other
on "$here" nft add chain ip other pre \
	'{ type nat hook prerouting priority -100; }'
attach
quiet_about "translates addresses"
on "$here" nft add rule ip other pre udp dport 77 redirect to 78
attach
says "translates addresses"
on "$here" nft flush ruleset

# Kernel and XDP together are what the kernel alone would have counted.
send 7 9
wait_for sh -c "nsenter --net=/run/netns/$here iptables-legacy -nvxL INPUT |
	grep -q '^ *7 '" || complain "the kernel did not count"
try 0 "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
send 5 9
expect kernel "$drop" 7
expect xdp "$drop" 5
expect sum "$drop" 12
try 0 "$tamiz" status -v --netns "$here"
quiet_about "drifted"

# What cannot be read now has not changed for that, and at an attach nothing is
# remembered of it.
printf '#!/bin/sh\nexit 1\n' >"$tmp/fail"
chmod 755 "$tmp/fail"
legacy=$(readlink -f "$(command -v iptables-legacy-save)")
unreadable() {
	# shellcheck disable=SC2016
	try 0 unshare --mount sh -c \
		'mount --bind "$1" "$2" && shift 2 && exec "$@"' - \
		"$tmp/fail" "$legacy" "$tamiz" "$@" --netns "$here"
	says "cannot read the live rules"
}
unreadable status
quiet_about "drifted"
try 0 "$tamiz" detach --netns "$here" --dev dut0
unreadable attach "$tmp/rules" --dev dut0 --assume-no-nat
try 0 "$tamiz" status --netns "$here"
quiet_about "drifted"
try 0 "$tamiz" detach --netns "$here" --dev dut0

# Addresses that are translated only now are not those that were judged.
translate() {
	on "$here" iptables-legacy -t nat "$1" PREROUTING -p udp --dport 9 \
		-j DNAT --to 192.0.2.1:10
}
try 0 "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
translate -A
try 0 "$tamiz" status --netns "$here"
says "drifted: 0 of 2"
says "since attach this host translates addresses"
try 0 "$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0
try 0 "$tamiz" status --netns "$here"
quiet_about "drifted"
translate -D
try 0 "$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0 --assume-no-nat
translate -A
try 0 "$tamiz" status --netns "$here"
quiet_about "drifted"
translate -D

# So are packets that others change now, in tables that the files do not name.
try 0 "$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0 --assume-no-nat
mark="PREROUTING -p udp --dport 9 -j MARK --set-mark 1"
# shellcheck disable=SC2086
on "$here" iptables-legacy -t mangle -A $mark
try 0 "$tamiz" status --netns "$here"
says "since attach other rules change packets"
try 0 "$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0 --assume-no-nat
try 0 "$tamiz" status --netns "$here"
quiet_about "drifted"
# Before the table raw nobody changes anything.
sed 's/filter/raw/; s/INPUT/PREROUTING/; /:FORWARD/d; /:OUTPUT/d' \
	"$tmp/rules" >"$tmp/raw"
# shellcheck disable=SC2086
on "$here" iptables-legacy -t mangle -D $mark
on "$here" iptables-legacy-restore --noflush <"$tmp/raw"
try 0 "$tamiz" replace "$tmp/raw" --netns "$here" --dev dut0
# shellcheck disable=SC2086
on "$here" iptables-legacy -t mangle -A $mark
translate -A
try 0 "$tamiz" status --netns "$here"
quiet_about "drifted"
translate -D
# shellcheck disable=SC2086
on "$here" iptables-legacy -t mangle -D $mark
on "$here" iptables-legacy -t raw -F
try 0 "$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0

on "$here" iptables-legacy -D INPUT 1
try 0 "$tamiz" status -v --netns "$here"
says "drifted: 1 of 2 ingress rules are not live"
finish
