/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The oracle for sequences of packets: clients and servers talk through one
 * rule file, others' packets come between theirs, and every packet's verdict at
 * XDP, at its moment, is held against what the kernel's rules then do with the
 * very packet. Exits 1 when XDP would have dropped what they let through.
 */
#include <errno.h>
#include <linux/if_link.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <tamiz/runtime.h>

#include "lib/lab.h"
#include "probe.h"
#include "rules.h"
#include "seq_arguments.h"
#include "seq_exact.h"
#include "seq_lab.h"
#include "seq_meter.h"
#include "seq_scan.h"
#include "seq_talk.h"
#include "seq_tell.h"
#include "seq_wire.h"
#include "subject.h"

enum { EXIT_FINDINGS = 1, EXIT_USAGE = 2, EXIT_SYSTEM = 3, EXIT_SKIP = 77 };
enum { N_PROBES = 2048, FLOWS_MAX = 48 };
enum { QUIET_TRIES = 40, TIMEOUT_S = 1200 };

/* All that a run holds. */
struct run {
	const struct tz_seq_arguments *arguments;
	struct tz_subject subject;
	struct tz_probes probes; /* frames made from the rules */
	struct tz_seq_flow flows[FLOWS_MAX];
	size_t n_flows;
	struct tz_seq_lab lab;
	struct tamiz_program *program;
	int link;
	struct tz_meter *meter;
	struct tz_talk *talk;
	struct tz_wire *wire;
	struct tz_exact *exact; /* NULL: not asked for */
	unsigned int seed;
	size_t next_probe, n_shown;
};

static int load_program(struct run *run, const struct tz_subject *subject)
{
	struct tamiz_object object = { 0 };
	struct tamiz_device device = { .ifindex = run->lab.ifindex };
	struct tamiz_message message = { 0 };
	size_t len;
	const char *text = tamiz_emit(subject->tamiz, TAMIZ_EMIT_C, &len);
	int err = text ? tamiz_build(text, len, NULL, &object, &message)
		       : -EINVAL;

	memcpy(device.mac, tz_lab_mac, sizeof(device.mac));
	if (!err)
		err = tamiz_load(&object, text, &device, &run->program,
				 &message);
	if (err)
		fprintf(stderr, "sequence: %s\n",
			message.text ? message.text : strerror(-err));
	tamiz_message_clear(&message);
	tamiz_object_clear(&object);
	return err;
}

/* The program that is judged: of the rules, or of what --judge names. */
static int get_program(struct run *run)
{
	struct tz_subject_options options = run->arguments->subject;
	struct tz_subject other;

	if (!run->arguments->judge)
		return load_program(run, &run->subject);
	options.dev = run->subject.dev;
	int err = tz_subject_open(&other, run->arguments->judge, &options);

	if (!err)
		err = load_program(run, &other);
	tz_subject_close(&other);
	return err;
}

static int attach_program(struct run *run)
{
	run->link = bpf_link_create(tamiz_program_fd(run->program, TAMIZ_ROOT),
				    (int)run->lab.ifindex, BPF_XDP, NULL);
	if (run->link >= 0)
		return 0;
	fprintf(stderr, "sequence: cannot attach: %s\n", strerror(-run->link));
	return run->link;
}

/* What a frame made from the rules says about who talks to whom. */
static void take_flow(struct run *run, const struct tz_probe *probe)
{
	const uint8_t *ip = probe->frame.bytes + 14;
	bool is_v6 = run->subject.family == TZ_IPV6;
	struct tz_seq_flow *flow = &run->flows[run->n_flows];

	if (probe->kind != TZ_SAMPLE_PLAIN || run->n_flows == FLOWS_MAX ||
	    ip[0] != (is_v6 ? 0x60 : 0x45))
		return;
	flow->protocol = ip[is_v6 ? 6 : 9];
	if (flow->protocol != IPPROTO_TCP && flow->protocol != IPPROTO_UDP)
		return;
	const uint8_t *l4 = ip + (is_v6 ? 40 : 20);

	memcpy(flow->src, ip + (is_v6 ? 8 : 12), is_v6 ? 16 : 4);
	memcpy(flow->dst, ip + (is_v6 ? 24 : 16), is_v6 ? 16 : 4);
	flow->sport = (uint16_t)(l4[0] << 8 | l4[1]);
	flow->dport = (uint16_t)(l4[2] << 8 | l4[3]);
	/* Nobody hears of a host that talks to itself. */
	if (flow->sport && flow->dport &&
	    memcmp(flow->src, flow->dst, is_v6 ? 16 : 4) != 0)
		run->n_flows++;
}

static void gather(struct run *run)
{
	struct tz_probe_options options = {
		.seed = run->arguments->seed,
		.n = N_PROBES,
		.family = run->subject.family,
		.dev = run->subject.dev,
	};

	run->probes.arena = run->subject.arena;
	tz_probe_sample(&run->probes, run->subject.ir, &options);
	for (size_t i = 0; i < run->probes.all.n; i++)
		take_flow(run, &run->probes.all.at[i]);
}

static int domain_of(const struct run *run)
{
	return run->subject.family == TZ_IPV6 ? AF_INET6 : AF_INET;
}

static int set_up(struct run *run)
{
	const struct tz_seq_arguments *arguments = run->arguments;
	struct tz_kernel kernel = { .is_nft = arguments->is_nft,
				    .family = (int)run->subject.family };
	struct tz_seq_options options = arguments->lab;

	gather(run);
	options.dev = run->subject.dev;
	int err = tz_seq_lab_open(&run->lab, &options);

	if (!err)
		err = tz_kernel_load(&kernel, run->subject.text,
				     run->subject.len);
	if (!err)
		err = get_program(run);
	if (!err)
		err = attach_program(run);
	if (err)
		return err;
	run->meter = tz_meter_open(run->program, run->lab.ifindex,
				   arguments->shows_missed);
	if (!run->meter)
		return -EINVAL;
	if (run->exact)
		err = tz_meter_watch_filter(run->meter, tz_exact_take,
					    run->exact);
	if (err)
		return err;
	err = tz_seq_lab_start(&run->lab);
	if (err)
		return err;
	run->talk = tz_talk_open(
		&run->lab, run->subject.family == TZ_IPV6 ? AF_INET6 : AF_INET,
		run->flows, run->n_flows, arguments->ports, arguments->n_ports,
		arguments->seed);
	run->wire = tz_wire_open(&run->lab, arguments->seed);
	return run->talk && run->wire ? 0 : -ENOMEM;
}

static void tear_down(struct run *run)
{
	tz_talk_close(run->talk);
	tz_wire_close(run->wire);
	if (run->link >= 0)
		close(run->link);
	tz_meter_close(run->meter);
	if (run->program)
		tamiz_program_free(run->program);
	tz_seq_lab_close(&run->lab);
}

static uint32_t below(struct run *run, uint32_t n)
{
	return (uint32_t)rand_r(&run->seed) % n;
}

/* A frame, or two, that no socket says; returns how many. */
static unsigned int make_up(struct run *run, struct tz_meter_frame *frames)
{
	const struct tz_probe *probe;

	switch (below(run, 6)) {
	case 0:
	case 1:
		return tz_wire_forge(run->wire, frames);
	case 2:
		probe = &run->probes.all
				 .at[run->next_probe++ % run->probes.all.n];
		frames->len = (uint32_t)probe->frame.len;
		memcpy(frames->bytes, probe->frame.bytes, frames->len);
		return 1;
	}
	if (run->n_flows == 0)
		return 0;
	tz_seq_scan(frames, &run->flows[below(run, (uint32_t)run->n_flows)],
		    domain_of(run), &run->seed);
	return 1;
}

static int send_burst(struct run *run)
{
	static struct tz_meter_frame frames[TZ_METER_BURST_MAX];
	unsigned int n = 0, end = 2 + below(run, TZ_METER_BURST_MAX - 3);

	while (n < end) {
		unsigned int made = make_up(run, &frames[n]);

		/* Segments of one connection meet in a burst. */
		for (uint32_t k = below(run, 4); made && k && n < end; k--) {
			frames[n + 1] = frames[n];
			n++;
		}
		n += made ? made : 1;
		if (!made)
			return 0;
	}
	if (setns(run->lab.client, CLONE_NEWNET))
		return -errno;
	return tz_meter_burst(run->meter, run->lab.wire_ifindex, frames, n);
}

/* A burst takes the kernel as long as a hundred frames: it waits for RCU. */
static int disturb(struct run *run)
{
	struct tz_meter_frame frames[TZ_WIRE_MADE_MAX];

	/* what comes after another in a burst is judged as if it were first */
	if (below(run, 24) == 0 && !run->exact)
		return send_burst(run);
	for (uint32_t i = below(run, 4); i > 0; i--) {
		unsigned int n = make_up(run, frames);

		for (unsigned int k = 0; k < n; k++)
			tz_wire_send(run->wire, &frames[k]);
	}
	return 0;
}

static void tell_events(struct run *run)
{
	struct tz_meter_event event;

	while (tz_meter_next(run->meter, &event))
		if (run->n_shown++ < run->arguments->shown_max)
			tz_seq_tell_event(run->arguments->rules, &event);
}

static uint64_t n_judged(const struct run *run, struct tz_meter_counts *counts)
{
	uint64_t n = 0;

	tz_meter_read(run->meter, counts);
	for (size_t i = 0; i < TZ_METER_N_CLASSES; i++)
		n += counts->judged[i];
	return n;
}

/* Until nothing has come by for a while. */
static void wait_for_quiet(const struct run *run,
			   struct tz_meter_counts *counts)
{
	const struct timespec while_ = { .tv_nsec = 20000000 };
	uint64_t n = n_judged(run, counts), before;

	for (int i = 0; i < QUIET_TRIES; i++) {
		before = n;
		nanosleep(&while_, NULL);
		n = n_judged(run, counts);
		if (n == before)
			return;
	}
}

static int converse(struct run *run, struct tz_meter_counts *counts)
{
	time_t end = time(NULL) + TIMEOUT_S;
	int err = 0;

	while (!err && n_judged(run, counts) < run->arguments->n_packets) {
		tz_talk_step(run->talk);
		tz_wire_hear(run->wire);
		err = disturb(run);
		tell_events(run);
		tz_meter_drain(run->meter);
		if (time(NULL) > end)
			err = -ETIMEDOUT;
	}
	if (err)
		fprintf(stderr, "sequence: %s\n", strerror(-err));
	wait_for_quiet(run, counts);
	tell_events(run);
	tz_meter_drain(run->meter);
	return err;
}

/* Whether all that is exact was as it was to be. */
static bool tell_exact(struct run *run)
{
	const struct tz_kernel kernel = { .is_nft = run->arguments->is_nft,
					  .family = (int)run->subject.family };
	struct tz_exact_result r;

	if (!run->exact)
		return true;
	if (setns(run->lab.host, CLONE_NEWNET))
		return false;
	/* what is said once more may come at any time */
	for (int i = 0;
	     i == 0 || (i < QUIET_TRIES && !tz_exact_is_fresh(run->exact));
	     i++) {
		if (tz_exact_read(run->exact, &kernel))
			return false;
		tz_meter_drain(run->meter);
	}
	tz_exact_sum(run->exact, &r);
	tz_seq_tell_exact(&r);
	return !r.misjudged && !r.unknown && !r.different;
}

static int judge(struct run *run)
{
	const struct tz_seq_arguments *arguments = run->arguments;
	struct tz_meter_counts counts;
	struct tz_seq_result result;

	if (converse(run, &counts))
		return EXIT_SYSTEM;
	tz_seq_sum(&counts, &result);
	tz_seq_tell_result(arguments->rules, &result);
	if (!tell_exact(run) || result.unsound || result.unrefreshed ||
	    tz_seq_askable_coverage(&result) < arguments->min_coverage)
		return EXIT_FINDINGS;
	return 0;
}

/* The rules with a chain in front that says of each whether it matches. */
static int open_exact(struct run *run)
{
	const struct tz_seq_arguments *arguments = run->arguments;
	struct tz_subject_options options = arguments->subject;
	struct tz_subject original = run->subject;
	char *text = tz_exact_text(&original);

	if (!text)
		return 0;
	options.dev = original.dev;
	int err = tz_subject_take(&run->subject, arguments->rules, text,
				  &options);

	tz_subject_close(&original);
	if (!err)
		run->exact = tz_exact_open(&run->subject, arguments->is_nft,
					   arguments->shown_max);
	return err;
}

static int open_subject(struct run *run)
{
	const struct tz_seq_arguments *arguments = run->arguments;
	int err = tz_subject_open(&run->subject, arguments->rules,
				  &arguments->subject);

	return err || !arguments->is_exact ? err : open_exact(run);
}

int main(int argc, char *argv[])
{
	static struct tz_seq_arguments arguments;
	static struct run run = { .arguments = &arguments, .link = -1 };
	int status = EXIT_SYSTEM;

	if (!tz_seq_arguments_read(argc, argv, &arguments))
		return EXIT_USAGE;
	if (geteuid() != 0) {
		puts("sequence: needs root for namespaces and BPF: skipped");
		return EXIT_SKIP;
	}
	tz_lab_pin();
	run.seed = arguments.seed;
	if (open_subject(&run) == 0) {
		if (run.subject.has_rules && set_up(&run) == 0)
			status = judge(&run);
		tear_down(&run);
	}
	tz_subject_close(&run.subject);
	return status;
}
