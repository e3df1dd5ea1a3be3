/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Regions of frames: what loads at known places have for values, one by one,
 * and how far the frame reaches. What a table of rules of expressions can tell
 * is a region.
 */
#pragma once

#include "flow/flow.h"

/* The loads that tables know, by what they are where they mean something. */
enum tz_frame_load {
	TZ_FRAME_ETH_DST_HIGH,
	TZ_FRAME_ETH_DST_LOW,
	TZ_FRAME_ETH_SRC_HIGH,
	TZ_FRAME_ETH_SRC_LOW,
	TZ_FRAME_TYPE,
	/* IPv4; ports and flags behind its options */
	TZ_FRAME_FRAGMENT,
	TZ_FRAME_PROTO4,
	TZ_FRAME_SRC4,
	TZ_FRAME_DST4,
	TZ_FRAME_SPORT4,
	TZ_FRAME_DPORT4,
	TZ_FRAME_FIRST4, /* the first byte: the type of ICMP */
	TZ_FRAME_FLAGS4,
	/* ARP, RARP */
	TZ_FRAME_SRC_ARP,
	TZ_FRAME_DST_ARP,
	/* IPv6, without extension headers; the words of its addresses */
	TZ_FRAME_PROTO6,
	TZ_FRAME_SRC6_0,
	TZ_FRAME_SRC6_3,
	TZ_FRAME_DST6_1,
	TZ_FRAME_DST6_2,
	TZ_FRAME_DST6_3,
	TZ_FRAME_SPORT6,
	TZ_FRAME_DPORT6,
	TZ_FRAME_FIRST6,
	TZ_FRAME_FLAGS6,
	TZ_FRAME_N_LOADS,
	/* the same bytes */
	TZ_FRAME_SRC6_1 = TZ_FRAME_SRC4,
	TZ_FRAME_SRC6_2 = TZ_FRAME_DST4,
	TZ_FRAME_DST6_0 = TZ_FRAME_DST_ARP,
};

/* The values between, of which these bits are these. */
struct tz_frame_values {
	uint32_t lo, hi;
	uint32_t mask, value;
};

struct tz_frame_region {
	/*
	 * Of TZ_FRAME_FRAGMENT only whether the offset is 0, or, said by lo, is
	 * not.
	 */
	struct tz_frame_values at[TZ_FRAME_N_LOADS];
	/* Bytes that are there: from the beginning, and behind IPv4's options.
	 */
	uint32_t need, need_behind;
	/* Of whole frames only: what is said in <tamiz/frame.h> is there. */
	bool is_whole;
};

enum tz_frame_answer { TZ_FRAME_NO, TZ_FRAME_YES, TZ_FRAME_OPEN };

/* All frames, or all whole ones. */
struct tz_frame_region tz_frame_everything(bool is_whole);
/* All values of @load. */
struct tz_frame_values tz_frame_any(enum tz_frame_load load);
bool tz_frame_is_any(const struct tz_frame_region *r, enum tz_frame_load load);
/* All bits of @load that there are. */
uint32_t tz_frame_full(enum tz_frame_load load);
/* Whether @region has but one value of @load. */
bool tz_frame_is_one(const struct tz_frame_region *r, enum tz_frame_load load);
/* Whether every frame of @inner is in @outer. */
bool tz_frame_holds(const struct tz_frame_region *outer,
		    const struct tz_frame_region *inner);

/* The outcome of the test @node for the frames of @region. */
enum tz_frame_answer tz_frame_decide(const struct tz_flow *flow,
				     const struct tz_flow_node *node,
				     const struct tz_frame_region *region);
/*
 * Leaves of @region the frames for which @node has the outcome @is_yes, and
 * maybe others: not every outcome is a region. False: there are none.
 */
bool tz_frame_restrict(const struct tz_flow *flow,
		       const struct tz_flow_node *node, bool is_yes,
		       struct tz_frame_region *region);
/*
 * The same in exact parts: leaves of @region part number @part, from 0. False:
 * there are not so many.
 */
bool tz_frame_part(const struct tz_flow *flow, const struct tz_flow_node *node,
		   bool is_yes, unsigned int part,
		   struct tz_frame_region *region);
/*
 * The loads of @term do not fail in @region from here on. False: where it may
 * fail cannot be told.
 */
bool tz_frame_reach(const struct tz_flow *flow, uint32_t term,
		    struct tz_frame_region *region);
