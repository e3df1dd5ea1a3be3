/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One frame after the other to all verdicts that the kernel may give it
 * (ir/verdicts.c), and of these to an answer. Here is what the frame itself
 * leaves open: bytes that were not captured, fragments, NAT, the backend.
 */
#include <tamiz/judge.h>

#include <string.h>

#include "compile.h"
#include "ir/facts.h"
#include "ir/packet.h"
#include "ir/test.h"
#include "ir/verdicts.h"

enum {
	ETH_LEN = 14,
	ETHERTYPE_IPV4 = 0x0800,
	ETHERTYPE_IPV6 = 0x86dd,
	ETHERTYPE_VLAN = 0x8100,
	ETHERTYPE_QINQ = 0x88a8,
	/* No header that a field is read from is longer (SEMANTICS 2.5). */
	HEADER_MAX = 20,
	/* No packet is longer than its 16 bits of length say, but for
	 * jumbograms, whose tail no rule reads. */
	PADDED_MAX = 128 << 10,
};

struct tamiz_judge {
	struct tz_arena *arena;
	const struct tamiz *tamiz;
	struct tamiz_judge_options options;
	struct tz_possible_options possible;
	struct tz_way ways[2]; /* by tz_family_index */
	struct tz_verdicts verdicts, others;
	uint8_t *padded;              /* a cut frame, with zeros behind it */
	struct tz_frames_run *frames; /* rules of expressions; NULL: none */
};

static enum tz_truth assume(void *arg, const struct tz_ir_match *match);

static const char *name_of(const struct tz_ir_match *match)
{
	switch (match->kind) {
	case TZ_IR_IN:
		return tz_field_name(match->in.field);
	case TZ_IR_MASKED:
		return tz_field_name(match->masked.field);
	case TZ_IR_IFACE:
		return "iface";
	case TZ_IR_TEST:
		return match->test.id == TZ_TEST_CT
			       ? tz_test_ct_name(&match->test)
			       : tz_test_name(match->test.id);
	case TZ_IR_OPAQUE:
		return match->opaque.name;
	case TZ_IR_HEADER:
	case TZ_IR_NOT:
	case TZ_IR_AND:
	case TZ_IR_OR:
		break;
	}
	return "header";
}

static bool is_named(const struct tz_ir_match *leaf, const void *name)
{
	return !strcmp(name_of(leaf), name);
}

static bool rules_have(const struct tz_ir *ir, const char *name)
{
	if (!strcmp(name, "all"))
		return true;
	for (size_t i = 0; i < ir->counted.n; i++) {
		const struct tz_ir_rule *rule = ir->counted.at[i].rule;

		if (rule && tz_ir_any_leaf(rule->matches, is_named, name))
			return true;
	}
	return false;
}

static enum tz_route route_of(const struct tamiz_judge_options *options)
{
	return options->route == TAMIZ_ROUTE_INPUT ? TZ_ROUTE_INPUT
						   : TZ_ROUTE_FORWARD;
}

struct tamiz_judge *tamiz_judge_new(const struct tamiz *t,
				    const struct tamiz_judge_options *options,
				    size_t *bad)
{
	for (size_t i = 0; i < options->n_assumptions; i++) {
		*bad = i;
		if (t->frames ||
		    !rules_have(t->ir, options->assumptions[i].name))
			return NULL;
	}

	struct tz_arena *arena = tz_arena_new();
	struct tamiz_judge *judge = tz_new(arena, struct tamiz_judge);
	enum tz_route route = route_of(options);

	*judge = (struct tamiz_judge){
		.arena = arena,
		.frames = t->frames ? tz_frames_run_new(arena, t) : NULL,
		.tamiz = t,
		.options = *options,
		.possible = { .ifname = t->plan_options.ifname,
			      .routes = { [TZ_ROUTE_INPUT] = true,
					  [TZ_ROUTE_FORWARD] = true } },
	};
	if (t->frames)
		return judge;
	judge->ways[0] = tz_way_find(t->ir, TZ_IPV4, route);
	judge->ways[1] = tz_way_find(t->ir, TZ_IPV6, route);
	return judge;
}

void tamiz_judge_free(struct tamiz_judge *judge)
{
	if (judge)
		tz_arena_free(judge->arena);
}

static enum tz_truth assume(void *arg, const struct tz_ir_match *match)
{
	const struct tamiz_judge_options *o = arg;

	for (size_t i = 0; i < o->n_assumptions; i++) {
		const struct tamiz_assumption *a = &o->assumptions[i];

		if (!strcmp(a->name, "all") || !strcmp(a->name, name_of(match)))
			return a->value ? TZ_TRUE : TZ_FALSE;
	}
	return TZ_UNKNOWN;
}

/* Whether the headers of a cut frame are there as far as they were read. */
static bool headers_are_there(const struct tz_packet *p, size_t len)
{
	return p->has_proto && p->nft.has_proto && p->l4 <= len &&
	       p->nft.l4 <= len;
}

/* Whether what is missing of a cut frame may be why the rules do not see it. */
static bool may_be_filtered(const uint8_t *bytes, size_t len)
{
	size_t l3 = ETH_LEN;
	uint16_t type;

	if (len < ETH_LEN)
		return true;
	type = tz_be16(bytes + 12);
	if (type == ETHERTYPE_IPV4)
		return len < l3 + 20 || len < l3 + (bytes[l3] & 15u) * 4;
	if (type == ETHERTYPE_IPV6)
		return len < l3 + 40 || bytes[l3 + 6] == 0;
	return type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ;
}

static const char *why_unfiltered(const uint8_t *bytes, size_t len)
{
	switch (len < ETH_LEN ? 0 : tz_be16(bytes + 12)) {
	case ETHERTYPE_IPV4:
	case ETHERTYPE_IPV6:
		return "the kernel drops it before its rules: a bad IP header";
	case ETHERTYPE_VLAN:
	case ETHERTYPE_QINQ:
		return "a VLAN tag: it belongs to another device";
	}
	return "not IP";
}

static void doubt_all(struct tz_view *view, enum tz_layer from,
		      enum tz_layer to)
{
	for (int i = 0; i < TZ_N_FIELDS; i++) {
		enum tz_layer layer = tz_field_layer((enum tz_field)i);

		if (layer >= from && layer <= to)
			view->states[i] = TZ_VIEW_UNKNOWN;
	}
}

/* Whether bytes of the packet itself, not padding, were not captured. */
static bool is_missing(const struct tz_packet *p,
		       const struct tamiz_frame *frame)
{
	return p->l3 + p->ip_len > frame->len;
}

/* What of the view the frame does not say. */
static void doubt(struct tz_view *view, const struct tamiz_frame *frame)
{
	const struct tz_packet *p = view->packet;
	size_t l4 = p->l4 > p->nft.l4 ? p->l4 : p->nft.l4;
	size_t header = p->l4_len < HEADER_MAX ? p->l4_len : HEADER_MAX;

	if (frame->has_no_link)
		doubt_all(view, TZ_LAYER_LINK, TZ_LAYER_LINK);
	if (!is_missing(p, frame))
		return;
	view->doubts = ~0u;
	if (frame->len >= l4 + header)
		return;
	doubt_all(view, TZ_LAYER_TRANSPORT, TZ_LAYER_TRANSPORT);
	view->has_unknown_l4 = true;
}

static void judge_backend(struct tamiz_judge *judge,
			  const struct tz_packet *packet,
			  const struct tamiz_frame *frame,
			  enum tz_backend backend, struct tz_verdicts *verdicts)
{
	struct tz_verdicts_options options = { assume, &judge->options };
	int index = tz_family_index(packet->family);
	struct tz_facts facts;
	struct tz_view *post = &facts.post[route_of(&judge->options)];

	judge->possible.context.has_clock = frame->time_ns >= 0;
	judge->possible.context.clock_ns = frame->time_ns;
	judge->possible.has_nat = judge->tamiz->plan_options.has_nat[index];
	tz_facts_init(&facts, packet, backend, &judge->possible);
	if (frame->has_no_link || is_missing(packet, frame)) {
		doubt(&facts.pre, frame);
		doubt(post, frame);
	}
	tz_verdicts_find(verdicts, judge->arena, &judge->ways[index],
			 &facts.pre, post, &options);
}

/* The one verdict of @v, or UNKNOWN. */
static enum tamiz_verdict verdict_of(const struct tz_verdicts *v)
{
	static const enum tamiz_verdict verdicts[] = {
		[TZ_ENDS_ACCEPT] = TAMIZ_ACCEPT,
		[TZ_ENDS_DROP] = TAMIZ_DROP,
		[TZ_ENDS_REJECT] = TAMIZ_REJECT,
	};
	enum tamiz_verdict verdict = TAMIZ_UNKNOWN;
	int n = 0;

	for (int i = 0; i < TZ_N_ENDINGS; i++) {
		if (!v->may[i])
			continue;
		verdict = verdicts[i];
		n++;
	}
	return n == 1 && !v->is_given_up ? verdict : TAMIZ_UNKNOWN;
}

static size_t decider_of(const struct tz_verdicts *v)
{
	for (int i = 0; i < TZ_N_ENDINGS; i++)
		if (v->may[i] && v->deciders[i] < TZ_DECIDER_MANY)
			return v->deciders[i];
	return TAMIZ_NO_RULE;
}

/* Why @match is not known of this packet. */
static const char *why_unknown(const struct tz_ir_match *match,
			       const struct tz_packet *p,
			       const struct tamiz_frame *frame, bool is_routed)
{
	if (!match)
		return "its target leaves the packet to others";
	if (match->kind == TZ_IR_OPAQUE)
		return match->opaque.reason;
	if (match->kind == TZ_IR_TEST && match->test.id == TZ_TEST_CT)
		return tz_test_ct_reason(&match->test);
	if (match->kind == TZ_IR_IFACE)
		return "the interface is not given";
	if (match->is_stale)
		return "an earlier rule may have changed it";
	if (p->is_fragment)
		return "a fragment: the datagram may be judged whole";
	if (is_missing(p, frame))
		return "these bytes were not captured";
	if (frame->has_no_link)
		return "the capture has no link addresses";
	return is_routed ? "NAT may have changed it"
			 : "the packet does not say it";
}

static void answer(struct tamiz_judge *judge, const struct tz_packet *packet,
		   const struct tamiz_frame *frame, struct tamiz_judgement *j)
{
	const struct tz_verdicts *v = &judge->verdicts;

	j->verdict = verdict_of(v);
	j->is_hotdrop = j->verdict == TAMIZ_DROP && v->may_hotdrop;
	j->counted = v->counted.at;
	j->n_counted = v->counted.n;
	j->maybe = v->maybe.at;
	j->n_maybe = v->maybe.n;
	if (j->verdict != TAMIZ_UNKNOWN)
		j->rule = decider_of(v);
	if (v->is_given_up)
		j->why = "more rules than are followed";
	else if (v->parting &&
		 (j->verdict == TAMIZ_UNKNOWN || j->rule == TAMIZ_NO_RULE)) {
		j->depends_on = v->parting->id;
		j->match = v->unknown ? name_of(v->unknown) : NULL;
		j->why = why_unknown(v->unknown, packet, frame, v->is_routed);
	}
}

/* Asks the backends that hold the rules; two must say the same. */
static void judge_packet(struct tamiz_judge *judge,
			 const struct tz_packet *packet,
			 const struct tamiz_frame *frame,
			 struct tamiz_judgement *j)
{
	const bool *backends = judge->tamiz->plan_options.backends;
	bool has_legacy = backends[TZ_BACKEND_LEGACY];

	judge_backend(judge, packet, frame,
		      has_legacy ? TZ_BACKEND_LEGACY : TZ_BACKEND_NFT,
		      &judge->verdicts);
	answer(judge, packet, frame, j);
	if (!has_legacy || !backends[TZ_BACKEND_NFT] ||
	    j->verdict == TAMIZ_UNKNOWN || tz_view_backends_agree(packet))
		return;
	judge_backend(judge, packet, frame, TZ_BACKEND_NFT, &judge->others);
	if (verdict_of(&judge->others) == j->verdict)
		return;
	j->verdict = TAMIZ_UNKNOWN;
	j->rule = TAMIZ_NO_RULE;
	j->is_hotdrop = false;
	j->why = "iptables-legacy and iptables-nft differ about it";
}

static void describe(const struct tz_packet *p, const struct tamiz_frame *frame,
		     struct tamiz_judgement *j)
{
	const uint8_t *ip = p->frame + p->l3, *l4 = p->frame + p->l4;
	bool is_v4 = p->family == TZ_IPV4;

	j->family = p->family;
	j->src = ip + (is_v4 ? 12 : 8);
	j->dst = ip + (is_v4 ? 16 : 24);
	j->proto = p->proto;
	j->has_proto = p->has_proto;
	j->is_fragment = p->is_fragment;
	j->ip_len = p->ip_len;
	j->has_ports = p->has_proto && !p->fragment_offset && p->l4_len >= 4 &&
		       frame->len >= p->l4 + 4 &&
		       (p->proto == 6 || p->proto == 17 || p->proto == 33 ||
			p->proto == 132 || p->proto == 136);
	if (j->has_ports) {
		j->sport = tz_be16(l4);
		j->dport = tz_be16(l4 + 2);
	}
}

/* The frame as long as it was, with zeros for what was not captured. */
static const uint8_t *pad(struct tamiz_judge *judge,
			  const struct tamiz_frame *frame, size_t *len)
{
	size_t n = frame->len < PADDED_MAX ? frame->len : PADDED_MAX;

	*len = frame->wire_len < PADDED_MAX ? frame->wire_len : PADDED_MAX;
	if (!judge->padded)
		judge->padded = tz_arena_alloc(judge->arena, PADDED_MAX);
	memcpy(judge->padded, frame->bytes, n);
	memset(judge->padded + n, 0, *len - n);
	return judge->padded;
}

void tamiz_judge_frame(struct tamiz_judge *judge,
		       const struct tamiz_frame *frame,
		       struct tamiz_judgement *j)
{
	bool is_cut = frame->len < frame->wire_len;
	const uint8_t *bytes = frame->bytes;
	size_t len = frame->len;
	struct tz_packet packet;

	*j = (struct tamiz_judgement){
		.verdict = TAMIZ_UNFILTERED,
		.rule = TAMIZ_NO_RULE,
		.depends_on = TAMIZ_NO_RULE,
		.why = "",
	};
	if (is_cut)
		bytes = pad(judge, frame, &len);

	bool is_filtered = tz_packet_parse(bytes, len, NULL, &packet) ==
			   TZ_PACKET_FILTERED;

	if (judge->frames) {
		if (is_filtered)
			describe(&packet, frame, j);
		tz_frames_judge(judge->frames, frame, j);
		return;
	}
	if (is_cut && (is_filtered ? !headers_are_there(&packet, frame->len)
				   : may_be_filtered(bytes, frame->len))) {
		j->verdict = TAMIZ_UNKNOWN;
		j->why = "its headers were not captured";
		return;
	}
	if (!is_filtered) {
		j->why = why_unfiltered(bytes, len);
		return;
	}
	describe(&packet, frame, j);
	judge_packet(judge, &packet, frame, j);
	if (packet.has_odd_extensions) {
		j->verdict = TAMIZ_UNKNOWN;
		j->rule = TAMIZ_NO_RULE;
		j->why = "kernels differ about its extension headers";
	}
}
