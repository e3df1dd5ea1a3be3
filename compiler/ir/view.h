/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one rule engine sees of one packet: the value of every field, or why
 * it has none, and the possible outcomes of a match that holds no others.
 */
#pragma once

#include "ir/eval.h"
#include "ir/limits.h"
#include "ir/outcome.h"

enum tz_view_state {
	TZ_VIEW_KNOWN,
	TZ_VIEW_UNKNOWN,
	TZ_VIEW_BREAKS,   /* reading it ends the rule */
	TZ_VIEW_HOTDROPS, /* reading it drops the packet */
};

struct tz_view {
	const struct tz_packet *packet;
	enum tz_backend backend;
	const char *ifname;               /* NULL: unknown */
	const struct tz_fib *fib;         /* NULL: unknown */
	const struct tz_sockets *sockets; /* NULL: unknown */
	const struct tz_heads *heads;     /* or NULL */
	bool has_clock;
	int64_t clock_ns; /* since 1970, UTC */
	size_t l4_len;
	uint16_t fragment_offset;
	bool has_unknown_l4;    /* the headers behind IP */
	bool is_forwarded;      /* of FORWARD: the TTL is one less */
	bool is_wire;           /* the IPv4 options are the frame's */
	unsigned int doubts;    /* enum tz_doubt, ored: about tests */
	uint8_t unknown_flags;  /* bits of TZ_FIELD_TCP_FLAGS */
	unsigned int ct_states; /* TZ_CT_*: possible behind the raw table */
	bool is_new;            /* the kernel has no entry for it */
	bool may_be_reply;      /* to what NAT has translated */
	tz_value values[TZ_N_FIELDS];
	uint8_t states[TZ_N_FIELDS]; /* enum tz_view_state */
};

/* All facts of @packet known, but for the interface when @ifname is NULL. */
void tz_view_init(struct tz_view *view, const struct tz_packet *packet,
		  enum tz_backend backend, const char *ifname);
/*
 * Whether both backends see the same in @packet: no fragment, no header that
 * may be short, no extension that one of them takes for the end (SEMANTICS
 * 2.10, 11.1-11.5).
 */
bool tz_view_backends_agree(const struct tz_packet *packet);
/* What is known besides the packet. */
void tz_view_set_context(struct tz_view *view,
			 const struct tz_context *context);
/*
 * Behind routing: a packet that is forwarded has lost a hop before FORWARD
 * (net/ipv4/ip_forward.c, net/ipv6/ip6_output.c:ip6_forward).
 */
void tz_view_set_route(struct tz_view *view, enum tz_route route);
/* The outcomes of @match, whose kind is none of NOT, AND, OR. */
unsigned int tz_view_outcomes(const struct tz_view *view,
			      const struct tz_ir_match *match);

/*
 * Whether @match, where it drops the packet at once, is true all the same, so
 * that the rule may count and its target run (SEMANTICS 2.3).
 */
bool tz_view_holds_dropped(const struct tz_view *view,
			   const struct tz_ir_match *match);
/*
 * Whether the target of @rule, which matches, drops the packet for its TCP
 * header: xt_TCPMSS.c, xt_TCPOPTSTRIP.c, ipt_ECN.c.
 */
bool tz_view_target_drops(const struct tz_view *view,
			  const struct tz_ir_rule *rule);

/*
 * tz_view_outcomes in line for what rules mostly are: a known field and one
 * interval. 0: @match or the view is not so simple.
 */
static inline unsigned int tz_view_quick(const struct tz_view *view,
					 const struct tz_ir_match *match)
{
	if (match->kind != TZ_IR_IN || match->in.set.n != 1 ||
	    view->states[match->in.field] != TZ_VIEW_KNOWN || match->is_stale ||
	    view->unknown_flags)
		return 0;

	tz_value value = view->values[match->in.field];
	const struct tz_interval *at = match->in.set.at;

	return tz_outcome_of(at->lo <= value && value <= at->hi);
}

/*
 * Layer 4 as an extension of the view's rule engine finds it, later fragments
 * included; sets its length, 0 when there is none.
 */
const uint8_t *tz_view_l4(const struct tz_view *view, size_t *len);

/* The base chains that a packet meets, in order; NULL: the table has none. */
enum {
	TZ_WAY_RAW,
	TZ_WAY_MANGLE,
	TZ_WAY_NAT, /* offload alone: whether it translates */
	TZ_N_PRE,
	TZ_N_POST = 3,
	TZ_N_WAY = TZ_N_PRE + TZ_N_POST
};
struct tz_way {
	const struct tz_ir_chain *chains[TZ_N_WAY];
};

struct tz_way tz_way_find(const struct tz_ir *ir, enum tz_family family,
			  enum tz_route route);

/*
 * tz_eval_verdict over @way with facts that may be unknown: @pre judges
 * PREROUTING, @post what follows. Unknown matches are asked of
 * @options->opaque like opaque ones.
 */
void tz_eval_way(const struct tz_ir *ir, const struct tz_way *way,
		 const struct tz_view *pre, const struct tz_view *post,
		 const struct tz_eval_options *options,
		 struct tz_eval_result *result);
