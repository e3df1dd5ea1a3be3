#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What may go wrong around tamiz: pins that were damaged or put there by
# somebody else, a BPF file system that is hidden, devices that are renamed or
# get another address, tools that hang or print rubbish, no clang.
# shellcheck source=tests/kernel/lib.sh
. "$(dirname "$0")/lib.sh"
make_cable

cat >"$tmp/rules" <<'END'
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m udp --dport 9 -j DROP
COMMIT
END
drop='-p udp -m udp --dport 9 -j DROP'

quiet_about() {
	! grep -qF -- "$1" "$tmp/out" || complain "says \"$1\""
}

attach() {
	try "$1" "$tamiz" attach "$tmp/rules" --netns "$here" --dev "$2" \
		${3:+"$3"}
}

detach_all() {
	try "$1" "$tamiz" detach --netns "$here" --all
}

is_clean() {
	[ ! -e "$netns_dir" ] || complain "$1: left $(find "$netns_dir")"
	! on "$here" ip link show | grep -q xdp ||
		complain "$1: left a program on a device"
}

status() {
	try "$1" "$tamiz" status --netns "$here" ${2:+"$2"} ${3:+"$3"}
}

# A dry run changes nothing: no directory, no lock, and what a killed run left
# is as it was.
inode=${netns_dir##*/}
rm -f "/run/tamiz/$inode.lock"
attach 0 dut0 --dry-run
is_clean "dry run"
[ ! -e "/run/tamiz/$inode.lock" ] || complain "a dry run made a lock file"
status 0
[ ! -e "/run/tamiz/$inode.lock" ] || complain "status made a lock file"
must "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
# Nor do changes in other namespaces meanwhile, which want the lock.
exec 9<"/run/tamiz/$inode.lock"
flock -s 9
rm "$netns_dir/dut0/link"
attach 0 dut0 --dry-run
[ -e "$netns_dir/dut0/root" ] || complain "a dry run swept"
exec 9<&-
try 3 "$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0 --dry-run
attach 0 dut0
find "$netns_dir" -printf '%p %i\n' | sort >"$tmp/before"
try 0 "$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0 --dry-run
find "$netns_dir" -printf '%p %i\n' | sort >"$tmp/after"
cmp -s "$tmp/before" "$tmp/after" || complain "a dry replace changed pins"

# The device gets another name: its state goes with it, and a device that gets
# the old name is another one.
send 2 9
expect xdp "$drop" 2
on "$here" ip link add swap0 type veth peer name swap1
attach 0 swap0
on "$here" ip link set dut0 down
on "$here" ip link set swap0 down
on "$here" ip link set dut0 name other0
on "$here" ip link set swap0 name dut0
on "$here" ip link set other0 name swap0
status 0
says "swap0 was called dut0"
says "dut0 was called swap0"
on "$here" ip link set swap0 up
on "$here" ip addr replace 192.0.2.1/24 dev swap0
send 1 9
try 0 "$tamiz" replace "$tmp/rules" --netns "$here" --dev swap0
status 0 --dev swap0
quiet_about "was called"
wait_for counts xdp "$drop" 3 || [ "$("$tamiz" status --netns "$here" -x \
	--dev swap0 | grep -c '3 dropped')" = 1 ] || complain "counts were lost"
try 0 "$tamiz" detach --netns "$here" --dev dut0
try 3 "$tamiz" detach --netns "$here" --dev dut0
on "$here" ip link del dut0
on "$here" ip link set swap0 down
on "$here" ip link set swap0 name dut0
on "$here" ip link set dut0 up
status 0
says "dut0 was called swap0"
try 0 "$tamiz" detach --netns "$here" --dev dut0
is_clean "renamed"

# Another address, and it says so.
attach 0 dut0
on "$here" ip link set dut0 address 02:00:00:00:00:78
on "$there" ip neigh replace 192.0.2.1 lladdr 02:00:00:00:00:78 dev gen0
status 0
says "frames to 02:00:00:00:00:78 are left to the kernel until replace"
try 0 "$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0
status 0
quiet_about "are left to the kernel"

# Enslaved after it was attached.
on "$here" ip link add br0 type bridge
on "$here" ip link set dut0 master br0
status 0
says "dut0 is enslaved to br0 now"
detach_all 0
try 0 "$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0 --as br0
status 0
quiet_about "enslaved"
on "$here" ip link set dut0 nomaster
status 0
says "dut0 is not enslaved to br0 any more"
detach_all 0
on "$here" ip link del br0
attach 0 dut0

# Damaged: said of that device, the other is shown, and both can be detached.
on "$here" ip link add pair0 type veth peer name pair1
attach 0 pair0
damage() {
	rm -f "$netns_dir/pair0/$1"
	bpftool map create "$netns_dir/pair0/$1" type "$2" key 4 value "$3" \
		entries 4 name wrong || complain "cannot make a wrong $1"
	status 3
	says "dut0: offload"
	says "pair0: damaged"
	says "detach it"
	"$tamiz" status --netns "$here" --json >"$tmp/json" 2>/dev/null
	python3 -c 'import json, sys
assert len(json.load(open(sys.argv[1]))) == 2' "$tmp/json" ||
		complain "JSON of damage"
	try 3 "$tamiz" replace "$tmp/rules" --netns "$here" --dev pair0
	try 0 "$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0
	detach_all 0
	is_clean "damaged $1"
	attach 0 dut0
	attach 0 pair0
}
damage meta_1 array 4096
damage meta_1 hash 64
damage counters_1 percpu_array 4096
damage counters_1 array 16
damage control_1 array 4
damage control_1 hash 8
damage outcomes percpu_array 4096
damage stages array 4096
damage stages hash 4
# Status does not need what rules were made from, save does.
rm "$netns_dir/pair0/source_1"
status 0
try 3 "$tamiz" save --netns "$here" --file "$tmp/saved"
says "the rule files of pair0 were not kept"
bpftool map create "$netns_dir/pair0/source_1" type array key 4 value 4096 \
	entries 1 name wrong
try 3 "$tamiz" save --netns "$here" --file "$tmp/saved"
says "cannot read the rule files of pair0"
rm "$netns_dir/pair0/rules_1"
status 3
says "pair0: damaged"
# In the place of the link something else: the device has lost its program.
rm "$netns_dir/pair0/link"
bpftool map create "$netns_dir/pair0/link" type array key 4 value 4 \
	entries 1 name wrong
status 0
quiet_about "pair0"
detach_all 0
is_clean "a link that is none"
# One that cannot be removed keeps nobody from the others.
attach 0 dut0
attach 0 pair0
mkdir -p "$netns_dir/aaaa/sub" "$netns_dir/zzzz/sub"
detach_all 3
says "cannot be removed"
! on "$here" ip link show | grep -q xdp || complain "one kept the others"
rmdir "$netns_dir"/????/sub
detach_all 0
is_clean "strange directories"

# Several devices are one JSON document.
attach 0 dut0
attach 0 pair0
"$tamiz" status --netns "$here" --json --dev dut0 --dev pair0 >"$tmp/json" \
	2>/dev/null || complain "status of two devices"
[ "$(grep -c '^\]' "$tmp/json")" = 1 ] || complain "two JSON documents"
try 3 "$tamiz" status --netns "$here" --dev dut0 --dev none0
says "dut0: offload"
says "none0 has no rules of tamiz"
detach_all 0
on "$here" ip link del pair0

# bpffs hidden by a second mount, or by another /sys: nothing is claimed.
attach 0 dut0
try 3 unshare -m sh -c 'mount -t bpf bpf /sys/fs/bpf && "$@"' - \
	"$tamiz" attach "$tmp/rules" --netns "$here" --dev dut0
says "runs a program of tamiz already"
for command in "status" "detach --all" "rollback --all" "save --file -"; do
	# shellcheck disable=SC2086
	try 3 ip netns exec "$here" "$tamiz" $command
	says "nsenter --net instead of ip netns exec"
done
send 1 9
expect xdp "$drop" 1
try 3 unshare -m sh -c 'mount -o remount,bind,ro /sys/fs/bpf && "$@"' - \
	"$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0
says "Read-only file system"
expect xdp "$drop" 1

# Tools that hang, print rubbish, print more than anybody should hold in memory,
# or fail: attach notes it and goes on.
with_tool() {
	cat >"$tmp/tool"
	chmod 755 "$tmp/tool"
	try 0 unshare -m sh -c 'mount --bind "$0" "$(readlink -f \
		/usr/sbin/iptables-nft-save)" && "$@"' "$tmp/tool" "$tamiz" \
		replace "$tmp/rules" --netns "$here" --dev dut0
}
with_tool <<'END'
#!/bin/sh
echo rubbish
END
says "its output has errors"
with_tool <<'END'
#!/bin/sh
exit 1
END
says "cannot read the live rules: iptables-nft-save: it failed"
with_tool <<'END'
#!/bin/sh
exec head -c 600M /dev/zero
END
says "cannot read the live rules: iptables-nft-save: it failed"
with_tool <<'END'
#!/bin/sh
exec sleep 100
END
says "no answer in 10 seconds"
expect xdp "$drop" 1

# A program in a directory that others can write to is not clang.
mkdir "$tmp/bin"
printf '#!/bin/sh\ntouch "%s/ran"\n' "$tmp" >"$tmp/bin/clang"
chmod 755 "$tmp/bin/clang"
chmod 777 "$tmp/bin"
PATH=$tmp/bin:$PATH "$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0 \
	>/dev/null 2>&1 || complain "replace with a strange PATH"
[ ! -e "$tmp/ran" ] || complain "ran clang from a directory of everybody's"
chmod 755 "$tmp/bin"
try 3 env PATH="$tmp/bin" "$tamiz" replace "$tmp/rules" --netns "$here" \
	--dev dut0
says "what it wrote is no BPF object"
try 3 "$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0 \
	--clang /bin/false
says "/bin/false failed (status 1)"
[ -e "$tmp/ran" ] || complain "did not run clang from PATH"
try 3 env PATH= "$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0
says "clang is needed"

# Without membarrier(2) nothing is lost either.
if command -v strace >/dev/null; then
	for i in 1 2 3; do
		# The leak checker does not work below strace.
		try 0 env ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o /dev/null -e trace=membarrier \
			-e inject=membarrier:error=EINVAL "$tamiz" replace \
			"$tmp/rules" --netns "$here" --dev dut0
		quiet_about "cannot put its pins in order"
		send 1 9
		expect xdp "$drop" $((i + 1))
	done
fi

# A namespace that is none, or may not be entered.
try 3 "$tamiz" status --netns nowhere
says "No such file"
try 3 "$tamiz" status --netns "$tmp/rules"
says "it is none"
if command -v setpriv >/dev/null; then
	try 3 setpriv --bounding-set -sys_admin "$tamiz" status --netns "$here"
	says "CAP_SYS_ADMIN"
	for cap in bpf,-sys_admin net_admin perfmon,-sys_admin; do
		try 3 on "$here" setpriv --bounding-set "-$cap" "$tamiz" \
			detach --all
		says "missing capabilities: CAP_$(echo "${cap%%,*}" |
			tr '[:lower:]' '[:upper:]') (run as root)"
	done
fi
detach_all 0
is_clean "the end"
wait_for [ ! -e "/run/tamiz/$inode.lock" ] || complain "the lock file stays"

# A namespace that goes away leaves pins; a change in another removes them.
ip netns add "$here-gone"
gone_dir=${netns_dir%/*}/$(stat -L -c %i "/run/netns/$here-gone")
try 0 "$tamiz" attach "$tmp/rules" --netns "$here-gone" --dev lo
[ -e "$gone_dir/lo/link" ] || complain "no pins in $gone_dir"
attach 0 dut0
[ -e "$gone_dir/lo/link" ] || complain "swept a namespace that is alive"
ip netns del "$here-gone"
swept() {
	"$tamiz" replace "$tmp/rules" --netns "$here" --dev dut0 >/dev/null 2>&1
	[ ! -e "$gone_dir" ] && [ ! -e "/run/tamiz/${gone_dir##*/}.lock" ]
}
wait_for swept || complain "left $(find "$gone_dir")"
send 1 9
expect xdp "$drop" 1
detach_all 0
finish
