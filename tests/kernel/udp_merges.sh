#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A device that merges UDP datagrams: rules on their length are then left to
# the kernel, and attach says why.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
make_cable

cat >"$tmp/rules" <<'END'
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m length --length 28:1000 -j DROP
COMMIT
END

# merging on|off: what the device is told to do.
merging() {
	on "$here" ethtool -K dut0 rx-udp-gro-forwarding "$1" || {
		echo "skipped: this device cannot merge UDP"
		exit 77
	}
}

merging off
must "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
! grep -q "rx-gro-list" "$tmp/out" || complain "says that the device merges"
send 7 9
expect xdp "-p udp -m length --length 28:1000 -j DROP" 7
quiet() {
	try 0 "$tamiz" status --netns "$here"
	! grep -q "merges" "$tmp/out" || complain "says that it merges now"
}
quiet
merging on
try 0 "$tamiz" status --netns "$here"
says "dut0 merges UDP datagrams, and did not"
must "$tamiz" detach --netns "$here" --dev dut0

must "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
says "rx-udp-gro-forwarding is on"
send 7 9
expect xdp "-p udp -m length --length 28:1000 -j DROP" 0
quiet
finish
