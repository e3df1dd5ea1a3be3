#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Filters in rules of iptables where packets are hard to read: in chains where
# there is no link header yet, or no device; packets in many pieces, of which
# fragments become; segments that the kernel has merged. Bytecode and pinned
# objects count alike, and where the packets are known, what these say.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
traffic=$top_builddir/tests/kernel/hard_traffic
port=5300 len=30000 n=20
make_cable
add_cable6
# Of 20 datagrams there are 420 fragments before the first is whole.
for ns in "$here" "$there"; do
	for name in ipv4/ipfrag ipv6/ip6frag; do
		on "$ns" sh -c "echo 64000000 >/proc/sys/net/${name}_high_thresh"
	done
done
mkdir "$tmp/bpf"
mount -t bpf bpf "$tmp/bpf" || exit 1

trap 'umount "$tmp/bpf"; clean_up' EXIT

# What is asked. udp4 udp6: the datagrams; a4 a6: those with "A" far behind.
cat >"$tmp/questions" <<END
udp4 ip and udp dst port $port
udp6 ip6[6] = 17 and ip6[42:2] = $port
a4 udp[20008] = 0x41
a6 ip6[6] = 17 and ip6[20048] = 0x41
last4 udp[$((len + 7))] = 0x42 and udp[$((len + 4)):4] = 0x42424242
last6 ip6[$((len + 47))] = 0x42
behind4 udp[$((len + 8))] >= 0
behind6 ip6[6] = 17 and (ip6[$((len + 48))] = 0 or ip6[$((len + 45)):4] != 1)
long greater $((len + 28))
longer greater $((len + 48))
short udp and less $len
len4 udp[4:2] = $((len + 8))
frag4 ip[6:2] & 0x3fff != 0
frag6 ip6[6] = 44
first4 udp dst port $port and ip[6:2] & 0x2000 != 0
tcp tcp dst port $port and len > 100
data tcp dst port $port and tcp[tcp[12] / 16 * 4 + 100] = 0x41
merged tcp dst port $port and len > 1500
END

# All of them as rules, in bytecode and with objects, that are named oNAME.
while read -r name expression; do
	for form in '' "--object $tmp/bpf/$name"; do
		# shellcheck disable=SC2086 # two words
		"$tamiz" compile -t xt_bpf -e "$expression" $form \
			--chain table/CHAIN --emit=commands --name "$name" \
			--jump "-m comment --comment ${form:+o}$name" \
			>>"$tmp/rules" 2>"$tmp/err" ||
			complain "$expression: $(cat "$tmp/err")"
	done
done <"$tmp/questions"
sed -i 's/ -j / /' "$tmp/rules"

# ask NAMESPACE TABLE CHAIN
ask() {
	sed "s/^ip\(6*\)tables -t table -A CHAIN/ip\1tables-$engine -t $2 -A $3/" \
		"$tmp/rules" >"$tmp/commands"
	nsenter --net="/run/netns/$1" sh -e "$tmp/commands" ||
		complain "rules of $3 are not loaded"
}

# counts_of NAMESPACE TABLE CHAIN: "NAME COUNT" of either family, added up.
counts_of() {
	for v in '' 6; do
		on "$1" "ip${v}tables-$engine-save" -c -t "$2" 2>/dev/null
	done | sed -n "s/^\[\([0-9]*\):.*-A $3 .*--comment \([a-z0-9]*\).*/\2 \1/p" |
		awk '{ n[$1] += $2 } END { for (k in n) print k, n[k] }' | sort
}

# is NAME COUNT: in the chain that was read last.
is() {
	grep -qx "$1 $2" "$tmp/counts" ||
		complain "$engine, $where: $1 is not $2: $(
			grep "^$1 " "$tmp/counts")"
}

# read_chain NAMESPACE TABLE CHAIN: objects have counted what bytecode has.
read_chain() {
	where=$3
	counts_of "$1" "$2" "$3" >"$tmp/counts"
	sed -n 's/^o//p' "$tmp/counts" >"$tmp/objects"
	grep -v '^o\|^link' "$tmp/counts" >"$tmp/bytecode"
	cmp -s "$tmp/objects" "$tmp/bytecode" || {
		complain "$engine, $3: objects and bytecode differ"
		diff "$tmp/bytecode" "$tmp/objects"
	}
	[ "$(wc -l <"$tmp/bytecode")" = "$(wc -l <"$tmp/questions")" ] ||
		complain "$engine, $3: not all rules are there"
}

value() {
	sed -n "s/^$1 //p" "$tmp/counts"
}

# are_whole 4|6: the datagrams in one piece, be it that they were fragments.
are_whole() {
	is "udp$1" $n
	is "a$1" $((n / 2))
	is "last$1" $((n / 2))
	is "behind$1" 0
	is "frag$1" 0
}

# are_fragments 4|6: the last ones of a datagram are 8 and 1480 bytes and more.
are_fragments() {
	is "a$1" 0
	is "last$1" 0
	is "behind$1" 0
	is "frag$1" $((21 * n))
}

# Segments that are larger than the cable's, and their bytes in many pieces.
are_merged() {
	[ "$(value merged)" -gt 0 ] || complain "$where: nothing is merged"
	[ "$(value data)" -gt 0 ] ||
		complain "$where: nothing of the file is found"
}

n_taken() {
	grep -c "^udp $1\$" "$tmp/taken"
}

has_taken() {
	[ "$(n_taken "$len")" -ge "$1" ] &&
		[ "$(grep -c '^tcp 3000000$' "$tmp/taken")" -ge "$2" ]
}

rounds=0
send_all() {
	rounds=$((rounds + 1))
	for to in 192.0.2.1 2001:db8::1; do
		must on "$there" "$traffic" udp $port $to $len $n
		must on "$there" "$traffic" tcp $port $to 3000000
	done
	wait_for has_taken $((2 * n * rounds)) $((2 * rounds)) ||
		complain "not all has arrived: $(sort "$tmp/taken" | uniq -c)"
}

start_on "$here" taken "$traffic" take $port
for engine in legacy nft; do
	command -v iptables-$engine >/dev/null || {
		echo "no iptables-$engine: not asked"
		continue
	}
	ask "$there" mangle OUTPUT
	ask "$there" mangle POSTROUTING
	ask "$here" raw PREROUTING
	ask "$here" filter INPUT
	# SKF_LL_OFF + 12: 0x0800.
	link='4,40 0 0 4292870156,21 0 1 2048,6 0 0 65535,6 0 0 0'
	for chain in OUTPUT POSTROUTING; do
		on "$there" iptables-$engine -t mangle -A $chain -p udp \
			-m bpf --bytecode "$link" -m comment --comment link
	done
	on "$here" iptables-$engine -A INPUT -p udp -m bpf --bytecode "$link" \
		-m comment --comment link
	send_all
	for chain in OUTPUT POSTROUTING; do
		read_chain "$there" mangle $chain
		is link 0
		are_whole 4
		are_whole 6
		are_merged
		is len4 $n
		is first4 0
		is short 0
	done
	read_chain "$here" raw PREROUTING
	are_fragments 4
	are_fragments 6
	are_merged
	is udp4 $n
	is udp6 0
	is len4 $n
	is first4 $n
	read_chain "$here" filter INPUT
	is link $n
	are_whole 4
	are_fragments 6
	are_merged
	# Connection tracking puts the fragments together before all rules.
	for v in '' 6; do
		on "$here" "ip${v}tables-$engine" -A INPUT -m conntrack \
			--ctstate INVALID
		for table in raw filter; do
			on "$here" "ip${v}tables-$engine" -t $table -Z
		done
	done
	send_all
	for chain in raw/PREROUTING filter/INPUT; do
		read_chain "$here" ${chain%/*} ${chain#*/}
		are_whole 4
		are_whole 6
		are_merged
		is len4 $n
	done
	for ns in "$here" "$there"; do
		for v in '' 6; do
			for table in raw mangle filter; do
				on "$ns" "ip${v}tables-$engine" -t $table -F
			done
		done
	done
done

# The same for the socket: datagrams in pieces, put together from fragments.
has_last() {
	[ "$(n_taken 9)" -ge "$1" ]
}
for form in '' --object; do
	n_before=$(n_taken $len)
	n_last=$(n_taken 9)
	# shellcheck disable=SC2086 # no option where it is empty
	must "$tamiz" attach -e "udp[20008] = 0x41 or ip6[$((len + 47))] = 0x41" \
		--netns "$here" --socket "udp *:$port" $form
	for to in 192.0.2.1 2001:db8::1; do
		must on "$there" "$traffic" udp $port $to $len $n
	done
	must "$tamiz" detach --netns "$here" --socket "udp *:$port"
	must on "$there" "$traffic" udp $port 192.0.2.1 9 1
	wait_for has_last $((n_last + 1)) || complain "nothing comes any more"
	[ $(($(n_taken $len) - n_before)) = $n ] ||
		complain "socket $form: $(($(n_taken $len) - n_before)), not $n"
done
finish
