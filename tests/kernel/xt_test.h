/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the test of filters in iptables share. */
#pragma once

#include <tamiz/compile.h>

#include "xt_packets.h"

#define XT_EXPRESSIONS_MAX 2048
#define XT_RULES_MAX 4096
#define XT_PACKETS_OF_LARGE 400

struct xt_expression {
	char *text;
	struct tamiz *tamiz; /* compiled for XT_BPF, split where need be */
	struct tz_flow *flow;
	bool is_large; /* for a rule */
	bool is_uncut; /* cannot be split */
};

struct xt_test {
	const char *engine, *tamiz, *bpffs;
	struct tz_arena *arena;
	int tun;
	struct xt_expression *at;
	size_t n, n_refused;
	struct xt_packets packets;
	unsigned long long n_matched;
	int failed;
};

extern struct xt_test test;

/* ---- xt_kernel.c: an engine of iptables, and packets for it ---- */

/* A device that is up, in this namespace: what is written to it comes in. */
int xt_open_tun(void);
/* All packets of the test, one after the other. */
void xt_inject(void);
/* "ip6tables-legacy" and the like, with @what behind; valid until the next. */
const char *xt_program(unsigned int version, const char *what);
/* Ends the test when the program does not end well. *@output is owned. */
void xt_must_run(const char *const argv[], const char *input, char **output);
void xt_restore(unsigned int version, const char *rules);
/* Commands for a shell, of iptables and ip6tables. */
void xt_run_commands(const char *commands);
/* Packets of the rules whose line holds @word, in order, to @counts. */
size_t xt_read_counts(unsigned int version, const char *word,
		      unsigned long long *counts, size_t most);
void xt_fail(const struct xt_expression *e, const char *what,
	     unsigned long long got, unsigned long long wanted);
/* The graph as it was read: nothing optimised, no program made. */
struct tz_flow *xt_read_flow(const char *text);

/* ---- xt_rules.c ---- */

void xt_test_rules(void);
