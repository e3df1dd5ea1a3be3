#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Rates that the program keeps (--state=own), attached: packets over them are
# dropped at XDP, a rule counts those of all devices together, a replaced rule
# begins anew, and attach names the live rules that count the same packets.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
make_cable
ip link add dut1 netns "$here" type veth peer name gen1 netns "$there" ||
	exit 1
on "$here" ip addr add 198.51.100.1/24 dev dut1
on "$there" ip addr add 198.51.100.2/24 dev gen1
on "$here" ip link set dut1 up
on "$there" ip link set gen1 up
mac=$(on "$here" ip -o link show dut1 |
	sed 's/.*link\/ether \([0-9a-f:]*\).*/\1/')
on "$there" ip neigh add 198.51.100.1 lladdr "$mac" dev gen1

# send_other COUNT PORT: as send, through the other cable.
send_other() {
	on "$there" bash -c 'for ((i = 0; i < $0; i++)); do
		printf 0123456789 >"/dev/udp/198.51.100.1/$1"; done' "$1" "$2"
}

# dropped TEXT: packets of the rules with that text at XDP, on all devices.
dropped() {
	"$tamiz" status --json --netns "$here" 2>/dev/null |
		awk -v text="\"text\": \"$1\"" '
		index($0, text) { found = 1 }
		found && /"xdp": [{]/ { there = 1 }
		there && /"packets"/ { gsub(/[^0-9]/, ""); n += $0
			found = there = 0 }
		END { print n + 0 }'
}

are_dropped() {
	[ "$(dropped "$1")" = "$2" ]
}

drop_few() {
	wait_for are_dropped "$1" "$2" ||
		complain "$3: \"$1\" drops $(dropped "$1"), not $2"
}

cat >"$tmp/rules" <<'END'
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p udp -m udp --dport 9 -m limit --limit 1/min --limit-burst 10 -j ACCEPT
-A INPUT -p udp -m udp --dport 9 -j DROP
-A INPUT -p udp -m udp --dport 10 -m hashlimit --hashlimit-above 1/min --hashlimit-burst 5 --hashlimit-mode dstport --hashlimit-name ten -j DROP
COMMIT
END
nine='-p udp -m udp --dport 9 -j DROP'
ten='-p udp -m udp --dport 10 -m hashlimit --hashlimit-above 1\/min --hashlimit-burst 5 --hashlimit-mode dstport --hashlimit-name ten -j DROP'
ten=$(printf %s "$ten" | tr -d '\\')

must "$tamiz" attach "$tmp/rules" --state=own --netns "$here" --dev dut0 \
	--dev dut1
says "not live in the kernel"
send 8 9
send_other 8 9
drop_few "$nine" 6 "two devices, one limit"
send 4 10
send_other 4 10
drop_few "$ten" 3 "two devices, one table"

must "$tamiz" replace "$tmp/rules" --state=own --netns "$here" --dev dut0 \
	--dev dut1
send 8 9
send_other 3 9
drop_few "$nine" 7 "a new bucket"

# Also where the first device has nothing to do with it.
cat >"$tmp/spared.rules" <<'END'
*filter
:INPUT ACCEPT [0:0]
-A INPUT ! -i dut2 -p udp -m udp --dport 9 -m limit --limit 1/min --limit-burst 10 -j ACCEPT
-A INPUT ! -i dut2 -p udp -m udp --dport 9 -j DROP
COMMIT
END
spared='! -i dut2 -p udp -m udp --dport 9 -j DROP'
must "$tamiz" detach --all --netns "$here"
ip link add dut2 netns "$here" type veth peer name gen2 netns "$there" ||
	exit 1
on "$here" ip link set dut2 up
must "$tamiz" attach "$tmp/spared.rules" --state=own --netns "$here" \
	--dev dut2 --dev dut0 --dev dut1
send 8 9
send_other 8 9
drop_few "$spared" 6 "two devices of three, one limit"
must "$tamiz" detach --all --netns "$here"
must "$tamiz" attach "$tmp/rules" --state=own --netns "$here" --dev dut0 \
	--dev dut1

# Live rules count what is passed up to them once more.
on "$here" iptables-legacy-restore <"$tmp/rules" || complain "no live rules"
must "$tamiz" replace "$tmp/rules" --state=own --netns "$here" --dev dut0 \
	--dev dut1
says "counted here now (--state=own): filter/INPUT -p udp -m udp --dport 9"
says "delete them there"

# What REJECT takes is dropped where nothing can be answered, which the kernel
# has no rule for; one that the kernel shall answer it must have.
cat >"$tmp/reject.rules" <<'END'
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p udp -m udp --dport 19 -m hashlimit --hashlimit-above 1/min --hashlimit-burst 5 --hashlimit-mode srcip --hashlimit-name some -j REJECT --reject-with icmp-port-unreachable
COMMIT
END
reject=$(sed -n 's/^-A INPUT //p' "$tmp/reject.rules")
must "$tamiz" detach --all --netns "$here"
on "$here" iptables-legacy-restore <"$tmp/reject.rules" || complain "no rules"
must "$tamiz" attach "$tmp/reject.rules" --state=own --netns "$here" --dev dut0
! grep -q "delete them there" "$tmp/out" || complain "who answers then?"
must "$tamiz" replace "$tmp/reject.rules" --state=own --reject=answer \
	--netns "$here" --dev dut0
says "delete them there"
on "$here" iptables-legacy -F
send 12 19
drop_few "$reject" 7 "no answer can be given"

# Kept by the kernel nothing is dropped that may be within the rate.
must "$tamiz" detach --all --netns "$here"
on "$here" iptables-legacy -F
must "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
send 20 9
drop_few "$nine" 0 "the kernel's own rule"

# Sets that rules change (SET) are one for all devices of a change, go over to
# the next rules, and are shown, changed and swapped as others are.
cat >"$tmp/met.ipset" <<'END'
create met hash:ip
create other hash:ip
add other 203.0.113.9
END
cat >"$tmp/met.rules" <<'END'
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p udp -m udp --dport 12 -m set --match-set met src -j DROP
-A INPUT -p udp -m udp --dport 12 -j SET --add-set met src
-A INPUT -p udp -m udp --dport 14 -m set --match-set other src -j SET --del-set other src
COMMIT
END
met='-p udp -m udp --dport 12 -m set --match-set met src -j DROP'

# met DEVICE: its members.
met() {
	"$tamiz" set list met --dev "$1" --netns "$here" 2>/dev/null |
		sed -n 's/^add met //p' | sort | tr '\n' ' '
}

has_met() {
	[ "$(met "$1")" = "$2" ]
}

# But not a set that lets in: the kernel judges what passes, and has another.
cat >"$tmp/knock.rules" <<'END'
*filter
:INPUT DROP [0:0]
-A INPUT -p udp -m udp --dport 7000 -j SET --add-set met src
-A INPUT -p tcp -m tcp --dport 22 -m set --match-set met src -j ACCEPT
-A INPUT -p udp -m udp --dport 7001 -j SET --add-set other src
-A INPUT -p tcp -m tcp --dport 23 -m set --match-set other src -j DROP
COMMIT
END
try 0 "$tamiz" check "$tmp/knock.rules" "$tmp/met.ipset" --state=own
says "filter/INPUT 2: offload partial (rules change the set in the kernel"
says "filter/INPUT 4: offload exact"

must "$tamiz" detach --all --netns "$here"
must "$tamiz" attach "$tmp/met.rules" "$tmp/met.ipset" --state=own \
	--netns "$here" --dev dut0 --dev dut1
send 4 12
wait_for has_met dut0 "192.0.2.2 " || complain "dut0 has met $(met dut0)"
has_met dut1 "192.0.2.2 " || complain "dut1 has met $(met dut1)"
send_other 3 12
drop_few "$met" 5 "two devices, one set"
must "$tamiz" replace "$tmp/met.rules" "$tmp/met.ipset" --state=own \
	--netns "$here" --dev dut0 --dev dut1
has_met dut1 "192.0.2.2 198.51.100.2 " ||
	complain "behind replace dut1 has met $(met dut1)"
must "$tamiz" set del met 192.0.2.2 --netns "$here"
has_met dut0 "198.51.100.2 " || complain "deleted, met $(met dut0)"
must "$tamiz" set swap met other --netns "$here"
has_met dut0 "203.0.113.9 " || complain "swapped, dut0 has met $(met dut0)"
has_met dut1 "203.0.113.9 " || complain "swapped, dut1 has met $(met dut1)"
finish
