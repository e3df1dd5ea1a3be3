/* SPDX-License-Identifier: GPL-2.0-only */
#include "pcap_engines.h"

static void *prepare_flow(const struct subject *subject, const char **why)
{
	(void)why;
	return (void *)subject->flow;
}

static bool run_flow(void *state, const struct tz_filter_packet *packet)
{
	return tz_flow_eval(state, packet) != 0;
}

/* What libpcap's optimiser makes: it may be wrong where packets end. */
static void *prepare_libpcap(const struct subject *subject, const char **why)
{
	*why = "libpcap's optimiser refuses it";
	return subject->optimised;
}

static bool run_libpcap(void *state, const struct tz_filter_packet *packet)
{
	const struct bpf_program *program = state;

	return bpf_filter(program->bf_insns, packet->frame, packet->len,
			  (u_int)packet->frame_len) != 0;
}

const struct engine engines[] = {
	{ .name = "flow", .prepare = prepare_flow, .run = run_flow },
	{
		.name = "libpcap -O",
		.prepare = prepare_libpcap,
		.run = run_libpcap,
		.is_informative = true,
	},
};
const size_t n_engines = sizeof(engines) / sizeof(engines[0]);
