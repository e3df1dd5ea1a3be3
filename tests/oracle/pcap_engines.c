/* SPDX-License-Identifier: GPL-2.0-only */
#include "pcap_engines.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "backend/cbpf/best.h"

static bool run_flow(void *state, const struct tz_filter_packet *packet)
{
	return tz_flow_eval(state, packet) != 0;
}

static void *prepare_exact(const struct subject *subject, const char **why)
{
	(void)why;
	return (void *)subject->exact;
}

static void *prepare_exact_optimised(const struct subject *subject,
				     const char **why)
{
	(void)why;
	return tz_flow_optimize(subject->arena, subject->exact);
}

static void *prepare_optimised(const struct subject *subject, const char **why)
{
	(void)why;
	return tz_flow_optimize(subject->arena, subject->flow);
}

/* libpcap's program, read in and made a flow graph. */
static void *prepare_decoded(const struct subject *subject, const char **why)
{
	const struct tz_cbpf program = {
		.insns = (struct sock_filter *)(void *)subject->plain->bf_insns,
		.n = subject->plain->bf_len,
	};
	size_t at;

	*why = tz_cbpf_check(&program, &at);
	return *why ? NULL : tz_flow_decode(subject->arena, &program);
}

static struct tz_cbpf *emit(const struct subject *subject,
			    const struct tz_flow *flow, const char **why)
{
	struct tz_cbpf *program = tz_new(subject->arena, struct tz_cbpf);

	*why = "it does not fit";
	return tz_cbpf_best(subject->arena, flow, TZ_CBPF_MAX, program, NULL)
		       ? program
		       : NULL;
}

static void *prepare_exact_cbpf(const struct subject *subject, const char **why)
{
	return emit(subject, subject->exact, why);
}

static void *prepare_cbpf(const struct subject *subject, const char **why)
{
	return emit(subject, subject->flow, why);
}

static bool run_cbpf(void *state, const struct tz_filter_packet *packet)
{
	return tz_cbpf_run(state, packet) != 0;
}

/* A program of ours in the kernel: what it lets from one socket into the other.
 */
struct sockets {
	int fd[2];
};

static void *prepare_kernel(const struct subject *subject, const char **why)
{
	struct tz_cbpf *program = emit(subject, subject->flow, why);
	struct sockets *s = tz_new(subject->arena, struct sockets);
	struct sock_fprog fprog;

	if (!program)
		return NULL;
	fprog.len = (unsigned short)program->n;
	fprog.filter = program->insns;
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, s->fd) != 0 ||
	    setsockopt(s->fd[1], SOL_SOCKET, SO_ATTACH_FILTER, &fprog,
		       sizeof(fprog)) != 0) {
		perror(subject->expression);
		exit(1);
	}
	return s;
}

static bool run_kernel(void *state, const struct tz_filter_packet *packet)
{
	struct sockets *s = state;
	uint8_t room[1];

	if (send(s->fd[0], packet->frame, packet->frame_len, 0) < 0) {
		perror("send");
		exit(1);
	}
	return recv(s->fd[1], room, sizeof(room), MSG_DONTWAIT) >= 0;
}

static void done_kernel(void *state)
{
	struct sockets *s = state;

	close(s->fd[0]);
	close(s->fd[1]);
}

/* What libpcap's optimiser makes; offsets may wrap in it, too. */
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
	{ .name = "exact", .prepare = prepare_exact, .run = run_flow },
	{
		.name = "exact optimised",
		.prepare = prepare_exact_optimised,
		.run = run_flow,
	},
	{ .name = "exact cbpf",
	  .prepare = prepare_exact_cbpf,
	  .run = run_cbpf },
	{
		.name = "decoded",
		.prepare = prepare_decoded,
		.run = run_flow,
		.is_program = true,
	},
	{
		.name = "optimised",
		.prepare = prepare_optimised,
		.run = run_flow,
		.drops_loads = true,
	},
	{
		.name = "cbpf",
		.prepare = prepare_cbpf,
		.run = run_cbpf,
		.drops_loads = true,
	},
	{
		.name = "kernel",
		.prepare = prepare_kernel,
		.run = run_kernel,
		.done = done_kernel,
		.stride = 5,
		.whole_only = true,
		.drops_loads = true,
	},
	{
		.name = "libpcap -O",
		.prepare = prepare_libpcap,
		.run = run_libpcap,
		.drops_loads = true,
		.is_informative = true,
	},
};
const size_t n_engines = sizeof(engines) / sizeof(engines[0]);
