/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules go in by iptables-restore and counters come out by iptables-save -c.
 * The order of rules in a chain is the same in both, so a counter is found by
 * table, chain and number.
 */
#include "rules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/spawn.h"

static const char *tool(const struct tz_kernel *kernel, bool saves)
{
	static const char *const names[2][2][2] = {
		{ { "iptables-legacy-restore", "iptables-legacy-save" },
		  { "iptables-nft-restore", "iptables-nft-save" } },
		{ { "ip6tables-legacy-restore", "ip6tables-legacy-save" },
		  { "ip6tables-nft-restore", "ip6tables-nft-save" } },
	};

	return names[kernel->family == 6][kernel->is_nft][saves];
}

/* The sets that @text names exist before it is loaded; they are empty. */
static void create_sets(const struct tz_kernel *kernel, const char *text)
{
	static const char option[] = " --match-set ";
	char name[32], flags[64];

	for (const char *at = strstr(text, option); at;
	     at = strstr(at + 1, option)) {
		if (sscanf(at + sizeof(option) - 1, "%31s %63s", name, flags) !=
		    2)
			continue;
		const char *argv[] = { "ipset",
				       "create",
				       "-exist",
				       name,
				       strchr(flags, ',') ? "hash:net,port"
							  : "hash:net",
				       "family",
				       kernel->family == 6 ? "inet6" : "inet",
				       NULL };

		tz_spawn(argv, NULL, 0, NULL, NULL);
	}
}

int tz_kernel_load_sets(const char *text, size_t len)
{
	const char *argv[] = { "ipset", "restore", NULL };
	char *said = NULL;
	int status = tz_spawn(argv, text, len, NULL, &said);

	if (status)
		fprintf(stderr, "oracle: ipset refuses the sets: %s\n",
			status < 0 ? strerror(-status) : said);
	free(said);
	return status ? -EINVAL : 0;
}

int tz_kernel_load(const struct tz_kernel *kernel, const char *text, size_t len)
{
	const char *argv[] = { tool(kernel, false), NULL, NULL, NULL };
	char *said = NULL;

	if (!kernel->has_sets)
		create_sets(kernel, text);
	if (!kernel->is_nft) {
		argv[1] = "-w";
		argv[2] = "60";
	}
	int status = tz_spawn(argv, text, len, NULL, &said);

	if (status)
		fprintf(stderr, "oracle: %s refuses the rules: %s\n", argv[0],
			status < 0 ? strerror(-status) : said);
	free(said);
	return status ? -EINVAL : 0;
}

static int run_nft(const char *text)
{
	const char *argv[] = { "nft", "-f", "-", NULL };
	int status = tz_spawn(argv, text, strlen(text), NULL, NULL);

	return status ? -EINVAL : 0;
}

int tz_kernel_use_conntrack(const struct tz_kernel *kernel)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "table %s tz_conntrack {\n"
		 "  chain c {\n"
		 "    type filter hook prerouting priority -10;\n"
		 "    ct state new,established,related,invalid accept\n"
		 "  }\n}\n",
		 kernel->family == 6 ? "ip6" : "ip");
	return run_nft(text);
}

int tz_kernel_use_nat(const struct tz_kernel *kernel)
{
	char text[512];
	const char *ip = kernel->family == 6 ? "ip6" : "ip";

	snprintf(text, sizeof(text),
		 "table %s tz_nat {\n"
		 "  chain pre {\n"
		 "    type nat hook prerouting priority -110;\n"
		 "    udp dport 53 redirect to :5353\n"
		 "    tcp dport { 22, 80 } redirect to :8080\n"
		 "  }\n"
		 "  chain post {\n"
		 "    type nat hook postrouting priority 110;\n"
		 "    masquerade\n"
		 "  }\n}\n",
		 ip);
	return run_nft(text);
}

/* Where a line of iptables-save belongs. */
struct cursor {
	char table[32], chain[64];
	unsigned int number;
};

static size_t find_rule(const struct tamiz *tamiz, const struct cursor *at,
			int family, size_t *hint)
{
	size_t n = tamiz_n_rules(tamiz);

	for (size_t i = 0; i < n; i++) {
		size_t k = (*hint + i) % n;
		struct tamiz_rule rule = tamiz_rule(tamiz, k);

		if (rule.family == family && rule.number == at->number &&
		    strcmp(rule.table, at->table) == 0 &&
		    strcmp(rule.chain, at->chain) == 0) {
			*hint = k + 1;
			return k;
		}
	}
	return n;
}

/*
 * Reads one line; true when it counts: then @at says where and @tally how
 * much.
 */
static bool read_line(const char *line, struct cursor *at,
		      struct tz_tally *tally)
{
	char chain[64];

	if (sscanf(line, "*%31s", at->table) == 1) {
		at->chain[0] = '\0';
		return false;
	}
	if (sscanf(line, ":%63s %*s [%" SCNu64 ":%" SCNu64 "]", at->chain,
		   &tally->packets, &tally->bytes) == 3) {
		at->number = 0;
		return true;
	}
	if (sscanf(line, "[%" SCNu64 ":%" SCNu64 "] -A %63s", &tally->packets,
		   &tally->bytes, chain) != 3)
		return false;
	if (strcmp(chain, at->chain) != 0)
		at->number = 0;
	strcpy(at->chain, chain);
	at->number++;
	return true;
}

int tz_kernel_count(const struct tz_kernel *kernel, const struct tamiz *tamiz,
		    struct tz_tally *tallies)
{
	const char *argv[] = { tool(kernel, true), "-c", NULL };
	char *text = NULL, *rest = NULL;
	int status = tz_spawn(argv, NULL, 0, &text, NULL);
	struct cursor at = { 0 };
	size_t hint = 0, n_rules = tamiz_n_rules(tamiz);

	if (status || !text) {
		fprintf(stderr, "oracle: %s fails\n", argv[0]);
		free(text);
		return -EINVAL;
	}
	memset(tallies, 0, n_rules * sizeof(*tallies));
	for (char *line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		struct tz_tally tally;

		if (!read_line(line, &at, &tally))
			continue;
		size_t i = find_rule(tamiz, &at, kernel->family, &hint);

		if (i < n_rules)
			tallies[i] = tally;
	}
	free(text);
	return 0;
}
