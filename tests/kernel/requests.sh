#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Echo requests that rules refuse have no entry, so that XDP drops them: but for
# those that other rules have let in, before these came, or came back.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
command -v ethtool >/dev/null || {
	echo "no ethtool"
	exit 77
}
make_cable
on "$there" ethtool -K gen0 tx off >/dev/null
on "$here" ip neigh add 192.0.2.2 lladdr "$(mac_of "$there" gen0)" dev dut0

cat >"$tmp/closed" <<END
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
COMMIT
END
sed 's/^COMMIT/-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT\n&/' \
	"$tmp/closed" >"$tmp/open"

# ping ID ANSWERS: two requests of that id, and how many must be answered.
ping() {
	answers=$(on "$there" python3 -c 'import select, socket, struct, sys
def total(data):
    words = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    words = (words & 0xffff) + (words >> 16)
    return ~((words & 0xffff) + (words >> 16)) & 0xffff
ident, wanted = int(sys.argv[1]), int(sys.argv[2])
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
answers = 0
for n in range(2):
    rest = struct.pack("!HH", ident, n)
    s.sendto(struct.pack("!BBH", 8, 0, total(b"\10\0" + rest)) + rest,
             ("192.0.2.1", 0))
    # what is not to come is not waited for long
    while select.select([s], [], [], 20 if wanted else 0.2)[0]:
        got = s.recv(100)[20:]
        if got[0] == 0 and got[4:8] == rest:
            answers += 1
            break
print(answers)' "$1" "$2")
	[ "$answers" = "$2" ] ||
		complain "$3: of two requests $answers are answered, not $2"
}

rules() {
	on "$here" iptables-legacy-restore "$tmp/$1"
}

dropped() {
	wait_for is_dropped "$1" || complain "$2: not $1 dropped: $(
		"$tamiz" status --netns "$here")"
}

is_dropped() {
	"$tamiz" status --netns "$here" | grep -q "frames: $1 dropped"
}

rules closed
must "$tamiz" attach "$tmp/closed" --netns "$here" --dev dut0
ping 1 0 "closed"
dropped 2 "closed"

# Opened for a while, and back: what has begun then goes on, as without XDP.
rules open
must "$tamiz" replace "$tmp/open" --netns "$here" --dev dut0
ping 2 2 "opened"
rules closed
must "$tamiz" rollback --netns "$here" --dev dut0
ping 2 2 "rolled back"
ping 3 0 "rolled back"

# The same, where the open rules are on trial, and nobody confirms them.
must "$tamiz" replace "$tmp/closed" --netns "$here" --dev dut0
says "others are pinging now"
on "$here" conntrack -F >/dev/null 2>&1 || {
	echo "no conntrack: the rest is skipped"
	finish
}
must "$tamiz" replace "$tmp/closed" --netns "$here" --dev dut0
! grep -q "are pinging" "$tmp/out" || complain "$(cat "$tmp/out")"
ping 4 0 "closed again"
dropped 4 "closed again"
rules open
must "$tamiz" replace "$tmp/open" --netns "$here" --dev dut0 --confirm 1
ping 5 2 "on trial"
rules closed
is_back() {
	"$tamiz" status --netns "$here" 2>&1 | grep -q "rolled back"
}
wait_for is_back || complain "the trial does not end"
ping 5 2 "not confirmed"

# Watched for a while, and then in force.
on "$here" conntrack -F >/dev/null 2>&1
must "$tamiz" replace "$tmp/closed" --netns "$here" --dev dut0 --monitor
rules open
ping 6 2 "watched"
rules closed
must "$tamiz" enforce --netns "$here" --dev dut0
ping 6 2 "enforced"
finish
