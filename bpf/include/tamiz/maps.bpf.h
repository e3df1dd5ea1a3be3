/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The maps that all stages of a device share; the runtime pins them. */
#ifndef TAMIZ_MAPS_BPF_H
#define TAMIZ_MAPS_BPF_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#include <tamiz/abi.h>

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct tz_scratch);
} tz_scratch SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, TZ_N_STAGES);
	__type(key, __u32);
	__type(value, __u32);
} tz_stages SEC(".maps");

static __always_inline struct tz_scratch *tz_scratch_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&tz_scratch, &zero);
}

#endif
