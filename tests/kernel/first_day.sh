#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A new user's first day, with nothing but the README: what `make install` has
# installed, and the commands of its section "The first day", word by word and
# all of them, on a host whose kernel has rules, with traffic. At each step the user sees what
# the README says: monitor drops nothing, enforce drops at XDP, a change that
# nobody confirms goes, a rollback brings the old rules, detach leaves nothing.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lib/install.sh
. "$top_srcdir/tests/lib/install.sh"
make_cable
command -v iptables-save >/dev/null || {
	echo "no iptables-save"
	exit 77
}

PATH=$installed$(configured prefix)/sbin:$PATH
LD_LIBRARY_PATH=$installed$(configured prefix)/lib
export LD_LIBRARY_PATH
tamiz=$(command -v tamiz)
case $tamiz in
"$installed"/*) ;;
*) complain "not what was installed: $tamiz" ;;
esac

# The host of the README: its device is eth0.
on "$here" ip link set dut0 down
on "$here" ip link set dut0 name eth0
on "$here" ip link set eth0 up
wait_for on "$here" sh -c 'ip -4 route | grep -q "dev eth0 proto kernel"' ||
	exit 1
on "$here" iptables-restore <<'END' || exit 1
*filter
:INPUT ACCEPT [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -p udp -m udp --dport 53 -j ACCEPT
-A INPUT -p udp -m udp --dport 11211 -j LOG --log-prefix "memcached: "
-A INPUT -p udp -m udp --dport 11211 -j DROP
-A INPUT -p udp -m udp --dport 19 -j DROP
COMMIT
END
mkdir "$tmp/home" && : >"$tmp/typed"

# type COMMAND-LINE: as root on that host.
type_line() {
	must on "$here" timeout 300 sh -c "cd '$tmp/home' && $1"
}

# readme COMMAND-LINE: the next one of the README.
readme() {
	echo "$1" >>"$tmp/typed"
	type_line "$1"
}

# kernel_counts PORT COUNT: packets that the kernel's own last rule for the port
# has counted.
kernel_counts() {
	[ "$(on "$here" iptables -nvxL INPUT | awk -v "port=dpt:$1" \
		'index($0 " ", port " ") { n = $1 } END { print n }')" = "$2" ]
}

expect_kernel() {
	wait_for kernel_counts "$@" ||
		complain "the kernel has not $2 for port $1: $(on "$here" \
			iptables -nvxL INPUT)"
}

drop() {
	echo "-p udp -m udp --dport $1 -j DROP"
}

traffic() {
	send 4 53
	send 3 11211
	send 2 19
}

# ---- look at the rules ----
readme 'iptables-save >rules.v4'
readme 'tamiz check rules.v4'
says "filter/INPUT 5: offload exact"
says "coverage: of "
! grep "INPUT.*offload impossible" "$tmp/out" || complain "check: impossible"

# ---- watch ----
readme 'tamiz attach rules.v4 --dev eth0 --monitor --log=ring --sample 1/1'
says "monitor: nothing is dropped"
traffic
expect would "$(drop 11211)" 3
expect would "$(drop 19)" 2
expect_kernel 53 4
expect_kernel 11211 3
expect_kernel 19 2
readme 'tamiz status -v'
says "eth0: offload, monitor"
says "0 dropped, 5 would be dropped"
says "udp --dport 11211"
readme 'tamiz log --count 5'
n=$(grep -c 'eth0: would drop by filter/INPUT/4 (rules.v4:' "$tmp/out")
[ "$n" = 3 ] ||
	complain "log: not three of memcached: $(cat "$tmp/out")"
says "memcached: IN=eth0 OUT= MAC="

# ---- drop ----
readme 'tamiz enforce --dev eth0'
traffic
expect xdp "$(drop 11211)" 3
expect xdp "$(drop 19)" 2
expect_kernel 53 8
# They did not come so far.
expect_kernel 11211 3
expect_kernel 19 2
readme 'tamiz status -v'
says "frames: 5 dropped"
! grep -q "monitor" "$tmp/out" || complain "still in monitor mode"
expect sum "$(drop 11211)" 6

# ---- change ----
readme 'iptables -A INPUT -p udp --dport 1900 -j DROP'
readme 'iptables-save >rules.v4'
readme 'tamiz replace rules.v4 --dev eth0 --log=ring --confirm 60'
says "unconfirmed"
send 2 1900
expect xdp "$(drop 1900)" 2
readme 'tamiz confirm --dev eth0'
type_line 'tamiz status'
! grep -q "unconfirmed" "$tmp/out" || complain "still unconfirmed"
expect xdp "$(drop 11211)" 3

# ---- and back ----
readme 'tamiz rollback --dev eth0'
type_line 'tamiz status -v'
! grep -q "dport 1900" "$tmp/out" || complain "not rolled back"
send 2 1900
send 1 19
expect_kernel 1900 2
expect xdp "$(drop 19)" 3

# A minute is long for a test: what the README says of it, in two seconds.
is_back() {
	"$tamiz" status --netns "$here" >"$tmp/status" 2>&1
	grep -q "rolled back" "$tmp/status"
}
type_line 'tamiz replace rules.v4 --dev eth0 --log=ring --confirm 2'
wait_for is_back || complain "not back by itself: $(cat "$tmp/status")"
send 3 1900
expect_kernel 1900 5

# ---- off ----
readme 'tamiz detach --dev eth0'
type_line 'tamiz status'
says "nothing is attached in this network namespace"
[ ! -e "$netns_dir" ] || complain "left $(find "$netns_dir")"
! on "$here" ip link show eth0 | grep -q xdp || complain "a program is left"
send 1 19
expect_kernel 19 3

# ---- those were all commands of the README, in their order ----
awk '/^The first day$/ { inside = 1 } /^Use$/ { inside = 0 }
	inside && sub(/^    /, "")' "$top_srcdir/README" >"$tmp/written"
diff "$tmp/written" "$tmp/typed" >"$tmp/out" ||
	complain "not what the README says: $(cat "$tmp/out")"
finish
