/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tamiz log: events as they come, a line or an object each, until a signal,
 * --count, or the end of what is read. What was lost is said on standard
 * error, so that the lines stay lines.
 */
#include "runtime/cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "runtime/cli/log_text.h"
#include "runtime/pcapng.h"
#include "runtime/scope.h"

/* How long a signal may wait for its answer. */
#define POLL_MS 200

static volatile sig_atomic_t is_ended;

struct watch {
	const struct cli *cli;
	struct tamiz_log *log;
	FILE *pcap;                        /* NULL: none */
	struct tamiz_log_counts *at_start; /* by device */
	uint64_t *lost;                    /* by device: said so far */
	uint64_t n_shown;
	int error; /* of writing */
};

static void end(int signal)
{
	(void)signal;
	is_ended = 1;
}

/* Without SA_RESTART: the wait for events ends. */
static void catch_signals(void)
{
	const struct sigaction action = { .sa_handler = end };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static int write_packet(struct watch *w, const struct tamiz_log_event *event)
{
	struct cli_log_comments comments = { 0 };
	int error = cli_log_comment(event, &comments);
	const struct tz_pcapng_packet packet = {
		.interface = event->device,
		.time_ns = event->time_ns,
		.data = event->frame,
		.captured = (uint32_t)event->captured,
		.len = (uint32_t)event->frame_len,
		.xdp_verdict = event->verdict == TAMIZ_LOG_DROPPED ? XDP_DROP
								   : XDP_PASS,
		.comments = (const char *const *)comments.at,
		.n_comments = comments.n,
	};

	if (!error)
		error = tz_pcapng_packet(w->pcap, &packet);
	cli_log_comments_free(&comments);
	return error;
}

static bool show(const struct tamiz_log_event *event, void *arg)
{
	struct watch *w = arg;
	const struct cli *cli = w->cli;

	if (w->pcap)
		w->error = write_packet(w, event);
	if (w->pcap != stdout) {
		if (cli->json)
			cli_log_print_json(stdout, event);
		else
			cli_log_print_line(stdout, event, cli->verbose);
	}
	if (fflush(stdout))
		w->error = errno ? -errno : -EIO;
	w->n_shown++;
	return !w->error && !(cli->count && w->n_shown == cli->count);
}

static uint64_t lost_in(const struct tamiz_log_counts *counts)
{
	return counts->lost_to_rate + counts->lost_to_room + counts->unreadable;
}

/* Says what was lost since it was said last. */
static void say_lost(struct watch *w, size_t device)
{
	struct tamiz_log_counts now;
	uint64_t lost;

	if (tamiz_log_count(w->log, device, &now))
		return;
	lost = lost_in(&now) - lost_in(&w->at_start[device]);
	if (lost != w->lost[device])
		cli_note("%s: %" PRIu64 " events lost",
			 tamiz_log_ifname(w->log, device),
			 lost - w->lost[device]);
	w->lost[device] = lost;
}

/* Whether a ring is left that may be written to. */
static bool look_around(struct watch *w)
{
	bool is_attached = false;

	for (size_t i = 0; i < tamiz_log_n_devices(w->log); i++) {
		say_lost(w, i);
		is_attached |= tamiz_log_is_attached(w->log, i);
	}
	return is_attached;
}

static int follow(struct watch *w)
{
	bool is_attached = true;
	int n = 0;

	/* what is in the rings is shown also when it is over */
	while (!is_ended && is_attached) {
		is_attached = look_around(w);
		n = tamiz_log_poll(w->log, POLL_MS, show, w);
		if (n < 0)
			break;
	}
	if (n >= 0 || n == -EINTR)
		n = tamiz_log_poll(w->log, 0, show, w);
	look_around(w);
	if (!is_attached)
		cli_note("nothing is attached any more");
	return n < 0 && n != -ECANCELED && n != -EINTR ? n : w->error;
}

static void say_before(struct watch *w)
{
	for (size_t i = 0; i < tamiz_log_n_devices(w->log); i++) {
		uint64_t lost;

		if (tamiz_log_count(w->log, i, &w->at_start[i]))
			continue;
		lost = lost_in(&w->at_start[i]);
		if (lost)
			cli_note("%s: %" PRIu64 " events were lost before, "
				 "since it was attached",
				 tamiz_log_ifname(w->log, i), lost);
	}
}

static int say_end(const struct watch *w)
{
	uint64_t lost = 0;

	for (size_t i = 0; i < tamiz_log_n_devices(w->log); i++)
		lost += w->lost[i];
	cli_note("%" PRIu64 " events shown, %" PRIu64 " lost", w->n_shown,
		 lost);
	return EXIT_DONE;
}

static int begin_pcap(struct watch *w)
{
	int error = tz_pcapng_begin(w->pcap, "tamiz " PACKAGE_VERSION);

	for (size_t i = 0; i < tamiz_log_n_devices(w->log) && !error; i++)
		error = tz_pcapng_interface(w->pcap,
					    tamiz_log_ifname(w->log, i),
					    TAMIZ_SNAPLEN_MAX);
	return error;
}

static int fail_pcap(const struct watch *w, int error)
{
	cli_error("cannot write %s: %s", w->cli->pcap, strerror(-error));
	return EXIT_SYSTEM;
}

/* A file that was there already may have been for all to read. */
static void make_private(int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		fchmod(fd, 0600);
}

/* Packets are nobody's business but the operator's: 0600. */
static int open_pcap(struct watch *w)
{
	const char *path = w->cli->pcap;

	if (!strcmp(path, "-")) {
		w->pcap = stdout;
	} else {
		int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			      0600);

		if (fd >= 0)
			make_private(fd);
		w->pcap = fd < 0 ? NULL : fdopen(fd, "w");
	}
	if (!w->pcap)
		return fail_pcap(w, -errno);

	int error = begin_pcap(w);

	return error ? fail_pcap(w, error) : EXIT_DONE;
}

static int watch(struct watch *w)
{
	int status = w->cli->pcap ? open_pcap(w) : EXIT_DONE;
	int error;

	if (status == EXIT_DONE) {
		say_before(w);
		error = follow(w);
		status = say_end(w);
		if (error) {
			cli_error("%s", strerror(-error));
			status = EXIT_SYSTEM;
		}
	}
	if (w->pcap && w->pcap != stdout && fclose(w->pcap))
		status = fail_pcap(w, -errno);
	return status;
}

int cli_log(const struct cli *cli)
{
	struct tamiz_message message = { 0 };
	struct watch w = { .cli = cli };
	int error = tamiz_log_open(cli->devices.at, cli->devices.n, NULL,
				   &w.log, &message);

	if (error)
		return cli_fail(cli, &message, error);

	size_t n = tamiz_log_n_devices(w.log);
	_cleanup_free_ struct tamiz_log_counts *at_start =
		calloc(n, sizeof(*at_start));
	_cleanup_free_ uint64_t *lost = calloc(n, sizeof(*lost));
	int status = EXIT_SYSTEM;

	w.at_start = at_start;
	w.lost = lost;
	catch_signals();
	if (at_start && lost)
		status = watch(&w);
	tamiz_log_close(w.log);
	return status;
}
