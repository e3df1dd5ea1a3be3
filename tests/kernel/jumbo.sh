#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Frames of 9000 bytes come to XDP in pieces: what is asked of bytes behind the
# first one is answered there as the kernel's rules answer it.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
traffic=$top_builddir/tests/kernel/hard_traffic
len=8900 n=20
command -v iptables-legacy-restore >/dev/null || {
	echo "no iptables-legacy-restore"
	exit 77
}
make_cable
for end in "$here dut0" "$there gen0"; do
	on "${end% *}" ip link set "${end#* }" mtu 9000 || finish
done
start_on "$here" taken "$traffic" take 5300
has_taken() {
	[ "$(grep -c "^udp $1\$" "$tmp/taken")" -ge "$2" ]
}
are() {
	[ "$(packets "$1" "$2")" = "$3" ]
}

wanted() {
	wait_for are "$@" ||
		complain "$2: $1 is $(packets "$1" "$2"), not $3"
}

# Half of the datagrams are "A" all through, half of them "B".
cat >"$tmp/rules.pcapf" <<END
drop udp dst port 5300 and udp[5008] = 0x41 and udp[8904:4] = 0x41414141
count udp dst port 5300 and udp[8907] = 0x42 and len = 8942
drop udp[8908] >= 0
END
must "$tamiz" attach "$tmp/rules.pcapf" --netns "$here" --dev dut0 --native-only
must on "$there" "$traffic" udp 5300 192.0.2.1 $len $n
wanted xdp 'udp[5008]' $((n / 2))
wanted xdp 'udp[8907]' $((n / 2))
wanted xdp 'udp[8908]' 0
wait_for has_taken $len $((n / 2)) || complain "what is not dropped is lost"
try 0 "$tamiz" detach --netns "$here" --all

far='8,48 0 0 9,21 0 5 17,177 0 0 0,80 0 0 7008,21 0 2 65,80 0 0 8900'
cat >"$tmp/rules.v4" <<END
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 5301 -m u32 --u32 "0x1f40=0x41414141" -j DROP
-A PREROUTING -p udp -m udp --dport 5302 -m string --string "BBBBBBBB" --algo bm --from 6000 --to 8900 -j DROP
-A PREROUTING -p udp -m udp --dport 5303 -m bpf --bytecode "$far,6 0 0 1,6 0 0 0" -j DROP
-A PREROUTING -p udp -m udp --dport 5304 -m length --length 8928 -j DROP
-A PREROUTING -p udp -m udp --dport 5305 -m u32 --u32 "0x22dd=0x0:0xffffffff" -j DROP
COMMIT
END
on "$here" iptables-legacy-restore "$tmp/rules.v4" || complain "no rules"
on "$here" iptables-legacy-save -t raw >"$tmp/live.v4"
must "$tamiz" attach "$tmp/live.v4" --netns "$here" --dev dut0 --native-only
for port in 5301 5302 5303 5304 5305; do
	must on "$there" "$traffic" udp $port 192.0.2.1 $len $n
done
must on "$there" "$traffic" udp 5300 192.0.2.1 9 1
wait_for has_taken 9 1 || complain "nothing comes any more"
for each in "5301 $((n / 2))" "5302 $((n / 2))" "5303 $((n / 2))" "5304 $n" \
	"5305 0"; do
	wanted sum "dport ${each% *}" "${each#* }"
	wanted xdp "dport ${each% *}" "${each#* }"
done
finish
