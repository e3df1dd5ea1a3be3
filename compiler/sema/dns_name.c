/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads patterns of DNS names; see the header for what they are. Diagnostics
 * point into the pattern where its text is what stands in the source.
 */
#include "sema/dns_name.h"

#include <ctype.h>
#include <string.h>

#include "sema/words.h"

struct reader {
	struct tz_words w;
	struct tz_dns_name *name;
	size_t label_begin;
	/* the label that is being read */
	struct tz_dns_byte bytes[TZ_DNS_LABEL_MAX + 1];
	struct tz_dns_label label;
	size_t fixed_len; /* of the name so far */
};

static bool add_byte(struct reader *r, uint8_t value, bool is_any)
{
	if (r->label.n == TZ_DNS_LABEL_MAX)
		return tz_words_error(
			&r->w, TZ_DIAG_DNS_NAME, r->label_begin, r->w.at + 1,
			"this label has more than %d bytes", TZ_DNS_LABEL_MAX);
	r->bytes[r->label.n++] = (struct tz_dns_byte){ value, is_any };
	return true;
}

/* Behind a backslash. */
static bool read_escape(struct reader *r)
{
	size_t begin = r->w.at++;
	const char *s = r->w.text + r->w.at;
	unsigned int value;

	if (r->w.at == r->w.len)
		return tz_words_error(&r->w, TZ_DIAG_DNS_NAME, begin, r->w.len,
				      "nothing stands behind the '\\'");
	if (!isdigit((unsigned char)s[0])) {
		r->w.at++;
		return add_byte(r, (uint8_t)s[0], false);
	}
	if (r->w.len - r->w.at < 3 || !isdigit((unsigned char)s[1]) ||
	    !isdigit((unsigned char)s[2]))
		return tz_words_error(&r->w, TZ_DIAG_DNS_NAME, begin,
				      r->w.at + 1,
				      "a byte by its number has three digits: "
				      "\\032");
	value = (unsigned int)(s[0] - '0') * 100 +
		(unsigned int)(s[1] - '0') * 10 + (unsigned int)(s[2] - '0');
	if (value > 255)
		return tz_words_error(&r->w, TZ_DIAG_DNS_NAME, begin, begin + 4,
				      "byte %u is over 255", value);
	r->w.at += 3;
	return add_byte(r, (uint8_t)value, false);
}

/* {a-b} or {a} behind a star, whose place is @star. */
static bool read_bounds(struct reader *r, size_t star)
{
	uint32_t min, max;

	r->w.at++;
	if (!tz_words_number(&r->w, TZ_DIAG_DNS_NAME, TZ_DNS_LABEL_MAX, &min))
		return false;
	max = min;
	if (tz_words_skip(&r->w, '-') &&
	    !tz_words_number(&r->w, TZ_DIAG_DNS_NAME, TZ_DNS_LABEL_MAX, &max))
		return false;
	if (!tz_words_skip(&r->w, '}'))
		return tz_words_error(&r->w, TZ_DIAG_DNS_NAME, star, r->w.at,
				      "a number of bytes is written *{4} or "
				      "*{3-8}");
	if (min > max)
		return tz_words_error(&r->w, TZ_DIAG_DNS_NAME, star, r->w.at,
				      "from %u to %u is nothing", min, max);
	r->label.min = (uint8_t)min;
	r->label.max = (uint8_t)max;
	return true;
}

static bool read_star(struct reader *r)
{
	size_t star = r->w.at++;

	if (r->label.has_star)
		return tz_words_error(&r->w, TZ_DIAG_DNS_NAME, star, star + 1,
				      "a label may have one '*'; all further "
				      "labels are a label '**' at the end");
	r->label.has_star = true;
	r->label.star = r->label.n;
	r->label.min = 0;
	r->label.max = TZ_DNS_LABEL_MAX;
	if (r->w.at < r->w.len && r->w.text[r->w.at] == '{')
		return read_bounds(r, star);
	return true;
}

static bool end_label(struct reader *r)
{
	struct tz_dns_label *label = &r->label;

	if (!label->n && !label->has_star)
		return tz_words_error(&r->w, TZ_DIAG_DNS_NAME, r->label_begin,
				      r->w.at + 1, "this label is empty");
	/* A label of no byte is the root. */
	if (label->has_star && !label->n && !label->min) {
		if (!label->max)
			return tz_words_error(&r->w, TZ_DIAG_DNS_NAME,
					      r->label_begin, r->w.at,
					      "a label has at least one byte");
		label->min = 1;
	}
	if (label->n + label->min > TZ_DNS_LABEL_MAX)
		return tz_words_error(
			&r->w, TZ_DIAG_DNS_NAME, r->label_begin, r->w.at,
			"this label has more than %d bytes", TZ_DNS_LABEL_MAX);
	r->fixed_len += 1u + label->n + label->min;
	if (r->fixed_len + 1 > TZ_DNS_NAME_MAX)
		return tz_words_error(&r->w, TZ_DIAG_DNS_NAME, 0, r->w.len,
				      "a name has at most %d bytes",
				      TZ_DNS_NAME_MAX);
	label->bytes = tz_new_array(r->w.arena, struct tz_dns_byte, label->n);
	if (label->n)
		memcpy(label->bytes, r->bytes,
		       label->n * sizeof(*label->bytes));
	tz_vec_push(r->w.arena, &r->name->labels, *label);
	return true;
}

static bool read_label(struct reader *r)
{
	r->label = (struct tz_dns_label){ 0 };
	r->label_begin = r->w.at;
	while (r->w.at < r->w.len && r->w.text[r->w.at] != '.') {
		char c = r->w.text[r->w.at];
		bool is_fine;

		if (c == '*')
			is_fine = read_star(r);
		else if (c == '\\')
			is_fine = read_escape(r);
		else {
			is_fine = add_byte(r, (uint8_t)c, c == '?');
			r->w.at++;
		}
		if (!is_fine)
			return false;
	}
	return end_label(r);
}

/* Takes a last label ** from the text. */
static void read_open(struct reader *r)
{
	struct tz_words *w = &r->w;

	if (w->len < 2 || memcmp(w->text + w->len - 2, "**", 2) != 0)
		return;
	if (w->len == 2 || w->text[w->len - 3] == '.') {
		r->name->is_open = true;
		w->len -= 2;
	}
}

bool tz_dns_parse(struct tz_arena *arena, struct tz_diags *diags,
		  struct tz_span span, const char *text, size_t len,
		  struct tz_dns_name *name)
{
	struct reader r = { .name = name };

	tz_words_init(&r.w, arena, diags, span, text, len);
	*name = (struct tz_dns_name){ 0 };
	if (!len)
		return tz_words_error(&r.w, TZ_DIAG_DNS_NAME, 0, 0,
				      "a name is missing; the root is '.'");
	if (len == 1 && text[0] == '.')
		return true;
	read_open(&r);
	while (r.w.at < r.w.len) {
		if (!read_label(&r))
			return false;
		tz_words_skip(&r.w, '.');
	}
	return true;
}
