/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hundred changes under fire: two rule sets take turns while two million
 * live frames and more run through the device, by replace, by rollback, on
 * trial, confirmed, rolled back by hand and once by the clock. Every frame must
 * have been judged by one of the two, whole, and no frame may be lost to the
 * counters.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <tamiz/runtime.h>

#include "lib/lab.h"
#include "storm.h"
#include "storm.skel.h"

/* Since Linux 5.18. */
#define LIVE_FRAMES (1u << 1)

enum { N_REPLACES = 100, N_FRAMES = 2000000, CHUNK = 10000 };

/*
 * Ports 5000 and 5001: dropped by one set each. 5002: by both, by the same
 * rule. 5003: by both, by different rules. 5004: by none, unless half of one
 * set and half of the other judge it.
 */
static const char *const sets[2] = {
	"*raw\n:PREROUTING ACCEPT [0:0]\n:late - [0:0]\n"
	"-A PREROUTING -p udp -m udp --dport 5002 -j DROP\n"
	"-A PREROUTING -p udp -m udp --dport 5000 -j DROP\n"
	"-A PREROUTING -p udp -m udp --dport 5003 -j late\n"
	"-A late -s 198.51.100.0/24 -j DROP\n"
	"COMMIT\n",
	"*raw\n:PREROUTING ACCEPT [0:0]\n:late - [0:0]\n"
	"-A PREROUTING -p udp -m udp --dport 5002 -j DROP\n"
	"-A PREROUTING -p udp -m udp --dport 5001 -j DROP\n"
	"-A PREROUTING -p udp -m udp --dport 5004 -j late\n"
	"-A PREROUTING -s 198.51.100.0/25 -p udp -m udp --dport 5003 -j DROP\n"
	"-A late -s 203.0.113.0/24 -j DROP\n"
	"COMMIT\n",
};

/* 198.51.100.1 port 7 to 203.0.113.1: Ethernet, IPv4, UDP, and padding. */
static const char frame[TZ_STORM_FRAME_LEN] =
	"\2\0\0\0\0\2\2\0\0\0\0\1\x8\0"
	"\x45\0\0\x1c\0\0\0\0\x40\x11\x14\x9b"
	"\xc6\x33\x64\1\xcb\0\x71\1"
	"\0\7\0\0\0\x8\0\0";

static char bpffs[] = "/tmp/tz-storm-XXXXXX";

struct storm {
	struct tz_lab lab;
	struct storm_bpf *skel;
	atomic_size_t n_frames; /* sent so far */
	atomic_bool is_over;
	atomic_int error;
	struct tamiz *rules[2];
	struct tamiz_options options;
	struct tamiz_object objects[2];
	const char *texts[2];
};

static void fail(const char *what, int err, struct tamiz_message *message)
{
	fprintf(stderr, "replace_storm: %s: %s\n", what,
		message && message->text ? message->text : strerror(-err));
	exit(1);
}

static void *blow(void *arg)
{
	struct storm *storm = arg;
	struct xdp_md context = { .data_end = sizeof(frame) };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame), .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = CHUNK,
		    .flags = LIVE_FRAMES);

	if (setns(storm->lab.sender_ns, CLONE_NEWNET))
		storm->error = -errno;
	context.ingress_ifindex = if_nametoindex("tz-tx");
	storm->skel->bss->target_ifindex = context.ingress_ifindex;
	while (!storm->error &&
	       (storm->n_frames < N_FRAMES || !storm->is_over)) {
		storm->error = bpf_prog_test_run_opts(
			bpf_program__fd(storm->skel->progs.tz_source), &opts);
		storm->n_frames += CHUNK;
	}
	return NULL;
}

static void compile(struct storm *storm, int i)
{
	struct tamiz_message message = { 0 };
	size_t len;

	storm->rules[i] = tamiz_new();
	tamiz_add_text(storm->rules[i], i ? "new" : "old", sets[i],
		       strlen(sets[i]));
	int err = tamiz_compile(storm->rules[i], &storm->options);

	if (err)
		fail("compile", err, NULL);
	storm->texts[i] = tamiz_emit(storm->rules[i], TAMIZ_EMIT_C, &len);
	err = tamiz_build(storm->texts[i], len, NULL, &storm->objects[i],
			  &message);
	if (err)
		fail("build", err, &message);
}

/* @confirm_s: 0 for no trial. */
static void change(struct storm *storm, int i, bool is_first,
		   unsigned int confirm_s)
{
	struct tamiz_change one = {
		.ifname = storm->lab.dev,
		.rules = storm->rules[i],
		.options = &storm->options,
		.text = storm->texts[i],
		.object = &storm->objects[i],
	};
	struct tamiz_attach_options options = { .bpffs = bpffs,
						.confirm_s = confirm_s };
	struct tamiz_message message = { 0 };
	struct tamiz_notes notes = { 0 };
	int err = is_first ? tamiz_attach(&one, 1, &options, &notes, &message)
			   : tamiz_replace(&one, 1, &options, &notes, &message);

	if (err)
		fail(is_first ? "attach" : "replace", err, &message);
	tamiz_notes_clear(&notes);
}

static void take_turn(struct storm *storm,
		      int (*turn)(const char *ifname, const char *bpffs,
				  size_t *n, struct tamiz_notes *notes,
				  struct tamiz_message *message))
{
	struct tamiz_message message = { 0 };
	size_t n;
	int err = turn(storm->lab.dev, bpffs, &n, NULL, &message);

	if (err || n != 1)
		fail("confirm or rollback", err, &message);
}

/* Until the clock has brought the old rules back. */
static void wait_for_clock(struct storm *storm)
{
	enum tamiz_trial trial = TAMIZ_TRIAL_WAITING;

	while (trial == TAMIZ_TRIAL_WAITING) {
		struct tamiz_status *status;
		int err = tamiz_status_read(storm->lab.dev, bpffs, NULL,
					    &status, NULL);

		if (err || status->n_devices != 1)
			fail("status", err, NULL);
		trial = status->devices[0].trial;
		tamiz_status_free(status);
	}
	if (trial != TAMIZ_TRIAL_OVER)
		fail("trial", 0, NULL);
}

/* The @i-th change, each of another kind. */
static void change_once(struct storm *storm, int i)
{
	enum { REPLACE, ROLL_BACK, CONFIRM, ROLL_BACK_TRIAL, N_KINDS };

	if (i == N_REPLACES / 2) {
		change(storm, i & 1, false, 1);
		wait_for_clock(storm);
		return;
	}
	int kind = i / 2 % N_KINDS;

	change(storm, i & 1, false,
	       kind == CONFIRM || kind == ROLL_BACK_TRIAL ? 60 : 0);
	if (kind == CONFIRM)
		take_turn(storm, tamiz_confirm);
	else if (kind != REPLACE)
		take_turn(storm, tamiz_rollback);
}

static void attach_sink(struct storm *storm)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)storm->lab.ifindex,
		    .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts,
		    .prog_fd = bpf_program__fd(storm->skel->progs.tz_sink));
	int err = bpf_tc_hook_create(&hook);

	if (!err)
		err = bpf_tc_attach(&hook, &opts);
	if (err)
		fail("tc", err, NULL);
}

static int complain(const char *what, uint64_t got, uint64_t wanted)
{
	if (got == wanted)
		return 0;
	printf("%s: %" PRIu64 ", should be %" PRIu64 "\n", what, got, wanted);
	return 1;
}

/* What must hold, whichever set judged which frame. */
static int verify(const struct storm *storm,
		  const struct tamiz_status_device *device)
{
	const volatile uint64_t *sent = (void *)storm->skel->bss->n_sent;
	const volatile uint64_t *seen = (void *)storm->skel->bss->n_seen;
	uint64_t all = 0, kept = 0, passed = 0;
	int n = 0;

	for (int i = 0; i < TZ_STORM_PORTS; i++) {
		all += sent[i];
		passed += seen[i];
	}
	for (size_t i = 0; i < device->n_rules; i++)
		if (strstr(device->rules[i].text, "--dport 5002"))
			kept += device->rules[i].xdp.packets;
	n += complain("5002 came through", seen[2], 0);
	n += complain("5003 came through", seen[3], 0);
	n += complain("5004 came through", seen[4], sent[4]);
	n += complain("counter of the rule that stayed", kept, sent[2]);
	n += complain("dropped", device->dropped.packets, all - passed);
	if (seen[0] == 0 || seen[0] == sent[0] || seen[1] == 0 ||
	    seen[1] == sent[1]) {
		puts("only one of the sets was ever in force");
		n++;
	}
	printf("%d changes during %" PRIu64 " frames; of 5000 the old set "
	       "dropped %" PRIu64 " of %" PRIu64 ", of 5001 the new one "
	       "%" PRIu64 " of %" PRIu64 "\n",
	       N_REPLACES, all, sent[0] - seen[0], sent[0], sent[1] - seen[1],
	       sent[1]);
	return n;
}

static void set_up(struct storm *storm)
{
	struct tz_lab_options lab = { .dev = "eth0" };

	if (unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("bpf", bpffs, "bpf", 0, NULL))
		fail("mount", -errno, NULL);
	if (tz_lab_open(&storm->lab, &lab) || tz_lab_start(&storm->lab, &lab))
		exit(1);
	storm->skel = storm_bpf__open_and_load();
	if (!storm->skel)
		fail("load", -errno, NULL);
	storm->options = (struct tamiz_options){
		.backend = TAMIZ_BACKEND_LEGACY,
		.ifname = storm->lab.dev,
		.standalone = true,
	};
	compile(storm, 0);
	compile(storm, 1);
	change(storm, 0, true, 0);
	attach_sink(storm);
}

static int run(struct storm *storm)
{
	struct tamiz_status *status;
	pthread_t thread;
	size_t n;

	set_up(storm);
	pthread_create(&thread, NULL, blow, storm);
	for (int i = 1; i <= N_REPLACES; i++) {
		size_t turn = (size_t)i * (N_FRAMES / (N_REPLACES + 1));

		while (storm->n_frames < turn && !storm->error)
			sched_yield();
		change_once(storm, i);
	}
	storm->is_over = true;
	pthread_join(thread, NULL);
	if (storm->error)
		fail("live frames", storm->error, NULL);
	int err = tamiz_status_read(storm->lab.dev, bpffs, NULL, &status, NULL);

	if (err || status->n_devices != 1)
		fail("status", err, NULL);
	int n_wrong = verify(storm, &status->devices[0]);

	tamiz_status_free(status);
	tamiz_detach(storm->lab.dev, bpffs, &n, NULL);
	for (int i = 0; i < 2; i++) {
		tamiz_object_clear(&storm->objects[i]);
		tamiz_free(storm->rules[i]);
	}
	storm_bpf__destroy(storm->skel);
	tz_lab_close(&storm->lab);
	return n_wrong;
}

static void clean_up(void)
{
	umount2(bpffs, MNT_DETACH);
	rmdir(bpffs);
}

int main(void)
{
	static struct storm storm;

	if (geteuid() != 0) {
		puts("replace_storm: needs root: skipped");
		return 77;
	}
	if (!mkdtemp(bpffs))
		fail("mkdtemp", -errno, NULL);
	atexit(clean_up);
	return run(&storm) ? 1 : 0;
}
