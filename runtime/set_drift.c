/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the sets of files differ from the kernel's of the same names: beside the
 * kernel's rules a copy that is not one drops what they would let in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <tamiz/set.h>

#include "runtime/message.h"
#include "runtime/scope.h"
#include "runtime/set.h"

/* Members of set @i of @a that set @k of @b does not have. */
static size_t count_missing(const struct tamiz *a, size_t i,
			    const struct tamiz *b, size_t k)
{
	struct tamiz_set set = tamiz_set(a, i);
	uint32_t key[1 + TZ_SET_WORDS_MAX];
	size_t n = 0;

	for (size_t m = 0; m < set.n; m++) {
		struct tamiz_set_entry entry;

		tamiz_set_entry(a, i, m, key, &entry);
		n += !(entry.flags & TZ_SET_SHADOW) &&
		     !tamiz_set_has(b, k, key, &entry);
	}
	return n;
}

static void compare(const struct tamiz *rules, size_t i,
		    const struct tamiz *live, size_t k,
		    struct tamiz_notes *notes)
{
	struct tamiz_set set = tamiz_set(rules, i), other = tamiz_set(live, k);
	size_t more, less;

	if (!tz_set_is_alike(&set, &other)) {
		tz_note(notes,
			"the kernel's set %s is of another kind than that of "
			"the files",
			set.name);
		return;
	}
	if (set.is_list)
		return; /* their sets are compared */
	more = count_missing(live, k, rules, i);
	less = count_missing(rules, i, live, k);
	if (more || less)
		tz_note(notes,
			"the kernel's set %s is not that of the files: it has "
			"%zu other members, and lacks %zu (--ipset=live, tamiz "
			"set sync)",
			set.name, more, less);
}

int tz_set_read_live(struct tamiz **live, struct tamiz_message *message)
{
	const struct tamiz_options options = { .target = TAMIZ_TARGET_XDP,
					       .rules_only = true };
	_cleanup_free_ char *text = NULL;
	struct tamiz *t;
	size_t len;
	int error = tamiz_live_sets(&text, &len, message);

	if (error)
		return error;
	t = tamiz_new();
	if (!t)
		return -ENOMEM;
	error = tamiz_add(t, TAMIZ_LANGUAGE_IPSET, "the kernel's sets", text,
			  len);
	if (!error && tamiz_compile(t, &options))
		error = tz_message_fail(message, -EPROTO,
					"the kernel's sets are not understood: "
					"%s",
					tamiz_diagnostic(t, 0).text);
	if (error) {
		tamiz_free(t);
		return error;
	}
	*live = t;
	return 0;
}

int tz_set_find_name(const struct tamiz *tamiz, const char *name, size_t *i)
{
	for (*i = 0; *i < tamiz_n_sets(tamiz); ++*i)
		if (!strcmp(tamiz_set(tamiz, *i).name, name))
			return 0;
	return -ENOENT;
}

bool tz_set_is_alike(const struct tamiz_set *a, const struct tamiz_set *b)
{
	return !strcmp(a->type, b->type) && a->family == b->family &&
	       a->key_len == b->key_len && a->has_timeout == b->has_timeout &&
	       a->netmask_bits == b->netmask_bits;
}

void tamiz_compare_sets(const struct tamiz *rules, struct tamiz_notes *notes)
{
	struct tamiz_message message = { 0 };
	struct tamiz *live;
	size_t k;

	if (!tamiz_n_sets(rules))
		return;
	if (tz_set_read_live(&live, &message)) {
		tz_note(notes, "%s", message.text ? message.text : "no memory");
		tamiz_message_clear(&message);
		return;
	}
	for (size_t i = 0; i < tamiz_n_sets(rules); i++) {
		struct tamiz_set set = tamiz_set(rules, i);

		if (!set.is_told)
			continue;
		if (tz_set_find_name(live, set.name, &k))
			tz_note(notes, "the kernel has no set %s", set.name);
		else
			compare(rules, i, live, k, notes);
	}
	tamiz_free(live);
}
