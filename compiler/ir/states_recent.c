/* SPDX-License-Identifier: GPL-2.0-only */
#include "ir/states_recent.h"

#include <string.h>

#include "base/vec.h"

struct entry {
	enum tz_family family;
	tz_value address;
	uint8_t ttl;
	TZ_VEC(uint64_t) stamps; /* the latest at the end */
};

struct tz_recent_list {
	struct tz_arena *arena;
	tz_value mask;
	uint32_t max, stamps;
	TZ_VEC(struct entry *) entries; /* the latest at the end */
};

struct tz_recent_list *tz_recent_list_new(struct tz_arena *arena,
					  const struct tz_state *first,
					  uint32_t entries, uint32_t stamps)
{
	struct tz_recent_list *list = tz_new(arena, struct tz_recent_list);

	list->arena = arena;
	list->mask = (tz_value)first->args[TZ_RECENT_MASK_HIGH] << 64 |
		     first->args[TZ_RECENT_MASK_LOW];
	list->max = entries;
	list->stamps = stamps;
	return list;
}

void tz_recent_list_want(struct tz_recent_list *list, uint32_t stamps)
{
	if (stamps > list->stamps)
		list->stamps = stamps;
}

static void remove_at(struct tz_recent_list *list, size_t i)
{
	memmove(&list->entries.at[i], &list->entries.at[i + 1],
		(list->entries.n - i - 1) * sizeof(list->entries.at[0]));
	list->entries.n--;
}

/* Now is its latest time, and it the latest in the list. */
static void stamp(struct tz_recent_list *list, struct entry *e,
		  uint64_t jiffies)
{
	if (e->stamps.n == list->stamps) {
		memmove(e->stamps.at, e->stamps.at + 1,
			(e->stamps.n - 1) * sizeof(e->stamps.at[0]));
		e->stamps.n--;
	}
	tz_vec_push(list->arena, &e->stamps, jiffies);
	tz_vec_push(list->arena, &list->entries, e);
}

static size_t find(const struct tz_recent_list *list, enum tz_family family,
		   tz_value address, bool by_ttl, uint8_t ttl)
{
	size_t i = 0;

	for (; i < list->entries.n; i++) {
		const struct entry *e = list->entries.at[i];

		if (e->family == family && e->address == address &&
		    (!by_ttl || !ttl || !e->ttl || e->ttl == ttl))
			break;
	}
	return i;
}

/* Whether it was seen often enough since @since. */
static bool was_seen(const struct entry *e, const struct tz_state *state,
		     uint64_t since)
{
	uint64_t hits = 0;

	for (size_t i = 0; i < e->stamps.n; i++)
		hits += !state->args[TZ_RECENT_SECONDS] ||
			(int64_t)(e->stamps.at[i] - since) >= 0;
	return hits && hits >= state->args[TZ_RECENT_HITS];
}

static void add(struct tz_recent_list *list, enum tz_family family,
		tz_value address, uint8_t ttl, uint64_t jiffies)
{
	struct entry *e = tz_new(list->arena, struct entry);

	e->family = family;
	e->address = address;
	e->ttl = ttl;
	if (list->entries.n >= list->max)
		remove_at(list, 0);
	stamp(list, e, jiffies);
}

/* What is oldest goes if nobody saw it since, but not what is updated now. */
static void reap(struct tz_recent_list *list, const struct entry *updated,
		 uint64_t since)
{
	const struct entry *oldest = list->entries.at[0];

	if (oldest != updated &&
	    (int64_t)(oldest->stamps.at[oldest->stamps.n - 1] - since) < 0)
		remove_at(list, 0);
}

bool tz_recent_list_ask(struct tz_recent_list *list,
			const struct tz_state *state,
			const struct tz_packet *packet, uint32_t hz,
			uint64_t jiffies)
{
	const uint64_t *args = state->args, flags = args[TZ_RECENT_FLAGS];
	enum tz_recent_action action = (enum tz_recent_action)args[0];
	bool holds = flags & TZ_RECENT_IS_INVERTED;
	uint64_t since = jiffies - tz_state_recent_jiffies(state, hz);
	const uint8_t *ip = packet->frame + packet->l3;
	uint8_t ttl = packet->family == TZ_IPV4 ? ip[8] : ip[7];
	tz_value address =
		(flags & TZ_RECENT_BY_DST ? packet->dst : packet->src) &
		list->mask;
	size_t i = find(list, packet->family, address, flags & TZ_RECENT_BY_TTL,
			ttl);

	if (i == list->entries.n) {
		if (action != TZ_RECENT_SET)
			return holds;
		add(list, packet->family, address, ttl, jiffies);
		return !holds;
	}

	struct entry *e = list->entries.at[i];

	if (action == TZ_RECENT_REMOVE) {
		remove_at(list, i);
		return !holds;
	}
	if (action == TZ_RECENT_SET || was_seen(e, state, since))
		holds = !holds;

	bool is_update = action == TZ_RECENT_SET ||
			 (action == TZ_RECENT_UPDATE && holds);

	if (flags & TZ_RECENT_REAPS)
		reap(list, is_update ? e : NULL, since);
	if (is_update) {
		remove_at(list, find(list, packet->family, address, false, 0));
		stamp(list, e, jiffies);
		e->ttl = ttl;
	}
	return holds;
}
