#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# tamiz compile of expressions and programs: the forms, the targets, what is
# refused and how it is said.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$tmp" || exit 1

# compiles WORD...: succeeds, without a word on standard error.
compiles() {
	try 0 "$tamiz" compile "$@"
	[ ! -s err ] || complain "compile $*: $(cat err)"
}

# ---- forms: each is read back as the same program ----
compiles -t cbpf -e 'tcp port 80' --emit=bytecode
cp out bytecode
[ "$(wc -l <bytecode)" = 1 ] || complain "bytecode is not a line"
for form in ddd dd asm; do
	compiles -t cbpf -e 'tcp port 80' --emit=$form
	cp out program
	compiles -t cbpf --from cbpf -O --emit=$form program
	cmp -s out program || complain "$form is not read as it is printed"
	compiles -t cbpf -O --emit=$form program
	cmp -s out program || complain "$form is not told by its content"
done
compiles -t cbpf --from cbpf -O --emit=bytecode "$(cat bytecode)"
cmp -s out bytecode || complain "bytecode on the command line"
compiles -t cbpf -O --emit=bytecode - <bytecode
cmp -s out bytecode || complain "bytecode from standard input"
compiles -t cbpf -e 'tcp port 80'
says out 'ldh [12]'
compiles -t cbpf -e 'tcp port 80' --emit=json
python3 -c 'import json, sys
n = len(json.load(sys.stdin)["instructions"])
sys.exit(n != int(sys.argv[1]))' "$(cut -d, -f1 bytecode)" <out ||
	complain "json: not the instructions of bytecode"
compiles -t cbpf -e 'tcp port 80' --emit=c
{
	echo '#include <linux/filter.h>'
	cat out
} >c.c
"${CC:-cc}" -fsyntax-only c.c || complain "C that does not compile"
compiles -t cbpf -e 'tcp port 80' --emit=ir
says out 0x800
compiles -t cbpf --from cbpf --emit=expression "$(cat bytecode)"
says out 80

# ---- targets ----
compiles -t xt_bpf -e 'udp dst port 53'
says out 'iptables -A INPUT -m bpf --bytecode "'
says out 'ip6tables -A INPUT -m bpf --bytecode "'
code=$(head -n 1 out)
grep -qF -- "--bytecode \"$code\" -j DROP" out ||
	complain "the command has another program than the first line"
compiles -t xt_bpf -e icmp --chain raw/PREROUTING --jump 'LOG --log-prefix x'
says out 'iptables -t raw -A PREROUTING -m bpf --bytecode "'
says out '" -j LOG --log-prefix x'
! grep -q ip6tables out || complain "icmp in ip6tables"
compiles -t xt_bpf -e icmp6
! grep -q '^iptables' out || complain "icmp6 in iptables"
compiles -t socket -e 'udp port 53'
says out '0xfff000'
compiles -t socket --link en10mb -e 'udp port 53'
! grep -q 0xfff000 out || complain "--link is not heard"
# What any of them matches: the second one though the first finds no bytes.
compiles -t cbpf -e 'ether[60] = 1' -e 'ether[0] = 2' --emit=bytecode
says out ',128 0 0 0,'

# ---- too large for a rule ----
long='port 1'
i=2
while [ $i -le 70 ]; do
	long="$long or port $i"
	i=$((i + 1))
done
try 1 "$tamiz" compile -t xt_bpf -e "$long"
says err 'instructions, and -m bpf of iptables at most 64: --split makes'
says err '[too-many-instructions]'
compiles -t xt_bpf --split --name mine -e "$long"
says out 'iptables -N mine'
says out 'iptables -A INPUT -j mine'
awk -F'"' '/--bytecode/ { n = $2 + 0; if (n > 64) exit 1; seen++ }
	END { exit seen < 3 }' out || complain "--split: $(cat out)"
try 1 "$tamiz" compile -t cbpf --max-insns 10 -e 'port 53'
says err 'instructions, and 10 is the most'
if command -v "$CLANG" >/dev/null; then
	compiles -t xt_bpf --object filter.o -e "$long"
	says out "bpftool prog load 'filter.o' '/sys/fs/bpf/tamiz' type socket"
	says out "-m bpf --object-pinned '/sys/fs/bpf/tamiz' -j DROP"
	[ -s filter.o ] || complain "no object"
	compiles -t socket --emit=obj -o socket.o -e "$long"
	[ -s socket.o ] || complain "no object of a socket filter"
fi

# ---- classifiers of tc ----
compiles -t tc -e 'udp port 53'
says out 'SEC("tc")'
says out '#include <tamiz/tc.bpf.h>'
says out 'TZ_TAKEN_GET('
compiles -t tc --standalone --link raw -e 'udp port 53'
says out '#define TZ_LINK_IS_NET'
! grep -q '^#include' out || complain "--standalone includes"
! grep -q 'xdp_frags\|xdp.frags' out || complain "XDP in a program for tc"
# One that asks for the tag, which the kernel holds apart, knows it is not there.
compiles -t tc --from cbpf '2,32 0 0 4294963244,22 0 0 0'
says out 'TZ_APART_AD(44)'
try 1 "$tamiz" compile -t xdp --from cbpf '2,32 0 0 4294963244,22 0 0 0'
says err 'the program reads the VLAN tag, which is not known at XDP'
compiles -t tc --from cbpf '2,32 0 0 4294963220,22 0 0 0'
says out 'TZ_TAKEN_AD(20)'
try 1 "$tamiz" compile -t tc --from cbpf '2,32 0 0 4294963228,22 0 0 0'
says err 'the program reads the kind of the device, which is not known at tc'
try 1 "$tamiz" compile -t tc --link null -e icmp
says err 'at tc packets begin with the Ethernet header, or'
try 1 "$tamiz" compile -t tc "$top_srcdir/examples/edge.rules"
says err 'at tc there are rules of expressions only'
printf 'sample 1/2 udp\n' >sample.pcapf
compiles -t tc sample.pcapf
try 1 "$tamiz" compile -t tc --link raw sample.pcapf
says err 'packets without an Ethernet header cannot be logged'

# A netmask, for broadcasts: host parts of all ones, or all zeros.
printf 'drop ip broadcast\n' >"$tmp/cast.pcapf"
try 1 "$tamiz" check "$tmp/cast.pcapf"
says err "'ip broadcast' depends on the netmask of the network"
says err '--netmask 255.255.255.0'
try 0 "$tamiz" check --netmask 255.255.252.0 "$tmp/cast.pcapf"
compiles -t cbpf --netmask 255.255.252.0 -e 'ip broadcast' --emit=expression
says out '& 0x3ff'
for mask in 255.0.255.0 255.255.255 24 0x1 ''; do
	try 2 "$tamiz" compile -t cbpf "--netmask=$mask" -e 'ip broadcast'
	says err "--netmask takes a mask such as 255.255.255.0, not \"$mask\""
done

# ---- what is refused ----
try 1 "$tamiz" compile -t cbpf -e 'tcp prt 80'
says err '-e:1:'
says err '^'
try 0 "$tamiz" compile -t xt_bpf -e 'ether[0] = 1'
says err '[never-matches]'
try 1 "$tamiz" compile -t xt_bpf --link en10mb -e icmp
says err '[link-type]'
try 1 "$tamiz" compile -t xt_bpf -e 'vlan 3'
says err '[link-type]'
# What A holds is the answer where there is no device.
compiles -t xt_bpf --from cbpf --emit=bytecode \
	'3,128 0 0 0,32 0 0 4294963208,6 0 0 1'
says out "3,128 0 0 0,32 0 0 4294963208,6 0 0 1"
try 1 "$tamiz" compile -t cbpf --from cbpf '2,40 0 0 12,21 0 5 1'
says err 'program:1:'
try 1 "$tamiz" compile -t cbpf "$top_srcdir/examples/edge.rules"
says err '[no-filter]'
try 1 "$tamiz" compile -t xt_bpf --chain 'a;b' -e icmp
says err '[chain-name]'
try 1 "$tamiz" compile -t xt_bpf --split --jump RETURN -e "$long"
says err 'RETURN would leave'
try 2 "$tamiz" compile -t cbpf -e icmp --emit=plan
says err 'no such form'
try 2 "$tamiz" compile -t cbpf -e icmp --jump DROP
says err '(-t xt_bpf)'
try 2 "$tamiz" compile -t xt_bpf -e icmp --object x --emit=asm
says err '--object goes without'
try 2 "$tamiz" compile -t xt_bpf -e icmp --max-insns 0
says err '--max-insns takes 1 to 4096'
try 2 "$tamiz" compile -t cbpf
says err 'which file?'
finish
