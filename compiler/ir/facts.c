/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is known when a packet has not met the kernel yet (DESIGN 5): of
 * fragments, of TCP segments that GRO may merge, of packets that NAT may
 * rewrite.
 */
#include "ir/facts.h"

#include <string.h>

#include <tamiz/abi.h>

#include "ir/ct.h"
#include "ir/packet.h"

enum {
	ESP_LEN = 8,
	FLAG_FIN = 0x01,
	FLAG_SYN = 0x02,
	FLAG_RST = 0x04,
	FLAG_PSH = 0x08,
	FLAG_URG = 0x20,
	FLAG_CWR = 0x80,
};

/*
 * A fragment's datagram may be judged whole, or piece by piece, so a verdict
 * must hold for all of its fragments (SEMANTICS 3.10). Of IPv6 the protocol
 * in a later fragment's header is not binding (RFC 8200, 4.5: only the first
 * fragment's counts).
 */
static void blur_fragment(struct tz_view *view)
{
	for (int i = 0; i < TZ_N_FIELDS; i++)
		if (tz_field_layer((enum tz_field)i) != TZ_LAYER_NETWORK)
			view->states[i] = TZ_VIEW_UNKNOWN;
	if (view->packet->family == TZ_IPV6 && view->packet->fragment_offset)
		view->states[TZ_FIELD_PROTO] = TZ_VIEW_UNKNOWN;
	view->has_unknown_l4 = true;
	view->doubts |= TZ_DOUBT_FRAGMENT;
}

bool tz_facts_never_merged(uint8_t proto)
{
	static const uint8_t list[] = { 1, 17, 33, 51, 58, 108, 132, 136 };

	return memchr(list, proto, sizeof(list)) != NULL;
}

bool tz_facts_may_be_merged(const struct tz_packet *p)
{
	if (!p->has_proto || tz_facts_never_merged(p->proto))
		return false;
	/* nor does it look behind an authentication header: inet6_offloads */
	if (p->nft.has_proto && tz_facts_never_merged(p->nft.proto))
		return false;
	/* esp6_gro_receive: what has no SPI and number is left alone */
	if (p->proto != TZ_PROTO_TCP)
		return p->proto != TZ_PROTO_ESP || p->l4_len >= ESP_LEN;
	if (p->l4_len < TZ_TCP_LEN)
		return false;

	const uint8_t *tcp = p->frame + p->l4;
	size_t header_len = (tcp[12] >> 4) * 4u;

	return header_len >= TZ_TCP_LEN && p->l4_len > header_len &&
	       !(tcp[13] & (FLAG_SYN | FLAG_RST | FLAG_URG));
}

/*
 * net/ipv4/tcp_offload.c:tcp_gro_receive. A data segment may get others
 * behind it, and with the last of them FIN and PSH; or stand behind one whose
 * CWR, of all bits the only one not compared, it then has. SYN, RST and URG
 * end merging, and so do FIN and PSH in the first of the segments.
 */
static uint8_t flags_of_merging(const struct tz_packet *p)
{
	if (!tz_facts_may_be_merged(p) || p->proto != TZ_PROTO_TCP)
		return 0;

	uint8_t flags = p->frame[p->l4 + 13];

	if (flags & (FLAG_FIN | FLAG_PSH))
		return flags & FLAG_CWR ? 0 : FLAG_CWR;
	return flags & FLAG_CWR ? FLAG_FIN | FLAG_PSH
				: FLAG_FIN | FLAG_PSH | FLAG_CWR;
}

static void blur_merged(struct tz_view *view)
{
	view->doubts |= TZ_DOUBT_MERGE;
	view->states[TZ_FIELD_LENGTH] = TZ_VIEW_UNKNOWN;
}

/* What NAT may have rewritten before the chains of a route. */
static void blur_nat(struct tz_view *view)
{
	view->doubts |= TZ_DOUBT_NAT;
	view->states[TZ_FIELD_DST] = TZ_VIEW_UNKNOWN;
	if (view->states[TZ_FIELD_DPORT] == TZ_VIEW_KNOWN)
		view->states[TZ_FIELD_DPORT] = TZ_VIEW_UNKNOWN;
}

bool tz_facts_decide(const struct tz_packet *packet,
		     const struct tz_possible_options *options,
		     enum tz_possible *decided)
{
	bool has_backend = options->backends[0] || options->backends[1];
	bool has_route =
		options->has_nat || options->routes[0] || options->routes[1];

	*decided = TZ_MUST_PASS;
	/* Kernels differ about the latter two (SEMANTICS 4.5, 14.6). */
	if (!has_backend || !has_route || !packet->has_proto ||
	    packet->has_odd_extensions)
		return true;
	if (!packet->is_fragment || !options->fragments_drop)
		return false;
	*decided = TZ_MAY_DROP;
	return true;
}

/*
 * What is known of a packet that the kernel has no entry for, and that it has
 * none: then nothing but the rules of nat can have translated it.
 */
static void find_connection(struct tz_facts *facts,
			    const struct tz_packet *packet,
			    const struct tz_possible_options *options)
{
	facts->is_raw_only = facts->walks_nat = false;
	if (!options->ct.is_on)
		return;

	struct tz_ct ct = tz_ct_of(packet, &options->ct);

	facts->pre.ct_states = ct.states;
	facts->pre.is_new = ct.is_askable && ct.may_go;
	facts->is_raw_only = !ct.may_go;
	facts->walks_nat = options->ct.walks_nat && ct.is_askable;
}

void tz_facts_init(struct tz_facts *facts, const struct tz_packet *packet,
		   enum tz_backend backend,
		   const struct tz_possible_options *options)
{
	tz_view_init(&facts->pre, packet, backend, options->ifname);
	tz_view_set_context(&facts->pre, &options->context);
	if (packet->is_fragment) {
		blur_fragment(&facts->pre);
	} else if (options->may_merge) {
		facts->pre.unknown_flags = flags_of_merging(packet);
		if (tz_facts_may_be_merged(packet) ||
		    (options->udp_merges && packet->has_proto &&
		     packet->proto == TZ_PROTO_UDP))
			blur_merged(&facts->pre);
	}
	find_connection(facts, packet, options);
	facts->pre.may_be_reply = options->has_nat && !facts->pre.is_new;

	bool hides_nat = options->has_nat && !facts->walks_nat;

	facts->hides_route = hides_nat;
	for (int i = 0; i < 2; i++) {
		facts->post[i] = facts->pre;
		tz_view_set_route(&facts->post[i], (enum tz_route)i);
		if (hides_nat)
			blur_nat(&facts->post[i]);
		facts->routes[i] = hides_nat || options->routes[i];
	}
}

uint32_t tz_facts_answers(const struct tz_facts *facts, uint32_t answers)
{
	/* a header that is cut off in a first fragment may end it unanswered */
	bool is_hidden = facts->hides_route || facts->pre.packet->is_fragment;

	return is_hidden && answers != 1u << TZ_ANSWER_NONE ? TZ_ANSWERS_DIFFER
							    : answers;
}

uint32_t tz_facts_one_answer(uint32_t answers)
{
	return answers & (answers - 1) ? 0 : answers;
}

static void leave_from(struct tz_way *way, int first)
{
	for (int i = first; i < TZ_N_WAY; i++)
		way->chains[i] = NULL;
}

struct tz_way tz_facts_way(const struct tz_facts *facts, const struct tz_ir *ir,
			   enum tz_route route)
{
	const struct tz_packet *packet = facts->pre.packet;
	struct tz_way way = tz_way_find(ir, packet->family, route);

	if (facts->walks_nat)
		way.chains[TZ_WAY_NAT] =
			ir->base[packet->family == TZ_IPV6][TZ_TABLE_NAT]
				[TZ_HOOK_PREROUTING];
	if (facts->is_raw_only)
		leave_from(&way, TZ_WAY_RAW + 1);
	else if (packet->is_fragment && route == TZ_ROUTE_INPUT)
		leave_from(&way, TZ_N_PRE);
	return way;
}
