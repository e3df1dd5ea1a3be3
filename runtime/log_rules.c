/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules of a generation, with what their targets say about logging. The
 * texts are those of the metadata, in the form of iptables-save.
 */
#include "runtime/log_rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/meta.h"
#include "runtime/scope.h"

/* What iptables gives LOG, and iptables-save leaves out. */
#define LEVEL_WARNING 4

/*
 * Copies the word at *at and moves behind it: up to a blank, or in quotes,
 * where a backslash takes away the meaning of what follows.
 */
static void take_word(const char **at, char *out)
{
	const char *c = *at;
	bool is_quoted = *c == '"';

	c += is_quoted;
	for (; *c && *c != (is_quoted ? '"' : ' '); c++) {
		if (is_quoted && *c == '\\' && c[1])
			c++;
		*out++ = *c;
	}
	*out = '\0';
	*at = c + (is_quoted && *c);
}

char *tz_log_option(const char *text, const char *name)
{
	_cleanup_free_ char *word = malloc(strlen(text) + 1);
	bool is_found = false;

	while (word && *text) {
		if (*text == ' ') {
			text++;
			continue;
		}

		bool is_name = !is_found && *text == '-';

		take_word(&text, word);
		if (is_found)
			return TAKE_PTR(word);
		is_found = is_name && !strcmp(word, name);
	}
	return NULL;
}

static void read_target(struct tamiz_log_rule *rule)
{
	static const char *const prefixes[] = { "--log-prefix",
						"--nflog-prefix",
						"--ulog-prefix" };
	_cleanup_free_ char *level = tz_log_option(rule->text, "--log-level");
	char *prefix = NULL;

	for (size_t i = 0; i < 3 && !prefix; i++)
		prefix = tz_log_option(rule->text, prefixes[i]);
	rule->prefix = prefix;
	if (!strcmp(rule->target, "LOG"))
		rule->level = LEVEL_WARNING;
	if (level)
		rule->level = atoi(level);
}

static void read_rule(struct tamiz_log_rule *rule, const json_t *json)
{
	*rule = (struct tamiz_log_rule){
		.is_known = true,
		.is_certain = true,
		.table = tz_meta_text(json, "table"),
		.chain = tz_meta_text(json, "chain"),
		.number = (unsigned int)tz_meta_number(json, "number"),
		.file = tz_meta_text(json, "file"),
		.line = (unsigned int)tz_meta_number(json, "line"),
		.text = tz_meta_text(json, "text"),
		.target = tz_meta_text(json, "target"),
		.level = -1,
	};
	read_target(rule);
}

int tz_log_rules_make(struct tz_log_rules *rules, json_t *meta)
{
	const json_t *array = json_object_get(meta, "rules");
	size_t n = json_array_size(array);
	struct tamiz_log_rule *at = calloc(n + 1, sizeof(*at));

	if (!at) {
		json_decref(meta);
		return -ENOMEM;
	}
	for (size_t i = 0; i < n; i++) {
		read_rule(&at[i], json_array_get(array, i));
		at[i].id = (unsigned int)i;
	}
	*rules = (struct tz_log_rules){
		.generation = (unsigned int)tz_meta_number(meta, "generation"),
		.meta = meta,
		.at = at,
		.n = n,
	};
	return 0;
}

void tz_log_rules_clear(struct tz_log_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		free((void *)(uintptr_t)rules->at[i].prefix);
	free(rules->at);
	json_decref(rules->meta);
}

struct tamiz_log_rule tz_log_rules_find(const struct tz_log_rules *rules,
					unsigned int id)
{
	struct tamiz_log_rule rule = {
		.id = id,
		.is_certain = true,
		.table = "",
		.chain = "",
		.file = "",
		.text = "",
		.target = "",
		.level = -1,
	};

	return rules && id < rules->n ? rules->at[id] : rule;
}
