/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as a tcpdump expression; the first chooses the link type. What is
 * taken is a sound graph, what is refused has an error with a place. What both
 * take answers as libpcap's program does.
 */
#include "fuzz.h"

#include <pcap/pcap.h>
#include <string.h>

#include "cbpf/cbpf.h"
#include "lower/pcap.h"

const char fuzz_corpus[] = "pcap_expr";

/* libpcap's numbers of the links; -1: it has none. */
static const int dlts[] = {
	[TZ_LINK_EN10MB] = DLT_EN10MB,
	[TZ_LINK_RAW] = DLT_RAW,
	[TZ_LINK_IPV4] = DLT_IPV4,
	[TZ_LINK_IPV6] = DLT_IPV6,
	[TZ_LINK_LINUX_SLL] = DLT_LINUX_SLL,
	[TZ_LINK_LINUX_SLL2] = DLT_LINUX_SLL2,
	[TZ_LINK_NULL] = DLT_NULL,
	[TZ_LINK_LOOP] = DLT_LOOP,
	[TZ_LINK_NET] = -1,
};

/* UDP to port 53 in a VLAN; the same from the IP header on; and less of it. */
static const uint8_t frame[] = {
	2, 0, 0,    0, 0, 1,  2, 0, 0, 0,  0,  2,  0x81, 0,    0,   5,
	8, 0, 0x45, 0, 0, 30, 0, 0, 0, 0,  64, 17, 0x66, 0xcd, 10,  0,
	0, 1, 10,   0, 0, 2,  0, 7, 0, 53, 0,  10, 0,    0,    'h', 'i',
};

static struct tz_filter_packet packet_of(size_t skip, size_t len)
{
	return (struct tz_filter_packet){
		.frame = frame + skip,
		.frame_len = len,
		.len = (uint32_t)len,
	};
}

static bool filter(const struct bpf_program *program,
		   const struct tz_filter_packet *packet)
{
	return bpf_filter(program->bf_insns, packet->frame, packet->len,
			  (u_int)packet->frame_len) != 0;
}

/*
 * Where libpcap's interpreter and the kernel's differ, or libpcap's optimiser
 * drops a load (flow.h, drops_loads), no answer is the right one.
 */
static void compare_packet(const struct tz_flow *flow, const char *expression,
			   const struct bpf_program *plain,
			   const struct bpf_program *optimised,
			   const struct tz_filter_packet *packet)
{
	const struct tz_cbpf program = {
		.insns = (struct sock_filter *)(void *)plain->bf_insns,
		.n = plain->bf_len,
	};
	bool right = filter(plain, packet);

	if (right == (tz_cbpf_run(&program, packet) != 0) &&
	    right == filter(optimised, packet) &&
	    right != (tz_flow_eval(flow, packet) != 0))
		fuzz_die("libpcap answers another", expression);
}

/* What libpcap makes of @expression answers the same. */
static void compare(const struct tz_flow *flow, enum tz_link link,
		    const char *expression)
{
	pcap_t *pcap = pcap_open_dead(dlts[link], 65535);
	struct bpf_program plain, optimised;

	if (!pcap)
		fuzz_die("no memory", "");
	if (pcap_compile(pcap, &plain, expression, 0, 0) == 0) {
		bool is_open =
			pcap_compile(pcap, &optimised, expression, 1, 0) == 0;

		for (size_t len = 0; is_open && len <= sizeof(frame) - 18;
		     len++) {
			struct tz_filter_packet packet = packet_of(
				link == TZ_LINK_EN10MB && len % 2 ? 0 : 18,
				len);

			compare_packet(flow, expression, &plain, &optimised,
				       &packet);
		}
		if (is_open)
			pcap_freecode(&optimised);
		pcap_freecode(&plain);
	}
	pcap_close(pcap);
}

static void check(const struct tz_flow *flow, enum tz_link link,
		  const char *expression)
{
	struct tz_filter_packet packet = packet_of(0, sizeof(frame));

	if (tz_flow_verify(flow))
		fuzz_die(tz_flow_verify(flow), expression);
	tz_flow_eval(flow, &packet);
	/* Its headers may go round for ever, and bpf_filter with them. */
	if (dlts[link] < 0 || strstr(expression, "protochain") ||
	    strstr(expression, "vxlan") || strstr(expression, "geneve"))
		return;
	compare(flow, link, expression);
}

static bool has_placed_error(const struct tz_diags *diags)
{
	for (size_t i = 0; i < tz_diags_count(diags); i++)
		if (tz_diags_at(diags, i)->severity == TZ_ERROR &&
		    tz_diags_at(diags, i)->span.begin)
			return true;
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tz_names names = {
		.service = tz_names_local.service,
		.protocol = tz_names_local.protocol,
	};
	struct tz_pcap_options options = { .names = &names,
					   .has_netmask = true };
	struct tz_arena *arena = tz_arena_new();
	struct tz_sources *sources = tz_sources_new(arena);
	struct tz_diags *diags = tz_diags_new(arena, sources);
	struct tz_buf out = { 0 };

	if (size) {
		options.link = data[0] % TZ_N_LINKS;
		data++;
		size--;
	}

	const struct tz_source *source =
		tz_sources_add(sources, "fuzz", (const char *)data, size);
	struct tz_span span = { source->base,
				source->base + (uint32_t)source->len };
	struct tz_flow *flow = tz_pcap_lower(arena, diags, span, source->text,
					     source->len, &options);

	if (flow)
		check(flow, options.link, source->text);
	else if (!has_placed_error(diags))
		fuzz_die("refused without a place", source->text);
	for (size_t i = 0; i < tz_diags_count(diags); i++)
		tz_diag_print(diags, tz_diags_at(diags, i), &out);
	tz_buf_free(&out);
	tz_arena_free(arena);
	return 0;
}
