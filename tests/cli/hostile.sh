#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Rule files and captures that nobody should give to tamiz, disks that are full
# and compilers that are none: a clear error, in bounded time and memory.
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# shellcheck source=tests/lib/pcap.sh
. "$top_srcdir/tests/lib/pcap.sh"

# Not rule files.
: >"$tmp/empty"
try 0 "$tamiz" check "$tmp/empty"
says out "0 rules"
yes "$(printf '\177\377-A\001')" | head -n 100000 >"$tmp/binary"
try 1 "$tamiz" check "$tmp/binary"
says err "too many errors"
# Bytes by dice, the same ones in every run.
LC_ALL=C awk 'BEGIN { for (n = 1; i < 1000000; i++) {
	n = (n * 1103 + 12345) % 65536; printf "%c", int(n / 256) } }' \
	>"$tmp/binary"
try 1 "$tamiz" check "$tmp/binary"
says err "error: "
for binary in '7\377\r\n' 'x\377: \n' '\0001\n' '; \0\n' 'ret\0\n'; do
	printf "$binary" >"$tmp/rules"
	try 1 "$tamiz" check "$tmp/rules"
	says err "$tmp/rules:1:"
done
truncate -s 1G "$tmp/sparse"
mkfifo "$tmp/fifo"
for bad in "$tmp/sparse" /dev/zero "$tmp/fifo"; do
	[ "$bad" != "$tmp/fifo" ] || cat /dev/zero >"$tmp/fifo" 2>/dev/null &
	try 3 "$tamiz" check "$bad"
	says err "cannot read $bad: larger than 512 MiB"
	wait
done
try 3 "$tamiz" check "$tmp"
says err "Is a directory"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	echo '*filter' >"$tmp/secret"
	chmod 000 "$tmp/secret"
	try 3 setpriv --bounding-set -dac_override,-dac_read_search \
		--inh-caps -dac_override,-dac_read_search \
		"$tamiz" check "$tmp/secret"
	says err "Permission denied"
fi

# Texts that are unusual: read, or refused at the place.
printf '*filter\r\n:INPUT ACCEPT [0:0]\r\n-A INPUT -j DROP\r\nCOMMIT\r\n' \
	>"$tmp/rules"
try 0 "$tamiz" check "$tmp/rules"
says out "1 rules"
printf '\357\273\277*filter\nCOMMIT\n' >"$tmp/rules"
try 1 "$tamiz" check "$tmp/rules"
says err "$tmp/rules:1:1: error: "
printf '*filter\n-A INPUT -j DROP\0 -s 1.2.3.4\nCOMMIT\n' >"$tmp/rules"
try 1 "$tamiz" check "$tmp/rules"
says err "$tmp/rules:2:17: error: NUL byte"
repeat() {
	yes -- "$1" | head -n "$2"
}
{
	printf '*filter\n-A INPUT -m comment --comment "'
	head -c 10000000 /dev/zero | tr '\0' a
	printf '" -j DROP\nCOMMIT\n'
} >"$tmp/rules"
try 1 "$tamiz" check "$tmp/rules"
says err "at most 65536 are read"
{
	printf '*filter\n-A INPUT'
	repeat ' -s 1.2.3.4' 1000000 | tr -d '\n'
	printf '\nCOMMIT\n'
} >"$tmp/rules"
try 1 "$tamiz" check "$tmp/rules"
says err "at most 65536 are read"
{ repeat '# iptables' 2000000; printf '*filter\nCOMMIT\n'; } >"$tmp/rules"
try 0 "$tamiz" check "$tmp/rules"

# More than memory should hold, of what is small in the file.
{ printf '*filter\n:a - [0:0]\n'; repeat '-A a' 5000000; } >"$tmp/rules"
try 1 "$tamiz" check "$tmp/rules"
says err "more than 4194304 lines"
list=$(seq -f '1.2.3.%g' -s , 0 255)
{ echo '*filter'; repeat "-A INPUT -s $list -d $list -j DROP" 40; } \
	>"$tmp/rules"
try 1 "$tamiz" check "$tmp/rules"
says err "at most 2097152"
{ repeat "iptables -A INPUT -s $list -d $list -j DROP" 40; } >"$tmp/rules"
try 1 "$tamiz" fmt "$tmp/rules"
says err "at most 2097152"

# Jumps as deep as chains go, in a circle, and so many ways that none is walked.
jumps() {
	printf '*filter\n:INPUT ACCEPT [0:0]\n'
	seq -f ':c%g - [0:0]' 0 "$1"
	echo '-A INPUT -j c0'
	seq 0 "$1" | awk -v n="$1" -v ways="$2" -v end="$3" '{
		for (i = 0; i < ways; i++)
			print "-A c" $1 " -s 10." i ".0.0/16 -j " \
				($1 == n ? end : "c" $1 + 1) }'
	echo COMMIT
}
jumps 30000 1 DROP >"$tmp/rules"
try 1 "$tamiz" check "$tmp/rules"
says err "error: "
jumps 30000 1 c0 >"$tmp/rules"
try 1 "$tamiz" check "$tmp/rules"
says err "error: "
jumps 60 10 DROP >"$tmp/rules"
try 0 "$tamiz" check "$tmp/rules"
try 0 "$tamiz" compile -o "$tmp/c" "$tmp/rules"

# u32 and string at every limit, and one beyond.
rules() {
	printf '*filter\n-A INPUT %s -j DROP\nCOMMIT\n' "$1" >"$tmp/rules"
}
ten=$(seq -s , 1 10)
tests=$(seq -f '%g=1' -s '&&' 1 10)
long=$(head -c 128 /dev/zero | tr '\0' a)
for good in "-m u32 --u32 0=$ten" "-m u32 --u32 $tests" "-m u32 --u32 0=2:1" \
	"-m u32 --u32 0<<31>>31&0xffffffff@0xffffffff=0:0xffffffff" \
	"-m string --algo bm --string $long" \
	"-m string --algo bm --hex-string |$(printf %s "$long" | sed 's/a/a5/g')|" \
	"-m string --algo kmp --string a --from 65535 --to 65535"; do
	rules "$good"
	try 0 "$tamiz" check "$tmp/rules"
	try 0 "$tamiz" compile -o "$tmp/c" "$tmp/rules"
done
for bad in "-m u32 --u32 0=$ten,11" "-m u32 --u32 $tests&&11=1" \
	"-m u32 --u32 0=0x100000000" "-m u32 --u32 0" \
	"-m u32 --u32 0>>33=1" "-m string --algo bm --string ${long}a" \
	"-m string --algo bm --hex-string |0|" \
	"-m string --algo bm --hex-string |zz|" \
	"-m string --algo bm --hex-string |00" \
	"-m string --algo bm --string a --from 65536"; do
	rules "$bad"
	try 1 "$tamiz" check "$tmp/rules"
	says err "$tmp/rules:2:"
done

# Expressions as long as they may be, and rules of them: an answer in bounded
# memory, be it that this is too much.
limit=
if command -v prlimit >/dev/null; then
	limit="prlimit --as=$((1 << 29))"
	# ASan wants more than that for itself.
	# shellcheck disable=SC2086
	$limit "$tamiz" version >/dev/null 2>&1 || limit=
fi
many() {
	seq 1 "$2" | awk -v form="$1" -v link="$3" '
		BEGIN { n = split(form, part, /[NH]/) }
		{
			id = $1
			if (form ~ /H/)
				id = "10.1." int($1 / 250) "." $1 % 250
			printf "%s%s", (NR > 1 ? " " link " " : ""), part[1]
			if (n > 1)
				printf "%s%s", id, part[2]
		}'
}
compiles() {
	status=$1
	shift
	# shellcheck disable=SC2086
	try "$status" $limit "$tamiz" compile "$@"
}
for long in "$(many vlan 3000 and)" "$(many 'port N' 3000 or)" \
	"$(many 'host H' 2500 or)" "$(many 'ip protochain N' 200 or)"; do
	compiles 1 -t cbpf -e "$long"
	says err "instructions, and 4096 is the most"
	compiles 0 -t xdp -o "$tmp/c" -e "$long"
done
# Most of the time of a split is spent on tries for each part: below the
# sanitizers fewer parts show as much.
n_hosts=1000 n_ports=3000
[ -z "${SANITIZE:-}" ] || n_hosts=250 n_ports=500
compiles 0 -t xt_bpf --split -e "$(many 'host H' $n_hosts or)"
says out "-m bpf --bytecode"
long=$(many 'host H' 2500 or)
compiles 1 -t xt_bpf --split -e "$long" \
	-e "$(echo "$long" | sed 's/10\.1/10.2/g')" \
	-e "$(echo "$long" | sed 's/10\.1/10.3/g')" \
	-e "$(echo "$long" | sed 's/10\.1/10.4/g')"
says err "a filter of more than 16384 tests is not split"
long=$(many 'port N' 3000 or)
compiles 0 -t xt_bpf --split -e "$(many 'port N' $n_ports or)"
compiles 1 -t cbpf -e "$long" -e "$long" -e "$long" -e "$long" -e "$long" \
	-e "$long" -e "$long"
says err "[too-complex]"
for term in 'not ' '('; do
	compiles 1 -t cbpf -e "$(repeat "$term" 15000 | tr -d '\n')ip"
	says err "-e:1:"
done
repeat 'drop host 1.2.3.4' 5000 >"$tmp/long.pcapf"
compiles 1 "$tmp/long.pcapf"
says err "$tmp/long.pcapf:4097:1: error: more than 4096 rules"
repeat "drop $(many 'host H' 1500 or)" 60 >"$tmp/long.pcapf"
for target in cbpf xt_bpf xdp; do
	compiles 1 -t $target "$tmp/long.pcapf"
	says err "[too-complex]"
done
{ printf 'drop '; many 'host H' 60000 or; } >"$tmp/long.pcapf"
compiles 1 "$tmp/long.pcapf"
says err "$tmp/long.pcapf:1:6: error: the expression has more than"
# shellcheck disable=SC2046
try 1 "$tamiz" gen dns $(seq -f '*.h%g.example*.com' 300)
says err "error: "

# Captures: what was read before the damage is judged, no more is claimed.
udp4="4500001e000000004011 66cd 0a0000010a000002 0007 0035 000a 0000 6869"
printf '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -p udp -j DROP\nCOMMIT\n' \
	>"$tmp/rules"
run() {
	try "$1" "$tamiz" run -q "$tmp/rules" --pcap "$2"
}
{ head_of 101; record "$udp4"; } >"$tmp/good"
run 0 "$tmp/good"
says out "1 packets: 0 accept, 1 drop"
for n in 0 4 23; do
	head -c $n "$tmp/good" >"$tmp/bad"
	run 3 "$tmp/bad"
	says err "cannot read $tmp/bad"
done
for n in 25 39 41 69; do
	head -c $n "$tmp/good" >"$tmp/bad"
	run 3 "$tmp/bad"
	says out "0 packets"
	says err "broken behind packet 0"
done
for caplen in 4294967295 2147483647 262145; do
	{ cat "$tmp/good"; record "$udp4" 30 $caplen; } >"$tmp/bad"
	run 3 "$tmp/bad"
	says out "1 packets: 0 accept, 1 drop"
	says err "broken behind packet 1"
done
head_of 101 >"$tmp/bad"
run 0 "$tmp/bad"
says out "0 packets"
head_of 147 >"$tmp/bad"
run 3 "$tmp/bad"
says err "link type 147"
# A gigabyte of zeros in some megabytes; behind a header, packets of no bytes.
if command -v prlimit >/dev/null; then
	limit="prlimit --as=$((1 << 29))"
	# ASan wants more than that for itself.
	# shellcheck disable=SC2086
	$limit "$tamiz" version >/dev/null 2>&1 || limit=
	head -c 1G /dev/zero | gzip -1 >"$tmp/bomb"
	# shellcheck disable=SC2086
	try 3 $limit "$tamiz" run -q "$tmp/rules" --pcap "$tmp/bomb"
	says err "cannot read $tmp/bomb"
	{ head_of 101; head -c 160M /dev/zero; } | gzip -1 >"$tmp/bomb"
	# shellcheck disable=SC2086
	try 0 $limit "$tamiz" run -q "$tmp/rules" --pcap "$tmp/bomb"
	says out "10485760 packets: 0 accept, 0 drop"
fi
gzip -c "$tmp/good" >"$tmp/gzip"
for n in 3 12 30; do
	head -c $n "$tmp/gzip" >"$tmp/bad"
	run 3 "$tmp/bad"
done
{ cat "$tmp/gzip"; echo rubbish; } >"$tmp/bad"
try 0 sh -c '"$@" || [ $? = 3 ]' - "$tamiz" run -q "$tmp/rules" \
	--pcap "$tmp/bad"
says out "1 packets: 0 accept, 1 drop"
# pcapng: a section, an interface, then what is none.
section="0a0d0d0a 1c000000 4d3c2b1a 01000000 ffffffffffffffff 1c000000"
interface="01000000 14000000 65000000 ffff0000 14000000"
for block in "06000000 ffffffff" "06000000 00000000 00000000" \
	"06000000 0b000000 0b000000" \
	"06000000 20000000 07000000 00000000 00000000 ffffffff ffffffff 20000000" \
	"06000000 20000000 00000000 00000000 00000000 ffffffff 1e000000 20000000" \
	"06000000 20000000 00000000 00000000 00000000 00000000 00000000 24000000" \
	"0a0d0d0a 1c000000 00000000 01000000 ffffffffffffffff 1c000000" \
	"01000000 08000000 08000000"; do
	hex "$section $interface $block" >"$tmp/bad"
	run 3 "$tmp/bad"
	says out "0 packets"
	says err "broken behind packet 0"
done
hex "$section 06000000 0c000000 0c000000" >"$tmp/bad"
run 3 "$tmp/bad"
run 3 "$tmp"
says err "Is a directory"
(cat "$tmp/good"; head -c 100000 /dev/zero) >"$tmp/fifo" &
run 0 "$tmp/fifo"
says out "6251 packets"
wait

# A disk that is full: what was there before still is, and nothing else.
if unshare -m true 2>/dev/null; then
	cat >"$tmp/full" <<-'END'
		dir=$1
		shift
		mkdir "$dir" && mount -t tmpfs -o size=8k tmpfs "$dir" || exit 9
		echo before >"$dir/out"
		head -c 4096 /dev/zero >"$dir/fill"
		"$@"
		status=$?
		[ "$(cat "$dir/out")" = before ] || echo "the old file is gone"
		[ "$(ls "$dir" | wc -l)" = 2 ] || ls -A "$dir"
		exit $status
	END
	repeat '-A INPUT -s 1.2.3.4 -j DROP' 500 |
		sed '1i*filter' | sed '$aCOMMIT' >"$tmp/rules"
	for command in "compile --emit=c" "compile --emit=obj" "compile --emit=ir" \
		fmt; do
		rm -rf "$tmp/disk"
		# shellcheck disable=SC2086
		try 3 unshare -m sh "$tmp/full" "$tmp/disk" "$tamiz" $command \
			-o "$tmp/disk/out" "$tmp/rules"
		says err "No space left on device"
		[ ! -s "$tmp/out" ] || complain "$command: $(cat "$tmp/out")"
	done
fi

# Compilers that are none. Nothing is left of the output.
clang() {
	printf '#!/bin/sh\n%s\n' "$2" >"$tmp/clang"
	chmod 755 "$tmp/clang"
	rm -f "$tmp/o"
	try "$1" "$tamiz" compile --emit=obj --clang="$tmp/clang" -o "$tmp/o" \
		"$tmp/rules"
	[ "$1" = 0 ] || [ ! -e "$tmp/o" ] || complain "$2: left an object"
}
printf '*filter\n-A INPUT -s 1.2.3.4 -j DROP\nCOMMIT\n' >"$tmp/rules"
clang 3 'exit 3'
says err "failed (status 3)"
clang 3 'echo "in.c:1:1: error: too new" >&2; exit 1'
says err "error: too new"
clang 3 'kill -KILL $$'
for garbage in 'echo rubbish' '' 'head -c 100000 /bin/sh'; do
	clang 3 "$garbage"
	says err "what it wrote is no BPF object"
done
clang 3 'exec head -c 600M /dev/zero'
clang 3 'exec head -c 600M /dev/zero >&2'
try 3 env PATH= "$tamiz" compile --emit=obj -o "$tmp/o" "$tmp/rules"
says err "clang is needed"
set -- "$tmp"/*.??????
[ ! -e "$1" ] || complain "left temporary files: $*"
finish
