/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Matches in terms of fields. The rule's own tests come first, in the order of
 * ipt_do_table: source, destination, interfaces, protocol, fragment; then the
 * extensions as they stand (SEMANTICS 7.1). What iptables-legacy and
 * iptables-nft judge differently, and no header match says (2.10), is opaque.
 */
#include "lower/match.h"

#include <string.h>

#include "lower/match_ext6.h"
#include "lower/match_bytes.h"

struct builder {
	struct tz_ir *ir;
	enum tz_family family;
	const struct tz_sema_rule *rule;
	struct tz_ir_match *first, **tail;
	struct tz_span span; /* of the match at hand */
};

static struct tz_ir_match *new_match(struct builder *b,
				     enum tz_ir_match_kind kind)
{
	return tz_ir_new_match(b->ir, kind, b->span);
}

static void add(struct builder *b, struct tz_ir_match *match)
{
	*b->tail = match;
	b->tail = &match->next;
}

static void add_opaque(struct builder *b, const char *name, const char *reason,
		       enum tz_ir_effect effect)
{
	struct tz_ir_match *match = new_match(b, TZ_IR_OPAQUE);

	match->opaque.name = name;
	match->opaque.reason = reason;
	match->opaque.effect = effect;
	add(b, match);
}

static void add_test(struct builder *b, enum tz_test_id id, size_t n_args,
		     const uint64_t *args)
{
	struct tz_ir_match *match = new_match(b, TZ_IR_TEST);
	uint64_t *copy = tz_new_array(b->ir->arena, uint64_t, n_args);

	memcpy(copy, args, n_args * sizeof(*args));
	match->test = (struct tz_test){
		.id = id,
		.n_args = n_args,
		.args = copy,
	};
	add(b, match);
}

static struct tz_ir_match *test_match(struct builder *b, struct tz_test test)
{
	struct tz_ir_match *match = new_match(b, TZ_IR_TEST);

	match->test = test;
	return match;
}

static struct tz_ir_match *in_set(struct builder *b, enum tz_field field,
				  struct tz_set set)
{
	struct tz_ir_match *match = new_match(b, TZ_IR_IN);

	match->in.field = field;
	match->in.set = set;
	return match;
}

/* field IN the @n intervals, or not in them. */
static struct tz_ir_match *in_intervals(struct builder *b, enum tz_field field,
					const struct tz_interval *at, size_t n,
					bool is_inverted)
{
	struct tz_set set = tz_set_of(b->ir->arena, at, n);

	if (is_inverted)
		set = tz_set_complement(b->ir->arena, set,
					tz_field_bits(field, b->family));
	return in_set(b, field, set);
}

/* field IN lo-hi; empty when lo > hi. */
static struct tz_ir_match *in_range(struct builder *b, enum tz_field field,
				    tz_value lo, tz_value hi, bool is_inverted)
{
	struct tz_interval interval = { lo, hi };

	return in_intervals(b, field, &interval, lo <= hi, is_inverted);
}

static struct tz_ir_match *with_operands(struct builder *b,
					 enum tz_ir_match_kind kind,
					 struct tz_ir_match *first,
					 struct tz_ir_match *second)
{
	struct tz_ir_match *match = new_match(b, kind);

	first->next = second;
	match->operands = first;
	return match;
}

static struct tz_ir_match *inverted(struct builder *b,
				    struct tz_ir_match *match, bool is_inverted)
{
	return is_inverted ? with_operands(b, TZ_IR_NOT, match, NULL) : match;
}

/* ---- the rule's own tests ---- */

static bool is_prefix_mask(tz_value mask, unsigned int bits)
{
	tz_value host = ~mask & tz_value_max(bits);

	return (host & (host + 1)) == 0;
}

static void add_address(struct builder *b, enum tz_field field,
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

		add(b, in_range(b, field, address->value, address->value | host,
				option->is_inverted));
		return;
	}

	struct tz_ir_match *match = new_match(b, TZ_IR_MASKED);

	match->masked.field = field;
	match->masked.mask = address->mask;
	match->masked.value = address->value;
	add(b, inverted(b, match, option->is_inverted));
}

static void add_interfaces(struct builder *b)
{
	const struct tz_sema_option *in = b->rule->in, *out = b->rule->out;

	if (in && *in->iface.name) {
		b->span = in->span;

		struct tz_ir_match *match = new_match(b, TZ_IR_IFACE);

		match->iface.name = in->iface.name;
		match->iface.is_prefix = in->iface.is_prefix;
		add(b, inverted(b, match, in->is_inverted));
	} else if (in && in->is_inverted) {
		/* Never: legacy compares with an empty mask, nft with a name
		 * that no interface can have (SEMANTICS 5.3). */
		b->span = in->span;
		add(b, in_range(b, TZ_FIELD_SRC, 1, 0, false));
	}
	if (out && (*out->iface.name || out->is_inverted)) {
		b->span = out->span;
		add_opaque(b, "out-interface",
			   "the output interface is decided by routing",
			   TZ_IR_PURE);
	}
}

static void add_protocol(struct builder *b)
{
	const struct tz_sema_option *proto = b->rule->proto;

	if (!proto)
		return;
	b->span = proto->span;
	if (proto->proto != 0)
		add(b, in_range(b, TZ_FIELD_PROTO, proto->proto, proto->proto,
				proto->is_inverted));
	else if (b->family == TZ_IPV6)
		/* SEMANTICS 4.3: legacy walks the headers all the same. */
		add_opaque(b, "protocol",
			   "'-p all' drops packets with broken extension "
			   "headers in iptables-legacy only",
			   TZ_IR_PURE);
}

static void add_fragment(struct builder *b)
{
	const struct tz_sema_option *fragment = b->rule->fragment;

	if (!fragment)
		return;
	b->span = fragment->span;
	add(b,
	    in_range(b, TZ_FIELD_LATER_FRAGMENT, 1, 1, fragment->is_inverted));
}

/* ---- extensions ---- */

static uint8_t rule_proto(const struct builder *b)
{
	return b->rule->proto ? b->rule->proto->proto : 0;
}

static void add_header(struct builder *b, uint8_t bytes, bool is_native)
{
	struct tz_ir_match *match = new_match(b, TZ_IR_HEADER);

	match->header.proto = rule_proto(b);
	match->header.bytes = bytes;
	match->header.offset_one_drops = bytes == 20;
	match->header.is_native_in_nft = is_native;
	add(b, match);
}

/* One --sport or --dport of tcp and udp. */
static void add_port(struct builder *b, enum tz_field field,
		     const struct tz_sema_option *option)
{
	if (!option)
		return;

	struct tz_sema_ports ports = option->ports.at[0];

	b->span = option->span;
	if (ports.lo != 0 || ports.hi != 65535)
		add(b, in_range(b, field, ports.lo, ports.hi,
				option->is_inverted));
	else if (option->is_inverted)
		add_opaque(b, option->meaning->name,
			   "'!' before all ports never matches in "
			   "iptables-legacy and always in iptables-nft",
			   TZ_IR_PURE); /* SEMANTICS 5.4 */
}

static void add_flags(struct builder *b, uint8_t mask, uint8_t value,
		      bool is_inverted)
{
	if (mask == 0) { /* iptables-nft tests nothing then */
		if ((value == 0) == is_inverted)
			add_opaque(b, "tcp-flags",
				   "without flags to look at it never matches "
				   "in iptables-legacy and always in "
				   "iptables-nft",
				   TZ_IR_PURE);
		return;
	}
	if ((value & ~mask) != 0) { /* SEMANTICS 5.6 */
		add(b, in_range(b, TZ_FIELD_TCP_FLAGS, 1, 0, is_inverted));
		return;
	}

	struct tz_ir_match *match = new_match(b, TZ_IR_MASKED);

	match->masked.field = TZ_FIELD_TCP_FLAGS;
	match->masked.mask = mask;
	match->masked.value = value;
	add(b, inverted(b, match, is_inverted));
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

static void add_tcp(struct builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *option = tz_sema_option(use, "tcp-option");
	const struct tz_sema_option *flags = tz_sema_option(use, "tcp-flags");
	const struct tz_sema_option *syn = tz_sema_option(use, "syn");

	add_header(b, 20, is_native(use));
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
		add_test(b, TZ_TEST_TCP_OPTION, 2,
			 (uint64_t[]){ option->number, option->is_inverted });
	}
}

static void add_udp(struct builder *b, const struct tz_sema_use *use)
{
	add_header(b, 8, is_native(use));
	add_port(b, TZ_FIELD_SPORT, tz_sema_option(use, "source-port"));
	add_port(b, TZ_FIELD_DPORT, tz_sema_option(use, "destination-port"));
}

static void add_icmp(struct builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;

	add_header(b, 8, false);
	b->span = o->span;
	if (o->icmp.is_any) {
		if (o->is_inverted) /* never */
			add(b, in_range(b, TZ_FIELD_ICMP_TYPE, 1, 0, false));
		return;
	}

	bool has_code = o->icmp.code_lo != 0 || o->icmp.code_hi != 255;

	if (!has_code) {
		add(b, in_range(b, TZ_FIELD_ICMP_TYPE, o->icmp.type,
				o->icmp.type, o->is_inverted));
		return;
	}

	struct tz_ir_match *type = in_range(b, TZ_FIELD_ICMP_TYPE, o->icmp.type,
					    o->icmp.type, false);
	struct tz_ir_match *code = in_range(
		b, TZ_FIELD_ICMP_CODE, o->icmp.code_lo, o->icmp.code_hi, false);

	if (o->is_inverted) {
		add(b,
		    inverted(b, with_operands(b, TZ_IR_AND, type, code), true));
		return;
	}
	add(b, type);
	add(b, code);
}

static void add_multiport(struct builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;
	struct tz_interval *list =
		tz_new_array(b->ir->arena, struct tz_interval, o->ports.n);

	for (size_t i = 0; i < o->ports.n; i++)
		list[i] = (struct tz_interval){ o->ports.at[i].lo,
						o->ports.at[i].hi };
	add_header(b, 4, false);
	b->span = o->span;
	if (strcmp(o->meaning->name, "ports") != 0) {
		bool is_source = strcmp(o->meaning->name, "source-ports") == 0;

		add(b,
		    in_intervals(b, is_source ? TZ_FIELD_SPORT : TZ_FIELD_DPORT,
				 list, o->ports.n, o->is_inverted));
		return;
	}
	/* SEMANTICS 5.5: either end; `!` negates the whole. */
	add(b, inverted(b,
			with_operands(b, TZ_IR_OR,
				      in_intervals(b, TZ_FIELD_SPORT, list,
						   o->ports.n, false),
				      in_intervals(b, TZ_FIELD_DPORT, list,
						   o->ports.n, false)),
			o->is_inverted));
}

static void add_range(struct builder *b, enum tz_field field,
		      const struct tz_sema_option *o)
{
	if (!o)
		return;
	b->span = o->span;
	add(b, in_range(b, field, o->range.lo, o->range.hi, o->is_inverted));
}

static void add_iprange(struct builder *b, const struct tz_sema_use *use)
{
	add_range(b, TZ_FIELD_SRC, tz_sema_option(use, "src-range"));
	add_range(b, TZ_FIELD_DST, tz_sema_option(use, "dst-range"));
}

static void add_mac(struct builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;

	b->span = o->span;
	add(b, in_range(b, TZ_FIELD_MAC_SRC, o->mac, o->mac, o->is_inverted));
}

static void add_tcpmss(struct builder *b, const struct tz_sema_use *use)
{
	b->span = use->options->span;
	add(b, test_match(b, tz_lower_tcpmss(b->ir->arena, use->options)));
}

static void add_u32(struct builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;

	b->span = o->span;
	add(b, inverted(b, test_match(b, tz_lower_u32(b->ir->arena, o)),
			o->is_inverted));
}

static void add_string(struct builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = tz_sema_option(use, "string");
	struct tz_test test;

	if (!o)
		o = tz_sema_option(use, "hex-string");
	b->span = o->span;
	if (tz_lower_string(b->ir->arena, use, &test))
		add(b, inverted(b, test_match(b, test), o->is_inverted));
	else
		add_opaque(b, "string",
			   "bm and kmp differ about the case of bytes bf, df "
			   "and ff",
			   TZ_IR_PURE);
}

static void add_nothing(struct builder *b, const struct tz_sema_use *use)
{
	(void)b;
	(void)use;
}

/* ---- any extension ---- */

static bool use_writes(struct builder *b, const struct tz_sema_use *use)
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

static void add_use(struct builder *b, const struct tz_sema_use *use)
{
	static const struct {
		const char *ext;
		void (*add)(struct builder *b, const struct tz_sema_use *use);
	} rows[] = {
		{ "tcp", add_tcp },
		{ "udp", add_udp },
		{ "icmp", add_icmp },
		{ "icmp6", add_icmp },
		{ "multiport", add_multiport },
		{ "iprange", add_iprange },
		{ "mac", add_mac },
		{ "tcpmss", add_tcpmss },
		{ "u32", add_u32 },
		{ "string", add_string },
		{ "comment", add_nothing },
	};

	struct tz_test test;

	b->span = use->span;
	if (tz_lower_ext6(b->ir->arena, use, &test)) {
		struct tz_ir_match *match = new_match(b, TZ_IR_TEST);

		match->test = test;
		add(b, match);
		return;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].ext, use->ext->name) == 0) {
			rows[i].add(b, use);
			return;
		}
	}
	add_opaque(b, use->ext->name, use->ext->reason,
		   use_writes(b, use) ? TZ_IR_WRITES : TZ_IR_PURE);
}

struct tz_ir_match *tz_lower_matches(struct tz_ir *ir, enum tz_family family,
				     const struct tz_sema_rule *rule,
				     const struct tz_sema_address *src,
				     const struct tz_sema_address *dst)
{
	struct builder b = { .ir = ir, .family = family, .rule = rule };

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
