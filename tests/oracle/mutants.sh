#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Does the oracle bite? Makes mutants of the compiler and of the programs in
# bpf/, one wrong line each, and runs the oracle on a small rule file that
# meets the line. Each mutant must be caught; the unchanged tree must pass.
# `mutants.sh [NAME...]`. Works in a copy of the tree.
set -u
: "${top_srcdir:=.}"

if [ "$(id -u)" != 0 ]; then
	echo "mutants: needs root for namespaces and BPF: skipped"
	exit 77
fi

# name @ file @ rule file and options @ sed script
list() {
	cat <<'EOF'
options-as-ports@bpf/include/tamiz/packet.bpf.h@tcp@s/data + off + header, data_end/data + off + 20, data_end/
later-fragment-as-whole@bpf/include/tamiz/packet.bpf.h@fragments@s/class = TZ_CLASS_FRAGMENT | TZ_CLASS_SHORT;/class = TZ_CLASS_WHOLE;/
first-fragment-as-whole@bpf/include/tamiz/packet.bpf.h@fragments@s/frag & 0x2000/frag \& 0x8000/
length-by-frame@bpf/include/tamiz/packet.bpf.h@udp@s/key->l4_len = total - header/key->l4_len = 1400/
short-tcp-header@bpf/include/tamiz/packet.bpf.h@tcp@s/return 20;/return 4;/
ports-swapped@bpf/include/tamiz/packet.bpf.h@tcp@s/(__u64)bpf_ntohl(\*(__be32 \*)l4)/(__u64)(bpf_ntohs(((__be16 *)l4)[1]) << 16 | bpf_ntohs(((__be16 *)l4)[0]))/
flags-of-another-byte@bpf/include/tamiz/packet.bpf.h@tcp@s/(__u64)bytes\[13\]/(__u64)bytes[12]/
icmp-code-for-type@bpf/include/tamiz/packet.bpf.h@icmp@s/bytes\[0\] << 8 | bytes\[1\]/bytes[1] << 8 | bytes[0]/
other-host-taken@bpf/include/tamiz/packet.bpf.h@empty@s/if (dst != own_mac && !(eth->dst\[0\] & 1))/if (own_mac == 1)/
other-tags-taken@bpf/include/tamiz/packet.bpf.h@empty@s/tag\[0\] & bpf_htons(0x0fff)/tag[0] \& bpf_htons(0x0000)/
extension-length@bpf/include/tamiz/packet.bpf.h@tcp6@s/(h\[1\] + 1) \* 8/8/
auth-header-length@bpf/include/tamiz/packet.bpf.h@tcp6@s/(h\[1\] + 2) \* 4/(h[1] + 1) * 8/
fragment6-as-whole@bpf/include/tamiz/packet.bpf.h@forward6@s/walk->class = TZ_CLASS_FRAGMENT;/walk->class = TZ_CLASS_WHOLE;/
options-not-walked@bpf/include/tamiz/packet.bpf.h@protocols6@s/nexthdr == TZ_EXT_DSTOPTS/nexthdr == 255/
nothing-merges@bpf/include/tamiz/packet.bpf.h@gro@s/l4_len <= header/1/
checksum-ignored@bpf/include/tamiz/rules.bpf.h@empty@s/return (sum & 0xffff) + (sum >> 16) == 0xffff;/return 1;/
hop-by-hop-unchecked@bpf/include/tamiz/rules.bpf.h@tcp6@s/key->first_nexthdr == 0 &&/key->first_nexthdr == 255 \&\&/
forwarded-as-local@bpf/include/tamiz/rules.bpf.h@router@s/: TZ_ROUTE_NOWHERE;/: TZ_ROUTE_NOWHERE, TZ_ROUTE_INPUT;/
interval-open-below@compiler/backend/ebpf/condition.c@udp@s/"(%s >= "/"(%s > "/
interval-open-above@compiler/backend/ebpf/condition.c@udp@s/" && %s <= "/" \&\& %s < "/
negated-flags@compiler/backend/ebpf/condition.c@tcp@s/\*op = is_negated ? "!=" : "=="/*op = is_negated ? "==" : "=="/
wrong-prefix@compiler/backend/ebpf/condition.c@addresses@s/tz_value_max(bits) & ~differ;/tz_value_max(bits) \& ~(differ >> 1);/
ports-of-short-headers@compiler/backend/ebpf/condition.c@udp@s/"class == TZ_CLASS_WHOLE"/"class < 9"/
hotdrop-missing@compiler/opt/decide.c@udp@s/if (n.hotdrop && !n.never) {/if (n.hotdrop \&\& n.never) {/
unknown-drop-is-certain@compiler/opt/decide.c@states@s/= maybe ? TZ_ACT_MAYBE_DROP/= false ? TZ_ACT_MAYBE_DROP/;/case TZ_IR_DROP:/,/return/s/return !maybe/return true/
unknown-accept-is-nothing@compiler/opt/decide.c@states@/case TZ_IR_ACCEPT:/,/return !maybe/s/return !maybe || !chain->accepts_only_surely ||/return !maybe \&\&/
effects-lost@compiler/opt/decide.c@effects@/case TZ_IR_LOG:/,/return/s/TZ_ACT_PASS/TZ_ACT_COUNT/
writes-lost@compiler/opt/narrow.c@effects@s/leaf->opaque.effect == TZ_IR_WRITES;/false;/
nat-forgotten@compiler/opt/narrow_ct.c@nat --nat@s/return n->is_after_nat &&/return n->is_after_nat \&\& n->never \&\&/
nat-not-walked@compiler/opt/decide.c@nat@s/translates_later(rule) \&\& !walks_nat(plan, chain)/translates_later(rule)/
nat-ends-where-it-may@compiler/opt/chains.c@nat_walk@s/^\t\t walks(plan, ir));$/\t\t 0);/
raw-states-forgotten@compiler/opt/narrow_ct.c@states@s/states = TZ_CT_INVALID;/states = TZ_CT_NEW;/
states-of-others-taken@compiler/opt/ct.c@states@s/if (found \& ~wanted ||/if (/
state-holds-where-it-may@compiler/opt/narrow_ct.c@states@s/holds = !(states \& ~yes);/holds = states \& yes;/
untracked-forgotten@compiler/ir/ct_survey.c@untracked@s/.notracks = host->notracks ||/.notracks = host->notracks \&\&/
connmark-of-a-ping@compiler/opt/decide.c@connmark@s/if (!n->kind.is_askable || /if (/
checksum-of-l4-ignored@bpf/include/tamiz/ct.bpf.h@states@s/return tz_sum_all(&of) == 0xffff;/return 1;/
device-prefix@compiler/opt/narrow.c@interfaces@s/return !strncmp(ifname, m->iface.name, len);/return !strcmp(ifname, m->iface.name);/
negation-lost@compiler/opt/narrow.c@tcp@s/narrow(n, m->operands, !is_negated)/narrow(n, m->operands, is_negated)/
accept-ends-all-tables@compiler/backend/ebpf/program.c@tables --min-coverage 90@s/if (v != TZ_V_ACCEPT)/if (v != 99)/
return-accepts@compiler/backend/ebpf/chain.c@chains --min-coverage 90@s/"return TZ_V_RETURN;"/"return TZ_V_ACCEPT;"/
return-drops@compiler/backend/ebpf/chain.c@chains@s/"return TZ_V_RETURN;"/"return TZ_V_DROP;"/
goto-comes-back@compiler/backend/ebpf/chain.c@chains@s/if (action == TZ_ACT_GOTO)/if (action == TZ_N_ACTIONS)/
policy-turned@compiler/backend/ebpf/chain.c@protocols@s/ir->policy == TZ_IR_DROP ? "return/ir->policy != TZ_IR_DROP ? "return/
port-off-by-one-in-tables@compiler/opt/box.c@table@s/lo = (uint16_t)range->lo,/lo = (uint16_t)(range->lo + 1),/
prefix-too-short-in-tables@compiler/opt/box.c@table@s/max & ~size_less_one, lo/max \& ~(size_less_one * 2 + 1), lo/
port-range-end-in-tables@bpf/include/tamiz/classify.bpf.h@table@s/from_d <= dport_more/from_d < dport_more/
source-for-destination@compiler/lower/match.c@multiport@s/"source-ports") == 0/"source-ports") != 0/
syn-mask@compiler/lower/match.c@tcp@s/0x17, 0x02/0x12, 0x02/
multiport-negation@compiler/lower/match.c@multiport@s/list, o->ports.n, o->is_inverted)/list, o->ports.n, false)/
ttl-lt-inclusive@compiler/lower/match_fields.c@ttl@s/^\t\thi--;$/\t\t;/
ttl-gt-inclusive@compiler/lower/match_fields.c@ttl@s/^\t\tlo++;$/\t\t;/
ttl-not-spent@bpf/include/tamiz/rules.bpf.h@hops@s/s->key.ttl - (s->at == TZ_AT_FORWARD)/s->key.ttl/
tos-mask@compiler/lower/match_fields.c@tos@s/o, o->pair.second, o->pair.first/o, 0xff, o->pair.first/
dscp-shift@compiler/lower/match_fields.c@tos@s/o->number << 2/o->number << 3/
ecn-bits-swapped@compiler/lower/match_fields.c@ecn@s/ECE = 0x40, CWR = 0x80/ECE = 0x80, CWR = 0x40/
dccp-invalid@compiler/lower/match_fields.c@dccp@s/DCCP_INVALID = 10/DCCP_INVALID = 11/
length-never-merged@compiler/opt/narrow_merge.c@length_gro@s/t->field == TZ_FIELD_LENGTH;/t->field == TZ_N_FIELDS;/
stale-pass-off@compiler/compile.c@stale@s/^\ttz_ir_mark_stale(.*/\t;/
stale-of-callees-lost@compiler/ir/stale.c@stale@s/own |= walk(s, rule->chain/(void)walk(s, rule->chain/
string-to-off-by-one@bpf/include/tamiz/test_bytes.bpf.h@string@s/x.end = x.pattern->to;/x.end = x.pattern->to + 1;/
string-from-off-by-one@bpf/include/tamiz/test_bytes.bpf.h@string@s/x.pattern->from + x/x.pattern->from + 1 + x/
u32-past-the-end@bpf/include/tamiz/test_bytes.bpf.h@u32@s/at + 4 > s->key.ip_len/at + 4 > s->key.ip_len + 4/
u32-range-end@bpf/include/tamiz/test_bytes.bpf.h@u32@s/lo <= value \&\& value <= hi/lo <= value \&\& value < hi/
u32-hop-not-spent@bpf/include/tamiz/test_bytes.bpf.h@bytes_forward@s/^\tip\[8\]--;/\t;/
option-list-ends@bpf/include/tamiz/test_tcp.bpf.h@tcp_option@s/if (o->next >= o->len)/if (o->next >= o->len || !o->bytes[o->next \& 63])/
mss-list-ends@bpf/include/tamiz/test_tcp.bpf.h@tcpmss@s/if (at >= o->len)/if (at >= o->len || !o->bytes[at \& 63])/
mss-bytes-swapped@bpf/include/tamiz/test_tcp.bpf.h@tcpmss@s/(at + 2) \& 63\] << 8 | o->bytes\[(at + 3)/(at + 3) \& 63] << 8 | o->bytes[(at + 2)/
chunks-not-padded@bpf/include/tamiz/test_chunks.bpf.h@sctp_chunks@s/(len + 3) \& ~3u/len/
chunk-flags-ignored@bpf/include/tamiz/test_chunks.bpf.h@sctp_chunks@s/(flags \& c->flags\[i\].mask) == c->flags\[i\].value/1/
chunks-only-turned@bpf/include/tamiz/test_chunks.bpf.h@sctp_chunks@s/c->kind == 2 \&\& !fits/c->kind == 2 \&\& fits/
dccp-request-header@bpf/include/tamiz/test_chunks.bpf.h@dccp_option@s/return len + 4;/return len + 8;/
dccp-x-bit@bpf/include/tamiz/test_chunks.bpf.h@dccp_option@s/type_and_x \& 1 ? 16 : 12/type_and_x \& 1 ? 12 : 16/
local-assumed@bpf/include/tamiz/test_fib.bpf.h@addrtype@s/return TZ_TEST_UNKNOWN;/return tz_kind_result(!!(wanted \& TZ_KIND_LOCAL), flags);/
wide-zeronet@bpf/include/tamiz/test_fib.bpf.h@addrtype@s/if (!address ||/if (!(address >> 24) ||/
way-by-any-device@bpf/include/tamiz/test_way.bpf.h@rpfilter@s/LOOSE || way == in)/LOOSE || way > 0)/
way-by-one-hop@bpf/include/tamiz/test_way.bpf.h@rpfilter@s/if (tz_way_find(ctx, s, in, TZ_WAY_LEAVING_BY) == TZ_WAY_NONE \&\&/if (1 ||/
way-to-self@bpf/include/tamiz/test_way.bpf.h@rpfilter@s/TZ_WAY_NONE \&\& flags \& TZ_WAY_ACCEPT_LOCAL/TZ_WAY_NONE \&\& flags \& 64/
way-without-tos@bpf/include/tamiz/test_way.bpf.h@rpfilter@s/fib.tos = s->key.tos/fib.tos = 0/
way-from-zeronet@bpf/include/tamiz/test_way.bpf.h@rpfilter@s/if (!src \&\&/if (!(src >> 24) \&\&/
way-by-any-device6@bpf/include/tamiz/test_way.bpf.h@rpfilter6@s/if (flags \& TZ_WAY_LOOSE \&\& way > 0)/if (way > 0)/
way-by-cost6@bpf/include/tamiz/test_way.bpf.h@rpfilter6@s/if (flags \& TZ_WAY_LOOSE \&\& way > 0)/if (way > 0 \&\& way != in \&\& !(flags \& TZ_WAY_LOOSE)) return TZ_TEST_FALSE; if (way > 0 \&\& flags \& TZ_WAY_LOOSE)/
way-to-self6@bpf/include/tamiz/test_way.bpf.h@rpfilter6@s/TZ_WAY_NONE \&\& !(flags \& TZ_WAY_ACCEPT_LOCAL)/TZ_WAY_NONE/
way-rejected-by-cost6@bpf/include/tamiz/test_way.bpf.h@rpfilter6@s/TZ_WAY_REJECTED \&\& flags \& TZ_WAY_LOOSE/TZ_WAY_REJECTED/
way-on-the-link6@bpf/include/tamiz/test_way.bpf.h@rpfilter6@s/hi >> 54 != 0x3fa/hi >> 54 != 0x3ff/
socket-of-any@bpf/include/tamiz/test_sock.bpf.h@socket@s/if (is_any \&\& !(flags/if (0 \&\& !(flags/
socket-of-any6@bpf/include/tamiz/test_sock.bpf.h@socket6@s/? !sk->src_ip4/? !sk->src_ip4 : 1 ? 0/
socket-transparent@bpf/include/tamiz/test_sock.bpf.h@socket@s/flags \& TZ_SOCKET_TRANSPARENT ? TZ_TEST_UNKNOWN/flags \& 64 ? TZ_TEST_UNKNOWN/
socket-listens@bpf/include/tamiz/test_sock.bpf.h@socket@s/tcp != TZ_SOCKET_SYN/!tcp/
socket-of-other-port@bpf/include/tamiz/test_sock.bpf.h@socket@s/tuple->ipv4.sport = sport;/tuple->ipv4.sport = 0;/
socket-of-group@bpf/include/tamiz/test_sock.bpf.h@socket@s/addr\[0\] >> 28 == 14/addr[0] >> 28 == 99/
socket-of-error@bpf/include/tamiz/test_sock.bpf.h@socket@s/return (type >= 3/return 0 \&\& (type >= 3/
way-behind-throw6@bpf/include/tamiz/test_way.bpf.h@rpfilter6@s/way == TZ_WAY_SOMEWHERE || way == in ||/way == TZ_WAY_SOMEWHERE ||/
way-behind-throw-loosely6@bpf/include/tamiz/test_way.bpf.h@rpfilter6@s/(way > 0 \&\& flags \& TZ_WAY_LOOSE))$/0)/
second-test-unsure@compiler/opt/narrow.c@addrtype_twice@s/if (drops || !n->unsure)/if (n->options)/
unsure-before-fragment@compiler/opt/decide.c@addrtype_twice@s/if (n->unsure \&\&$/if (n->unsure \&\& !passes \&\&/
fragment-doubt-ignored@compiler/opt/narrow.c@string@s/if (doubts \& TZ_DOUBT_FRAGMENT \&\& is_fragment \&\&/if (doubts == 99 \&\& is_fragment \&\&/
segment-doubt-ignored@compiler/opt/narrow.c@string@s/n->has_segment |= doubts \& TZ_DOUBT_MERGE/n->has_segment |= doubts == 99/
behind-ah-merged@compiler/ir/facts.c@ah6@s/p->nft.has_proto \&\& tz_facts_never_merged/!p->nft.has_proto \&\& tz_facts_never_merged/
ecn-spares-fragments@compiler/ir/view.c@stale_tests@s/if (!is_ecn \&\& (!looks_at_options || p->fragment_offset))/if ((!is_ecn \&\& !looks_at_options) || p->fragment_offset)/
EOF
}

work=$(mktemp -d) || exit 3
trap 'rm -rf "$work"' EXIT
mkdir "$work/src" "$work/build"
(cd "$top_srcdir" && tar cf - --exclude=.git --exclude=autom4te.cache .) |
	tar xf - -C "$work/src"
chmod -R u+w "$work/src"
[ -x "$work/src/configure" ] || (cd "$work/src" && autoreconf -i) \
	>"$work/log" 2>&1 || { cat "$work/log"; exit 3; }

build() {
	make -C "$work/build" -s -j2 >"$work/log" 2>&1 &&
		make -C "$work/build" -s -j2 tests/oracle/oracle \
			>"$work/log" 2>&1
}

# Runs the oracle on rule file $1 with both engines; its worst exit status.
judge() {
	rule_file=$work/src/tests/oracle/rules/$1.rules
	shift
	options=$(sed -n 's/^# oracle: *//p' "$rule_file")
	worst=0
	for backend in legacy nft; do
		# The options are words.
		# shellcheck disable=SC2086
		"$work/build/tests/oracle/oracle" "$rule_file" --packets 3000 \
			--backend $backend --show 1 $options "$@" \
			>"$work/said" 2>&1
		status=$?
		[ $status -le $worst ] || worst=$status
		[ $status != 1 ] || return 1
	done
	return $worst
}

(cd "$work/build" && "$work/src/configure" -q CFLAGS="-O1 -g") &&
	build || {
	tail -20 "$work/log"
	exit 3
}

caught=0 n=0 bad=0
for rules in $(list | cut -d @ -f 3 | cut -d ' ' -f 1 | sort -u); do
	judge "$rules" || {
		echo "the unchanged tree fails on $rules:"
		cut -c 1-300 "$work/said" | tail -4
		bad=$((bad + 1))
	}
done
list >"$work/list"
while IFS=@ read -r name file rules script; do
	case " $* " in
	"  " | *" $name "*) ;;
	*) continue ;;
	esac
	n=$((n + 1))
	cp -p "$work/src/$file" "$work/original"
	sed "$script" "$work/original" >"$work/src/$file"
	if cmp -s "$work/original" "$work/src/$file"; then
		echo "$name: nothing to change in $file"
		bad=$((bad + 1))
	elif ! build; then
		echo "$name: does not build"
		grep -i -A3 "error" "$work/log" | head -6
		bad=$((bad + 1))
	else
		# The file name and the oracle's options are words.
		# shellcheck disable=SC2086
		judge $rules
		case $? in
		1)
			echo "$name: caught: $(head -1 "$work/said" |
				cut -c 1-60)"
			caught=$((caught + 1))
			;;
		0) echo "$name: NOT CAUGHT" ;;
		*)
			echo "$name: the oracle failed"
			tail -2 "$work/said" | cut -c 1-200
			bad=$((bad + 1))
			;;
		esac
	fi
	cp "$work/original" "$work/src/$file"
done <"$work/list"
echo "$caught of $n mutants caught"
[ "$caught" = "$n" ] && [ $bad = 0 ]
