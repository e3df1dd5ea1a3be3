/* SPDX-License-Identifier: GPL-2.0-only */
#include "model/state.h"

#include <string.h>
#include <tamiz/set.h>

static const struct {
	const char *name;
	size_t n_args;
	bool may_hotdrop;
} rows[] = {
#define STATE(id, name, n_args, may_hotdrop) { #name, n_args, may_hotdrop },
#include "model/state.def"
#undef STATE
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) == TZ_N_STATES, "a row each");

const char *tz_state_name(enum tz_state_id id)
{
	return rows[id].name;
}

enum tz_state_id tz_state_by_name(const char *name)
{
	int id = 0;

	while (id < TZ_N_STATES && strcmp(rows[id].name, name))
		id++;
	return (enum tz_state_id)id;
}

bool tz_state_may_hotdrop(enum tz_state_id id)
{
	return rows[id].may_hotdrop;
}

bool tz_state_is_named(enum tz_state_id id)
{
	return id == TZ_STATE_HASHLIMIT || id == TZ_STATE_RECENT;
}

/* ---- limit ---- */

/* POW2_BELOW32(MAX_CPJ) of xt_limit.c: one credit a day must still fit. */
static uint32_t credits_per_jiffy(uint32_t hz)
{
	uint32_t max = UINT32_MAX / (hz * 86400), power = 1;

	while (power <= max / 2)
		power *= 2;
	return power;
}

/* user2credits() of xt_limit.c, in 32 bits as there. */
static uint32_t credits_of(uint32_t time, uint32_t hz)
{
	uint32_t rate = hz * credits_per_jiffy(hz);

	if (time > UINT32_MAX / rate)
		return time / TZ_LIMIT_SCALE * rate;
	return time * rate / TZ_LIMIT_SCALE;
}

struct tz_credits tz_state_credits(const struct tz_state *limit, uint32_t hz)
{
	uint32_t avg = (uint32_t)limit->args[TZ_LIMIT_AVG];
	uint32_t burst = (uint32_t)limit->args[TZ_LIMIT_BURST];

	return (struct tz_credits){
		.per_jiffy = credits_per_jiffy(hz),
		.cap = credits_of(avg * burst, hz),
		.cost = credits_of(avg, hz),
	};
}

bool tz_state_limit_fits(uint64_t avg, uint64_t burst, uint32_t hz)
{
	return avg && avg <= UINT32_MAX && burst && burst <= UINT32_MAX &&
	       credits_of((uint32_t)(avg * burst), hz) >=
		       credits_of((uint32_t)avg, hz);
}

/*
 * add_nft_limit() of iptables 1.8.9 takes the largest unit that loses nothing,
 * from a day down to a second; nft_limit_init() the nanoseconds of a packet.
 */
struct tz_tokens tz_state_tokens(const struct tz_state *limit)
{
	static const uint32_t seconds[] = { 86400, 3600, 60, 1 };
	uint64_t avg = limit->args[TZ_LIMIT_AVG], rate;
	size_t i = 1;

	for (; i < 4; i++) {
		uint64_t unit = (uint64_t)seconds[i] * TZ_LIMIT_SCALE;

		if (avg > unit || unit / avg < unit % avg)
			break;
	}
	rate = (uint64_t)seconds[i - 1] * TZ_LIMIT_SCALE / avg;

	uint64_t cost = seconds[i - 1] * UINT64_C(1000000000) / rate;

	return (struct tz_tokens){ cost, cost * limit->args[TZ_LIMIT_BURST] };
}

/* ---- hashlimit ---- */

/* POW2_BELOW64(MAX_CPJ) and POW2_BELOW32(MAX_CPJ_BYTES). */
static uint64_t power_below(uint64_t max)
{
	uint64_t power = 1;

	while (power <= max / 2)
		power *= 2;
	return power;
}

/* user2credits() of xt_hashlimit.c, revision 3. */
static uint64_t credits64_of(uint64_t time, uint64_t per_second)
{
	const uint64_t scale = TZ_HASHLIMIT_SCALE;

	if (scale >= per_second)
		return time / (scale / per_second);
	return time * (per_second / scale);
}

/* msecs_to_jiffies() of kernels whose HZ divides a second. */
static uint64_t jiffies_of(uint64_t ms, uint32_t hz)
{
	return (ms * hz + 999) / 1000;
}

uint64_t tz_state_full_of_bytes(uint32_t hz)
{
	return power_below(UINT32_MAX / hz) * hz;
}

/* user2rate_bytes(). */
static uint64_t bytes_a_second(uint64_t avg)
{
	return (UINT32_MAX / avg - 1) << 4;
}

struct tz_credits64 tz_state_credits64(const struct tz_state *hashlimit,
				       uint32_t hz)
{
	const uint64_t *args = hashlimit->args;
	uint64_t avg = args[TZ_HASHLIMIT_AVG];
	uint64_t burst = args[TZ_HASHLIMIT_BURST];
	bool counts_bytes = args[TZ_HASHLIMIT_MODE] & TZ_HASHLIMIT_BYTES;
	struct tz_credits64 c = {
		.expire = jiffies_of(args[TZ_HASHLIMIT_EXPIRE_MS], hz),
		.gc = jiffies_of(args[TZ_HASHLIMIT_GC_MS], hz),
	};

	if (args[TZ_HASHLIMIT_MODE] & TZ_HASHLIMIT_RATE_MATCH) {
		c.interval = (uint32_t)args[TZ_HASHLIMIT_INTERVAL] * hz;
		c.rate = counts_bytes ? bytes_a_second(avg)
				      : TZ_HASHLIMIT_SCALE / avg;
		c.burst = !counts_bytes ? burst + c.rate
			  : burst       ? burst * c.rate
					: c.rate;
		return c;
	}
	if (counts_bytes) {
		c.full = tz_state_full_of_bytes(hz);
		c.per_jiffy = c.full / hz;
		c.cost = (uint32_t)avg * c.full >> 32;
		c.cap = burst;
		return c;
	}
	c.per_jiffy = power_below(UINT64_MAX / (hz * UINT64_C(86400)));
	c.full = c.cap = credits64_of(avg * burst, hz * c.per_jiffy);
	c.cost = credits64_of(avg, hz * c.per_jiffy);
	return c;
}

/* What hashlimit_mt_check_common() takes. */
static bool hashlimit_fits(const struct tz_state *state)
{
	const uint64_t *args = state->args;
	struct tz_credits64 c;

	if (args[TZ_HASHLIMIT_MODE] > 127 || !args[TZ_HASHLIMIT_AVG] ||
	    args[TZ_HASHLIMIT_AVG] > UINT64_C(86400000000) ||
	    args[TZ_HASHLIMIT_BURST] > UINT32_MAX ||
	    args[TZ_HASHLIMIT_SRC_BITS] > 128 ||
	    args[TZ_HASHLIMIT_DST_BITS] > 128 || !args[TZ_HASHLIMIT_MAX] ||
	    args[TZ_HASHLIMIT_MAX] > TZ_HASHLIMIT_MAX_MAX ||
	    !args[TZ_HASHLIMIT_GC_MS] ||
	    args[TZ_HASHLIMIT_GC_MS] > UINT32_MAX ||
	    !args[TZ_HASHLIMIT_EXPIRE_MS] ||
	    args[TZ_HASHLIMIT_EXPIRE_MS] > UINT32_MAX)
		return false;
	if (args[TZ_HASHLIMIT_MODE] & TZ_HASHLIMIT_RATE_MATCH)
		return args[TZ_HASHLIMIT_AVG] <= UINT32_MAX &&
		       args[TZ_HASHLIMIT_INTERVAL] &&
		       args[TZ_HASHLIMIT_INTERVAL] <= TZ_HASHLIMIT_INTERVAL_MAX;
	if (args[TZ_HASHLIMIT_INTERVAL])
		return false;
	c = tz_state_credits64(state, 1000);
	if (args[TZ_HASHLIMIT_MODE] & TZ_HASHLIMIT_BYTES)
		return c.cost && args[TZ_HASHLIMIT_AVG] <= UINT32_MAX;
	return args[TZ_HASHLIMIT_BURST] && c.cap >= c.cost;
}

/* ---- recent ---- */

uint32_t tz_state_recent_entries(const struct tz_state_kernel *kernel)
{
	return kernel->recent_entries ? kernel->recent_entries : 100;
}

/* recent_mt_check(). */
uint32_t tz_state_recent_stamps(const struct tz_state *recent,
				const struct tz_state_kernel *kernel)
{
	uint64_t hits = recent->args[TZ_RECENT_HITS], n = hits ? hits : 32;
	uint32_t power = 1;

	if (hits < kernel->recent_stamps)
		n = kernel->recent_stamps;
	while (power < n && power < TZ_RECENT_HITS_MAX)
		power *= 2;
	return power;
}

bool tz_state_recent_fits(const struct tz_state_kernel *kernel, uint64_t stamps)
{
	/* with its share of the hash; KMALLOC_MAX_SIZE before Linux 6.2 */
	const uint64_t entry = 64, max = 4 * 1024 * 1024 - 4096;

	return (tz_state_recent_entries(kernel) + UINT64_C(1)) *
		       (entry + 8 * stamps) <=
	       max;
}

uint32_t tz_state_recent_jiffies(const struct tz_state *recent, uint32_t hz)
{
	return (uint32_t)recent->args[TZ_RECENT_SECONDS] * hz;
}

static bool recent_fits(const uint64_t *args)
{
	bool asks = args[TZ_RECENT_ACTION] == TZ_RECENT_CHECK ||
		    args[TZ_RECENT_ACTION] == TZ_RECENT_UPDATE;
	uint64_t flags = args[TZ_RECENT_FLAGS];

	if (args[TZ_RECENT_ACTION] >= TZ_RECENT_N_ACTIONS ||
	    args[TZ_RECENT_SECONDS] > TZ_RECENT_SECONDS_MAX ||
	    args[TZ_RECENT_HITS] > TZ_RECENT_HITS_MAX ||
	    flags > TZ_RECENT_FLAGS_ALL)
		return false;
	if (asks)
		return args[TZ_RECENT_SECONDS] || !(flags & TZ_RECENT_REAPS);
	return !args[TZ_RECENT_SECONDS] && !args[TZ_RECENT_HITS] &&
	       !(flags & (TZ_RECENT_REAPS | TZ_RECENT_BY_TTL));
}

/* ---- any ---- */

bool tz_state_is_sound(const struct tz_state *state)
{
	const uint64_t *args = state->args;

	if ((unsigned int)state->id >= TZ_N_STATES ||
	    state->n_args != rows[state->id].n_args ||
	    tz_state_is_named(state->id) != (state->name != NULL))
		return false;
	switch (state->id) {
	case TZ_STATE_LIMIT:
		/* the finest clock that kernels have tells the most of it */
		return tz_state_limit_fits(args[TZ_LIMIT_AVG],
					   args[TZ_LIMIT_BURST], 1000) &&
		       args[TZ_LIMIT_AVG] <= UINT64_C(864000000);
	case TZ_STATE_QUOTA:
		return args[TZ_QUOTA_IS_INVERTED] < 2;
	case TZ_STATE_NTH:
		return args[TZ_NTH_EVERY] && args[TZ_NTH_EVERY] <= UINT32_MAX &&
		       args[TZ_NTH_PACKET] < args[TZ_NTH_EVERY] &&
		       args[TZ_NTH_IS_INVERTED] < 2;
	case TZ_STATE_HASHLIMIT:
		return hashlimit_fits(state);
	case TZ_STATE_RECENT:
		return recent_fits(args);
	case TZ_STATE_PUT:
		return (args[TZ_PUT_ADD] || args[TZ_PUT_DEL]) &&
		       args[TZ_PUT_FLAGS] <= TZ_PUT_FLAGS_ALL &&
		       args[TZ_PUT_TIMEOUT] <= TZ_PUT_TIMEOUT_MAX;
	case TZ_N_STATES:
		break;
	}
	return false;
}
