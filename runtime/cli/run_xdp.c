/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program that attach would load, run over frames in the kernel without a
 * device. Destination addresses are made ours, so that no packet is another
 * host's; the process stays on one CPU, whose counters and notes it reads.
 */
#include "runtime/cli/run.h"

#include <linux/bpf.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/scope.h"

enum {
	MAC_LEN = 6,
	FRAME_MIN = 14,
	FRAME_MAX = 3 << 10, /* what tamiz_program_run takes */
	LOOPBACK = 1,        /* where test runs come in */
};

static const uint8_t own_mac[MAC_LEN] = { 2, 0, 0, 0, 0, 1 };

struct run_xdp {
	struct tamiz_program *program;
	bool judges_frames;
	uint8_t frame[FRAME_MAX];
};

static int load(struct run_xdp *xdp, const struct cli *cli, struct tamiz *tamiz)
{
	struct tamiz_device device = { .ifindex = LOOPBACK };
	struct tamiz_message message = { 0 };
	struct tamiz_object object = { 0 };
	size_t len;
	const char *text = tamiz_emit(tamiz, TAMIZ_EMIT_C, &len);
	int error = tamiz_check_caps(&message);

	memcpy(device.mac, own_mac, MAC_LEN);
	if (!error)
		error = tamiz_build(text, len, cli->clang, &object, &message);
	if (!error)
		error = tamiz_enter_trial_netns(
			cli->run.route == TAMIZ_ROUTE_FORWARD, &message);
	if (!error)
		error = tamiz_load(&object, text, &device, &xdp->program,
				   &message);
	if (!error)
		error = tamiz_fill(xdp->program, tamiz, &message);
	tamiz_object_clear(&object);
	return error ? cli_fail(cli, &message, error) : EXIT_DONE;
}

static void stay_here(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

int run_xdp_open(struct run_xdp **xdp, const struct cli *cli,
		 struct tamiz *tamiz)
{
	struct run_xdp *new = calloc(1, sizeof(*new));
	int status;

	if (!new) {
		cli_error("no memory");
		return EXIT_SYSTEM;
	}
	new->judges_frames = tamiz_judges_frames(tamiz);
	status = load(new, cli, tamiz);
	if (status != EXIT_DONE) {
		free(new);
		return status;
	}
	stay_here();
	*xdp = new;
	return EXIT_DONE;
}

void run_xdp_close(struct run_xdp *xdp)
{
	tamiz_program_free(xdp->program);
	free(xdp);
}

/* A frame that was cut is not what the program would have met. */
static bool can_run(const struct tamiz_frame *frame)
{
	return frame->len == frame->wire_len && frame->len >= FRAME_MIN &&
	       frame->len <= FRAME_MAX;
}

int run_xdp_judge(struct run_xdp *xdp, const struct tamiz_frame *frame,
		  struct run_xdp_verdict *verdict)
{
	struct tamiz_trace trace = { 0 };
	int error;

	if (!can_run(frame))
		return 0;
	memcpy(xdp->frame, frame->bytes, frame->len);
	/* rules of expressions may ask for the address, and for nobody's own */
	if (!(xdp->frame[0] & 1) && !xdp->judges_frames)
		memcpy(xdp->frame, own_mac, MAC_LEN);
	error = tamiz_program_trace(xdp->program, xdp->frame, frame->len,
				    &trace);
	if (error)
		return error;
	verdict->verdict =
		trace.verdict == XDP_DROP ? RUN_XDP_DROP : RUN_XDP_PASS;
	if (trace.n_rules)
		verdict->rule = trace.rules[trace.n_rules - 1];
	return 0;
}

int run_xdp_count(struct run_xdp *xdp, struct run_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++) {
		struct tamiz_count count;
		int error = tamiz_program_count(xdp->program, TAMIZ_COUNTERS,
						(uint32_t)i, &count);

		if (error)
			return error;
		rules->tallies[i].packets = count.packets;
		rules->tallies[i].bytes = count.bytes;
	}
	return 0;
}
