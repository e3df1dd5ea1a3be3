#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Attach, status and detach on a real device: what is dropped is counted, what
# is in the way is named, and nothing is left behind.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
make_cable

cat >"$tmp/rules" <<'END'
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 9 -j DROP
-A PREROUTING -p udp -m udp --dport 10 -j ACCEPT
COMMIT
END
drop='-p udp -m udp --dport 9 -j DROP'

is_clean() {
	[ ! -e "$netns_dir" ] || complain "$1: left $(find "$netns_dir")"
	! on "$here" ip link show "${2:-dut0}" | grep -q xdp ||
		complain "$1: left a program on the device"
}

attach() {
	try "$1" "$tamiz" attach "$tmp/rules" --netns "$here" --dev "$2" \
		${3:+"$3"} ${4:+"$4"}
}

detach() {
	try 0 "$tamiz" detach --netns "$here" --dev "${1:-dut0}"
	is_clean "detach" "${1:-dut0}"
}

# Attach, count, refuse to attach again, detach.
must "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
says "dut0: 3 rules and policies in force"
[ "$(stat -c %a "$netns_dir" "$netns_dir/dut0" | sort -u)" = 700 ] ||
	complain "pins can be reached by others"
send 20 9
send 5 10
expect xdp "$drop" 20
expect sum "$drop" 20
send 3 9
expect xdp "$drop" 23
attach 3 dut0
says "has rules of tamiz already"
expect xdp "$drop" 23
detach
try 3 "$tamiz" detach --netns "$here" --dev dut0
says "has no rules of tamiz"
try 0 "$tamiz" detach --netns "$here" --all
try 0 "$tamiz" status --netns "$here"
says "nothing is attached"

# What would be done is not done.
attach 0 dut0 --dry-run
says "nothing was changed"
is_clean "dry run"

# A name with a dot, which bpffs does not take.
on "$here" ip link add eth0.5 type veth peer name peer0
attach 0 eth0.5
"$tamiz" status --netns "$here" | grep -q '^eth0\.5: ' ||
	complain "status does not name eth0.5"
detach eth0.5

# Two devices at once, one of which cannot: neither.
try 3 "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0 --dev none0
says "no device none0"
is_clean "half a change"
try 3 "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0 --dev lo \
	--native-only
says "cannot attach to lo"
is_clean "half a change, found late"
try 0 "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0 --dev eth0.5
try 0 "$tamiz" detach --netns "$here" --all
says "detached from 2 devices"
is_clean "detach --all"

# Devices whose frames are not their own.
on "$here" ip link add br0 type bridge
on "$here" ip link set dut0 master br0
attach 3 dut0
says "enslaved to br0 (bridge)"
attach 3 dut0 --as lo
says "not to lo"
attach 0 dut0 --as br0
detach
on "$here" ip link set dut0 nomaster
attach 3 dut0 --as br0
if on "$here" ip link add mv0 link dut0 type macvlan 2>/dev/null; then
	attach 3 dut0
	says "below mv0 (macvlan)"
	on "$here" ip link del mv0
fi
is_clean "refused devices"

# A device that has generic XDP only.
attach 3 lo --native-only
says "native mode"
attach 0 lo
says "generic XDP instead"
"$tamiz" status --netns "$here" | grep -q 'generic XDP' ||
	complain "status does not say generic"
detach lo

# Somebody else's program is named, and stays, unless forced.
cat >"$tmp/other.c" <<'END'
__attribute__((section("xdp"), used)) int other_program(void *ctx)
{
	return 2;
}
END
foreign=/sys/fs/bpf/tz-$$-other
"$CLANG" -O2 -target bpf -c "$tmp/other.c" -o "$tmp/other.o"
bpftool prog load "$tmp/other.o" "$foreign"
on "$here" bpftool net attach xdpdrv pinned "$foreign" dev dut0 ||
	complain "cannot attach a foreign program"
rm -f "$foreign"
attach 3 dut0
says "another XDP program: other_program, id "
says ", tag "
says "native, attached by netlink"
on "$here" ip -d link show dut0 | grep -q other_program ||
	complain "the foreign program is gone"
try 3 "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0 --dev lo \
	--force --native-only
on "$here" ip -d link show dut0 | grep -q other_program ||
	complain "a change that failed did not put the program back"
attach 3 dut0 --force --confirm=5
says "would not come back by itself"
on "$here" ip -d link show dut0 | grep -q other_program ||
	complain "displaced on trial"
attach 0 dut0 --force
says "displacing the XDP program other_program"
send 4 9
expect xdp "$drop" 4
detach

# A device that goes away takes its state along at the next command.
attach 0 eth0.5
on "$here" ip link del eth0.5
try 0 "$tamiz" status --netns "$here"
says "nothing is attached"
attach 0 dut0
[ ! -e "$netns_dir/eth0%2e5" ] || complain "pins of a dead device stay"
detach

# Pins of an ABI that is not known are not touched.
attach 0 dut0
other=/sys/fs/bpf/tamiz/v999/${netns_dir##*/}
mkdir -p "$other"
try 3 "$tamiz" status --netns "$here"
says "ABI v999"
rmdir "$other" "${other%/*}"
detach

# Pins in a mount namespace that goes away with the command would be lost.
try 3 ip netns exec "$here" "$tamiz" attach "$tmp/rules" --dev dut0
says "nsenter --net instead of ip netns exec"
is_clean "ip netns exec"

# What is missing is named before anything is tried.
if command -v setpriv >/dev/null; then
	try 3 setpriv --bounding-set -bpf,-sys_admin,-net_admin \
		"$tamiz" attach "$tmp/rules" --dev lo
	says "CAP_BPF, CAP_NET_ADMIN"
	[ "$(wc -l <"$tmp/out")" = 1 ] || complain "more than what is missing"
fi
attach 3 dut0 --clang /nonexistent
says "cannot run /nonexistent"
is_clean "the end"
finish
