/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Matches in terms of fields. The rule's own tests come first, in the order of
 * ipt_do_table: source, destination, interfaces, protocol, fragment; then the
 * extensions as they stand (SEMANTICS 7.1). What iptables-legacy and
 * iptables-nft judge differently, and no header match says (2.10), is opaque.
 */
#include "lower/match.h"

#include <string.h>

#include "lower/build.h"
#include "lower/match_bytes.h"
#include "lower/match_ct.h"
#include "lower/match_ext6.h"
#include "lower/match_fib.h"
#include "lower/match_fields.h"
#include "lower/match_own.h"
#include "lower/match_set.h"
#include "lower/match_state.h"

/* ---- the rule's own tests ---- */

static bool is_prefix_mask(tz_value mask, unsigned int bits)
{
	tz_value host = ~mask & tz_value_max(bits);

	return (host & (host + 1)) == 0;
}

static void add_address(struct tz_builder *b, enum tz_field field,
			const struct tz_sema_option *option,
			const struct tz_sema_address *address)
{
	unsigned int bits = tz_field_bits(field, b->family);

	if (!address)
		return;
	b->span = option->span;
	if (address->mask == 0 && !option->is_inverted)
		return; /* any address; `! 0/0` is none (SEMANTICS 5.1) */
	if (is_prefix_mask(address->mask, bits)) {
		tz_value host = ~address->mask & tz_value_max(bits);

		tz_build_add(b, tz_build_in_range(b, field, address->value,
						  address->value | host,
						  option->is_inverted));
		return;
	}

	struct tz_ir_match *match = tz_build_match(b, TZ_IR_MASKED);

	match->masked.field = field;
	match->masked.mask = address->mask;
	match->masked.value = address->value;
	tz_build_add(b, tz_build_inverted(b, match, option->is_inverted));
}

static void add_interfaces(struct tz_builder *b)
{
	const struct tz_sema_option *in = b->rule->in, *out = b->rule->out;

	if (in && *in->iface.name) {
		b->span = in->span;

		struct tz_ir_match *match = tz_build_match(b, TZ_IR_IFACE);

		match->iface.name = in->iface.name;
		match->iface.is_prefix = in->iface.is_prefix;
		tz_build_add(b, tz_build_inverted(b, match, in->is_inverted));
	} else if (in && in->is_inverted) {
		/* Never: legacy compares with an empty mask, nft with a name
		 * that no interface can have (SEMANTICS 5.3). */
		b->span = in->span;
		tz_build_add(b,
			     tz_build_in_range(b, TZ_FIELD_SRC, 1, 0, false));
	}
	if (out && (*out->iface.name || out->is_inverted)) {
		b->span = out->span;
		tz_build_opaque(b, "out-interface",
				"the output interface is decided by routing",
				TZ_IR_PURE);
	}
}

static void add_protocol(struct tz_builder *b)
{
	const struct tz_sema_option *proto = b->rule->proto;

	if (!proto)
		return;
	b->span = proto->span;
	if (proto->proto != 0)
		tz_build_add(b, tz_build_in_range(b, TZ_FIELD_PROTO,
						  proto->proto, proto->proto,
						  proto->is_inverted));
	else if (b->family == TZ_IPV6)
		/* SEMANTICS 4.3: legacy walks the headers all the same. */
		tz_build_opaque(b, "protocol",
				"'-p all' drops packets with broken extension "
				"headers in iptables-legacy only",
				TZ_IR_PURE);
}

static void add_fragment(struct tz_builder *b)
{
	const struct tz_sema_option *fragment = b->rule->fragment;

	if (!fragment)
		return;
	b->span = fragment->span;
	tz_build_add(b, tz_build_in_range(b, TZ_FIELD_LATER_FRAGMENT, 1, 1,
					  fragment->is_inverted));
}

/* ---- extensions ---- */

/* One --sport or --dport of tcp and udp. */
static void add_port(struct tz_builder *b, enum tz_field field,
		     const struct tz_sema_option *option)
{
	if (!option)
		return;

	struct tz_sema_ports ports = option->ports.at[0];

	b->span = option->span;
	if (ports.lo != 0 || ports.hi != 65535)
		tz_build_add(b, tz_build_in_range(b, field, ports.lo, ports.hi,
						  option->is_inverted));
	else if (option->is_inverted)
		tz_build_opaque(b, option->meaning->name,
				"'!' before all ports never matches in "
				"iptables-legacy and always in iptables-nft",
				TZ_IR_PURE); /* SEMANTICS 5.4 */
}

static void add_flags(struct tz_builder *b, uint8_t mask, uint8_t value,
		      bool is_inverted)
{
	if (mask == 0) { /* iptables-nft tests nothing then */
		if ((value == 0) == is_inverted)
			tz_build_opaque(
				b, "tcp-flags",
				"without flags to look at it never matches "
				"in iptables-legacy and always in "
				"iptables-nft",
				TZ_IR_PURE);
		return;
	}
	if ((value & ~mask) != 0) { /* SEMANTICS 5.6 */
		tz_build_add(b, tz_build_in_range(b, TZ_FIELD_TCP_FLAGS, 1, 0,
						  is_inverted));
		return;
	}

	struct tz_ir_match *match = tz_build_match(b, TZ_IR_MASKED);

	match->masked.field = TZ_FIELD_TCP_FLAGS;
	match->masked.mask = mask;
	match->masked.value = value;
	tz_build_add(b, tz_build_inverted(b, match, is_inverted));
}

static bool is_test(const struct tz_sema_option *ports)
{
	return ports && (ports->is_inverted || ports->ports.at[0].lo != 0 ||
			 ports->ports.at[0].hi != 65535);
}

/*
 * Whether iptables-nft 1.8.9 writes the match as native expressions: it asks
 * xt_tcpudp when nothing is tested, and for --tcp-option (SEMANTICS 2.10, and
 * `nft --debug=netlink list ruleset`).
 */
static bool is_native(const struct tz_sema_use *use)
{
	const struct tz_sema_option *flags = tz_sema_option(use, "tcp-flags");

	if (tz_sema_option(use, "tcp-option"))
		return false;
	return is_test(tz_sema_option(use, "source-port")) ||
	       is_test(tz_sema_option(use, "destination-port")) ||
	       tz_sema_option(use, "syn") ||
	       (flags && (flags->is_inverted || flags->flags.mask != 0 ||
			  flags->flags.value != 0));
}

static void add_tcp(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *option = tz_sema_option(use, "tcp-option");
	const struct tz_sema_option *flags = tz_sema_option(use, "tcp-flags");
	const struct tz_sema_option *syn = tz_sema_option(use, "syn");

	tz_build_header(b, 20, is_native(use));
	add_port(b, TZ_FIELD_SPORT, tz_sema_option(use, "source-port"));
	add_port(b, TZ_FIELD_DPORT, tz_sema_option(use, "destination-port"));
	if (flags) {
		b->span = flags->span;
		add_flags(b, flags->flags.mask, flags->flags.value,
			  flags->is_inverted);
	} else if (syn) {
		b->span = syn->span;
		add_flags(b, 0x17, 0x02, syn->is_inverted);
	}
	if (option) {
		b->span = option->span;
		tz_build_test(
			b, TZ_TEST_TCP_OPTION, 2,
			(uint64_t[]){ option->number, option->is_inverted });
	}
}

static void add_udp(struct tz_builder *b, const struct tz_sema_use *use)
{
	tz_build_header(b, 8, is_native(use));
	add_port(b, TZ_FIELD_SPORT, tz_sema_option(use, "source-port"));
	add_port(b, TZ_FIELD_DPORT, tz_sema_option(use, "destination-port"));
}

static void add_icmp(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;

	tz_build_header(b, 8, false);
	b->span = o->span;
	if (o->icmp.is_any) {
		if (o->is_inverted) /* never */
			tz_build_add(b, tz_build_in_range(b, TZ_FIELD_ICMP_TYPE,
							  1, 0, false));
		return;
	}

	bool has_code = o->icmp.code_lo != 0 || o->icmp.code_hi != 255;

	if (!has_code) {
		tz_build_add(b, tz_build_in_range(b, TZ_FIELD_ICMP_TYPE,
						  o->icmp.type, o->icmp.type,
						  o->is_inverted));
		return;
	}

	struct tz_ir_match *type = tz_build_in_range(
		b, TZ_FIELD_ICMP_TYPE, o->icmp.type, o->icmp.type, false);
	struct tz_ir_match *code = tz_build_in_range(
		b, TZ_FIELD_ICMP_CODE, o->icmp.code_lo, o->icmp.code_hi, false);

	if (o->is_inverted) {
		tz_build_add(b,
			     tz_build_inverted(
				     b, tz_build_with(b, TZ_IR_AND, type, code),
				     true));
		return;
	}
	tz_build_add(b, type);
	tz_build_add(b, code);
}

static void add_multiport(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;
	struct tz_interval *list =
		tz_new_array(b->ir->arena, struct tz_interval, o->ports.n);

	for (size_t i = 0; i < o->ports.n; i++)
		list[i] = (struct tz_interval){ o->ports.at[i].lo,
						o->ports.at[i].hi };
	tz_build_header(b, 4, false);
	b->span = o->span;
	if (strcmp(o->meaning->name, "ports") != 0) {
		bool is_source = strcmp(o->meaning->name, "source-ports") == 0;

		tz_build_add(
			b,
			tz_build_in_intervals(
				b, is_source ? TZ_FIELD_SPORT : TZ_FIELD_DPORT,
				list, o->ports.n, o->is_inverted));
		return;
	}
	/* SEMANTICS 5.5: either end; `!` negates the whole. */
	tz_build_add(
		b,
		tz_build_inverted(
			b,
			tz_build_with(
				b, TZ_IR_OR,
				tz_build_in_intervals(b, TZ_FIELD_SPORT, list,
						      o->ports.n, false),
				tz_build_in_intervals(b, TZ_FIELD_DPORT, list,
						      o->ports.n, false)),
			o->is_inverted));
}

static void add_range(struct tz_builder *b, enum tz_field field,
		      const struct tz_sema_option *o)
{
	if (!o)
		return;
	b->span = o->span;
	tz_build_add(b, tz_build_in_range(b, field, o->range.lo, o->range.hi,
					  o->is_inverted));
}

static void add_iprange(struct tz_builder *b, const struct tz_sema_use *use)
{
	add_range(b, TZ_FIELD_SRC, tz_sema_option(use, "src-range"));
	add_range(b, TZ_FIELD_DST, tz_sema_option(use, "dst-range"));
}

static void add_mac(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;

	b->span = o->span;
	tz_build_add(b, tz_build_in_range(b, TZ_FIELD_MAC_SRC, o->mac, o->mac,
					  o->is_inverted));
}

static void add_nothing(struct tz_builder *b, const struct tz_sema_use *use)
{
	(void)b;
	(void)use;
}

/* ---- any extension ---- */

static bool use_writes(struct tz_builder *b, const struct tz_sema_use *use)
{
	size_t n = 0, i = 0;

	for (const struct tz_sema_option *o = use->options; o; o = o->next)
		n++;

	const struct tz_ext_option **given =
		tz_new_array(b->ir->arena, const struct tz_ext_option *, n);

	for (const struct tz_sema_option *o = use->options; o; o = o->next)
		given[i++] = o->row;
	return tz_ext_writes(use->ext, given, n);
}

static void add_use(struct tz_builder *b, const struct tz_sema_use *use)
{
	static const struct {
		const char *ext;
		void (*add)(struct tz_builder *b,
			    const struct tz_sema_use *use);
	} rows[] = {
		{ "tcp", add_tcp },
		{ "udp", add_udp },
		{ "icmp", add_icmp },
		{ "icmp6", add_icmp },
		{ "multiport", add_multiport },
		{ "iprange", add_iprange },
		{ "mac", add_mac },
		{ "addrtype", tz_lower_addrtype },
		{ "rpfilter", tz_lower_rpfilter },
		{ "socket", tz_lower_socket },
		{ "comment", add_nothing },
	};

	struct tz_test test;

	b->span = use->span;
	if (tz_lower_ext6(b->ir->arena, use, &test)) {
		struct tz_ir_match *match = tz_build_match(b, TZ_IR_TEST);

		match->test = test;
		tz_build_add(b, match);
		return;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].ext, use->ext->name) == 0) {
			rows[i].add(b, use);
			return;
		}
	}
	if (tz_lower_fields(b, use) || tz_lower_bytes(b, use) ||
	    tz_lower_ct(b, use) || tz_lower_own(b, use) ||
	    (strcmp(use->ext->name, "set") == 0 && tz_lower_set(b, use)))
		return;
	tz_build_opaque(b, use->ext->name, use->ext->reason,
			use_writes(b, use) ? TZ_IR_WRITES : TZ_IR_PURE)
		->opaque.state = tz_lower_state(b, use);
}

struct tz_ir_match *tz_lower_matches(struct tz_ir *ir, enum tz_family family,
				     enum tz_table table,
				     const struct tz_sema_rule *rule,
				     const struct tz_sema_address *src,
				     const struct tz_sema_address *dst)
{
	struct tz_builder b = {
		.ir = ir, .family = family, .table = table, .rule = rule
	};

	b.tail = &b.first;
	add_address(&b, TZ_FIELD_SRC, rule->src, src);
	add_address(&b, TZ_FIELD_DST, rule->dst, dst);
	add_interfaces(&b);
	add_protocol(&b);
	add_fragment(&b);
	for (const struct tz_sema_use *u = rule->matches; u; u = u->next)
		add_use(&b, u);
	return b.first;
}
