/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live rules, by the *-save commands of iptables: their text is compiled
 * like a file, so equal rules have equal texts. Legacy tables come into being
 * when somebody asks about them: iptables-legacy-save is not run in a namespace
 * where /proc/net lists none.
 */
#include "runtime/live.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/message.h"
#include "runtime/count.h"
#include "runtime/meta.h"
#include "runtime/nat.h"
#include "runtime/scope.h"
#include "runtime/sys.h"
#include "runtime/tracking.h"

/* Twenty thousand rules take iptables-nft-save 0.2 s. */
#define SAVE_TIMEOUT_MS 10000
#define SAVE_DIRS "/usr/sbin:/sbin:/usr/bin:/bin:/usr/local/sbin"

static const struct source {
	enum tamiz_backend backend;
	int family;
	const char *command;
	const char *tables; /* lists the tables that exist; NULL: no need */
} sources[TZ_LIVE_SETS] = {
	{ TAMIZ_BACKEND_LEGACY, 4, "iptables-legacy-save",
	  "/proc/net/ip_tables_names" },
	{ TAMIZ_BACKEND_LEGACY, 6, "ip6tables-legacy-save",
	  "/proc/net/ip6_tables_names" },
	{ TAMIZ_BACKEND_NFT, 4, "iptables-nft-save", NULL },
	{ TAMIZ_BACKEND_NFT, 6, "ip6tables-nft-save", NULL },
};

static bool lists_table(const char *path, const char *table)
{
	FILE *file = fopen(path, "re");
	char name[64];
	bool is_there = false;

	while (file && !is_there && fscanf(file, "%63s", name) == 1)
		is_there = !table || !strcmp(name, table);
	if (file)
		fclose(file);
	return is_there;
}

static int save(const char *command, char **text, size_t *len)
{
	_cleanup_free_ char *path = NULL;
	int error = tz_sys_find(command, SAVE_DIRS, &path);
	int status;

	if (error)
		return error;

	_cleanup_close_ int in = tz_sys_memfd("tamiz-null", NULL, 0);
	_cleanup_close_ int out = tz_sys_memfd("tamiz-save", NULL, 0);
	_cleanup_close_ int err = tz_sys_memfd("tamiz-log", NULL, 0);
	char *argv[] = { path, (char *)"-c", NULL };

	if (in < 0 || out < 0 || err < 0)
		return -ENOMEM;
	error = tz_sys_run(argv, in, out, err, SAVE_TIMEOUT_MS, &status);
	if (error)
		return error;
	return status ? -EIO : tz_sys_slurp(out, text, len);
}

/* "[packets:bytes] -A ..." or ":CHAIN POLICY [packets:bytes]". */
static struct tamiz_count count_in(const char *line)
{
	unsigned long long packets = 0, bytes = 0;
	size_t len = strcspn(line, "\n");
	const char *open = *line == '[' ? line : memrchr(line, '[', len);

	if (!open || sscanf(open, "[%llu:%llu]", &packets, &bytes) != 2)
		return (struct tamiz_count){ 0 };
	return (struct tamiz_count){ packets, bytes };
}

static int read_counts(struct tz_live_set *set)
{
	size_t n = tamiz_n_rules(set->compiled);
	const char *line = set->text;
	unsigned int number = 1;

	set->counts = calloc(n + 1, sizeof(*set->counts));
	if (!set->counts)
		return -ENOMEM;
	/* Both are in the order of the text, but for policies of a table. */
	for (size_t i = 0; i < n; i++) {
		unsigned int wanted = tamiz_rule(set->compiled, i).line;

		if (wanted < number) {
			line = set->text;
			number = 1;
		}
		for (; number < wanted && *line; number++) {
			line += strcspn(line, "\n");
			line += *line == '\n';
		}
		if (wanted)
			set->counts[i] = count_in(line);
	}
	return 0;
}

static int compile(struct tz_live_set *set, const char *name, size_t len)
{
	struct tamiz_options options = {
		.family = set->family,
		.backend = set->backend,
	};
	int error;

	set->compiled = tamiz_new();
	if (!set->compiled)
		return -ENOMEM;
	error = tamiz_add_text(set->compiled, name, set->text, len);
	if (!error)
		error = tamiz_compile(set->compiled, &options);
	if (error)
		return error;
	set->rules = tz_meta_rules(set->compiled, TAMIZ_MODE_OFFLOAD);
	set->index = set->rules ? tz_count_index(set->rules) : NULL;
	return set->index ? read_counts(set) : -ENOMEM;
}

static void clear_set(struct tz_live_set *set)
{
	tamiz_free(set->compiled);
	json_decref(set->rules);
	json_decref(set->index);
	free(set->counts);
	free(set->text);
}

static bool translates(const struct tz_live_set *set)
{
	for (size_t i = 0; i < tamiz_n_rules(set->compiled); i++) {
		struct tamiz_rule rule = tamiz_rule(set->compiled, i);

		if (rule.number && !strcmp(rule.table, "nat"))
			return true;
	}
	return false;
}

static const char *reason(int error)
{
	switch (error) {
	case -ENOENT:
		return "not installed";
	case -EINVAL:
		return "its output has errors";
	case -ETIMEDOUT:
		return "no answer in 10 seconds";
	default:
		return "it failed";
	}
}

/* Adds what @source prints; what cannot be read is noted, not an error. */
static int read_source(struct tamiz_live *live, const struct source *source,
		       struct tamiz_notes *notes)
{
	struct tz_live_set set = {
		.backend = source->backend,
		.family = source->family,
		.name = source->command,
	};
	size_t len;

	if (source->tables && !lists_table(source->tables, NULL))
		return 0;

	int error = save(source->command, &set.text, &len);

	if (!error && len)
		error = compile(&set, source->command, len);
	if (error == -ENOMEM || (!error && !len)) {
		clear_set(&set);
		return error;
	}
	if (error) {
		clear_set(&set);
		if (source->tables && lists_table(source->tables, "nat"))
			live->has_nat = live->has_nat_of_others = true;
		/* of nft the kernel is asked as well */
		if (source->tables && lists_table(source->tables, "raw"))
			live->tracking |= TZ_TRACKING_UNKNOWN;
		if (error == -ENOENT && !source->tables)
			return 0;
		live->is_partial = true;
		tz_note(notes, "cannot read the live rules: %s: %s",
			source->command, reason(error));
		return 0;
	}
	if (set.backend == TAMIZ_BACKEND_LEGACY && translates(&set))
		live->has_nat = true;
	live->tracking |= tz_tracking_in_set(&set);
	live->sets[live->n++] = set;
	return 0;
}

int tamiz_live_read(struct tamiz_live **live, struct tamiz_notes *notes,
		    struct tamiz_message *message)
{
	struct tamiz_live *l = calloc(1, sizeof(*l));
	int error = l ? 0 : -ENOMEM;

	for (size_t i = 0; i < TZ_LIVE_SETS && !error; i++)
		error = read_source(l, &sources[i], notes);
	if (error) {
		tamiz_live_free(l);
		return tz_message_fail(message, error,
				       "cannot read the live rules: %s",
				       strerror(-error));
	}

	unsigned int nat = tz_nat_in_nftables();

	l->has_nat |= nat != 0;
	l->has_nat_of_nft = nat & TZ_NAT_OF_IPTABLES;
	l->has_nat_of_others |= (nat & TZ_NAT_OF_OTHERS) != 0;
	l->tracking |= tz_tracking_here() | tz_tracking_in_nftables();
	*live = l;
	return 0;
}

void tamiz_live_free(struct tamiz_live *live)
{
	if (!live)
		return;
	for (size_t i = 0; i < live->n; i++)
		clear_set(&live->sets[i]);
	free(live);
}

size_t tamiz_live_texts(const struct tamiz_live *live,
			enum tamiz_backend backend, struct tamiz_text texts[2])
{
	size_t n = 0;

	for (size_t k = 0; k < live->n && n < 2; k++) {
		const struct tz_live_set *set = &live->sets[k];

		if (set->backend == backend)
			texts[n++] = (struct tamiz_text){ set->name, set->text,
							  strlen(set->text) };
	}
	return n;
}

struct tz_live_place *tz_live_find(const struct tamiz_live *live,
				   const json_t *rules)
{
	size_t n = json_array_size(rules);
	_cleanup_free_ struct tz_live_place *places =
		calloc(n + 1, sizeof(*places));

	if (!places)
		return NULL;
	for (size_t i = 0; i < n; i++)
		places[i] = (struct tz_live_place){ -1, -1, 0 };
	for (size_t k = 0; k < live->n; k++) {
		_cleanup_free_ int *match =
			tz_count_match(rules, live->sets[k].index);

		if (!match)
			return NULL;
		for (size_t i = 0; i < n; i++) {
			if (match[i] < 0)
				continue;
			if (places[i].set < 0) {
				places[i].set = (int)k;
				places[i].rule = match[i];
			}
			places[i].backends |= 1u << live->sets[k].backend;
		}
	}
	return TAKE_PTR(places);
}
