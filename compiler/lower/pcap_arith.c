/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arithmetic and relations. An index asks first whether the protocol is there;
 * of `a + b` libpcap keeps that question for a alone, and so it is here.
 */
#include <linux/if_ether.h>
#include <netinet/in.h>

#include "lower/pcap_build.h"

/* What proto[...] counts from: the column of pcap_proto.def. */
enum index { NO, LINK, NET, TRANSPORT, ICMP6 };

static const enum index indexes[] = {
#define PROTO(id, word, kind, number, index) [TZ_PCAP_##id] = index,
#include "ast/pcap_proto.def"
#undef PROTO
};

/* A number, and what must hold before it is computed; NULL: nothing. */
struct value {
	uint32_t term;
	struct tz_formula *guard;
};

static struct tz_formula *both(struct tz_pcap_build *b, struct tz_formula *x,
			       struct tz_formula *y)
{
	return x && y ? tz_pcap_and(b, x, y) : x ? x : y;
}

static struct value lower(struct tz_pcap_build *b,
			  const struct tz_pcap_arith *arith);

/* What proto[...] needs: the protocol, and no later fragment of it. */
static struct value index_of(struct tz_pcap_build *b,
			     const struct tz_pcap_arith *arith)
{
	enum tz_pcap_proto proto = arith->proto;
	unsigned int size = arith->number;
	struct value at = lower(b, arith->left);
	struct tz_formula *is_proto;

	switch (indexes[proto]) {
	case NO:
		tz_diag(b->diags, TZ_DIAG_QUALIFIER, arith->span,
			"'%s' has no bytes to index; 'ether' has, 'ip', 'tcp', "
			"'udp', 'icmp' ...",
			tz_pcap_proto_word(proto));
		return at;
	case LINK:
		at.term = tz_pcap_load_at(b, TZ_PCAP_AT_LINK, at.term, size);
		return at;
	case NET:
		is_proto = tz_pcap_proto_is(b, proto, arith->span);
		at.guard = both(b, at.guard, is_proto);
		at.term = tz_pcap_load_at(b, TZ_PCAP_AT_NET, at.term, size);
		return at;
	case TRANSPORT:
		/* Of IPv4 alone, whatever else has the protocol. */
		is_proto = tz_pcap_proto_is(b, TZ_PCAP_IP, arith->span);
		at.guard = both(b, is_proto, at.guard);
		is_proto = tz_pcap_proto_is(b, proto, arith->span);
		is_proto = tz_pcap_and(b, is_proto, tz_pcap_unfragmented(b));
		at.guard = both(b, at.guard, is_proto);
		at.term = tz_pcap_load_at(b, TZ_PCAP_AT_TRANSPORT4, at.term,
					  size);
		return at;
	case ICMP6:
		is_proto = tz_pcap_proto_is(b, TZ_PCAP_IP6, arith->span);
		is_proto = tz_pcap_and(
			b, is_proto,
			tz_pcap_equal(b, TZ_PCAP_AT_NET, 6, 1, IPPROTO_ICMPV6));
		at.guard = both(b, at.guard, is_proto);
		at.term = tz_pcap_load_at(b, TZ_PCAP_AT_TRANSPORT6, at.term,
					  size);
		return at;
	}
	return at;
}

static struct value lower_index(struct tz_pcap_build *b,
				const struct tz_pcap_arith *arith)
{
	if (arith->number == 1 || arith->number == 2 || arith->number == 4)
		return index_of(b, arith);
	tz_diag(b->diags, TZ_DIAG_NUMBER, arith->number_span,
		"%u bytes at once cannot be loaded, but 1, 2 or 4",
		arith->number);
	return (struct value){ TZ_TERM_ZERO, NULL };
}

static enum tz_term_kind kind_of(char op)
{
	switch (op) {
	case '+':
		return TZ_TERM_ADD;
	case '-':
		return TZ_TERM_SUB;
	case '*':
		return TZ_TERM_MUL;
	case '/':
		return TZ_TERM_DIV;
	case '%':
		return TZ_TERM_MOD;
	case '&':
		return TZ_TERM_AND;
	case '|':
		return TZ_TERM_OR;
	case '^':
		return TZ_TERM_XOR;
	case '<':
		return TZ_TERM_LSH;
	default:
		return TZ_TERM_RSH;
	}
}

static struct value lower_binary(struct tz_pcap_build *b,
				 const struct tz_pcap_arith *arith)
{
	const struct tz_pcap_arith *right = arith->right;
	enum tz_term_kind kind = kind_of(arith->op);
	struct value x = lower(b, arith->left), y = lower(b, right);
	bool is_number = right->kind == TZ_PCAP_NUMBER;

	if (is_number && !right->number &&
	    (kind == TZ_TERM_DIV || kind == TZ_TERM_MOD)) {
		tz_diag(b->diags, TZ_DIAG_NUMBER, right->span,
			"nothing can be divided by 0");
		return x;
	}
	if (is_number && right->number > 31 &&
	    (kind == TZ_TERM_LSH || kind == TZ_TERM_RSH)) {
		tz_diag(b->diags, TZ_DIAG_NUMBER, right->span,
			"a shift by %u leaves none of 32 bits: at most 31",
			right->number);
		return x;
	}
	x.term = tz_term_arith(b->flow, kind, x.term, y.term);
	return x;
}

static struct value lower_any(struct tz_pcap_build *b,
			      const struct tz_pcap_arith *arith)
{
	struct value v = { TZ_TERM_ZERO, NULL };

	switch (arith->kind) {
	case TZ_PCAP_NUMBER:
		v.term = tz_term_const(b->flow, arith->number);
		return v;
	case TZ_PCAP_LEN:
		v.term = tz_term_len(b->flow);
		return v;
	case TZ_PCAP_INDEX:
		return lower_index(b, arith);
	case TZ_PCAP_NEG:
		v = lower(b, arith->left);
		v.term = tz_term_arith(b->flow, TZ_TERM_SUB, TZ_TERM_ZERO,
				       v.term);
		return v;
	case TZ_PCAP_BINARY:
		return lower_binary(b, arith);
	}
	return v;
}

static struct value lower(struct tz_pcap_build *b,
			  const struct tz_pcap_arith *arith)
{
	struct value v = lower_any(b, arith);

	if (b->flow->terms.at[v.term].weight > TZ_TERM_WEIGHT_MAX) {
		tz_diag(b->diags, TZ_DIAG_TOO_COMPLEX, arith->span,
			"this computes with more than %d numbers",
			TZ_TERM_WEIGHT_MAX);
		v.term = TZ_TERM_ZERO;
	}
	return v;
}

struct tz_formula *tz_pcap_relation(struct tz_pcap_build *b,
				    const struct tz_pcap_node *node)
{
	static const struct {
		enum tz_flow_op op;
		bool is_negated;
	} ops[] = {
		[TZ_PCAP_EQ] = { TZ_FLOW_EQ, false },
		[TZ_PCAP_NE] = { TZ_FLOW_EQ, true },
		[TZ_PCAP_GT] = { TZ_FLOW_GT, false },
		[TZ_PCAP_GE] = { TZ_FLOW_GE, false },
		[TZ_PCAP_LT] = { TZ_FLOW_GE, true },
		[TZ_PCAP_LE] = { TZ_FLOW_GT, true },
	};
	struct value x = lower(b, node->left), y = lower(b, node->right);
	struct tz_formula *f = tz_formula_test(b->flow, ops[node->relation].op,
					       x.term, y.term);

	b->is_first = false;
	if (ops[node->relation].is_negated)
		f = tz_pcap_no(b, f);
	return both(b, both(b, x.guard, y.guard), f);
}

/*
 * `byte 0 & 1`: libpcap 1.10 forgets to load the byte and tests what the test
 * before left behind, which is 0 where there was none.
 */
static struct tz_formula *byte_bits(struct tz_pcap_build *b,
				    const struct tz_pcap_node *node)
{
	bool is_match = node->op == '|' && node->number2.value;

	if (!b->is_first) {
		tz_diag(b->diags, TZ_DIAG_SYNTAX, node->span,
			"tcpdump reads no byte here, but takes the number that "
			"the test before had; write 'link[%u] %c %u != 0'",
			node->number.value, node->op, node->number2.value);
		return tz_pcap_nothing(b);
	}
	tz_diag(b->diags, TZ_DIAG_NEVER_MATCHES, node->span,
		"tcpdump reads no byte here: this matches %s; write "
		"'link[%u] %c %u != 0'",
		is_match ? "every packet" : "no packet", node->number.value,
		node->op, node->number2.value);
	b->is_first = false;
	return tz_formula_const(b->flow, is_match);
}

struct tz_formula *tz_pcap_byte_is(struct tz_pcap_build *b,
				   const struct tz_pcap_node *node)
{
	uint32_t value = node->number2.value;

	if (node->op == '&' || node->op == '|')
		return byte_bits(b, node);

	uint32_t byte = tz_pcap_load(b, TZ_PCAP_AT_LINK, node->number.value, 1);

	if (node->op == '=')
		return tz_pcap_test(b, TZ_FLOW_EQ, byte, value);
	if (node->op == '>')
		return tz_pcap_test(b, TZ_FLOW_GT, byte, value);
	return tz_pcap_no(b, tz_pcap_test(b, TZ_FLOW_GE, byte, value));
}
