/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conditions as C over the locals that TZ_READ (rules.bpf.h) declares: src,
 * dst (IPv4) or src_hi, src_lo, dst_hi, dst_lo, and sport, dport, proto,
 * flags, l4, class, mac; and calls of tests (tests.c).
 */
#include "backend/ebpf/emit.h"

#include <inttypes.h>

struct printer {
	const struct tz_plan *plan;
	enum tz_family family;
	struct tz_buf *out;
	bool is_first;
};

static void and (struct printer * p)
{
	tz_buf_puts(p->out, p->is_first ? "" : " &&\n\t    ");
	p->is_first = false;
}

static const char *name_of(enum tz_field field)
{
	switch (field) {
	case TZ_FIELD_MAC_SRC:
		return "mac";
	case TZ_FIELD_SRC:
		return "src";
	case TZ_FIELD_DST:
		return "dst";
	case TZ_FIELD_PROTO:
		return "proto";
	case TZ_FIELD_SPORT:
		return "sport";
	case TZ_FIELD_DPORT:
		return "dport";
	case TZ_FIELD_TCP_FLAGS:
		return "flags";
	case TZ_FIELD_ICMP_TYPE:
		return "(dport >> 8)";
	case TZ_FIELD_ICMP_CODE:
		return "(dport & 255)";
	case TZ_FIELD_LENGTH:
		return "s->key.ip_len";
	case TZ_FIELD_TTL:
		return "tz_ttl(s)";
	case TZ_FIELD_TOS:
		return "s->key.tos";
	case TZ_FIELD_PACKET_TYPE:
		return "s->key.link_type";
	case TZ_FIELD_SPI:
		return "(__u32)(l4 >> TZ_L4_DPORT_SHIFT)";
	case TZ_FIELD_CPI:
		return "dport";
	case TZ_FIELD_DCCP_TYPE:
		return "flags";
	case TZ_FIELD_CPU:
		return "bpf_get_smp_processor_id()";
	case TZ_FIELD_MARK:
	case TZ_FIELD_LATER_FRAGMENT:
	case TZ_N_FIELDS:
		break;
	}
	return "";
}

static bool is_wide(const struct printer *p, enum tz_field field)
{
	return tz_field_bits(field, p->family) > 64;
}

static void number(struct printer *p, enum tz_field field, tz_value value)
{
	uint64_t v = (uint64_t)value;
	bool is_address = field == TZ_FIELD_SRC || field == TZ_FIELD_DST;

	if (field == TZ_FIELD_MAC_SRC)
		tz_buf_printf(p->out, "0x%012" PRIx64 "ull", v);
	else if (is_address || field == TZ_FIELD_TCP_FLAGS)
		tz_buf_printf(p->out, "0x%" PRIx64, v);
	else
		tz_buf_printf(p->out, "%" PRIu64, v);
}

static void masked(struct printer *p, enum tz_field field, tz_value mask,
		   tz_value value, bool is_negated)
{
	const char *name = name_of(field), *op = is_negated ? "!=" : "==";

	if (is_wide(p, field)) {
		tz_buf_printf(p->out,
			      "%s((%s_hi & 0x%" PRIx64 ") == 0x%" PRIx64
			      " && (%s_lo & 0x%" PRIx64 ") == 0x%" PRIx64 ")",
			      is_negated ? "!" : "", name,
			      (uint64_t)(mask >> 64), (uint64_t)(value >> 64),
			      name, (uint64_t)mask, (uint64_t)value);
		return;
	}
	if (mask == tz_value_max(tz_field_bits(field, p->family))) {
		tz_buf_printf(p->out, "%s %s ", name, op);
	} else {
		tz_buf_printf(p->out, "(%s & ", name);
		number(p, field, mask);
		tz_buf_printf(p->out, ") %s ", op);
	}
	number(p, field, value);
}

/* [lo, hi] as a prefix when it is one. */
static bool prefix_mask(tz_value lo, tz_value hi, unsigned int bits,
			tz_value *mask)
{
	tz_value differ = lo ^ hi;

	if (differ & (differ + 1) || lo & differ)
		return false;
	*mask = tz_value_max(bits) & ~differ;
	return true;
}

static void interval(struct printer *p, enum tz_field field,
		     const struct tz_interval *i)
{
	const char *name = name_of(field);
	unsigned int bits = tz_field_bits(field, p->family);
	bool is_address = field == TZ_FIELD_SRC || field == TZ_FIELD_DST;
	tz_value mask;

	if (i->lo == i->hi && !is_wide(p, field)) {
		tz_buf_printf(p->out, "%s == ", name);
		number(p, field, i->lo);
	} else if (is_address && prefix_mask(i->lo, i->hi, bits, &mask)) {
		masked(p, field, mask, i->lo, false);
	} else if (is_wide(p, field)) {
		tz_buf_printf(p->out,
			      "tz_between(%s_hi, %s_lo, 0x%" PRIx64
			      ", 0x%" PRIx64 ", 0x%" PRIx64 ", 0x%" PRIx64 ")",
			      name, name, (uint64_t)(i->lo >> 64),
			      (uint64_t)i->lo, (uint64_t)(i->hi >> 64),
			      (uint64_t)i->hi);
	} else if (!i->lo || i->hi == tz_value_max(bits)) {
		tz_buf_printf(p->out, "%s %s ", name, i->lo ? ">=" : "<=");
		number(p, field, i->lo ? i->lo : i->hi);
	} else {
		tz_buf_printf(p->out, "(%s >= ", name);
		number(p, field, i->lo);
		tz_buf_printf(p->out, " && %s <= ", name);
		number(p, field, i->hi);
		tz_buf_puts(p->out, ")");
	}
}

static void in_set(struct printer *p, enum tz_field field, struct tz_set set)
{
	struct tz_arena *arena = p->plan->arena;
	struct tz_set others =
		tz_set_complement(arena, set, tz_field_bits(field, p->family));
	bool is_negated = others.n < set.n;
	struct tz_set shown = is_negated ? others : set;

	if (!shown.n) {
		tz_buf_puts(p->out, is_negated ? "1" : "0");
		return;
	}
	if (is_negated)
		tz_buf_puts(p->out, "!");
	if (is_negated || shown.n > 1)
		tz_buf_puts(p->out, "(");
	for (size_t i = 0; i < shown.n; i++) {
		tz_buf_puts(p->out, i ? " || " : "");
		interval(p, field, &shown.at[i]);
	}
	if (is_negated || shown.n > 1)
		tz_buf_puts(p->out, ")");
}

static void term(struct printer *p, const struct tz_plan_term *t)
{
	static const char *const results[] = {
		[TZ_TEST_FALSE] = "FALSE",
		[TZ_TEST_TRUE] = "TRUE",
		[TZ_TEST_HOTDROP] = "HOTDROP",
		[TZ_TEST_UNREADABLE] = "UNREADABLE",
		[TZ_TEST_UNKNOWN] = "UNKNOWN",
	};

	switch (t->kind) {
	case TZ_TERM_IN:
		in_set(p, t->field, t->set);
		return;
	case TZ_TERM_MASKED:
		masked(p, t->field, t->mask, t->value, t->is_negated);
		return;
	case TZ_TERM_TEST:
		tz_ebpf_test(p->plan, t->test, p->out);
		tz_buf_printf(p->out, " == TZ_TEST_%s", results[t->result]);
		return;
	case TZ_TERM_STATE:
		tz_ebpf_state(p->plan, t->state, p->out);
		tz_buf_printf(p->out, " == TZ_TEST_%s",
			      results[t->state_result]);
		return;
	case TZ_TERM_ANY:
		tz_buf_puts(p->out, "(");
		for (const struct tz_plan_term *a = t->alternatives; a;
		     a = a->next) {
			term(p, a);
			tz_buf_puts(p->out, a->next ? " || " : "");
		}
		tz_buf_puts(p->out, ")");
		return;
	}
}

static void situations(struct printer *p, unsigned int s)
{
	static const char *const words[] = {
		"class == TZ_CLASS_WHOLE",
		"class == TZ_CLASS_SHORT",
		"class & TZ_CLASS_FRAGMENT",
		"class & TZ_CLASS_STUB",
	};
	bool is_first = true;

	if (s == TZ_SIT_ALL)
		return;
	and(p);
	if (s == TZ_SIT_OTHER) {
		tz_buf_puts(p->out, "class != TZ_CLASS_WHOLE");
		return;
	}
	if (s == TZ_SIT_WHOLE || s == TZ_SIT_SHORT) {
		tz_buf_puts(p->out, words[s - 1]);
		return;
	}
	tz_buf_puts(p->out, "(");
	for (int i = 0; i < 4; i++) {
		if (!(s >> i & 1))
			continue;
		tz_buf_printf(p->out, "%s%s", is_first ? "" : " || ", words[i]);
		is_first = false;
	}
	tz_buf_puts(p->out, ")");
}

void tz_ebpf_condition(const struct tz_plan *plan, enum tz_family family,
		       const struct tz_decision *d, struct tz_buf *out)
{
	struct printer p = { plan, family, out, true };

	situations(&p, d->situations);
	if (d->l4_mask) {
		and(&p);
		tz_buf_printf(out, "(l4 & 0x%" PRIx64 ") == 0x%" PRIx64,
			      d->l4_mask, d->l4);
	}
	for (const struct tz_plan_term *t = d->terms; t; t = t->next) {
		and(&p);
		term(&p, t);
	}
}
