/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every pass has namespaces of its own, so that nothing is left of another:
 * no fragment queue, no conntrack entry, no counter. The order of setting up
 * matters: the observer is hooked in before the first packet, the rules stand
 * before the device comes up.
 */
#include "pass.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/lab.h"
#include "socks.h"
#include "ways.h"

struct stand {
	struct tz_lab lab;
	struct tz_lab_options lab_options;
	struct tz_watch *watch;
	struct tamiz_program *program;
	struct tz_socks socks;
	int link;
};

static int load_xdp(struct stand *stand, const struct tz_subject *subject,
		    const struct tz_pass_options *options)
{
	struct tamiz_device device = { .ifindex = stand->lab.ifindex };
	struct tamiz_message message = { 0 };

	memcpy(device.mac, tz_lab_mac, sizeof(device.mac));
	int err = tamiz_load(options->xdp, options->xdp_text, &device,
			     &stand->program, &message);

	if (!err)
		err = tamiz_fill(stand->program, subject->tamiz, &message);
	if (err)
		fprintf(stderr, "oracle: %s\n",
			message.text ? message.text : strerror(-err));
	tamiz_message_clear(&message);
	return err;
}

static int attach_xdp(struct stand *stand)
{
	stand->link =
		bpf_link_create(tamiz_program_fd(stand->program, TAMIZ_ROOT),
				(int)stand->lab.ifindex, BPF_XDP, NULL);
	if (stand->link < 0) {
		fprintf(stderr, "oracle: cannot attach: %s\n",
			strerror(-stand->link));
		return stand->link;
	}
	/* Attaching switches GRO on. */
	return tz_lab_set_gro(&stand->lab, stand->lab_options.merges);
}

static int set_up(struct stand *stand, const struct tz_subject *subject,
		  const struct tz_pass_options *options)
{
	int err = tz_lab_open(&stand->lab, &stand->lab_options);

	if (err)
		return err;
	stand->watch = tz_watch_open(stand->lab.ifindex);
	if (!stand->watch)
		return -EINVAL;
	if (subject->sets)
		err = tz_kernel_load_sets(subject->sets, subject->sets_len);
	if (!err)
		err = tz_kernel_load(&options->kernel, subject->text,
				     subject->len);
	if (!err && options->uses_conntrack)
		err = tz_kernel_use_conntrack(&options->kernel);
	if (!err && options->uses_nat)
		err = tz_kernel_use_nat(&options->kernel);
	if (!err && options->xdp)
		err = load_xdp(stand, subject, options);
	if (!err)
		err = tz_lab_start(&stand->lab, &stand->lab_options);
	if (!err && options->is_router)
		err = tz_ways_lay(subject->dev);
	if (!err && options->has_sockets)
		err = tz_socks_open(&stand->socks);
	return err;
}

static void tear_down(struct stand *stand)
{
	if (stand->link >= 0)
		close(stand->link);
	tz_socks_close(&stand->socks);
	if (stand->program)
		tamiz_program_free(stand->program);
	tz_watch_close(stand->watch);
	tz_lab_close(&stand->lab);
}

static int test_run(const struct stand *stand, const struct tz_frame_ref *frame,
		    uint32_t *verdict)
{
	struct xdp_md context = {
		.data_end = (uint32_t)frame->len,
		.ingress_ifindex = stand->lab.ifindex,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame->bytes,
		    .data_size_in = (uint32_t)frame->len, .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = 1);
	int err = bpf_prog_test_run_opts(
		tamiz_program_fd(stand->program, TAMIZ_ROOT), &opts);

	*verdict = opts.retval;
	return err;
}

/* The scratch area of this CPU, as the program left it. */
static int read_path(const struct stand *stand, struct tz_path *path)
{
	int n_cpus = libbpf_num_possible_cpus(), cpu = sched_getcpu();
	struct tz_scratch *all = calloc((size_t)n_cpus, sizeof(*all));
	uint32_t key = 0;

	if (!all)
		return -ENOMEM;
	int err = bpf_map_lookup_elem(
		tamiz_program_fd(stand->program, TAMIZ_SCRATCH), &key, all);

	if (!err) {
		path->n = all[cpu].n_path;
		memcpy(path->at, all[cpu].path, sizeof(path->at));
	}
	free(all);
	return err;
}

static int run_all(const struct stand *stand, const struct tz_probes *probes,
		   struct tz_pass *pass)
{
	for (size_t i = 0; i < probes->all.n; i++) {
		int err = test_run(stand, &probes->all.at[i].frame,
				   &pass->verdicts[i]);

		if (!err && pass->verdicts[i] == XDP_DROP)
			err = read_path(stand, &pass->paths[i]);
		if (err) {
			fprintf(stderr, "oracle: test run: %s\n",
				strerror(-err));
			return err;
		}
	}
	return 0;
}

static int send_all(const struct stand *stand, const struct tz_probes *probes,
		    struct tz_pass *pass)
{
	static struct tz_frame_ref batch[TZ_WATCH_MAX];

	for (size_t done = 0; done < probes->all.n;) {
		size_t n = probes->all.n - done;

		if (n > TZ_WATCH_MAX)
			n = TZ_WATCH_MAX;
		for (size_t i = 0; i < n; i++)
			batch[i] = probes->all.at[done + i].frame;
		tz_watch_clear(stand->watch);
		int err = tz_send_batch(stand->lab.tx, stand->watch, batch, n);

		if (err) {
			fprintf(stderr, "oracle: cannot send: %s\n",
				strerror(-err));
			return err;
		}
		for (size_t i = 0; i < n; i++)
			pass->seen[done + i] =
				tz_watch_result(stand->watch, (unsigned int)i);
		done += n;
	}
	return 0;
}

static int send_burst(const struct stand *stand, const struct tz_burst *burst,
		      struct tz_watch_seen *seen)
{
	/* The burst's device is the sender's. */
	if (setns(stand->lab.sender_ns, CLONE_NEWNET))
		return -errno;
	tz_watch_clear(stand->watch);
	int err = tz_watch_burst(stand->watch, stand->lab.tx_ifindex,
				 burst->frames, TZ_BURST_LEN);

	if (setns(stand->lab.receiver_ns, CLONE_NEWNET))
		return -errno;
	if (!err)
		err = tz_send_batch(stand->lab.tx, stand->watch, NULL, 0);
	*seen = tz_watch_result(stand->watch, 0);
	return err;
}

static int send_bursts(const struct stand *stand,
		       const struct tz_bursts *bursts, struct tz_pass *pass)
{
	int err = 0;

	for (size_t i = 0; i < bursts->all.n && !err; i++)
		err = send_burst(stand, &bursts->all.at[i], &pass->bursts[i]);
	if (err)
		fprintf(stderr, "oracle: cannot send a burst: %s\n",
			strerror(-err));
	return err;
}

static int count_xdp(const struct stand *stand, const struct tamiz *tamiz,
		     struct tz_tally *tallies)
{
	for (size_t i = 0; i < tamiz_n_rules(tamiz); i++) {
		struct tamiz_count count;
		int err = tamiz_program_count(stand->program, TAMIZ_COUNTERS,
					      (uint32_t)i, &count);

		if (err)
			return err;
		tallies[i] = (struct tz_tally){ count.packets, count.bytes };
	}
	return tamiz_program_zero(stand->program, TAMIZ_COUNTERS);
}

static int run_xdp(struct stand *stand, const struct tz_subject *subject,
		   const struct tz_probes *probes, struct tz_pass *pass)
{
	int err = run_all(stand, probes, pass);

	if (!err)
		err = count_xdp(stand, subject->tamiz, pass->run);
	return err ? err : attach_xdp(stand);
}

int tz_pass_run(const struct tz_subject *subject,
		const struct tz_probes *probes,
		const struct tz_pass_options *options, struct tz_pass *pass)
{
	struct tz_arena *arena = probes->arena;
	size_t n_rules = tamiz_n_rules(subject->tamiz);
	struct stand stand = {
		.lab_options = { .dev = subject->dev,
				 .is_router = options->is_router,
				 .merges = options->merges },
		.link = -1,
	};

	*pass = (struct tz_pass){
		.seen = tz_new_array(arena, struct tz_watch_seen,
				     probes->all.n),
		.kernel = tz_new_array(arena, struct tz_tally, n_rules),
		.xdp = tz_new_array(arena, struct tz_tally, n_rules),
		.verdicts = tz_new_array(arena, uint32_t, probes->all.n),
		.run = tz_new_array(arena, struct tz_tally, n_rules),
		.paths = tz_new_array(arena, struct tz_path, probes->all.n),
		.bursts = tz_new_array(arena, struct tz_watch_seen,
				       options->bursts->all.n),
	};
	int err = set_up(&stand, subject, options);

	if (!err && options->xdp)
		err = run_xdp(&stand, subject, probes, pass);
	if (!err)
		err = tz_send_warm_up(stand.lab.tx, stand.watch);
	if (!err)
		err = send_all(&stand, probes, pass);
	if (!err)
		err = tz_kernel_count(&options->kernel, subject->tamiz,
				      pass->kernel);
	if (!err && options->xdp)
		err = count_xdp(&stand, subject->tamiz, pass->xdp);
	if (!err)
		err = send_bursts(&stand, options->bursts, pass);
	tear_down(&stand);
	return err;
}
