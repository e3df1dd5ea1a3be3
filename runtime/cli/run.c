/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tamiz run: what the rules do with the packets of a capture. Each packet is
 * judged by the interpreter (tamiz/judge.h), by the program at XDP in test
 * runs, or by both.
 */
#include "runtime/cli/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/cli/capture.h"
#include "runtime/cli/progress.h"
#include "runtime/scope.h"

enum { PROGRESS_EVERY = 4096, WHY_LEN = 512 };

struct run {
	const struct cli *cli;
	struct tamiz_judge *judge;
	struct cli_capture *capture;
	struct run_xdp *xdp; /* NULL: the interpreter alone */
	struct run_rules rules;
	struct run_totals totals;
	struct cli_progress progress;
	char why[WHY_LEN];
};

const char *run_verdict_name(enum tamiz_verdict verdict)
{
	static const char *const names[TAMIZ_N_VERDICTS] = {
		[TAMIZ_ACCEPT] = "accept",         [TAMIZ_DROP] = "drop",
		[TAMIZ_REJECT] = "reject",         [TAMIZ_UNKNOWN] = "unknown",
		[TAMIZ_UNFILTERED] = "unfiltered",
	};

	return names[verdict];
}

const char *run_label(struct run_rules *rules, size_t rule)
{
	char **label = &rules->labels[rule];
	char number[16] = "policy";

	if (*label)
		return *label;

	struct tamiz_rule r = tamiz_rule(rules->tamiz, rule);

	if (r.number)
		snprintf(number, sizeof(number), "%u", r.number);
	if (asprintf(label, "%s:%u %s/%s %s: %s", r.file, r.line, r.table,
		     r.chain, number, r.text) < 0)
		abort();
	return *label;
}

static int open_rules(struct run_rules *rules, const struct tamiz *tamiz)
{
	size_t n = tamiz_n_rules(tamiz);

	rules->tamiz = tamiz;
	rules->tallies = calloc(n + 1, sizeof(*rules->tallies));
	rules->labels = calloc(n + 1, sizeof(*rules->labels));
	if (!rules->tallies || !rules->labels)
		return -ENOMEM;
	rules->n = n;
	return 0;
}

static void close_rules(struct run_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		free(rules->labels[i]);
	free(rules->labels);
	free(rules->tallies);
}

/* What the rules do not drop must not be dropped; of what is unknown nobody
 * can say. In replace nobody else would answer what is rejected. */
static bool is_wrong(const struct cli *cli, const struct run_packet *packet)
{
	if (packet->xdp.verdict != RUN_XDP_DROP)
		return false;
	switch (packet->judgement.verdict) {
	case TAMIZ_ACCEPT:
	case TAMIZ_UNFILTERED:
		return true;
	case TAMIZ_REJECT:
		return cli->options.mode == TAMIZ_MODE_OFFLOAD &&
		       cli->options.answers == TAMIZ_ANSWERS_KERNEL;
	case TAMIZ_DROP:
	case TAMIZ_UNKNOWN:
	case TAMIZ_N_VERDICTS:
		break;
	}
	return false;
}

static void tally(struct run *run, const struct run_packet *packet)
{
	const struct tamiz_judgement *j = &packet->judgement;
	struct run_tally *tallies = run->rules.tallies;

	run->totals.verdicts[j->verdict]++;
	run->totals.xdp[packet->xdp.verdict]++;
	run->totals.n_wrong += is_wrong(run->cli, packet);
	if (run->cli->run.engine == CLI_ENGINE_XDP) {
		if (packet->xdp.rule != TAMIZ_NO_RULE)
			tallies[packet->xdp.rule].decided++;
		return;
	}
	for (size_t i = 0; i < j->n_counted; i++) {
		tallies[j->counted[i]].packets++;
		tallies[j->counted[i]].bytes += j->ip_len;
	}
	for (size_t i = 0; i < j->n_maybe; i++)
		tallies[j->maybe[i]].maybe++;
	if (j->rule != TAMIZ_NO_RULE)
		tallies[j->rule].decided++;
}

static int judge(struct run *run, struct run_packet *packet)
{
	int error = 0;

	packet->xdp = (struct run_xdp_verdict){ .rule = TAMIZ_NO_RULE };
	tamiz_judge_frame(run->judge, &packet->frame, &packet->judgement);
	if (cli_capture_is_outgoing(run->capture)) {
		packet->judgement.verdict = TAMIZ_UNFILTERED;
		packet->judgement.why = "this host sent it";
		packet->judgement.rule = TAMIZ_NO_RULE;
		packet->judgement.n_counted = packet->judgement.n_maybe = 0;
	} else if (run->xdp) {
		error = run_xdp_judge(run->xdp, &packet->frame, &packet->xdp);
	}
	if (!error)
		tally(run, packet);
	return error;
}

static void print(struct run *run, const struct run_packet *packet)
{
	if (run->cli->quiet)
		return;
	if (run->cli->json)
		run_print_json(&run->rules, run->cli->run.engine, packet);
	else
		run_print_text(&run->rules, run->cli->run.engine, packet);
}

/* 0; -errno of a test run. A broken capture is noted in the totals. */
static int judge_all(struct run *run)
{
	struct run_packet packet = { 0 };
	uint64_t max = run->cli->count ? run->cli->count : UINT64_MAX;
	int error = 0, more = 1;

	while (run->totals.packets < max && !error && !ferror(stdout)) {
		more = cli_capture_next(run->capture, &packet.frame, run->why,
					sizeof(run->why));
		if (more <= 0)
			break;
		packet.number = ++run->totals.packets;
		error = judge(run, &packet);
		if (!error)
			print(run, &packet);
		if (packet.number % PROGRESS_EVERY == 0)
			cli_progress_show(&run->progress, packet.number,
					  cli_capture_part(run->capture));
	}
	if (more < 0)
		run->totals.complaint = run->why;
	return error;
}

static int report(struct run *run)
{
	const struct cli *cli = run->cli;

	if (run->xdp && cli->run.engine == CLI_ENGINE_XDP) {
		int error = run_xdp_count(run->xdp, &run->rules);

		if (error) {
			cli_error("cannot read counters: %s", strerror(-error));
			return EXIT_SYSTEM;
		}
	}
	if (cli->json)
		run_print_json_summary(&run->rules, cli->run.engine,
				       &run->totals);
	else
		run_print_text_summary(&run->rules, cli->run.engine,
				       &run->totals);
	if (!run->totals.complaint)
		return EXIT_DONE;
	fflush(stdout);
	cli_error("%s: %s", cli->pcap, run->totals.complaint);
	return EXIT_SYSTEM;
}

static int open_capture(struct run *run)
{
	run->capture =
		cli_capture_open(run->cli->pcap, run->why, sizeof(run->why));
	if (run->capture)
		return EXIT_DONE;
	cli_error("cannot read %s: %s", run->cli->pcap, run->why);
	return EXIT_SYSTEM;
}

static int open_judge(struct run *run, struct tamiz *tamiz)
{
	const struct cli_run *options = &run->cli->run;
	struct tamiz_judge_options judge = {
		.route = options->route,
		.assumptions = options->assumptions,
		.n_assumptions = options->n_assumptions,
	};
	size_t bad = 0;

	run->judge = tamiz_judge_new(tamiz, &judge, &bad);
	if (run->judge)
		return EXIT_DONE;
	cli_error("--assume: no match of these rules is called \"%s\"",
		  options->assumptions[bad].name);
	return EXIT_USAGE;
}

static int run_rules(const struct cli *cli, struct tamiz *tamiz)
{
	struct run run = { .cli = cli };
	int status = open_judge(&run, tamiz);

	if (!status)
		status = open_capture(&run);
	if (!status && cli->run.engine != CLI_ENGINE_EVAL)
		status = run_xdp_open(&run.xdp, cli, tamiz);
	if (!status && open_rules(&run.rules, tamiz)) {
		cli_error("no memory");
		status = EXIT_SYSTEM;
	}
	if (!status) {
		cli_progress_start(&run.progress, "packets");

		int error = judge_all(&run);

		cli_progress_end(&run.progress);
		if (error)
			cli_error("the program cannot be run: %s",
				  strerror(-error));
		status = error ? EXIT_SYSTEM : report(&run);
	}
	close_rules(&run.rules);
	if (run.xdp)
		run_xdp_close(run.xdp);
	if (run.capture)
		cli_capture_close(run.capture);
	tamiz_judge_free(run.judge);
	return status;
}

int cli_run(const struct cli *cli)
{
	struct tamiz_options options = cli->options;
	struct cli_input input = { 0 };
	struct tamiz *tamiz = NULL;
	int status;

	if (!cli->pcap) {
		cli_error("run: which capture? (--pcap)");
		return EXIT_USAGE;
	}
	for (size_t i = 0; i < cli->files.n; i++) {
		if (strcmp(cli->files.at[i], "-") || strcmp(cli->pcap, "-"))
			continue;
		cli_error("run: standard input is either rules or a capture");
		return EXIT_USAGE;
	}
	status = cli_input_read(&input, &cli->files);
	if (status != EXIT_DONE)
		return status;
	options.ifname = cli->devices.n ? cli->devices.at[0] : NULL;
	options.standalone = true;
	status = cli_input_compile(&input, &options, &tamiz);
	if (tamiz)
		cli_print_diagnostics(tamiz);
	if (status == EXIT_DONE)
		status = run_rules(cli, tamiz);
	tamiz_free(tamiz);
	cli_input_free(&input);
	return status;
}
