/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of a packet as iptables-legacy and iptables-nft read them, and the
 * matches on them. Legacy checks headers whole before it reads; native nft
 * loads read what is there, payload of later fragments included, and end the
 * rule when nothing is (SEMANTICS 2.10, 11.1-11.4).
 */
#include "ir/view.h"

#include <string.h>

#include <tamiz/abi.h>

#include "ir/packet.h"
#include "ir/test.h"

static void set_known(struct tz_view *view, enum tz_field field, tz_value value)
{
	view->values[field] = value;
	view->states[field] = TZ_VIEW_KNOWN;
}

/* Reads @len bytes at @offset of layer 4, if they belong to the packet. */
static void load(struct tz_view *view, enum tz_field field, const uint8_t *l4,
		 size_t offset, size_t len)
{
	if (l4 && view->l4_len >= offset + len)
		set_known(view, field, tz_bytes_value(l4 + offset, len));
	else
		view->states[field] = TZ_VIEW_BREAKS;
}

static void set_proto(struct tz_view *view, bool has_proto, uint8_t proto)
{
	if (has_proto)
		set_known(view, TZ_FIELD_PROTO, proto);
	else if (view->backend == TZ_BACKEND_LEGACY)
		view->states[TZ_FIELD_PROTO] = TZ_VIEW_HOTDROPS; /* 4.4 */
	else
		view->states[TZ_FIELD_PROTO] = TZ_VIEW_BREAKS; /* 11.5 */
}

/*
 * Sets l4_len and fragment_offset; NULL when there is no layer 4 to read. Of
 * later fragments only lenient matches read in legacy: others have a header
 * match in front that is false.
 */
static const uint8_t *find_l4(struct tz_view *view)
{
	const struct tz_packet *p = view->packet;
	bool is_nft = view->backend == TZ_BACKEND_NFT;
	bool has_proto = is_nft ? p->nft.has_proto : p->has_proto;

	view->l4_len = is_nft ? p->nft.l4_len : p->l4_len;
	view->fragment_offset =
		is_nft ? p->nft.fragment_offset : p->fragment_offset;
	set_proto(view, has_proto, is_nft ? p->nft.proto : p->proto);
	if (!has_proto || !view->l4_len)
		return NULL;
	/* there ip6_packet_match leaves thoff at 0 (ipv6_find_hdr) */
	if (p->family == TZ_IPV6 && view->fragment_offset) {
		view->l4_len = p->ip_len;
		return p->frame + p->l3;
	}
	return p->frame + (is_nft ? p->nft.l4 : p->l4);
}

const uint8_t *tz_view_l4(const struct tz_view *view, size_t *len)
{
	const struct tz_packet *p = view->packet;
	bool is_nft = view->backend == TZ_BACKEND_NFT;

	*len = view->l4_len;
	if (p->family == TZ_IPV6 && view->fragment_offset) {
		/* where ipv6_find_hdr leaves the offset that it was given */
		*len = p->ip_len;
		return p->frame + p->l3;
	}
	return p->frame + (is_nft ? p->nft.l4 : p->l4);
}

/* Of AH the SPI follows the lengths (RFC 4302), in ESP it comes first. */
static size_t spi_offset(const struct tz_view *view)
{
	return view->values[TZ_FIELD_PROTO] == TZ_PROTO_AH ? 4 : 0;
}

static void load_l4(struct tz_view *view, const uint8_t *l4)
{
	load(view, TZ_FIELD_SPORT, l4, 0, 2);
	load(view, TZ_FIELD_DPORT, l4, 2, 2);
	load(view, TZ_FIELD_TCP_FLAGS, l4, 13, 1);
	load(view, TZ_FIELD_ICMP_TYPE, l4, 0, 1);
	load(view, TZ_FIELD_ICMP_CODE, l4, 1, 1);
	load(view, TZ_FIELD_SPI, l4, spi_offset(view), 4);
	load(view, TZ_FIELD_CPI, l4, 2, 2);
	load(view, TZ_FIELD_DCCP_TYPE, l4, 8, 1);
	if (view->states[TZ_FIELD_DCCP_TYPE] == TZ_VIEW_KNOWN)
		/* struct dccp_hdr: X, four bits of type, three reserved */
		set_known(view, TZ_FIELD_DCCP_TYPE, l4[8] >> 1 & 15);
}

void tz_view_init(struct tz_view *view, const struct tz_packet *packet,
		  enum tz_backend backend, const char *ifname)
{
	view->packet = packet;
	view->backend = backend;
	view->ifname = ifname;
	view->fib = NULL;
	view->sockets = NULL;
	view->heads = NULL;
	view->may_be_reply = false;
	view->has_clock = false;
	view->has_unknown_l4 = false;
	view->unknown_flags = 0;
	view->doubts = 0;
	view->is_forwarded = false;
	view->is_wire = false;
	view->ct_states = TZ_CT_ALL;
	view->is_new = false;

	const uint8_t *l4 = find_l4(view);

	set_known(view, TZ_FIELD_MAC_SRC, packet->mac_src);
	set_known(view, TZ_FIELD_PACKET_TYPE, packet->link_type);
	set_known(view, TZ_FIELD_SRC, packet->src);
	set_known(view, TZ_FIELD_DST, packet->dst);
	set_known(view, TZ_FIELD_LENGTH,
		  packet->ip_len < 0xffff ? packet->ip_len : 0xffff);
	set_known(view, TZ_FIELD_TTL, packet->ttl);
	set_known(view, TZ_FIELD_TOS, packet->tos);
	set_known(view, TZ_FIELD_LATER_FRAGMENT, packet->fragment_offset != 0);
	load_l4(view, l4);
	view->states[TZ_FIELD_MARK] = TZ_VIEW_UNKNOWN;
	view->states[TZ_FIELD_CPU] = TZ_VIEW_UNKNOWN;
}

void tz_view_set_context(struct tz_view *view, const struct tz_context *context)
{
	view->fib = context->fib;
	view->sockets = context->sockets;
	view->heads = context->heads;
	view->is_wire = context->is_wire;
	view->has_clock = context->has_clock;
	view->clock_ns = context->clock_ns;
	if (context->ct_states)
		view->ct_states = context->ct_states;
	if (context->has_mark)
		set_known(view, TZ_FIELD_MARK, context->mark);
	if (context->has_cpu)
		set_known(view, TZ_FIELD_CPU, context->cpu);
}

void tz_view_set_route(struct tz_view *view, enum tz_route route)
{
	const struct tz_packet *p = view->packet;

	view->is_forwarded = route == TZ_ROUTE_FORWARD;
	/* ip_options_compile fills in routes and times */
	if (p->family == TZ_IPV4 && p->l4 - p->l3 > 20 && !view->is_wire)
		view->doubts |= TZ_DOUBT_ROUTED;
	if (route == TZ_ROUTE_FORWARD)
		view->values[TZ_FIELD_TTL] =
			(uint8_t)(view->values[TZ_FIELD_TTL] - 1);
}

bool tz_view_backends_agree(const struct tz_packet *p)
{
	/* no header is required to be longer (SEMANTICS 2.5) */
	const size_t longest = 20;

	return !p->is_fragment && p->has_proto && p->nft.has_proto &&
	       p->l4 == p->nft.l4 && p->l4_len >= longest;
}

/* Whether @match, IN or MASKED, takes @value. */
static bool takes(const struct tz_ir_match *match, tz_value value)
{
	if (match->kind == TZ_IR_MASKED)
		return (value & match->masked.mask) == match->masked.value;
	return tz_set_has(match->in.set, value);
}

/* Over all completions of the unknown flags, one subset after the other. */
static unsigned int flags_outcomes(const struct tz_view *view,
				   const struct tz_ir_match *match)
{
	uint8_t unknown = view->unknown_flags, subset = 0;
	uint8_t known =
		(uint8_t)view->values[TZ_FIELD_TCP_FLAGS] & (uint8_t)~unknown;
	unsigned int outcomes = 0;

	do {
		outcomes |= tz_outcome_of(takes(match, known | subset));
		subset = (uint8_t)((subset - unknown) & unknown);
	} while (subset);
	return outcomes;
}

static unsigned int field_outcomes(const struct tz_view *view,
				   const struct tz_ir_match *match,
				   enum tz_field field)
{
	switch ((enum tz_view_state)view->states[field]) {
	case TZ_VIEW_KNOWN:
		if (field == TZ_FIELD_TCP_FLAGS && view->unknown_flags)
			return flags_outcomes(view, match);
		return tz_outcome_of(takes(match, view->values[field]));
	case TZ_VIEW_UNKNOWN:
		return TZ_OUTCOME_UNKNOWN;
	case TZ_VIEW_HOTDROPS:
		return TZ_OUTCOME_HOTDROP;
	case TZ_VIEW_BREAKS:
		break;
	}
	/* `-p all`: nft has no expression for it (SEMANTICS 4.3 is legacy). */
	if (field == TZ_FIELD_PROTO && match->kind == TZ_IR_IN &&
	    tz_set_is_full(match->in.set, 8))
		return TZ_OUTCOME_TRUE;
	return TZ_OUTCOME_BREAK;
}

static unsigned int iface_outcomes(const struct tz_view *view,
				   const struct tz_ir_match *match)
{
	const char *name = match->iface.name;

	if (!view->ifname)
		return TZ_OUTCOME_UNKNOWN;
	if (match->iface.is_prefix)
		return tz_outcome_of(
			!strncmp(view->ifname, name, strlen(name)));
	return tz_outcome_of(!strcmp(view->ifname, name));
}

static unsigned int header_outcomes(const struct tz_view *view,
				    const struct tz_ir_match *match)
{
	if (view->has_unknown_l4)
		return TZ_OUTCOME_UNKNOWN;
	if (match->header.is_lenient)
		return tz_outcome_of(view->l4_len >= match->header.bytes);
	if (view->backend == TZ_BACKEND_NFT && match->header.is_native_in_nft)
		return TZ_OUTCOME_TRUE;
	/* xt_tcpudp.c compares with 1: IPv4 counts in units of 8, IPv6 in
	 * bytes, where 1 cannot be (SEMANTICS 2.5, 4.6). */
	if (view->fragment_offset == 8 && match->header.offset_one_drops &&
	    view->packet->family == TZ_IPV4)
		return TZ_OUTCOME_HOTDROP;
	if (view->fragment_offset)
		return TZ_OUTCOME_FALSE;
	return view->l4_len < match->header.bytes ? TZ_OUTCOME_HOTDROP
						  : TZ_OUTCOME_TRUE;
}

unsigned int tz_view_outcomes(const struct tz_view *view,
			      const struct tz_ir_match *match)
{
	if (match->is_stale)
		return match->kind == TZ_IR_TEST ? tz_test_unknown(&match->test)
						 : TZ_OUTCOME_UNKNOWN;
	switch (match->kind) {
	case TZ_IR_IN:
		return field_outcomes(view, match, match->in.field);
	case TZ_IR_MASKED:
		return field_outcomes(view, match, match->masked.field);
	case TZ_IR_IFACE:
		return iface_outcomes(view, match);
	case TZ_IR_HEADER:
		return header_outcomes(view, match);
	case TZ_IR_TEST:
		return tz_test_outcomes(view, &match->test);
	case TZ_IR_OPAQUE:
	case TZ_IR_NOT:
	case TZ_IR_AND:
	case TZ_IR_OR:
		break;
	}
	return TZ_OUTCOME_UNKNOWN;
}

bool tz_view_holds_dropped(const struct tz_view *view,
			   const struct tz_ir_match *match)
{
	return match->kind == TZ_IR_TEST &&
	       view->backend == TZ_BACKEND_LEGACY &&
	       tz_test_counts_hotdrop(&match->test);
}

bool tz_view_target_drops(const struct tz_view *view,
			  const struct tz_ir_rule *rule)
{
	const struct tz_packet *p = view->packet;
	const uint8_t *tcp = p->frame + p->l4;
	bool is_ecn = strcmp(rule->target, "ECN") == 0 &&
		      strstr(rule->text, "--ecn-tcp");
	bool looks_at_options = strcmp(rule->target, "TCPMSS") == 0 ||
				strcmp(rule->target, "TCPOPTSTRIP") == 0;
	size_t header_len;

	/* ECN takes what later fragments have there for a header */
	if (!is_ecn && (!looks_at_options || p->fragment_offset))
		return false;
	if (p->l4_len < TZ_TCP_LEN)
		return true;
	header_len = (tcp[12] >> 4) * 4u;
	return looks_at_options &&
	       (header_len < TZ_TCP_LEN || header_len > p->l4_len);
}
