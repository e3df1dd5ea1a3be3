/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What rules say of a packet, and where they count it. Generated code defines
 * TZ_N_COUNTERS and TZ_IS_REPLACE as for rules.bpf.h.
 */
#ifndef TAMIZ_COUNT_BPF_H
#define TAMIZ_COUNT_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>
#include <tamiz/control.bpf.h>
#include <tamiz/log.bpf.h>

/*
 * What a chain says of a packet. A packet passes a table when some completion
 * of what is unknown accepts it, so these are facts about all ways at once.
 */
enum tz_verdict {
	TZ_V_PASS,   /* leave it to the kernel, whatever other tables say */
	TZ_V_ACCEPT, /* some way through this table accepts it */
	TZ_V_DROP,   /* all ways drop it */
	TZ_V_RETURN, /* some way returns, none accepts */
	TZ_V_NEXT,   /* of a part of a chain: the next part is asked */
};

/*
 * Twice: what was counted in force, then what was counted in monitor mode,
 * whose packets the kernel judges and counts as well.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2 * TZ_N_COUNTERS);
	__type(key, __u32);
	__type(value, struct tz_counter);
} tz_counters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TZ_N_OUTCOMES);
	__type(key, __u32);
	__type(value, struct tz_counter);
} tz_outcomes SEC(".maps");

#define TZ_UNUSED __attribute__((unused))

/* Returns how many packets this CPU has counted there, with this one. */
static __always_inline __u64 tz_add(void *map, __u32 key, __u32 bytes)
{
	struct tz_counter *counter = bpf_map_lookup_elem(map, &key);

	if (!counter)
		return 0;
	counter->bytes += bytes;
	return ++counter->packets;
}

/* @first is where the counters of its mode begin. */
static __always_inline void tz_count(struct tz_scratch *s, __u32 id,
				     __u32 first)
{
	tz_log_counted(s, id, tz_add(&tz_counters, id + first, s->key.ip_len));
}

/* Whether this generation drops nothing: it says what it would drop. */
static __always_inline int tz_is_monitor(void)
{
	const struct tz_control *control = tz_control_get();

	return control && control->flags & TZ_CONTROL_MONITOR;
}

/* Rule or policy @id counts this packet; in offload if it is dropped here. */
static __always_inline void tz_note(struct tz_scratch *s, __u32 id)
{
#ifdef TZ_IS_REPLACE
	tz_count(s, id, s->first_counter);
	tz_log_path(s, id);
#else
	if (s->n_path < TZ_PATH_MAX)
		s->path[s->n_path] = id;
	s->n_path++;
#endif
}

#endif
