#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# rpfilter on a host that forwards nothing: XDP judges it once the loopback
# device forwards, follows the routes as they change, and leaves it to the
# kernel where lookups find others than the kernel does. Beside the kernel's
# own rules, which see what is left.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
command -v iptables-restore >/dev/null || {
	echo "no iptables-restore"
	exit 77
}
make_cable

rule='-p udp -m rpfilter --invert -j DROP'
rest='-p udp -m udp --dport 9 -j ACCEPT'
cat >"$tmp/rules" <<END
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING $rule
-A PREROUTING $rest
COMMIT
END

# conf DEVICE KEY VALUE
conf() {
	on "$here" sh -c "echo $3 >/proc/sys/net/ipv4/conf/$1/$2" || {
		complain "cannot set $2 of $1"
		finish
	}
}

blackhole() {
	on "$here" ip route "$1" blackhole 192.0.2.2/32 || finish
}

# judged XDP KERNEL PASSED: seven more datagrams; who dropped how many by then.
judged() {
	send 7 9
	expect xdp "$rule" "$1"
	expect kernel "$rule" "$2"
	expect kernel "$rest" "$3"
}

must on "$here" iptables-restore "$tmp/rules"
must "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
judged 0 0 7
blackhole add
judged 0 7 7
conf lo forwarding 1
judged 7 7 7
blackhole del
judged 7 7 14
conf all ignore_routes_with_linkdown 1
try 0 "$tamiz" status --netns "$here"
says "ignore_routes_with_linkdown is on, and was not"
must "$tamiz" detach --netns "$here" --dev dut0

blackhole add
must "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
says "rules with rpfilter are left to the kernel"
judged 0 14 14
try 0 "$tamiz" status --netns "$here"
! grep -q "ignore_routes" "$tmp/out" || complain "warns of what it knew"
must "$tamiz" detach --netns "$here" --dev dut0
conf all ignore_routes_with_linkdown 0

# Of a route with several next hops a lookup tells one. Whether the device is
# another, rules by the way out cannot hide; but in other tables they could.
conf dut0 forwarding 1
on "$here" ip link add more0 type veth peer name more1
on "$here" ip link set more1 up
on "$here" ip link set more0 up
on "$here" ip route del blackhole 192.0.2.2/32
on "$here" ip route add 192.0.2.2/32 nexthop dev dut0 weight 1 \
	nexthop dev more0 weight 200
must on "$here" iptables-restore "$tmp/rules"
must "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
! grep -q "way out" "$tmp/out" || complain "attach sees rules of IPv4"
judged 0 0 7
on "$here" ip rule add pref 5 oif dut0 unreachable
judged 0 0 14
try 0 "$tamiz" status --netns "$here"
says "by the way out (ip rule add oif), and had none"
must "$tamiz" detach --netns "$here" --dev dut0
must "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
says "by the way out (ip rule add oif): rules with rpfilter for IPv4 are left"
on "$here" ip route replace 192.0.2.2/32 dev more0
judged 0 7 14
on "$here" ip rule del pref 5
on "$here" ip route del 192.0.2.0/24 dev dut0
must "$tamiz" detach --netns "$here" --dev dut0
must "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
judged 7 7 14
must "$tamiz" detach --netns "$here" --dev dut0

# IPv6: rules of routing are a reason, those of IPv4 are none.
cat >"$tmp/rules6" <<END
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 2001:db8::/32 $rule
COMMIT
END
sees() {
	try 0 "$tamiz" status --netns "$here"
	if [ "$1" = rules ]; then
		says "has routing rules (ip -6 rule), and had none"
	elif grep -q "routing rules" "$tmp/out"; then
		complain "sees rules: $2"
	fi
}
must "$tamiz" attach "$tmp/rules6" --netns "$here" --dev dut0
! grep -q "routing rules" "$tmp/out" || complain "attach sees rules"
sees none "there are none"
on "$here" ip rule add pref 100 lookup 77
sees none "they are of IPv4"
on "$here" ip -6 rule add pref 100 lookup main suppress_prefixlength 0
sees rules
must "$tamiz" detach --netns "$here" --dev dut0
must "$tamiz" attach "$tmp/rules6" --netns "$here" --dev dut0
says "IPv6 has routing rules (ip -6 rule)"
sees none "attach knew"
must "$tamiz" detach --netns "$here" --dev dut0
on "$here" ip -6 rule del pref 100

# Before attach knows of such a rule, what it could lead on to is not dropped.
rule6="-s 2001:db8::/32 $rule"
# judged6 XDP KERNEL: as above.
judged6() {
	on "$there" bash -c 'for ((i = 0; i < 7; i++)); do
		printf 0123456789 >/dev/udp/2001:db8:9::1/9; done'
	expect xdp "$rule6" "$1"
	expect kernel "$rule6" "$2"
}
on "$here" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
add_address6 "$there" 2001:db8:9::2/64 gen0
on "$there" ip -6 neigh add 2001:db8:9::1 lladdr "$mac" dev gen0
wait_for on "$there" sh -c 'ip -6 route get 2001:db8:9::1 | grep -q gen0' ||
	complain "no IPv6 on the cable"
must on "$here" ip6tables-restore "$tmp/rules6"
must "$tamiz" attach "$tmp/rules6" --netns "$here" --dev dut0
judged6 7 0
on "$here" ip -6 route add 2001:db8:9::/64 dev dut0
judged6 7 0
on "$here" ip -6 rule add pref 100 lookup 77
on "$here" ip -6 route add throw 2001:db8:9::/64 table 77
judged6 7 0
on "$here" ip -6 route del 2001:db8:9::/64 dev dut0
judged6 14 0
on "$here" ip -6 rule del pref 100
must "$tamiz" detach --netns "$here" --dev dut0

# So are routes before which others of their prefix stand.
on "$here" ip -6 nexthop add id 7 blackhole
for route in 'throw 2001:db8:1::/48' 'local 2001:db8:2::/48 dev lo table main' \
	'2001:db8:3::/48 dev dut0 table local' '2001:db8:4::/48 nhid 7'; do
	must "$tamiz" attach "$tmp/rules6" --netns "$here" --dev dut0
	! grep -q "may hide others" "$tmp/out" ||
		complain "attach sees routes: $route"
	# The words of a route.
	# shellcheck disable=SC2086
	on "$here" ip -6 route add $route || complain "cannot add $route"
	try 0 "$tamiz" status --netns "$here"
	says "IPv6 has routes that may hide others"
	must "$tamiz" detach --netns "$here" --dev dut0
	must "$tamiz" attach "$tmp/rules6" --netns "$here" --dev dut0
	says "blackholes of nexthop objects): rules with rpfilter for IPv6 are"
	# shellcheck disable=SC2086
	on "$here" ip -6 route del $route || complain "cannot delete $route"
	must "$tamiz" detach --netns "$here" --dev dut0
done
finish
