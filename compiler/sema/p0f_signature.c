/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads signatures of p0f; see the header. What p0f itself refuses is refused,
 * and the column is told.
 */
#include "sema/p0f_signature.h"

#include <string.h>

#include "sema/words.h"

struct word {
	const char *word;
	uint32_t value;
};

/* A word that begins another one stands behind it. */
static const struct word options[] = {
	{ "nop", TZ_TCP_NOP },   { "mss", TZ_TCP_MSS },
	{ "ws", TZ_TCP_SCALE },  { "sok", TZ_TCP_SACK_OK },
	{ "sack", TZ_TCP_SACK }, { "ts", TZ_TCP_TIMESTAMP },
};

static const struct word quirks[] = {
	{ "df", TZ_P0F_DF },         { "id+", TZ_P0F_ID_SET },
	{ "id-", TZ_P0F_ID_ZERO },   { "ecn", TZ_P0F_ECN },
	{ "0+", TZ_P0F_RESERVED },   { "flow", TZ_P0F_FLOW },
	{ "seq-", TZ_P0F_SEQ_ZERO }, { "ack+", TZ_P0F_ACK_SET },
	{ "ack-", TZ_P0F_ACK_ZERO }, { "uptr+", TZ_P0F_URGENT_SET },
	{ "urgf+", TZ_P0F_URG },     { "pushf+", TZ_P0F_PUSH },
	{ "ts1-", TZ_P0F_TS1_ZERO }, { "ts2+", TZ_P0F_TS2_SET },
	{ "opt+", TZ_P0F_PADDING },  { "exws", TZ_P0F_SCALE },
	{ "bad", TZ_P0F_BAD },
};

#define N(array) (sizeof(array) / sizeof(*(array)))

static bool error(struct tz_words *w, size_t begin, const char *text)
{
	return tz_words_error(w, TZ_DIAG_P0F_SIGNATURE, begin, w->at + 1, "%s",
			      text);
}

static bool number(struct tz_words *w, uint32_t max, uint32_t *value)
{
	return tz_words_number(w, TZ_DIAG_P0F_SIGNATURE, max, value);
}

/* A number of at least @min, with an error that says what it is. */
static bool number_from(struct tz_words *w, uint32_t min, uint32_t max,
			uint32_t *value)
{
	size_t begin = w->at;

	if (!number(w, max, value))
		return false;
	if (*value >= min)
		return true;
	return tz_words_error(w, TZ_DIAG_P0F_SIGNATURE, begin, w->at,
			      "%u is out of range %u-%u", *value, min, max);
}

static bool number_or_any(struct tz_words *w, uint32_t max, uint32_t *value)
{
	*value = TZ_P0F_ANY;
	return tz_words_skip(w, '*') || number(w, max, value);
}

/* What ends a part; @after names it. */
static bool end_part(struct tz_words *w, char c, const char *after)
{
	if (tz_words_skip(w, c))
		return true;
	return tz_words_error(w, TZ_DIAG_P0F_SIGNATURE, w->at, w->at + 1,
			      "a '%c' must stand behind %s", c, after);
}

static bool read_version(struct tz_words *w, struct tz_p0f *p)
{
	bool is_any = tz_words_skip(w, '*');

	p->ipv4 = is_any || tz_words_skip(w, '4');
	p->ipv6 = is_any || (!p->ipv4 && tz_words_skip(w, '6'));
	if (!p->ipv4 && !p->ipv6)
		return error(w, w->at, "the version of IP is 4, 6 or *");
	return end_part(w, ':', "the version of IP");
}

/* TTL, TTL- or TTL+DISTANCE. */
static bool read_ttl(struct tz_words *w, struct tz_p0f *p)
{
	size_t begin = w->at;
	uint32_t ttl, distance = 0;

	if (!number_from(w, 1, 255, &ttl))
		return false;
	p->any_distance = tz_words_skip(w, '-');
	if (!p->any_distance && tz_words_skip(w, '+')) {
		if (w->at < w->len && w->text[w->at] == '?')
			return error(w, w->at,
				     "the distance is not known: put the TTL "
				     "that the system begins with here");
		if (!number(w, 255, &distance))
			return false;
	}
	if (ttl + distance > 255)
		return tz_words_error(w, TZ_DIAG_P0F_SIGNATURE, begin, w->at,
				      "%u+%u is over 255", ttl, distance);
	p->ttl = (uint8_t)(ttl + distance);
	return end_part(w, ':', "the TTL");
}

static bool read_window(struct tz_words *w, struct tz_p0f *p)
{
	bool is_fine;

	if (tz_words_skip(w, '*')) {
		p->window = TZ_P0F_WINDOW_ANY;
		return end_part(w, ',', "the window");
	}
	if (tz_words_skip(w, '%')) {
		p->window = TZ_P0F_WINDOW_MULTIPLE;
		is_fine = number_from(w, 2, 65535, &p->window_number);
	} else if (tz_words_take(w, "mss*")) {
		p->window = TZ_P0F_WINDOW_OF_MSS;
		is_fine = number_from(w, 1, 1000, &p->window_number);
	} else if (tz_words_take(w, "mtu*")) {
		p->window = TZ_P0F_WINDOW_OF_MTU;
		is_fine = number_from(w, 1, 1000, &p->window_number);
	} else {
		p->window = TZ_P0F_WINDOW_IS;
		is_fine = number(w, 65535, &p->window_number);
	}
	return is_fine && end_part(w, ',', "the window");
}

static bool at_end_of_part(const struct tz_words *w)
{
	return w->at == w->len || w->text[w->at] == ':';
}

static const struct word *take_word(struct tz_words *w,
				    const struct word *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (tz_words_take(w, words[i].word))
			return &words[i];
	return NULL;
}

static bool read_option(struct tz_words *w, struct tz_p0f *p)
{
	const struct word *word;
	uint32_t kind, padding;

	if (tz_words_take(w, "eol")) {
		if (!tz_words_skip(w, '+'))
			return error(w, w->at,
				     "behind eol stands how many bytes follow "
				     "it: eol+0");
		if (!number(w, 40, &padding))
			return false;
		if (!at_end_of_part(w))
			return error(w, w->at, "eol is the last option");
		p->padding = (uint8_t)padding;
		kind = TZ_TCP_EOL;
	} else if (tz_words_skip(w, '?')) {
		if (!number(w, 255, &kind))
			return false;
	} else if ((word = take_word(w, options, N(options)))) {
		kind = word->value;
	} else {
		return error(w, w->at,
			     "no option of TCP; they are eol+N, nop, mss, ws, "
			     "sok, sack, ts and ?N");
	}
	p->options[p->n_options++] = (uint8_t)kind;
	return true;
}

static bool read_options(struct tz_words *w, struct tz_p0f *p)
{
	bool is_first = true;

	while (!at_end_of_part(w)) {
		if (!is_first && !end_part(w, ',', "an option"))
			return false;
		is_first = false;
		if (p->n_options == TZ_P0F_OPTIONS_MAX)
			return error(w, w->at, "p0f looks at 24 options");
		if (!read_option(w, p))
			return false;
	}
	return end_part(w, ':', "the options");
}

/* What a header of that version does not have. */
static bool check_version(struct tz_words *w, const struct tz_p0f *p,
			  uint32_t quirk, size_t begin)
{
	uint32_t of_ipv4 =
		TZ_P0F_DF | TZ_P0F_ID_SET | TZ_P0F_ID_ZERO | TZ_P0F_RESERVED;

	if ((p->ipv4 || !(quirk & of_ipv4)) &&
	    (p->ipv6 || quirk != TZ_P0F_FLOW))
		return true;
	return tz_words_error(w, TZ_DIAG_P0F_SIGNATURE, begin, w->at,
			      "'%.*s' is not valid for IPv%d",
			      (int)(w->at - begin), w->text + begin,
			      p->ipv4 ? 4 : 6);
}

static bool read_quirks(struct tz_words *w, struct tz_p0f *p)
{
	bool is_first = true;

	while (!at_end_of_part(w)) {
		const struct word *word;
		size_t begin;

		if (!is_first && !end_part(w, ',', "a quirk"))
			return false;
		is_first = false;
		begin = w->at;
		word = take_word(w, quirks, N(quirks));
		if (!word)
			return error(w, w->at,
				     "no quirk; they are df, id+, id-, ecn, "
				     "0+, flow, seq-, ack+, ack-, uptr+, "
				     "urgf+, pushf+, ts1-, ts2+, opt+, exws "
				     "and bad");
		if (!check_version(w, p, word->value, begin))
			return false;
		p->quirks |= word->value;
	}
	return end_part(w, ':', "the quirks");
}

static bool read_payload(struct tz_words *w, struct tz_p0f *p)
{
	if (tz_words_skip(w, '0'))
		p->payload = TZ_P0F_NO_DATA;
	else if (tz_words_skip(w, '+'))
		p->payload = TZ_P0F_DATA;
	else if (tz_words_skip(w, '*'))
		p->payload = TZ_P0F_ANY_DATA;
	else
		return error(w, w->at, "the payload is 0, + or *");
	if (w->at == w->len)
		return true;
	return tz_words_error(w, TZ_DIAG_P0F_SIGNATURE, w->at, w->len,
			      "nothing stands behind the payload");
}

bool tz_p0f_parse(struct tz_arena *arena, struct tz_diags *diags,
		  struct tz_span span, const char *text, size_t len,
		  struct tz_p0f *signature)
{
	struct tz_p0f p = { 0 };
	struct tz_words w;
	uint32_t ip_options;

	tz_words_init(&w, arena, diags, span, text, len);
	if (!read_version(&w, &p) || !read_ttl(&w, &p) ||
	    !number(&w, 255, &ip_options) ||
	    !end_part(&w, ':', "the length of IP options") ||
	    !number_or_any(&w, 65535, &p.mss) ||
	    !end_part(&w, ':', "the MSS") || !read_window(&w, &p) ||
	    !number_or_any(&w, 255, &p.scale) ||
	    !end_part(&w, ':', "the window scale") || !read_options(&w, &p) ||
	    !read_quirks(&w, &p) || !read_payload(&w, &p))
		return false;
	p.ip_options = (uint8_t)ip_options;
	*signature = p;
	return true;
}
