/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finishing is one update of a slot, undoing an attach is to break a link:
 * neither can fail for a reason that the killed run had not met.
 */
#include "runtime/journal.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <tamiz/abi.h>

#include "runtime/load.h"
#include "runtime/message.h"
#include "runtime/meta.h"
#include "runtime/scope.h"
#include "runtime/state.h"

#define GENERATIONS_MAX 16
#define NAME_LEN 64

struct entry {
	char ifname[NAME_LEN];
	bool is_attached;
	char in_force[TZ_JOURNAL_WORD_LEN]; /* or "" */
	unsigned int left_gen;              /* 0: none waits */
	char left[TZ_JOURNAL_WORD_LEN];
};

struct journal {
	struct entry *at; /* owned */
	size_t n;
};

int tz_journal_word(char word[TZ_JOURNAL_WORD_LEN])
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -EIO;
	snprintf(word, TZ_JOURNAL_WORD_LEN, "%016llx",
		 (unsigned long long)number);
	return 0;
}

static void copy_word(char *to, const json_t *meta)
{
	snprintf(to, TZ_JOURNAL_WORD_LEN, "%s", tz_meta_text(meta, "change"));
}

/*
 * A change that was not finished has a number above all that were in force:
 * part.c. All others were in force and are to go, however many devices still
 * have what they were part of.
 */
static bool is_accounted_for(const struct tz_state *state, unsigned int gen)
{
	return gen <= state->gen || gen <= state->tried ||
	       gen <= tz_meta_number(state->meta, "last");
}

/* The generation that is pinned whole, and not known to those in force. */
static void find_left(const struct tz_pins *pins, const struct tz_state *state,
		      struct entry *entry)
{
	unsigned int gens[GENERATIONS_MAX];
	size_t n =
		tz_pin_generations(pins, entry->ifname, gens, GENERATIONS_MAX);

	for (size_t i = 0; i < n; i++) {
		struct tz_counters counters;
		_cleanup_json_ json_t *meta = NULL;

		if (is_accounted_for(state, gens[i]) ||
		    tz_state_generation(pins, entry->ifname, gens[i], &meta,
					&counters))
			continue;
		close(counters.fd);
		entry->left_gen = gens[i];
		copy_word(entry->left, meta);
	}
}

static int look_at(const struct tz_pins *pins, const char *ifname, void *arg)
{
	struct journal *journal = arg;
	_cleanup_state_ struct tz_state state = TZ_STATE_NONE;
	int error = tz_state_open(pins, ifname, &state, NULL);
	struct entry entry = { .is_attached = !error };

	if (error && error != -ENOENT)
		return 0;
	/* With a link it was attached once: its device is gone. So it may be
	 * with one that cannot be looked at. */
	if (error) {
		_cleanup_close_ int link = tz_pin_get(pins, ifname, "link", 0);

		if (link != -ENOENT)
			return 0;
	}

	struct entry *at =
		reallocarray(journal->at, journal->n + 1, sizeof(*at));

	if (!at)
		return -ENOMEM;
	journal->at = at;
	snprintf(entry.ifname, sizeof(entry.ifname), "%s", ifname);
	copy_word(entry.in_force, state.meta);
	find_left(pins, &state, &entry);
	at[journal->n++] = entry;
	return 0;
}

static bool is_in_force(const struct journal *journal, const char *word)
{
	for (size_t i = 0; *word && i < journal->n; i++) {
		if (!strcmp(journal->at[i].in_force, word))
			return true;
	}
	return false;
}

static int finish_replace(const struct tz_pins *pins, const struct entry *entry)
{
	_cleanup_close_ int stages =
		tz_pin_get(pins, entry->ifname, "stages", 0);
	_cleanup_close_ int trial =
		tz_pin_get(pins, entry->ifname, "trial", entry->left_gen);
	_cleanup_close_ int rules =
		tz_pin_get(pins, entry->ifname, "rules", entry->left_gen);

	if (stages < 0 || rules < 0)
		return stages < 0 ? stages : rules;
	return tz_load_set_stage(stages, TZ_STAGE_RULES,
				 trial >= 0 ? trial : rules);
}

static void undo_attach(const struct tz_pins *pins,
			const struct journal *journal, const char *word,
			struct tamiz_notes *notes)
{
	for (size_t i = 0; i < journal->n; i++) {
		const char *ifname = journal->at[i].ifname;

		if (strcmp(journal->at[i].in_force, word))
			continue;

		_cleanup_close_ int link = tz_pin_get(pins, ifname, "link", 0);

		if (link >= 0 && bpf_link_detach(link) == 0 &&
		    tz_pin_remove_device(pins, ifname) == 0)
			tz_note(notes,
				"%s: detached: the attach that it was part of "
				"was interrupted",
				ifname);
	}
}

void tz_journal_finish(const struct tz_pins *pins, struct tamiz_notes *notes)
{
	struct journal journal = { 0 };
	int error = tz_pin_each(pins, look_at, &journal);

	for (size_t i = 0; i < journal.n && !error; i++) {
		const struct entry *entry = &journal.at[i];

		if (!entry->left_gen || !is_in_force(&journal, entry->left))
			continue;
		if (!entry->is_attached)
			undo_attach(pins, &journal, entry->left, notes);
		else if (finish_replace(pins, entry) == 0)
			tz_note(notes,
				"%s: finished the replace that it was part of, "
				"which was interrupted",
				entry->ifname);
	}
	free(journal.at);
}
