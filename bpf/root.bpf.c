/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program that a device runs first: parses the packet into the scratch
 * area and calls the stages in their order. A stage that has nothing to say
 * about a packet calls the next one itself; an empty slot falls through.
 */
#include <tamiz/maps.bpf.h>
#include <tamiz/packet.bpf.h>

const volatile struct tz_device_config tz_device = {};

SEC("xdp.frags")
int tz_root(struct xdp_md *ctx)
{
	struct tz_scratch *s = tz_scratch_get();

	if (!s)
		return XDP_PASS;
	s->abi_version = TZ_ABI_VERSION;
	tz_parse(ctx, &s->key, tz_mac_number(tz_device.mac));
	bpf_tail_call(ctx, &tz_stages, TZ_STAGE_HOP);
	bpf_tail_call(ctx, &tz_stages, TZ_STAGE_RULES);
	bpf_tail_call(ctx, &tz_stages, TZ_STAGE_LB);
	return XDP_PASS;
}

char tz_license[] SEC("license") = "Dual BSD/GPL";
