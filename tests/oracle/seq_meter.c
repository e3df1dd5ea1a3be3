/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The stages go into the slots around the rules: hop before them, lb behind.
 * The monitor's counter of what would be dropped is the verdict's witness, so
 * the program under test is the one that `tamiz attach --monitor` puts there.
 */
#include "seq_meter.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tamiz/abi.h>

#include "lib/netfilter.h"
#include "seq_meter.skel.h"

/* BPF_F_TEST_XDP_LIVE_FRAMES, since Linux 5.18. */
enum { LIVE_FRAMES = 1 << 1 };
enum { N_HOOKED = 8, N_LINKS = 2 * N_HOOKED, N_FILTERS = 4 };
enum { EVENTS_MAX = 256 };

struct tz_meter {
	struct seq_meter_bpf *skel;
	struct bpf_link *misses;
	struct ring_buffer *ring;
	struct ring_buffer *packets; /* NULL: the filter is not watched */
	int links[N_LINKS + N_FILTERS];
	size_t n_links;
	struct tz_meter_event events[EVENTS_MAX]; /* read, not handed out */
	size_t n_events, n_told;
};

/*
 * Conntrack confirms at INT_MAX, for IPv6 one before it; the raw table is at
 * -300, conntrack at -200.
 */
static int hook_all(struct tz_meter *meter)
{
	const struct {
		const struct bpf_program *prog;
		unsigned int hook;
		int priority;
	} hooks[N_HOOKED] = {
		{ meter->skel->progs.tz_raw, NF_INET_PRE_ROUTING, -399 },
		{ meter->skel->progs.tz_raw_passed, NF_INET_PRE_ROUTING, -201 },
		{ meter->skel->progs.tz_track, NF_INET_PRE_ROUTING, -199 },
		{ meter->skel->progs.tz_prerouted, NF_INET_PRE_ROUTING,
		  INT_MAX - 2 },
		{ meter->skel->progs.tz_input, NF_INET_LOCAL_IN, INT_MIN + 1 },
		{ meter->skel->progs.tz_input_passed, NF_INET_LOCAL_IN,
		  INT_MAX - 2 },
		{ meter->skel->progs.tz_forward, NF_INET_FORWARD, INT_MIN + 1 },
		{ meter->skel->progs.tz_forward_passed, NF_INET_FORWARD,
		  INT_MAX - 2 },
	};
	const unsigned int families[] = { NFPROTO_IPV4, NFPROTO_IPV6 };

	for (size_t i = 0; i < N_LINKS; i++) {
		size_t hook = i / 2;
		int fd = tz_netfilter_link(hooks[hook].prog, families[i % 2],
					   hooks[hook].hook,
					   hooks[hook].priority);

		if (fd < 0)
			return fd;
		meter->links[meter->n_links++] = fd;
	}
	return 0;
}

static int attach_labels(struct tz_meter *meter, unsigned int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts,
		    .prog_fd =
			    bpf_program__fd(meter->skel->progs.tz_keep_label));
	int err = bpf_tc_hook_create(&hook);

	return err ? err : bpf_tc_attach(&hook, &opts);
}

static int set_stage(const struct tamiz_program *program, uint32_t stage,
		     const struct bpf_program *prog)
{
	int fd = bpf_program__fd(prog);

	return bpf_map_update_elem(tamiz_program_fd(program, TAMIZ_STAGES),
				   &stage, &fd, BPF_ANY);
}

static int embrace(struct tz_meter *meter, const struct tamiz_program *program)
{
	struct tz_control monitor = { .flags = TZ_CONTROL_MONITOR };
	uint32_t zero = 0;
	int err = bpf_map_update_elem(tamiz_program_fd(program, TAMIZ_CONTROL),
				      &zero, &monitor, BPF_ANY);

	if (!err)
		err = set_stage(program, TZ_STAGE_HOP,
				meter->skel->progs.tz_before);
	if (!err)
		err = set_stage(program, TZ_STAGE_LB,
				meter->skel->progs.tz_label);
	return err;
}

static int load(struct tz_meter *meter, const struct tamiz_program *program)
{
	struct seq_meter_bpf *skel = meter->skel;
	struct bpf_program *const hooked[] = {
		skel->progs.tz_raw,     skel->progs.tz_raw_passed,
		skel->progs.tz_track,   skel->progs.tz_prerouted,
		skel->progs.tz_input,   skel->progs.tz_input_passed,
		skel->progs.tz_forward, skel->progs.tz_forward_passed,
	};
	const struct {
		struct bpf_map *map;
		enum tamiz_handle handle;
	} shared[] = {
		{ skel->maps.tz_stages, TAMIZ_STAGES },
		{ skel->maps.tz_scratch, TAMIZ_SCRATCH },
		{ skel->maps.tz_outcomes, TAMIZ_OUTCOMES },
	};
	int err = 0;

	for (size_t i = 0; i < N_HOOKED; i++)
		tz_netfilter_set_type(hooked[i]);
	tz_netfilter_set_type(skel->progs.tz_filter_input);
	tz_netfilter_set_type(skel->progs.tz_filter_forward);
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]) && !err; i++)
		err = bpf_map__reuse_fd(
			shared[i].map,
			tamiz_program_fd(program, shared[i].handle));
	return err ? err : seq_meter_bpf__load(skel);
}

static int keep_event(void *to, void *data, size_t len)
{
	struct tz_meter *meter = to;

	if (meter->n_events < EVENTS_MAX &&
	    len >= sizeof(struct tz_meter_event))
		memcpy(&meter->events[meter->n_events++], data,
		       sizeof(struct tz_meter_event));
	return 0;
}

static int start(struct tz_meter *meter, const struct tamiz_program *program,
		 unsigned int ifindex, bool explains_misses)
{
	int err = load(meter, program);

	if (err)
		return err;
	meter->skel->bss->watched_ifindex = ifindex;
	meter->skel->bss->explains_misses = explains_misses;
	meter->ring = ring_buffer__new(bpf_map__fd(meter->skel->maps.events),
				       keep_event, meter, NULL);
	if (!meter->ring)
		return -errno;
	err = hook_all(meter);
	if (!err)
		err = attach_labels(meter, ifindex);
	if (!err)
		err = embrace(meter, program);
	if (err || !explains_misses)
		return err;
	meter->misses = bpf_program__attach(meter->skel->progs.tz_missed);
	return meter->misses ? 0 : -errno;
}

struct tz_meter *tz_meter_open(const struct tamiz_program *program,
			       unsigned int ifindex, bool explains_misses)
{
	struct tz_meter *meter = calloc(1, sizeof(*meter));

	if (!meter)
		return NULL;
	meter->skel = seq_meter_bpf__open();
	int err = meter->skel ? start(meter, program, ifindex, explains_misses)
			      : -errno;

	if (!err)
		return meter;
	fprintf(stderr, "sequence: cannot watch netfilter: %s\n",
		strerror(-err));
	tz_meter_close(meter);
	return NULL;
}

void tz_meter_close(struct tz_meter *meter)
{
	if (!meter)
		return;
	for (size_t i = 0; i < meter->n_links; i++)
		close(meter->links[i]);
	bpf_link__destroy(meter->misses);
	ring_buffer__free(meter->ring);
	ring_buffer__free(meter->packets);
	seq_meter_bpf__destroy(meter->skel);
	free(meter);
}

void tz_meter_read(const struct tz_meter *meter, struct tz_meter_counts *counts)
{
	for (size_t class = 0; class < TZ_METER_N_CLASSES; class ++) {
		counts->judged[class] = meter->skel->bss->judged[class];
		for (size_t stage = 0; stage < TZ_METER_N_STAGES; stage++)
			counts->at[stage][class] =
				meter->skel->bss->at[stage][class];
	}
}

int tz_meter_watch_filter(struct tz_meter *meter,
			  int (*take)(void *to, void *packet, size_t len),
			  void *to)
{
	const struct bpf_program *const progs[] = {
		meter->skel->progs.tz_filter_input,
		meter->skel->progs.tz_filter_forward,
	};
	const unsigned int hooks[] = { NF_INET_LOCAL_IN, NF_INET_FORWARD };
	const unsigned int families[] = { NFPROTO_IPV4, NFPROTO_IPV6 };

	meter->packets = ring_buffer__new(
		bpf_map__fd(meter->skel->maps.packets), take, to, NULL);
	if (!meter->packets)
		return -errno;
	for (size_t i = 0; i < N_FILTERS; i++) {
		/* the filter table is at 0 */
		int fd = tz_netfilter_link(progs[i / 2], families[i % 2],
					   hooks[i / 2], -1);

		if (fd < 0)
			return fd;
		meter->links[meter->n_links++] = fd;
	}
	return 0;
}

void tz_meter_drain(struct tz_meter *meter)
{
	if (meter->packets)
		ring_buffer__consume(meter->packets);
}

bool tz_meter_next(struct tz_meter *meter, struct tz_meter_event *event)
{
	if (meter->n_told == meter->n_events) {
		meter->n_told = meter->n_events = 0;
		ring_buffer__consume(meter->ring);
	}
	if (meter->n_told == meter->n_events)
		return false;
	*event = meter->events[meter->n_told++];
	return true;
}

int tz_meter_burst(struct tz_meter *meter, unsigned int ifindex,
		   const struct tz_meter_frame *frames, unsigned int n)
{
	static const uint8_t blank[TZ_METER_FRAME_MAX];
	struct xdp_md context = { .data_end = sizeof(blank),
				  .ingress_ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = blank,
		    .data_size_in = sizeof(blank), .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = (int)n,
		    .flags = LIVE_FRAMES, .batch_size = n);

	if (n == 0 || n > TZ_METER_BURST_MAX)
		return -EINVAL;
	memcpy(meter->skel->bss->burst, frames, n * sizeof(*frames));
	meter->skel->bss->burst_next = 0;
	meter->skel->bss->burst_ifindex = ifindex;
	return bpf_prog_test_run_opts(
		bpf_program__fd(meter->skel->progs.tz_source), &opts);
}
