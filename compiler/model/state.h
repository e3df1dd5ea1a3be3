/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of state.def: matches whose value depends on earlier packets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tz_state_id {
#define STATE(id, name, n_args, may_hotdrop) TZ_STATE_##id,
#include "model/state.def"
#undef STATE
	TZ_N_STATES
};

/* Places in args. */
enum { TZ_LIMIT_AVG, TZ_LIMIT_BURST };
enum { TZ_QUOTA_BYTES, TZ_QUOTA_IS_INVERTED };
enum { TZ_NTH_EVERY, TZ_NTH_PACKET, TZ_NTH_IS_INVERTED };

/* Of limit: the unit of its times is a second through this (xt_limit.h). */
#define TZ_LIMIT_SCALE 10000

struct tz_state {
	enum tz_state_id id;
	size_t n_args;
	const uint64_t *args; /* as state.def says */
};

const char *tz_state_name(enum tz_state_id id);
/* The state of that name; TZ_N_STATES when there is none. */
enum tz_state_id tz_state_by_name(const char *name);
bool tz_state_may_hotdrop(enum tz_state_id id);
/* Whether the arguments are as state.def says; any text may be parsed. */
bool tz_state_is_sound(const struct tz_state *state);

/*
 * The kernel's arithmetic of limit (net/netfilter/xt_limit.c): credits a jiffy,
 * at most so many, a packet for so many. @hz: its jiffies in a second.
 */
struct tz_credits {
	uint32_t per_jiffy, cap, cost;
};
struct tz_credits tz_state_credits(const struct tz_state *limit, uint32_t hz);
/* Whether the kernel takes such a limit (limit_mt_check). */
bool tz_state_limit_fits(uint64_t avg, uint64_t burst, uint32_t hz);

/*
 * The same rule as iptables-nft has it (SEMANTICS 11.10): a packet costs so
 * many nanoseconds, of which so many are kept.
 */
struct tz_tokens {
	uint64_t cost_ns, max_ns;
};
struct tz_tokens tz_state_tokens(const struct tz_state *limit);
