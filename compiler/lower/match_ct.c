/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state, conntrack, connmark, connbytes and helper: what each answers in every
 * state that a packet may be in (net/netfilter/xt_conntrack.c and its
 * neighbours). NEW speaks of a connection that the packet itself begins, since
 * nothing is decided here about packets of one that exists; RELATED and
 * ESTABLISHED are known by their name alone.
 */
#include "lower/match_ct.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <tamiz/abi.h>

/* What --ctstate takes for a state besides: bits behind those of TZ_CT_ALL. */
#define SNAT 0x20u
#define DNAT 0x40u

/* Of one state: the match is false, true, or that is not known. */
enum answer { NO, YES, OPEN };

/* By the number of the state's bit. */
enum { NEW, ESTABLISHED, RELATED, INVALID, UNTRACKED, N_STATES };

struct answers {
	enum answer of[N_STATES];
	/* NEW, where the destination was translated */
	enum answer natted;
};

static void add(struct tz_builder *b, enum tz_ct_match match,
		const struct answers *answers)
{
	uint64_t args[TZ_CT_N_ARGS] = { [TZ_CT_ARG_MATCH] = match };

	for (int i = 0; i < N_STATES; i++) {
		uint64_t bit = UINT64_C(1) << i;

		if (answers->of[i] == YES)
			args[TZ_CT_ARG_YES] |= bit;
		if (answers->of[i] != NO)
			args[TZ_CT_ARG_MAYBE] |= bit;
	}
	if (answers->natted != answers->of[NEW])
		args[TZ_CT_ARG_NATTED] = TZ_CT_NEW;
	args[TZ_CT_ARG_IS_RAW] = b->table == TZ_TABLE_RAW;
	tz_build_test(b, TZ_TEST_CT, TZ_CT_N_ARGS, args);
}

/* The bits of a list of checked names, which may be abbreviated. */
static unsigned int bits_of(const char *list, const char *const *names,
			    const unsigned int *bits, size_t n)
{
	unsigned int found = 0;

	for (const char *s = list; s;) {
		size_t len = strcspn(s, ","), i = 0;

		while (i < n && strncasecmp(names[i], s, len) != 0)
			i++;
		if (i < n)
			found |= bits[i];
		s = s[len] ? s + len + 1 : NULL;
	}
	return found;
}

static unsigned int states_of(const char *list)
{
	static const char *const names[] = { "INVALID",     "NEW",
					     "ESTABLISHED", "RELATED",
					     "UNTRACKED",   "SNAT",
					     "DNAT" };
	static const unsigned int bits[] = {
		TZ_CT_INVALID, TZ_CT_NEW,       TZ_CT_ESTABLISHED,
		TZ_CT_RELATED, TZ_CT_UNTRACKED, SNAT,
		DNAT
	};

	return bits_of(list, names, bits, sizeof(bits) / sizeof(bits[0]));
}

static enum answer inverted(enum answer answer, bool is_inverted)
{
	if (!is_inverted || answer == OPEN)
		return answer;
	return answer == YES ? NO : YES;
}

static enum answer both(enum answer a, enum answer b)
{
	if (a == NO || b == NO)
		return NO;
	return a == YES && b == YES ? YES : OPEN;
}

/* ---- state, conntrack ---- */

/*
 * Translation shows in states of connections only; what begins here has not
 * met nat yet, or its destination was translated in PREROUTING.
 */
static struct answers state_answers(const struct tz_sema_option *o)
{
	unsigned int mask = states_of(o->args[0]->text);
	struct answers a;

	for (int i = 0; i < N_STATES; i++) {
		bool is_listed = mask >> i & 1;
		bool may_be_natted = i == ESTABLISHED || i == RELATED;

		a.of[i] = is_listed ? YES : NO;
		if (!is_listed && may_be_natted && mask & (SNAT | DNAT))
			a.of[i] = OPEN;
		a.of[i] = inverted(a.of[i], o->is_inverted);
	}
	a.natted = a.of[NEW];
	if (mask & DNAT)
		a.natted = inverted(YES, o->is_inverted);
	return a;
}

/* A packet that begins a connection is of no status yet: not confirmed. */
static enum answer is_of_status(const struct tz_sema_option *o)
{
	return inverted(NO, o->is_inverted);
}

static enum answer is_of_direction(const struct tz_sema_option *o)
{
	const char *s = o->args[0]->text;

	return strncasecmp("ORIGINAL", s, strlen(s)) == 0 ? YES : NO;
}

/* The criteria other than the state: of NEW, where the packet has a choice. */
static enum answer other_criteria(const struct tz_sema_use *use)
{
	enum answer answer = YES;

	for (const struct tz_sema_option *o = use->options; o; o = o->next) {
		const char *name = o->meaning->name;

		if (strcmp(name, "ctstate") == 0)
			continue;
		if (strcmp(name, "ctstatus") == 0)
			answer = both(answer, is_of_status(o));
		else if (strcmp(name, "ctdir") == 0)
			answer = both(answer, is_of_direction(o));
		else
			answer = both(answer, OPEN);
	}
	return answer;
}

/*
 * Without a connection only the state counts, and nothing holds if none is
 * asked for (SEMANTICS 8.15).
 */
static void add_conntrack(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *state = tz_sema_option(use, "ctstate");
	struct answers a = { { YES, YES, YES, NO, NO }, YES };
	bool has_others = false;

	if (state)
		a = state_answers(state);
	for (const struct tz_sema_option *o = use->options; o; o = o->next)
		has_others |= o->meaning != (state ? state->meaning : NULL);
	if (has_others) {
		enum answer others = other_criteria(use);

		a.of[NEW] = both(a.of[NEW], others);
		a.natted = both(a.natted, others);
		a.of[ESTABLISHED] = both(a.of[ESTABLISHED], OPEN);
		a.of[RELATED] = both(a.of[RELATED], OPEN);
	}
	add(b, TZ_CT_OF_CONNTRACK, &a);
}

static void add_state(struct tz_builder *b, const struct tz_sema_use *use)
{
	struct answers a = state_answers(use->options);

	add(b, TZ_CT_OF_STATE, &a);
}

/* ---- the others ---- */

/* A new connection has the mark 0; without one nothing holds, `!` or not. */
static void add_connmark(struct tz_builder *b, const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = use->options;
	enum answer of_new = inverted(o->pair.first ? NO : YES, o->is_inverted);
	struct answers a = { { of_new, OPEN, OPEN, NO, NO }, of_new };

	add(b, TZ_CT_OF_CONNMARK, &a);
}

/*
 * A new connection has carried one packet, or as many bytes as it has, and
 * none in reply. It does not if accounting was switched off by hand, so what
 * would be true is open.
 */
static enum answer has_carried(const struct tz_sema_use *use)
{
	const struct tz_sema_option *o = tz_sema_option(use, "connbytes");
	const char *mode = tz_sema_option(use, "connbytes-mode")->args[0]->text;
	const char *dir = tz_sema_option(use, "connbytes-dir")->args[0]->text;
	bool is_reply = strncasecmp("reply", dir, strlen(dir)) == 0;
	bool is_packets = strncasecmp("packets", mode, strlen(mode)) == 0;
	uint64_t from, to = UINT64_MAX, n = is_reply ? 0 : 1;
	char *end;

	if (!is_reply && !is_packets)
		return OPEN;
	from = strtoull(o->args[0]->text, &end, 0);
	if (*end == ':' && end[1])
		to = strtoull(end + 1, NULL, 0);
	return (from <= n && n <= to) != o->is_inverted ? OPEN : NO;
}

static void add_connbytes(struct tz_builder *b, const struct tz_sema_use *use)
{
	enum answer of_new = has_carried(use);
	struct answers a = { { of_new, OPEN, OPEN, NO, NO }, of_new };

	add(b, TZ_CT_OF_CONNBYTES, &a);
}

/* It asks who expected the connection: nobody, of a new one. */
static void add_helper(struct tz_builder *b, const struct tz_sema_use *use)
{
	enum answer none = inverted(NO, use->options->is_inverted);
	struct answers a = { { none, OPEN, OPEN, none, none }, none };

	add(b, TZ_CT_OF_HELPER, &a);
}

bool tz_lower_ct(struct tz_builder *b, const struct tz_sema_use *use)
{
	static const struct {
		const char *ext;
		void (*add)(struct tz_builder *b,
			    const struct tz_sema_use *use);
	} rows[] = {
		{ "state", add_state },         { "conntrack", add_conntrack },
		{ "connmark", add_connmark },   { "helper", add_helper },
		{ "connbytes", add_connbytes },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].ext, use->ext->name) != 0)
			continue;
		rows[i].add(b, use);
		return true;
	}
	return false;
}
