/* SPDX-License-Identifier: GPL-2.0-only */
/* The parts of tamiz run: judging, printing, and the program at XDP. */
#pragma once

#include <tamiz/judge.h>

#include "runtime/cli/cli.h"

/* What one rule or policy counted. */
struct run_tally {
	uint64_t packets, bytes;
	uint64_t maybe;   /* packets that it may have counted besides */
	uint64_t decided; /* packets whose verdict is its own */
};

/* What the program at XDP did with a packet. */
struct run_xdp_verdict {
	enum { RUN_XDP_NOT_RUN, RUN_XDP_PASS, RUN_XDP_DROP } verdict;
	size_t rule; /* of a drop; TAMIZ_NO_RULE: not known */
};

struct run_packet {
	uint64_t number; /* from 1 */
	struct tamiz_frame frame;
	struct tamiz_judgement judgement;
	struct run_xdp_verdict xdp;
};

struct run_totals {
	uint64_t packets;
	uint64_t verdicts[TAMIZ_N_VERDICTS];
	uint64_t xdp[3];  /* by run_xdp_verdict.verdict */
	uint64_t n_wrong; /* dropped at XDP, not by the rules */
	const char
		*complaint; /* why the capture ends early; NULL: it does not */
};

struct run_rules {
	const struct tamiz *tamiz;
	size_t n;
	struct run_tally *tallies; /* owned */
	char **labels;             /* owned, made when asked for */
};

/* "rules.v4:12 filter/INPUT 3: -s 10.0.0.0/8 -j DROP" */
const char *run_label(struct run_rules *rules, size_t rule);
const char *run_verdict_name(enum tamiz_verdict verdict);

/* run_text.c, run_json.c: to standard output. */
void run_print_text(struct run_rules *rules, enum cli_engine engine,
		    const struct run_packet *packet);
void run_print_text_summary(struct run_rules *rules, enum cli_engine engine,
			    const struct run_totals *totals);
void run_print_json(const struct run_rules *rules, enum cli_engine engine,
		    const struct run_packet *packet);
void run_print_json_summary(const struct run_rules *rules,
			    enum cli_engine engine,
			    const struct run_totals *totals);

/* run_xdp.c */
struct run_xdp;

/* EXIT_DONE; else after a message. */
int run_xdp_open(struct run_xdp **xdp, const struct cli *cli,
		 struct tamiz *tamiz);
void run_xdp_close(struct run_xdp *xdp);
/* 0 or -errno; frames that no test run takes are not run. */
int run_xdp_judge(struct run_xdp *xdp, const struct tamiz_frame *frame,
		  struct run_xdp_verdict *verdict);
/* What the program's own counters say. */
int run_xdp_count(struct run_xdp *xdp, struct run_rules *rules);
