#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Scripts in examples/ that need no device do what they say; those that do are
# run by tests/kernel/examples.sh. Every rule file in examples/ is accepted by
# the kernel's tools, by both of iptables' engines, in a namespace of its own
# (root; else that part is left out); `tamiz check` finds nothing wrong and has
# a line for every rule; what `tamiz compile` makes of it builds with clang, with
# the installed headers and without any.
set -u
examples=${top_srcdir:?}/examples
tamiz=${top_builddir:?}/tamiz
clang=${CLANG:-clang}
arch_include=/usr/include/$(uname -m)-linux-gnu
dir=$(mktemp -d) || exit 1
netns=tz-examples-$$
PATH=$PATH:/usr/sbin:/sbin
failed=0

clean_up() {
	rm -rf "$dir"
	[ ! -e "/run/netns/$netns" ] || ip netns del "$netns"
}
trap clean_up EXIT
trap 'exit 1' INT TERM

fail() {
	echo "$*" >&2
	failed=1
}

# kernel_takes RESTORE FILE: whether that engine loads it.
kernel_takes() {
	if ! command -v "$1" >/dev/null; then
		echo "$1 is not installed: not asked"
		return
	fi
	nsenter --net="/run/netns/$netns" "$1" <"$2" ||
		fail "$2: $1 refuses it"
}

# builds FILE CFLAG...: whether clang makes a BPF object of it. The headers
# bring functions that not every program calls.
builds() {
	c=$1
	shift
	"$clang" -O2 -g -Wall -Werror -Wno-unused-function \
		-Wno-unused-variable -target bpf -mcpu=v3 "$@" -x c -c "$c" \
		-o "$dir/o" || fail "$c: clang refuses what tamiz made"
}

check_and_compile() {
	n_rules=$("$tamiz" fmt "$1" | grep -cE '^(-A|[a-z])')
	"$tamiz" check "$1" >"$dir/report" 2>"$dir/errors" ||
		fail "$1: tamiz check: $(cat "$dir/errors")"
	n_lines=$(grep -cE "^$1:[0-9]+" "$dir/report")
	[ "$n_lines" -ge "$n_rules" ] ||
		fail "$1: $n_lines lines for $n_rules rules"
	"$tamiz" compile "$1" -t xdp -o "$dir/rules.c" ||
		fail "$1: tamiz compile"
	builds "$dir/rules.c" -I"$top_srcdir/bpf/include" -I"$arch_include"
	"$tamiz" compile "$1" -t xdp --standalone -o "$dir/alone.c" ||
		fail "$1: tamiz compile --standalone"
	builds "$dir/alone.c" -nostdinc
}

if [ "$(id -u)" = 0 ]; then
	ip netns add "$netns" || exit 1
else
	echo "not root: the kernel's tools are not asked"
fi
n=0
for file in "$examples"/*.rules; do
	family=''
	case $file in *6.rules) family=6 ;; esac
	if [ "$(id -u)" = 0 ]; then
		kernel_takes ip${family}tables-legacy-restore "$file"
		kernel_takes ip${family}tables-nft-restore "$file"
	fi
	check_and_compile "$file"
	n=$((n + 1))
done
# What the kernel makes of command lines is for tests/kernel/commands.sh, of
# rules of expressions for tests/kernel/frames.sh.
for file in "$examples"/*.commands "$examples"/*.pcapf; do
	check_and_compile "$file"
	n=$((n + 1))
done
[ $n -ge 4 ] || fail "found $n examples"

# script STATUS TEXT NAME ARGUMENT...: how it exits, and a text that it prints.
script() {
	wanted=$1 text=$2 name=$3
	shift 3
	(cd "$dir" && PATH=$top_builddir:$PATH && export PATH &&
		sh "$examples/$name.sh" "$@") >"$dir/out" 2>&1
	got=$?
	[ $got = "$wanted" ] || fail "$name.sh $*: exit $got: $(cat "$dir/out")"
	[ -z "$text" ] || grep -qF -- "$text" "$dir/out" ||
		fail "$name.sh $*: no $text: $(cat "$dir/out")"
}

# shellcheck source=tests/lib/pcap.sh
. "$top_srcdir/tests/lib/pcap.sh"
script 0 "coverage: of" check
printf '*raw\n:PREROUTING ACCEPT\n-A PREROUTING --nonsense\nCOMMIT\n' \
	>"$dir/bad"
script 1 "no option --nonsense" check "$dir/bad"
script 0 "" fmt
[ ! -s "$dir/out" ] || fail "fmt.sh: $(cat "$dir/out")"
sed 's/--dport 11211/--dport 11212/' "$examples/edge.commands" >"$dir/edited"
script 1 "+-A INPUT -p udp -m udp --dport 11212 -j DROP" fmt \
	"$examples/edge.commands" "$dir/edited"
script 0 "iptables -A INPUT -m bpf --bytecode" filter
grep -q "^# tamiz: [0-9]* instructions" "$dir/out" || fail "filter.sh: no count"
script 0 "= 0x16" filter "tcp dst port 22"
script 0 "edge.bpf.o: " compile
[ -s "$dir/edge.bpf.o" ] || fail "compile.sh makes no object"
script 0 "ip6tables -A INPUT -m bpf --bytecode" gen
script 0 "iptables -A INPUT -m bpf --bytecode" gen example.net
script 1 "this label is empty" gen a..b
# 198.51.100.9 to ports 11211 and 11212 of 192.0.2.1.
{
	head_of 101
	for port in 2bcb 2bcc; do
		record "4500001e0000000040118e91 c6336409c0000201
			1000$port 000a0000 6869"
	done
} >"$dir/pcap"
for port in 11211 11212; do
	printf '*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING %s\nCOMMIT\n' \
		"-p udp -m udp --dport $port -j DROP" >"$dir/$port"
done
script 0 "no packet is judged otherwise" run "$dir/pcap" "$dir/11211" \
	"$dir/11211"
script 0 "< #1 drop UDP 198.51.100.9:4096 > 192.0.2.1:11211" run "$dir/pcap" \
	"$dir/11211" "$dir/11212"
grep -qF "> #2 drop UDP" "$dir/out" || fail "run.sh: $(cat "$dir/out")"
exit $failed
