/* SPDX-License-Identifier: GPL-2.0-only */
/* Loads watch.bpf.c and hooks it in. */
#include "watch.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <limits.h>
#include <linux/netfilter.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/netfilter.h"
#include "watch.skel.h"

/* BPF_F_TEST_XDP_LIVE_FRAMES, since Linux 5.18. */
enum { LIVE_FRAMES = 1 << 1 };
enum { FENCE_TIMEOUT_S = 60 };
enum { N_HOOKED = 8, N_LINKS = 2 * N_HOOKED };

struct tz_watch {
	struct watch_bpf *skel;
	int links[N_LINKS];
	size_t n_links;
};

static int hook_all(struct tz_watch *watch)
{
	/*
	 * INT_MIN and INT_MAX are the kernel's own (conntrack confirms at the
	 * last); defragmentation is at -400, the raw table at -300.
	 */
	const struct {
		const struct bpf_program *prog;
		unsigned int hook;
		int priority;
	} hooks[N_HOOKED] = {
		{ watch->skel->progs.tz_arrived, NF_INET_PRE_ROUTING,
		  INT_MIN + 1 },
		{ watch->skel->progs.tz_defragmented, NF_INET_PRE_ROUTING,
		  -399 },
		{ watch->skel->progs.tz_prerouted, NF_INET_PRE_ROUTING,
		  INT_MAX - 1 },
		{ watch->skel->progs.tz_input, NF_INET_LOCAL_IN, INT_MIN + 1 },
		{ watch->skel->progs.tz_forward, NF_INET_FORWARD, INT_MIN + 1 },
		{ watch->skel->progs.tz_survived_input, NF_INET_LOCAL_IN,
		  INT_MAX - 1 },
		{ watch->skel->progs.tz_survived_forward, NF_INET_FORWARD,
		  INT_MAX - 1 },
		{ watch->skel->progs.tz_mute, NF_INET_LOCAL_OUT, INT_MIN + 1 },
	};
	const unsigned int families[] = { NFPROTO_IPV4, NFPROTO_IPV6 };

	for (size_t i = 0; i < N_LINKS; i++) {
		size_t hook = i / 2;
		int fd = tz_netfilter_link(hooks[hook].prog, families[i % 2],
					   hooks[hook].hook,
					   hooks[hook].priority);

		if (fd < 0)
			return fd;
		watch->links[watch->n_links++] = fd;
	}
	return 0;
}

static int attach_marker(struct tz_watch *watch, unsigned int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts,
		    .prog_fd = bpf_program__fd(watch->skel->progs.tz_marker));
	int err = bpf_tc_hook_create(&hook);

	return err ? err : bpf_tc_attach(&hook, &opts);
}

struct tz_watch *tz_watch_open(unsigned int ifindex)
{
	struct tz_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->skel = watch_bpf__open();
	int err = watch->skel ? 0 : -errno;
	struct bpf_program *prog;

	if (err)
		goto fail;
	bpf_object__for_each_program(prog, watch->skel->obj)
	{
		if (prog == watch->skel->progs.tz_marker ||
		    prog == watch->skel->progs.tz_source)
			continue;
		tz_netfilter_set_type(prog);
	}
	err = watch_bpf__load(watch->skel);
	if (err)
		goto fail;
	watch->skel->bss->watched_ifindex = ifindex;
	err = hook_all(watch);
	if (!err)
		err = attach_marker(watch, ifindex);
	if (!err)
		return watch;
fail:
	fprintf(stderr, "oracle: cannot watch netfilter: %s\n", strerror(-err));
	tz_watch_close(watch);
	return NULL;
}

void tz_watch_close(struct tz_watch *watch)
{
	if (!watch)
		return;
	for (size_t i = 0; i < watch->n_links; i++)
		close(watch->links[i]);
	watch_bpf__destroy(watch->skel);
	free(watch);
}

void tz_watch_clear(struct tz_watch *watch)
{
	memset((void *)watch->skel->bss->seen, 0,
	       sizeof(watch->skel->bss->seen));
	watch->skel->bss->current_frame = 0;
}

bool tz_watch_is_at(const struct tz_watch *watch, __u32 fence)
{
	const volatile __u32 *current = &watch->skel->bss->current_frame;

	return *current == fence;
}

int tz_watch_fence(const struct tz_watch *watch, __u32 fence)
{
	time_t end = time(NULL) + FENCE_TIMEOUT_S;

	while (!tz_watch_is_at(watch, fence)) {
		if (time(NULL) > end)
			return -ETIMEDOUT;
		sched_yield();
	}
	return 0;
}

struct tz_watch_seen tz_watch_result(const struct tz_watch *watch, unsigned i)
{
	return *(struct tz_watch_seen *)&watch->skel->bss->seen[i];
}

int tz_watch_burst(struct tz_watch *watch, unsigned int ifindex,
		   const struct tz_watch_frame *frames, unsigned int n)
{
	static const uint8_t blank[TZ_WATCH_FRAME_MAX];
	struct xdp_md context = { .data_end = sizeof(blank),
				  .ingress_ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = blank,
		    .data_size_in = sizeof(blank), .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = (int)n,
		    .flags = LIVE_FRAMES, .batch_size = n);

	if (n > TZ_WATCH_BURST_MAX)
		return -EINVAL;
	memcpy(watch->skel->bss->burst, frames, n * sizeof(*frames));
	watch->skel->bss->burst_next = 0;
	watch->skel->bss->burst_ifindex = ifindex;
	return bpf_prog_test_run_opts(
		bpf_program__fd(watch->skel->progs.tz_source), &opts);
}
