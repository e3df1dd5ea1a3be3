/* SPDX-License-Identifier: GPL-2.0-only */
/* The rows of state.def: matches whose value depends on earlier packets. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Places in args. */
enum { TZ_LIMIT_AVG, TZ_LIMIT_BURST };
enum { TZ_QUOTA_BYTES, TZ_QUOTA_IS_INVERTED };
enum { TZ_NTH_EVERY, TZ_NTH_PACKET, TZ_NTH_IS_INVERTED };
enum {
	TZ_HASHLIMIT_MODE,  /* TZ_HASHLIMIT_BY_* */
	TZ_HASHLIMIT_AVG,   /* of a packet in 1/1000000 s; of bytes a cost */
	TZ_HASHLIMIT_BURST, /* packets; of bytes: how often it is refilled */
	TZ_HASHLIMIT_SRC_BITS,
	TZ_HASHLIMIT_DST_BITS,
	TZ_HASHLIMIT_MAX, /* entries */
	TZ_HASHLIMIT_GC_MS,
	TZ_HASHLIMIT_EXPIRE_MS,
	TZ_HASHLIMIT_INTERVAL, /* seconds, of RATE_MATCH; else 0 */
	TZ_HASHLIMIT_N_ARGS
};

/* Modes, as in <linux/netfilter/xt_hashlimit.h>. */
#define TZ_HASHLIMIT_BY_DST 1u
#define TZ_HASHLIMIT_BY_DPORT 2u
#define TZ_HASHLIMIT_BY_SRC 4u
#define TZ_HASHLIMIT_BY_SPORT 8u
#define TZ_HASHLIMIT_ABOVE 16u
#define TZ_HASHLIMIT_BYTES 32u
#define TZ_HASHLIMIT_RATE_MATCH 64u
/* HASHLIMIT_MAX_SIZE of xt_hashlimit.c: as it clamps; eight a slot */
#define TZ_HASHLIMIT_SIZE_MAX 1048576u
/* far below what is cut to 32 bits there */
#define TZ_HASHLIMIT_INTERVAL_MAX 1000000u
#define TZ_HASHLIMIT_MAX_MAX (8 * TZ_HASHLIMIT_SIZE_MAX)

enum {
	TZ_RECENT_ACTION,  /* enum tz_recent_action */
	TZ_RECENT_SECONDS, /* 0: however long ago */
	TZ_RECENT_HITS,    /* 0: as 1 */
	TZ_RECENT_FLAGS,
	TZ_RECENT_MASK_HIGH, /* of the address; of IPv4 in 32 bits of LOW */
	TZ_RECENT_MASK_LOW,
	TZ_RECENT_N_ARGS
};
enum tz_recent_action {
	TZ_RECENT_SET,
	TZ_RECENT_CHECK,
	TZ_RECENT_UPDATE,
	TZ_RECENT_REMOVE,
	TZ_RECENT_N_ACTIONS
};
#define TZ_RECENT_IS_INVERTED 1u
#define TZ_RECENT_REAPS 2u
#define TZ_RECENT_BY_TTL 4u
#define TZ_RECENT_BY_DST 8u
#define TZ_RECENT_FLAGS_ALL 15u
enum {
	TZ_PUT_ADD,     /* number of the set, + 1; 0: none */
	TZ_PUT_ADD_HOW, /* as in tamiz/set.h */
	TZ_PUT_DEL,
	TZ_PUT_DEL_HOW,
	TZ_PUT_FLAGS,   /* TZ_PUT_* of tamiz/set.h */
	TZ_PUT_TIMEOUT, /* seconds; 0: it stays */
	TZ_PUT_N_ARGS
};
/* UINT_MAX / MSEC_PER_SEC: xt_set.c takes no more */
#define TZ_PUT_TIMEOUT_MAX 4294967u
/* XT_RECENT_MAX_NSTAMPS of xt_recent.c */
#define TZ_RECENT_HITS_MAX 65535u
/* more may be no jiffies, in 32 bits */
#define TZ_RECENT_SECONDS_MAX 1000000000u

enum tz_state_id {
#define STATE(id, name, n_args, may_hotdrop) TZ_STATE_##id,
#include "model/state.def"
#undef STATE
	TZ_N_STATES
};

/* Of limit: the unit of its times is a second through this (xt_limit.h). */
#define TZ_LIMIT_SCALE 10000
#define TZ_HASHLIMIT_SCALE 1000000 /* of hashlimit */

struct tz_state {
	enum tz_state_id id;
	size_t n_args;
	const uint64_t *args; /* as state.def says */
	const char *name;     /* of what is named; else NULL */
};

const char *tz_state_name(enum tz_state_id id);
/* The state of that name; TZ_N_STATES when there is none. */
enum tz_state_id tz_state_by_name(const char *name);
bool tz_state_may_hotdrop(enum tz_state_id id);
/* Whether states of that kind have names, by which rules share them. */
bool tz_state_is_named(enum tz_state_id id);
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
 * The same of hashlimit (net/netfilter/xt_hashlimit.c), in 64 bits. A bucket
 * has a cap of its own, with which it begins: of packets the most credit, of
 * bytes how often it is filled at once. Rules of one name may count either, and
 * take from the same.
 */
struct tz_credits64 {
	uint64_t per_jiffy, cost, cap;
	uint64_t full; /* credit at the beginning */
	/* RATE_MATCH, in jiffies, else 0: so much in so long, and at most */
	uint64_t interval, rate, burst;
	uint64_t expire, gc; /* jiffies */
};
struct tz_credits64 tz_state_credits64(const struct tz_state *hashlimit,
				       uint32_t hz);
/* What fills a bucket for a rule that counts bytes. */
uint64_t tz_state_full_of_bytes(uint32_t hz);

/* What the kernel says of itself; 0: as it is by default. */
struct tz_state_kernel {
	uint32_t hz; /* jiffies in a second */
	/* parameters of xt_recent: ip_list_tot, ip_pkt_list_tot */
	uint32_t recent_entries, recent_stamps;
};

/* Addresses that a list of recent holds (net/netfilter/xt_recent.c). */
uint32_t tz_state_recent_entries(const struct tz_state_kernel *kernel);
/* How often it remembers one, because of @recent: a power of two. */
uint32_t tz_state_recent_stamps(const struct tz_state *recent,
				const struct tz_state_kernel *kernel);
/* Whether a program may hold a list of that size. */
bool tz_state_recent_fits(const struct tz_state_kernel *kernel,
			  uint64_t stamps);
/* The jiffies of its --seconds, in 32 bits as there. */
uint32_t tz_state_recent_jiffies(const struct tz_state *recent, uint32_t hz);

/*
 * The same rule as iptables-nft has it (SEMANTICS 11.10): a packet costs so
 * many nanoseconds, of which so many are kept.
 */
struct tz_tokens {
	uint64_t cost_ns, max_ns;
};
struct tz_tokens tz_state_tokens(const struct tz_state *limit);
