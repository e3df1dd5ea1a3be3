/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections as a program at XDP knows them: what a packet may be that the
 * kernel's table has no entry for (SEMANTICS 8.12, 14), and what rules ask of
 * it.
 */
#pragma once

#include "ir/eval.h"

struct tz_ct {
	unsigned int states; /* TZ_CT_*: one of them, if there is no entry */
	bool is_askable;     /* the table can be asked about it */
	/* Behind the raw table rules may drop it if there is no entry. */
	bool may_go;
};

/* @packet is no stranger to netfilter; @options->is_on. */
struct tz_ct tz_ct_of(const struct tz_packet *packet,
		      const struct tz_ct_options *options);

/* Rules that leave packets untracked. */
struct tz_ct_notracks {
	size_t n;
	const struct tz_ir_rule **at;
};

/* Whether any does so to @packet, or to a packet that @rule takes. */
bool tz_ct_may_untrack(const struct tz_ct_options *options,
		       const struct tz_packet *packet);
bool tz_ct_may_be_untracked(const struct tz_ct_options *options,
			    const struct tz_ir_rule *rule);

/* Whether no packet is taken by both, as far as addresses and ports tell. */
bool tz_ct_rules_are_apart(const struct tz_ir_rule *a,
			   const struct tz_ir_rule *b);

/* Whether @packet is whole, and of TCP or UDP with lengths and sums right. */
bool tz_ct_is_in_order(const struct tz_packet *packet);

/* What is said of the host besides the rules. */
struct tz_ct_host {
	bool is_asked; /* programs can look connections up */
	bool is_loose, expects, notracks, has_zones;
	bool translates;  /* it has NAT that is not in the rules */
	bool ignores_nat; /* nobody translates, whatever the rules say */
	bool owns_state;  /* programs keep rates and counts, not the kernel */
	/* requests of ICMP have entries from before its rules were loaded */
	bool has_requests;
	bool has_one_device; /* by which packets come in, besides lo */
	const char *ifname;  /* by which the program's do; NULL: unknown */
};

/*
 * What programs do about connections under @ir, for IPv4 and IPv6: they ask
 * where rules go by states, or where the destination depends on nothing but
 * their nat table. A program is one for both families.
 */
void tz_ct_options_find(struct tz_ct_options options[2], const struct tz_ir *ir,
			const struct tz_ct_host *host);
/*
 * Whether a request of ICMP that the rules of @family drop as NEW has no entry,
 * whatever else they let through: they look at nothing of it but what makes a
 * connection.
 */
bool tz_ct_knows_requests(const struct tz_ir *ir, enum tz_family family,
			  const struct tz_ct_host *host);
