/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What runs a filter on a packet, beside libpcap: one row of the table in
 * pcap_engines.c each. Whoever has another way writes a row.
 */
#pragma once

#include <pcap/pcap.h>

#include "flow/flow.h"
#include "lower/pcap.h"

/* One expression on one link type. */
struct subject {
	const char *expression;
	enum tz_link link;
	int dlt;
	struct tz_arena *arena;        /* dies with the subject */
	const struct tz_flow *exact;   /* with every load that libpcap makes */
	const struct tz_flow *flow;    /* as it is compiled */
	struct bpf_program *plain;     /* libpcap's, without its optimiser */
	struct bpf_program *optimised; /* NULL: libpcap refuses it there */
};

struct engine {
	const char *name;
	/*
	 * What run is given; NULL when this engine cannot run this subject,
	 * which *why says: it is counted, and no failure.
	 */
	void *(*prepare)(const struct subject *subject, const char **why);
	/* Whether the filter matches. */
	bool (*run)(void *state, const struct tz_filter_packet *packet);
	void (*done)(void *state); /* NULL: nothing to do */
	/* Too slow for all packets: each n-th. 0: all. */
	unsigned int stride;
	/*
	 * libpcap's program, and no expression: where the two are apart it
	 * means what the kernel makes of it.
	 */
	bool is_program;
	/* Knows no packets that were cut off, nor empty ones. */
	bool whole_only;
	/*
	 * May differ where libpcap's program ends with a load that fails: this
	 * one may have dropped it. Counted, and no failure.
	 */
	bool drops_loads;
	/* Compared, but its differences are only told. */
	bool is_informative;
};

extern const struct engine engines[];
extern const size_t n_engines;
