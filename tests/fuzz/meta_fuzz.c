/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any bytes as what is pinned about a rule set, and as what save writes of
 * one. What is taken prints, reads back as what it was, and everybody who
 * reads it finds what he relies on.
 */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include <tamiz/runtime.h>

#include "runtime/count.h"
#include "runtime/log_rules.h"
#include "runtime/meta.h"
#include "runtime/scope.h"

const char fuzz_corpus[] = "meta";

static void read_again(const json_t *meta)
{
	_cleanup_free_ char *once = json_dumps(meta, JSON_COMPACT);
	_cleanup_json_ json_t *again = NULL;

	if (!once || tz_meta_parse(once, strlen(once), &again))
		fuzz_die("printed what cannot be read", once ? once : "");

	_cleanup_free_ char *twice = json_dumps(again, JSON_COMPACT);

	if (!twice || strcmp(once, twice) != 0 || !json_equal(meta, again))
		fuzz_die("differs when it was read again", once);
}

/* Each rule is found again as itself, and goes on where it stood. */
static void carry(const json_t *meta)
{
	const json_t *rules = json_object_get(meta, "rules");
	_cleanup_json_ json_t *next = json_deep_copy(meta);
	_cleanup_json_ json_t *index = tz_count_index(rules);
	_cleanup_free_ int *match = index ? tz_count_match(rules, index) : NULL;
	struct tz_counters none = TZ_COUNTERS_NONE;

	if (!match || !next)
		fuzz_die("no memory", "");
	for (size_t i = 0; i < json_array_size(rules); i++)
		if (match[i] < 0 || (size_t)match[i] != i)
			fuzz_die("not the same rule", "");
	if (tz_count_carry(next, meta))
		fuzz_die("cannot carry", "");
	for (size_t i = 0; i < json_array_size(rules); i++) {
		struct tz_tally was = tz_count_base(json_array_get(rules, i));
		const json_t *now =
			json_array_get(json_object_get(next, "rules"), i);
		struct tz_tally is = tz_count_base(now);

		if (memcmp(&was, &is, sizeof(is)) != 0 ||
		    tz_meta_number(now, "from") != i)
			fuzz_die("counts were lost", "");
	}
	/* There are no counters to read. */
	if (json_array_size(rules) > 0 && !tz_count_fold(next, &none))
		fuzz_die("folded", "nothing");
}

/* Takes over @meta. */
static void find_logs(json_t *meta)
{
	struct tz_log_rules rules;

	if (tz_log_rules_make(&rules, meta))
		fuzz_die("no memory", "");
	for (size_t i = 0; i <= rules.n; i++) {
		struct tamiz_log_rule rule =
			tz_log_rules_find(&rules, (unsigned int)i);

		if (rule.is_known != (i < rules.n) || !rule.table ||
		    !rule.chain || !rule.file || !rule.text || !rule.target)
			fuzz_die("no rule", "of the log");
		if (rule.prefix && strlen(rule.prefix) > strlen(rule.text))
			fuzz_die("a prefix", "longer than its rule");
	}
	tz_log_rules_clear(&rules);
}

static void check_saved(const char *text, size_t len)
{
	struct tamiz_message message = { 0 };
	struct tamiz_saved *saved = NULL;
	int error = tamiz_saved_read(text, len, &saved, &message);

	if (error && (saved || !message.text))
		fuzz_die("refused", "without a word");
	for (size_t i = 0; saved && i < saved->n_devices; i++) {
		const struct tamiz_saved_device *d = &saved->devices[i];

		if (!d->ifname || !*d->ifname || !d->n_files)
			fuzz_die("a saved device", "without name or files");
		for (size_t k = 0; k < d->n_files; k++)
			if (!d->files[k].text || !*d->files[k].name)
				fuzz_die("a saved file", "without text");
		tamiz_saved_object(d, "");
	}
	tamiz_saved_free(saved);
	tamiz_message_clear(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *meta = NULL;
	int error = tz_meta_parse((const char *)data, size, &meta);

	if (error && (error != -EPROTO || meta))
		fuzz_die("refused", "in another way than it should");
	if (meta) {
		read_again(meta);
		carry(meta);
		find_logs(meta);
	}
	check_saved((const char *)data, size);
	return 0;
}
