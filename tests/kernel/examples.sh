#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The scripts in examples/ that need a device, and the EXAMPLES of every man
# page, line by line, on a host with a device eth0 and live rules: each of them
# succeeds, and nothing is left behind.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=tests/lib/pcap.sh
. "$top_srcdir/tests/lib/pcap.sh"
make_cable
PATH=$top_builddir:$PATH
on "$here" ip link set dut0 down
on "$here" ip link set dut0 name eth0
on "$here" ip link set eth0 up
wait_for on "$here" sh -c 'ip -4 route | grep -q "dev eth0 proto kernel"' ||
	exit 1
examples=$top_srcdir/examples

# What the pages speak of: files of both families, commands, a capture.
home=$tmp/home
mkdir "$home"
for n in '' 6; do
	on "$here" ip${n}tables-restore <<-'END' || exit 1
		*filter
		:INPUT ACCEPT [0:0]
		-A INPUT -p udp -m udp --dport 53 -j ACCEPT
		-A INPUT -p udp --dport 11211 -j LOG --log-prefix "memcached: "
		-A INPUT -p udp -m udp --dport 11211 -j DROP
		-A INPUT -p udp -m udp --dport 19 -j DROP
		COMMIT
	END
done
printf '%s\n' 'create bad hash:ip timeout 0' 'create blocklist hash:net' |
	on "$here" ipset restore || exit 1
sample_files() {
	on "$here" iptables-save | "$tamiz" fmt -o "$home/rules.v4" -
	on "$here" ip6tables-save | "$tamiz" fmt -o "$home/rules.v6" -
	cp "$examples/edge.commands" "$home/firewall.sh"
	printf '198.51.100.%s\n' 7 8 9 >"$home/addresses.txt"
	echo 'drop udp src port 19  # chargen' >"$home/mitigations.pcapf"
	printf '%s\n' '*raw' '-A PREROUTING -m set --match-set bad src -j DROP' \
		'-A PREROUTING -m set --match-set blocklist src -j DROP' \
		COMMIT >"$home/blocked.v4"
	{
		head_of 101
		record "4500001e000000004011f6cb c0000202c0000201
			10002bcb 000a0000 6869"
	} >"$home/eth0.pcap"
}

# at_home SCRIPT-FILE ARGUMENT...: there, with a /var/lib of its own, for five
# minutes at most.
at_home() {
	on "$here" unshare -m timeout 300 sh -c 'mount -t tmpfs tmpfs /var/lib &&
		cd "$0" && exec sh -e "$@"' "$home" "$@" >"$tmp/out" 2>&1
	got=$?
}

works() {
	what=$1
	shift
	at_home "$@"
	[ $got = 0 ] || complain "$what: exit $got: $(cat "$tmp/out")"
}

is_gone() {
	"$tamiz" detach --all --netns "$here" >/dev/null ||
		complain "$1: cannot detach"
	[ ! -e "$netns_dir" ] || complain "$1: left $(find "$netns_dir")"
}

attach() {
	must "$tamiz" attach "$home/rules.v4" --netns "$here" --dev eth0 "$@"
}

# A server whose socket filters go into.
nsenter --net="/run/netns/$here" "$top_builddir/tests/kernel/socket_traffic" \
	serve udp 53 >"$tmp/server" &
server=$!
trap 'kill $server; clean_up' EXIT
wait_for grep -qs ready "$tmp/server" || exit 1

sample_files
works socket.sh "$examples/socket.sh" 'udp *:53' 'udp dst port 53' 0
says "1 socket could be given the filter"
says "0 packets dropped"
says "detached from 1 socket"
works attach.sh "$examples/attach.sh" eth0
says "0 dropped, 0 would be dropped"
says "eth0: offload, monitor"
is_gone attach.sh
attach --log=ring
send 3 11211
expect xdp "-p udp -m udp --dport 11211 -j DROP" 3
works log.sh "$examples/log.sh" eth0 3
says "3 192.0.2.2"
works status.sh "$examples/status.sh"
says "eth0 ok 3"
on "$here" ipset save >"$home/sets.ipset"
must "$tamiz" replace "$home/blocked.v4" "$home/sets.ipset" --netns "$here" \
	--dev eth0
for last in '1 2 3' '2 3 4'; do
	# shellcheck disable=SC2086
	printf '198.51.100.%s\n' $last >"$home/list"
	works sets.sh "$examples/sets.sh" blocklist list
	"$tamiz" set list blocklist --netns "$here" >"$tmp/out"
	[ "$(grep -c '^add' "$tmp/out")" = 3 ] || complain "sets.sh: $last"
	says "add blocklist 198.51.100.${last##* }"
done
attach_again() {
	must "$tamiz" replace "$home/rules.v4" --netns "$here" --dev eth0 \
		--log=ring
}
attach_again
works save.sh "$examples/save.sh" "$home/saved.json"
says "eth0: offload, backend"
[ -s "$home/saved.json" ] || complain "save.sh wrote nothing"
on "$here" iptables -A INPUT -p udp --dport 9 -j DROP
at_home "$examples/status.sh"
[ $got = 1 ] || complain "status.sh: exit $got for drift"
says "eth0 drifted 0"
on "$here" iptables -D INPUT -p udp --dport 9 -j DROP
is_gone save.sh

# Lines of a page's examples: indented, between .nf and .fi.
lines_of() {
	awk '/^\.SH / { inside = /EXAMPLES/ } !inside { next }
		/^\.nf/ { code = 1 } /^\.fi/ { code = 0 }
		code && sub(/^    /, "") { gsub(/\\-/, "-"); print }' "$1"
}

n=0
for page in "$top_srcdir"/runtime/cli/man/tamiz*.8; do
	name=${page##*/}
	! grep -q '^\.so' "$page" || continue
	n=$((n + 1))
	sample_files
	case $name in
	tamiz-attach.8 | tamiz.8) ;;
	*) attach --log=ring ;;
	esac
	# Something to log, for those who wait for it: in the ring already, or
	# as soon as rules are there.
	lines_of "$page" >"$tmp/lines"
	[ -s "$tmp/lines" ] || complain "$name: no example"
	sed "s|^tamiz log .*|sh '$tmp/traffic'; &|" "$tmp/lines" >"$tmp/script"
	echo "nsenter --net='/run/netns/$there' bash -c 'for i in {1..60}; do
		printf 0123456789 >/dev/udp/192.0.2.1/11211; done'" \
		>"$tmp/traffic"
	works "$name" -x "$tmp/script"
	is_gone "$name"
done
[ $n -ge 9 ] || complain "found $n pages"
finish
