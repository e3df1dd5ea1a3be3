/* SPDX-License-Identifier: GPL-2.0-only */
/* The rules in the kernel, as the runtime's own parts look at them. */
#pragma once

#include <jansson.h>

#include <tamiz/runtime.h>

/* What one *-save command printed. */
struct tz_live_set {
	enum tamiz_backend backend;
	int family;
	const char *name; /* the command */
	char *text;       /* owned */
	struct tamiz *compiled;
	json_t *rules;              /* tz_meta_rules of it */
	json_t *index;              /* tz_count_index of it */
	struct tamiz_count *counts; /* of rules, by their index */
};

#define TZ_LIVE_SETS 4

struct tamiz_live {
	struct tz_live_set sets[TZ_LIVE_SETS];
	size_t n;
	bool has_nat;
	bool has_nat_of_others; /* not, or perhaps not, in the sets */
	/* rules of nf_tables that iptables-nft lists, or not, translate */
	bool has_nat_of_nft;
	unsigned int tracking; /* TZ_TRACKING_* */
	bool is_partial; /* a command failed: what is missing may be live */
};

/* Where a rule is live. */
struct tz_live_place {
	int set, rule;         /* the first place; -1: nowhere */
	unsigned int backends; /* all: bits by enum tamiz_backend */
};

/*
 * Whether this host translates addresses otherwise than the nat table of
 * @rules says; also when memory is short.
 */
bool tz_live_translates_besides(const struct tamiz_live *live,
				const json_t *rules);
/*
 * What of connection tracking is not as the rules of @meta were judged with:
 * in a few words, "" when all is.
 */
const char *tz_live_tracks_otherwise(const struct tamiz_live *live,
				     const json_t *meta);

/* The places of all @rules, in the same order. Owned; NULL without memory. */
struct tz_live_place *tz_live_find(const struct tamiz_live *live,
				   const json_t *rules);

/*
 * Writes into the metadata of an offload what of @live was compared with its
 * rules: digest, n_live, and live in each rule. Nothing when not all was read.
 */
int tz_live_remember(const struct tamiz_live *live, json_t *meta);
/* As a text that tz_live_recall takes back. Owned; NULL without memory. */
char *tz_live_memory(const json_t *meta);
int tz_live_recall(const char *memory, json_t *meta);
/*
 * What is not as it was then, in a few words; "" when nothing is, or nothing
 * was remembered, or not all could be read. Owned; NULL without memory.
 */
char *tz_live_changed(const struct tamiz_live *live, const json_t *meta);
