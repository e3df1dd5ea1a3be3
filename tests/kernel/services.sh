#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Real services behind rules that deny by default: what works without tamiz
# works with it, and of a port scan and a flood of SYNs XDP drops nine tenths.
#
#     client gen0 -- mid0 router mid1 -- dut0 host
#
# Packets for the client are 1400 bytes at most behind the router, so a file
# arrives only if the host hears of that ("fragmentation needed": RELATED).
# `services.sh FILE...` tries rule files on the host instead of our own, attached
# as one does who wants the most dropped early, or with what $options says.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
services=$top_builddir/tests/kernel/services
middle=tz-$$-middle servers=''
patience=30 net=10.7 all=0 all_dropped=0

tear_down() {
	# They are words.
	# shellcheck disable=SC2086
	end $servers
	servers=''
	[ ! -e "/run/netns/$middle" ] ||
		"$tamiz" detach --all --netns "$middle" >/dev/null 2>&1
	[ ! -e "/run/netns/$here" ] ||
		"$tamiz" detach --all --netns "$here" >/dev/null 2>&1
	for n in "$here" "$there" "$middle"; do
		[ ! -e "/run/netns/$n" ] || ip netns del "$n"
	done
}
trap 'tear_down; clean_up' EXIT

# cable NAMESPACE DEVICE NAMESPACE DEVICE
cable() {
	ip link add "$2" netns "$1" type veth peer name "$4" netns "$3" ||
		finish
	# Devices without checksums of their own do not believe those of others.
	on "$1" ethtool -K "$2" tx off >/dev/null
	on "$3" ethtool -K "$4" tx off >/dev/null
}

# address NAMESPACE DEVICE NET HOST: $net.NET.HOST and its like of IPv6.
address() {
	on "$1" ip link set lo up
	on "$1" ip link set "$2" up
	on "$1" ip addr add "$net.$3.$4/24" dev "$2"
	add_address6 "$1" "fd07:$3::$4/64" "$2"
}

# make_lab DEVICE: of the host.
make_lab() {
	for n in "$here" "$there" "$middle"; do
		ip netns add "$n" || finish
	done
	cable "$there" gen0 "$middle" mid0
	cable "$here" "$1" "$middle" mid1
	address "$there" gen0 1 2
	address "$middle" mid0 1 1
	address "$middle" mid1 2 1
	address "$here" "$1" 2 2
	on "$there" ip route add default via "$net.1.1"
	on "$there" ip -6 route add default via fd07:1::1
	on "$here" ip route add default via "$net.2.1"
	on "$here" ip -6 route add default via fd07:2::1
	for key in ipv4.ip_forward ipv6.conf.all.forwarding; do
		on "$middle" sysctl -qw "net.$key=1"
	done
	for n in "$here" "$there"; do
		on "$n" sysctl -qw net.ipv4.ping_group_range='0 2147483647'
	done
	on "$middle" ip route replace "$net.1.2/32" dev mid0 mtu lock 1400
	on "$middle" ip -6 route replace fd07:1::2/128 dev mid0 mtu lock 1400
	serve_too "$here"
}

# serve_too NAMESPACE: the services run there as well.
serve_too() {
	nsenter --net="/run/netns/$1" "$services" serve >"$tmp/served" 2>&1 &
	servers="$servers $!"
	wait_for grep -q ready "$tmp/served" || {
		complain "no services: $(cat "$tmp/served")"
		finish
	}
}

# ask NAMESPACE FROM TO SERVICE...: $tmp/asked has a line for each.
ask() {
	ask_ns=$1 ask_from=$2 ask_to=$3
	shift 3
	on "$ask_ns" "$services" ask "$ask_from" "$ask_to" "$patience" "$@" \
		>"$tmp/asked" 2>&1
}

# works WHEN NAMESPACE FROM TO SERVICE...: all of them.
works() {
	when=$1
	shift
	ask "$@" || complain "$when: $(grep -v ' ok$' "$tmp/asked")"
}

# forget NAMESPACE: connections that a phase before has made.
forget() {
	on "$1" conntrack -F >/dev/null 2>&1
	on "$1" ip route flush cache
}

# n_dropped NAMESPACE: frames that XDP has dropped there.
n_dropped() {
	"$tamiz" status --json --netns "$1" | awk '
		/"dropped": \{/ { there = 1 }
		there && /"packets"/ { gsub(/[^0-9]/, ""); print; exit }'
}

# n_taken: segments that got through to TCP of the host.
n_taken() {
	on "$here" cat /proc/net/snmp | awk '/^Tcp: [0-9]/ { print $11 }'
}

# attack NAMESPACE WHAT COUNT ARGUMENT...: how much of the COUNT segments that
# the rules do not let through to TCP is dropped by XDP there.
attack() {
	attacked=$1 what=$2 count=$3
	shift 3
	dropped=$(n_dropped "$attacked") taken=$(n_taken)
	on "$there" "$services" "$what" "$@"
	dropped=$(($(n_dropped "$attacked") - dropped))
	count=$((count - $(n_taken) + taken))
	[ $count -ge 0 ] || count=0 # a RST is taken as well
	echo "$what: XDP drops $dropped of $count"
	all_dropped=$((all_dropped + dropped)) all=$((all + count))
	[ $((10 * dropped)) -ge $((9 * count)) ]
}

# phases NAMESPACE RESTORE RULES DEVICE: runs `tries WHEN` without tamiz and
# with it.
phases() {
	must on "$1" "$2" "$3"
	tries "without tamiz, $2"
	must "$tamiz" attach "$3" --netns "$1" --dev "$4"
	forget "$1"
	tries "with tamiz, $2"
}

# on_host RESTORE SERVICE...: with a helper, which expects connections that no
# program can know of, where ftp is among them.
on_host() {
	make_lab dut0
	restore=$1
	shift
	cat >"$tmp/rules" <<-'END'
		*raw
		:PREROUTING ACCEPT [0:0]
		:OUTPUT ACCEPT [0:0]
		-A PREROUTING -p tcp -m tcp --dport 21 -j CT --helper ftp
		COMMIT
		*filter
		:INPUT DROP [0:0]
		:FORWARD DROP [0:0]
		:OUTPUT ACCEPT [0:0]
		-A INPUT -i lo -j ACCEPT
		-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
		-A INPUT -m conntrack --ctstate INVALID -j DROP
		-A INPUT -p tcp -m multiport --dports 21,22,53,80 -m conntrack --ctstate NEW -j ACCEPT
		-A INPUT -p udp -m udp --dport 53 -j ACCEPT
		-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT
		COMMIT
	END
	case " $* " in
	*' ftp '*) ;;
	*) sed -i '/--helper/d' "$tmp/rules" ;;
	esac
	asked_for=$*
	tries() {
		# The services are words.
		# shellcheck disable=SC2086
		works "host, $1" "$there" 10.7.1.2 10.7.2.2 $asked_for
		on "$here" ip route get 10.7.1.2 | grep -q 'mtu 1400' ||
			complain "host, $1: has not heard of the path's MTU"
	}
	phases "$here" "$restore" "$tmp/rules" dut0
	case " $* " in
	*' ftp '*) ;;
	*)
		attack "$here" scan 1000 10.7.1.2 10.7.2.2 1000 ||
			complain "host: that is not enough"
		attack "$here" flood 5000 10.7.2.2 81 5000 ||
			complain "host: that is not enough"
		;;
	esac
	tear_down
}

on_host6() {
	make_lab dut0
	cat >"$tmp/rules6" <<-'END'
		*filter
		:INPUT DROP [0:0]
		:FORWARD DROP [0:0]
		:OUTPUT ACCEPT [0:0]
		-A INPUT -i lo -j ACCEPT
		-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
		-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 135 -j ACCEPT
		-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 136 -j ACCEPT
		-A INPUT -p ipv6-icmp -m icmp6 --icmpv6-type 128 -j ACCEPT
		-A INPUT -s fd07:1::/64 -p tcp -m multiport --dports 22,53,80 -m state --state NEW -j ACCEPT
		-A INPUT -p udp -m udp --dport 53 -j ACCEPT
		COMMIT
	END
	tries() {
		works "host6, $1" "$there" fd07:1::2 fd07:2::2 http ssh dns \
			dns-tcp fragments ping
	}
	phases "$here" "$1" "$tmp/rules6" dut0
	tear_down
}

on_router() {
	make_lab dut0
	serve_too "$there"
	cat >"$tmp/rules" <<-'END'
		*nat
		:PREROUTING ACCEPT [0:0]
		:INPUT ACCEPT [0:0]
		:OUTPUT ACCEPT [0:0]
		:POSTROUTING ACCEPT [0:0]
		-A PREROUTING -d 10.7.1.1/32 -i mid0 -p tcp -m multiport --dports 22,53,80 -j DNAT --to-destination 10.7.2.2
		-A PREROUTING -d 10.7.1.1/32 -i mid0 -p udp -m udp --dport 53 -j DNAT --to-destination 10.7.2.2
		-A POSTROUTING -s 10.7.2.0/24 -o mid0 -j MASQUERADE
		COMMIT
		*filter
		:INPUT DROP [0:0]
		:FORWARD DROP [0:0]
		:OUTPUT ACCEPT [0:0]
		-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
		-A INPUT -p icmp -m icmp --icmp-type 8 -j ACCEPT
		-A FORWARD -m state --state RELATED,ESTABLISHED -j ACCEPT
		-A FORWARD -i mid1 -o mid0 -j ACCEPT
		-A FORWARD -d 10.7.2.2/32 -i mid0 -p tcp -m multiport --dports 22,53,80 -m state --state NEW -j ACCEPT
		-A FORWARD -d 10.7.2.2/32 -i mid0 -p udp -m udp --dport 53 -m state --state NEW -j ACCEPT
		COMMIT
	END
	tries() {
		works "router, $1, in" "$there" 10.7.1.2 10.7.1.1 http ssh dns \
			dns-tcp fragments ping
		works "router, $1, out" "$here" 10.7.2.2 10.7.1.2 http ssh dns \
			dns-tcp fragments ping
	}
	phases "$middle" "$1" "$tmp/rules" mid0
	attack "$middle" scan 1000 10.7.1.2 10.7.1.1 1000 ||
		complain "router: that is not enough"
	attack "$middle" flood 5000 10.7.1.1 81 5000 ||
		complain "router: that is not enough"
	tear_down
}

# The interface that the rules in $1 name most often.
favourite() {
	sed -n 's/.* -i \([^ +]*\) .*/\1/p' "$1" | grep -vx lo | sort |
		uniq -c | sort -rn | awk '{ print $2; exit }'
}

# ask_all: $tmp/works has the arguments of `ask` for all that works.
ask_all() {
	for way in "$there $1 $2" "$here $2 $1"; do
		# shellcheck disable=SC2086
		ask $way http ssh dns dns-tcp fragments ping
		sed -n "s/^\(.*\) ok\$/$way \1/p" "$tmp/asked"
	done
}

# of_others FILE: what works behind these rules works with tamiz, too.
of_others() {
	dev=$(favourite "$1") dev=${dev:-dut0} net=192.168
	outside=192.168.1.2 host=192.168.2.2 restore=iptables-legacy-restore
	case $1 in
	*.v6.*)
		outside=fd07:1::2 host=fd07:2::2
		restore=ip6tables-legacy-restore
		;;
	esac
	make_lab "$dev"
	serve_too "$there"
	if ! on "$here" $restore "$1" >"$tmp/out" 2>&1; then
		echo "${1##*/}: left out: $(head -1 "$tmp/out")"
		tear_down
		return
	fi
	patience=2
	ask_all "$outside" "$host" >"$tmp/before"
	# XDP writes the log itself, keeps the rates, and answers: else it drops
	# nothing that is logged, limited or rejected.
	# shellcheck disable=SC2086
	try 0 "$tamiz" attach "$1" --netns "$here" --dev "$dev" \
		${options---log=ring --state=own --reject=drop}
	forget "$here"
	patience=20
	while read -r way; do
		# shellcheck disable=SC2086
		ask $way </dev/null || complain "${1##*/}: $way: $(cat "$tmp/asked")"
	done <"$tmp/before"
	echo "${1##*/}: $(wc -l <"$tmp/before") services work"
	[ "$outside" = fd07:1::2 ] || {
		attack "$here" scan 1000 "$outside" "$host" 1000 ||
			complain "${1##*/}: that is not enough"
		attack "$here" flood 5000 "$host" 81 5000 ||
			complain "${1##*/}: that is not enough"
	}
	tear_down
}

for file; do
	of_others "$file"
done
[ $# = 0 ] || {
	echo "of $all segments that the rules drop XDP drops $all_dropped"
	finish
}
on_host iptables-legacy-restore http ssh dns dns-tcp fragments ping ftp
on_host iptables-nft-restore http ssh dns dns-tcp fragments ping
on_host6 ip6tables-legacy-restore
on_router iptables-nft-restore
finish
