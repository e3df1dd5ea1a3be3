/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What user space says to a generation of rules while it is in force. Read
 * where a packet is to be dropped, never on the way of one that passes.
 */
#ifndef TAMIZ_CONTROL_BPF_H
#define TAMIZ_CONTROL_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tz_control);
} tz_control SEC(".maps");

static __always_inline const struct tz_control *tz_control_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&tz_control, &zero);
}

/* Whether the device sends nothing back. */
static __always_inline int tz_cannot_answer(void)
{
	const struct tz_control *control = tz_control_get();

	return !control || control->flags & TZ_CONTROL_NO_ANSWERS;
}

/* Whether requests of ICMP that these rules refuse may have entries. */
static __always_inline int tz_has_requests(void)
{
	const struct tz_control *control = tz_control_get();

	return !control || control->flags & TZ_CONTROL_REQUESTS;
}

#endif
