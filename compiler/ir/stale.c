/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pass over the IR: which matches read what an earlier target may have
 * written (TTL, TOS, MARK, TCPMSS ...). What the packet says is then not what
 * the rule sees, and its value is unknown to everybody who has only the packet.
 *
 * The chains are walked in the order in which the kernel calls them, and what
 * a rule may write counts for all that follows, whether it matches or not. A
 * chain that is called from several places is walked again when more may have
 * been written before a call.
 */
#include "ir/ir.h"

#include <string.h>

#include "model/test.h"

#define BIT(field) (UINT32_C(1) << TZ_FIELD_##field)
/* Bytes that are no field's: TCP options. */
#define OTHER_BYTES (UINT32_C(1) << TZ_N_FIELDS)

/* What -m state says in the raw table; the mark of the connection. */
#define RAW_STATE (UINT32_C(1) << (TZ_N_FIELDS + 1))
#define CONNMARK (UINT32_C(1) << (TZ_N_FIELDS + 2))

_Static_assert(TZ_N_FIELDS + 2 < 31, "a bit for each field");

/* Of a chain: what may be written before it, and in it. */
struct walked {
	bool is_seen;
	uint32_t before, own;
};

struct stale {
	const struct tz_ir *ir;
	struct walked *chains; /* by index */
	uint32_t host;         /* what others may write behind the raw table */
	size_t n_marked;
};

/* What a target writes besides what NAT is known to. */
static uint32_t writes_of_target(const struct tz_ir_rule *rule)
{
	static const struct {
		const char *target;
		uint32_t fields;
		const char *option; /* only with it; NULL: always */
	} rows[] = {
		{ "MARK", BIT(MARK), NULL },
		{ "HMARK", BIT(MARK), NULL },
		{ "CONNMARK", BIT(MARK), "--restore-mark" },
		{ "CONNMARK", CONNMARK, NULL },
		{ "NOTRACK", RAW_STATE, NULL },
		{ "CT", RAW_STATE, NULL },
		{ "SET", BIT(MARK), "--map-mark" },
		{ "TPROXY", BIT(MARK), NULL },
		{ "TTL", BIT(TTL), NULL },
		{ "HL", BIT(TTL), NULL },
		{ "TOS", BIT(TOS), NULL },
		{ "DSCP", BIT(TOS), NULL },
		{ "ECN", BIT(TOS) | BIT(TCP_FLAGS), NULL },
		{ "TCPMSS", BIT(LENGTH) | OTHER_BYTES, NULL },
		{ "TCPOPTSTRIP", OTHER_BYTES, NULL },
		{ "CHECKSUM", OTHER_BYTES, NULL },
		{ "CLUSTERIP", BIT(PACKET_TYPE), NULL },
		{ "SNPT", BIT(SRC), NULL },
		{ "DNPT", BIT(DST), NULL },
	};

	/* what most rules end with writes nothing */
	if (rule->verdict == TZ_IR_ACCEPT || rule->verdict == TZ_IR_DROP ||
	    rule->verdict == TZ_IR_RETURN)
		return 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].target, rule->target) == 0 &&
		    (!rows[i].option || strstr(rule->text, rows[i].option)))
			return rows[i].fields;
	return 0;
}

/* `-m socket --restore-skmark` sets the mark. */
static uint32_t writes_of(const struct tz_ir_rule *rule)
{
	bool restores = strstr(rule->text, "--restore-skmark");

	return (rule->chain ? 0 : writes_of_target(rule)) |
	       (restores ? BIT(MARK) : 0);
}

bool tz_ir_writes_connection(const struct tz_ir_rule *rule)
{
	return rule->verdict == TZ_IR_OTHER &&
	       (!strcmp(rule->target, "CONNMARK") ||
		!strcmp(rule->target, "CONNSECMARK"));
}

uint32_t tz_ir_rule_writes(const struct tz_ir_rule *rule)
{
	return writes_of(rule);
}

bool tz_ir_writes_bytes(uint32_t writes)
{
	return writes & ~(BIT(MARK) | BIT(PACKET_TYPE) | RAW_STATE | CONNMARK |
			  TZ_IR_HAS_ENTRIES);
}

bool tz_ir_writes_addresses(uint32_t writes)
{
	return writes & (BIT(SRC) | BIT(DST));
}

/*
 * Targets that write bytes behind the IP header do so in TCP only, and in none
 * of its ports: what other protocols' tests read stays as it was.
 */
static uint32_t reads_of_test(enum tz_test_id id)
{
	switch (id) {
	case TZ_TEST_U32:
	case TZ_TEST_STRING:
	case TZ_TEST_BPF:
		return ~(BIT(MARK) | BIT(PACKET_TYPE) | RAW_STATE | CONNMARK);
	case TZ_TEST_TCP_OPTION:
	case TZ_TEST_TCPMSS:
		return OTHER_BYTES;
	case TZ_TEST_SRC_KIND:
	case TZ_TEST_EUI64:
		return BIT(SRC);
	case TZ_TEST_DST_KIND:
		return BIT(DST);
	case TZ_TEST_SET:
	case TZ_TEST_SOCKET:
		return BIT(SRC) | BIT(DST);
	case TZ_TEST_RPFILTER: /* the mark only with --validmark, opaque */
		return BIT(SRC) | BIT(DST) | BIT(TOS);
	case TZ_TEST_FRAG:
	case TZ_TEST_OPTIONS:
	case TZ_TEST_RT:
	case TZ_TEST_AH6:
	case TZ_TEST_IPV6HEADER:
	case TZ_TEST_MH:
	case TZ_TEST_SRH:
	case TZ_TEST_SCTP_CHUNKS:
	case TZ_TEST_DCCP_OPTION:
	case TZ_TEST_TIME:
	case TZ_TEST_STATISTIC:
	case TZ_TEST_CT: /* see below */
	case TZ_N_TESTS:
		break;
	}
	return 0;
}

/* Behind raw, what the kernel makes of NOTRACK is one of the states. */
static uint32_t reads_of_ct(const struct tz_test *test)
{
	if (test->args[TZ_CT_ARG_IS_RAW])
		return RAW_STATE;
	return test->args[TZ_CT_ARG_MATCH] == TZ_CT_OF_CONNMARK ? CONNMARK : 0;
}

/* What is remembered, or chooses the bucket. */
static uint32_t reads_of_state(const struct tz_state *state)
{
	switch (state->id) {
	case TZ_STATE_RECENT:
		return BIT(SRC) | BIT(DST) | BIT(TTL);
	case TZ_STATE_HASHLIMIT:
	case TZ_STATE_PUT:
		return BIT(SRC) | BIT(DST);
	case TZ_STATE_LIMIT:
	case TZ_STATE_QUOTA:
	case TZ_STATE_NTH:
	case TZ_N_STATES:
		break;
	}
	return 0;
}

/* What @match reads, as far as targets write it. */
static uint32_t reads_of(const struct tz_ir_match *match)
{
	switch (match->kind) {
	case TZ_IR_IN:
		return UINT32_C(1) << match->in.field;
	case TZ_IR_MASKED:
		return UINT32_C(1) << match->masked.field;
	case TZ_IR_TEST:
		return match->test.id == TZ_TEST_CT
			       ? reads_of_ct(&match->test)
			       : reads_of_test(match->test.id);
	case TZ_IR_IFACE:
	case TZ_IR_HEADER:
	case TZ_IR_NOT:
	case TZ_IR_AND:
	case TZ_IR_OR:
		break;
	case TZ_IR_OPAQUE:
		return match->opaque.state ? reads_of_state(match->opaque.state)
					   : 0;
	}
	return 0;
}

static void mark(struct stale *s, struct tz_ir_match *match, uint32_t written)
{
	for (; match; match = match->next) {
		if (tz_ir_has_operands(match)) {
			mark(s, match->operands, written);
		} else if (!match->is_stale && reads_of(match) & written) {
			match->is_stale = true;
			s->n_marked++;
		}
	}
}

/* Returns what is written in @chain. Depth is bounded by tz_ir_verify. */
static uint32_t walk(struct stale *s, const struct tz_ir_chain *chain,
		     uint32_t before)
{
	struct walked *w = &s->chains[chain->index];
	uint32_t own = 0;

	if (w->is_seen && !(before & ~w->before))
		return w->own;
	w->is_seen = true;
	w->before |= before;
	for (size_t i = 0; i < chain->rules.n; i++) {
		const struct tz_ir_rule *rule = chain->rules.at[i];

		mark(s, rule->matches, w->before | own);
		if (rule->chain)
			own |= walk(s, rule->chain, w->before | own);
		own |= writes_of(rule);
	}
	w->own = own;
	return own;
}

static uint32_t walk_hook(struct stale *s, enum tz_family family,
			  enum tz_hook hook, uint32_t written)
{
	for (int table = 0; table < TZ_N_TABLES; table++) {
		const struct tz_ir_chain *chain =
			tz_ir_find_chain(s->ir, family, (enum tz_table)table,
					 tz_hook_name(hook));

		if (table != TZ_TABLE_RAW)
			written |= s->host;
		if (chain && chain->hook == hook)
			written |= walk(s, chain, written);
	}
	return written;
}

size_t tz_ir_mark_stale(struct tz_ir *ir, uint32_t host_writes)
{
	static const enum tz_family families[] = { TZ_IPV4, TZ_IPV6 };
	struct tz_arena *arena = tz_arena_new();
	struct stale s = {
		.ir = ir,
		.chains = tz_new_array(arena, struct walked, ir->chains.n),
		.host = host_writes & ~TZ_IR_HAS_ENTRIES,
	};

	for (size_t i = 0; i < 2; i++) {
		uint32_t before =
			host_writes & TZ_IR_HAS_ENTRIES ? RAW_STATE : 0;
		uint32_t written =
			walk_hook(&s, families[i], TZ_HOOK_PREROUTING, before);

		walk_hook(&s, families[i], TZ_HOOK_INPUT, written);
		walk_hook(&s, families[i], TZ_HOOK_FORWARD, written);
	}
	tz_arena_free(arena);
	return s.n_marked;
}
