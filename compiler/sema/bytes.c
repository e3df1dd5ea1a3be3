/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads patterns, u32 programs and chunk types as libxt_string, libxt_u32 and
 * libxt_sctp of iptables 1.8.9 do; see the header.
 */
#include "sema/bytes.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "sema/value.h"

static bool fail(struct tz_sema *sema, const struct tz_sema_option *option,
		 const char *why)
{
	tz_diag(sema->diags, TZ_DIAG_BYTES, option->args[0]->span, "--%s: %s",
		option->row->name, why);
	return false;
}

/* ---- string ---- */

static bool add_byte(struct tz_sema_pattern *pattern, int byte)
{
	if (pattern->n == sizeof(pattern->bytes))
		return false;
	pattern->bytes[pattern->n++] = (uint8_t)byte;
	return true;
}

static const char too_long[] = "what is looked for has at most 128 bytes";

bool tz_bytes_type_string(struct tz_sema *sema, struct tz_sema_option *option)
{
	struct tz_sema_pattern *pattern =
		tz_new(sema->arena, struct tz_sema_pattern);

	for (const char *s = option->args[0]->text; *s; s++)
		if (!add_byte(pattern, *s))
			return fail(sema, option, too_long);
	option->pattern = pattern;
	return pattern->n || fail(sema, option, "there is nothing to look for");
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *digit =
		c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return digit ? (int)(digit - digits) : -1;
}

/* From behind a '|' up to the next; blanks stand between bytes. */
static const char *hex_block(struct tz_sema_pattern *pattern, const char *s,
			     const char **why)
{
	if (*s == '|')
		*why = "'||' has no byte in it";
	while (*s != '|' && !*why) {
		if (*s == ' ') {
			s++;
			continue;
		}

		int high = hex_digit(s[0]);
		int low = high < 0 ? -1 : hex_digit(s[1]);

		if (low < 0)
			*why = *s ? "two hexadecimal digits make a byte"
				  : "a '|' is missing";
		else if (!add_byte(pattern, high << 4 | low))
			*why = too_long;
		else
			s += 2;
	}
	return s + 1;
}

bool tz_bytes_type_hex(struct tz_sema *sema, struct tz_sema_option *option)
{
	struct tz_sema_pattern *pattern =
		tz_new(sema->arena, struct tz_sema_pattern);
	const char *s = option->args[0]->text, *why = NULL;

	while (!why && *s) {
		if (s[0] == '|' && !s[1])
			break; /* libxt_string overlooks it */
		if (*s == '|') {
			s = hex_block(pattern, s + 1, &why);
			continue;
		}
		if (*s == '\\' && !*++s)
			why = "a '\\' stands in front of a character";
		else if (!add_byte(pattern, *s++))
			why = too_long;
	}
	if (!why && !pattern->n)
		why = "there is nothing to look for";
	option->pattern = pattern;
	return !why || fail(sema, option, why);
}

/* ---- u32 ---- */

struct u32_reader {
	struct tz_sema *sema;
	const char *at;
	const char *wanted; /* NULL: all is well */
	TZ_VEC(uint64_t) args;
};

static void skip_blanks(struct u32_reader *r)
{
	while (isspace((unsigned char)*r->at))
		r->at++;
}

static void push(struct u32_reader *r, uint64_t arg)
{
	tz_vec_push(r->sema->arena, &r->args, arg);
}

/* Takes @word, blanks in front of it too. */
static bool accept(struct u32_reader *r, const char *word)
{
	size_t len = strlen(word);

	skip_blanks(r);
	if (strncmp(r->at, word, len) != 0)
		return false;
	r->at += len;
	return true;
}

/* The digits of one number as strtoul reads them: 0x10, 020, 16. */
static void read_number(struct u32_reader *r, uint64_t max)
{
	const char *end, *digits = "0123456789";
	uint64_t number = 0;

	skip_blanks(r);
	end = r->at;
	if (end[0] == '0' && (end[1] == 'x' || end[1] == 'X') &&
	    isxdigit((unsigned char)end[2])) {
		digits = "0123456789abcdefABCDEF";
		end += 2;
	} else if (end[0] == '0') {
		digits = "01234567";
	}
	end += strspn(end, digits);
	if (!tz_value_number(r->at, end, max, &number) && !r->wanted)
		r->wanted =
			max == 31 ? "a shift of 0-31" : "a number of 32 bits";
	r->at = end;
	push(r, number);
}

static enum tz_u32_step read_operator(struct u32_reader *r)
{
	if (accept(r, "&"))
		return TZ_U32_AND;
	if (accept(r, "<<"))
		return TZ_U32_LEFT;
	if (accept(r, ">>"))
		return TZ_U32_RIGHT;
	if (accept(r, "@"))
		return TZ_U32_AT;
	if (!r->wanted)
		r->wanted = "'&', '<<', '>>', '@' or '='";
	return TZ_U32_AND;
}

static void read_location(struct u32_reader *r)
{
	size_t count = r->args.n;
	uint64_t n = 1;

	push(r, 0);
	push(r, TZ_U32_LOAD);
	read_number(r, UINT32_MAX);
	for (; !r->wanted && !accept(r, "="); n++) {
		enum tz_u32_step step = read_operator(r);

		if (n == TZ_U32_TESTS_MAX && !r->wanted)
			r->wanted = "'=' after 10 numbers";
		push(r, step);
		read_number(r, step == TZ_U32_LEFT || step == TZ_U32_RIGHT
				       ? 31
				       : UINT32_MAX);
	}
	r->args.at[count] = n;
}

static void read_ranges(struct u32_reader *r)
{
	size_t count = r->args.n;
	uint64_t n = 0;

	push(r, 0);
	do {
		if (n++ == TZ_U32_TESTS_MAX)
			r->wanted = "at most 10 values";
		read_number(r, UINT32_MAX);
		if (accept(r, ":"))
			read_number(r, UINT32_MAX);
		else
			push(r, r->args.at[r->args.n - 1]);
	} while (!r->wanted && accept(r, ","));
	r->args.at[count] = n;
}

bool tz_bytes_type_u32(struct tz_sema *sema, struct tz_sema_option *option)
{
	const char *text = option->args[0]->text;
	struct u32_reader r = { .sema = sema, .at = text };
	unsigned int n = 0;

	do {
		if (n++ == TZ_U32_TESTS_MAX)
			r.wanted = "at most 10 tests";
		read_location(&r);
		if (!r.wanted)
			read_ranges(&r);
	} while (!r.wanted && accept(&r, "&&"));
	skip_blanks(&r);
	if (!r.wanted && *r.at)
		r.wanted = "',' or '&&'";
	if (r.wanted) {
		tz_diag(sema->diags, TZ_DIAG_BYTES, option->args[0]->span,
			"--u32 wants %s at byte %zu of '%s'", r.wanted,
			(size_t)(r.at - text), text);
		return false;
	}

	struct tz_sema_u32 *program = tz_new(sema->arena, struct tz_sema_u32);

	*program = (struct tz_sema_u32){ r.args.at, r.args.n };
	option->u32 = program;
	return true;
}

/* ---- sctp ---- */

/* RFC 9260, 5061, 3758, 8260, 6525, 4820. */
static const struct tz_chunk_name chunk_names[] = {
	{ 0, "DATA", "----IUBE" },
	{ 1, "INIT", "--------" },
	{ 2, "INIT_ACK", "--------" },
	{ 3, "SACK", "--------" },
	{ 4, "HEARTBEAT", "--------" },
	{ 5, "HEARTBEAT_ACK", "--------" },
	{ 6, "ABORT", "-------T" },
	{ 7, "SHUTDOWN", "--------" },
	{ 8, "SHUTDOWN_ACK", "--------" },
	{ 9, "ERROR", "--------" },
	{ 10, "COOKIE_ECHO", "--------" },
	{ 11, "COOKIE_ACK", "--------" },
	{ 12, "ECN_ECNE", "--------" },
	{ 13, "ECN_CWR", "--------" },
	{ 14, "SHUTDOWN_COMPLETE", "-------T" },
	{ 64, "I_DATA", "----IUBE" },
	{ 128, "ASCONF_ACK", "--------" },
	{ 130, "RE_CONFIG", "--------" },
	{ 132, "PAD", "--------" },
	{ 192, "FORWARD_TSN", "--------" },
	{ 193, "ASCONF", "--------" },
	{ 194, "I_FORWARD_TSN", "--------" },
};

const struct tz_chunk_name *tz_chunk_names(size_t *n)
{
	*n = sizeof(chunk_names) / sizeof(chunk_names[0]);
	return chunk_names;
}

/* A capital letter wants the flag, a small one its absence. */
static const char *add_flags(struct tz_sema_chunks *chunks,
			     const struct tz_chunk_name *name,
			     const char *letters)
{
	/*
	 * libxt_sctp 1.8.9 says of which type the flags are by the place of
	 * its name: of those that are not there, flags are never looked at.
	 */
	uint8_t type = (uint8_t)(name - chunk_names);

	for (; *letters; letters++) {
		unsigned char c = (unsigned char)*letters;
		const char *flag = strchr(name->flags, toupper(c));
		size_t i = 0;

		if (!flag)
			return "the chunk has no such flag";
		while (i < chunks->n_flags && chunks->flags[i].type != type)
			i++;
		if (i == TZ_CHUNKS_FLAGS_MAX)
			return "at most 4 types may have flags";
		chunks->n_flags = i < chunks->n_flags ? chunks->n_flags : i + 1;
		chunks->flags[i].type = type;

		uint8_t bit = (uint8_t)(0x80 >> (flag - name->flags));

		chunks->flags[i].mask |= bit;
		if (isupper(c))
			chunks->flags[i].value |= bit;
	}
	return NULL;
}

static const char *add_chunk(struct tz_sema_chunks *chunks, char *word)
{
	char *flags = strchr(word, ':');

	if (flags)
		*flags++ = '\0';
	for (size_t i = 0; i < sizeof(chunk_names) / sizeof(chunk_names[0]);
	     i++) {
		uint8_t type = chunk_names[i].type;

		if (strcasecmp(chunk_names[i].name, word) != 0)
			continue;
		chunks->map[type / 8] |= (uint8_t)(1u << type % 8);
		return flags ? add_flags(chunks, &chunk_names[i], flags) : NULL;
	}
	return "there is no such type of chunk";
}

static bool read_kind(const char *word, enum tz_chunks_kind *kind)
{
	static const char *const kinds[] = {
		[TZ_CHUNKS_ALL] = "all",
		[TZ_CHUNKS_ANY] = "any",
		[TZ_CHUNKS_ONLY] = "only",
	};

	for (int i = 0; i < 3; i++) {
		*kind = (enum tz_chunks_kind)i;
		if (strcasecmp(kinds[i], word) == 0)
			return true;
	}
	return false;
}

bool tz_bytes_type_chunks(struct tz_sema *sema, struct tz_sema_option *option)
{
	struct tz_sema_chunks *chunks =
		tz_new(sema->arena, struct tz_sema_chunks);
	const char *text = option->args[1]->text;
	char *list = tz_arena_strndup(sema->arena, text, strlen(text)), *rest;

	if (!read_kind(option->args[0]->text, &chunks->kind))
		return fail(sema, option, "there are all, any and only");
	option->chunks = chunks;
	if (strcasecmp(text, "ALL") == 0) {
		memset(chunks->map, 0xff, sizeof(chunks->map));
		return true;
	}
	if (strcasecmp(text, "NONE") == 0)
		return true;
	/* strtok, as in libxt_sctp: empty items are skipped */
	for (char *word = strtok_r(list, ",", &rest); word;
	     word = strtok_r(NULL, ",", &rest)) {
		const char *why = add_chunk(chunks, word);

		if (why) {
			tz_diag(sema->diags, TZ_DIAG_BYTES,
				option->args[1]->span, "--%s: %s: '%s'",
				option->row->name, why, word);
			return false;
		}
	}
	return true;
}

/* ---- what goes together ---- */

static bool check_string(struct tz_sema *sema, const struct tz_sema_use *use)
{
	const struct tz_sema_option *from = tz_sema_option(use, "from");
	const struct tz_sema_option *to = tz_sema_option(use, "to");
	const struct tz_sema_option *algo = tz_sema_option(use, "algo");
	const char *name = algo->args[0]->text;

	if (strcmp(name, "bm") != 0 && strcmp(name, "kmp") != 0)
		return fail(sema, algo, "the kernel searches by bm or by kmp");
	if (from && from->number > (to ? to->number : 65535))
		return fail(sema, from, "the search ends before it begins");
	if (tz_sema_option(use, "string") || tz_sema_option(use, "hex-string"))
		return true;
	tz_diag(sema->diags, TZ_DIAG_MISSING_OPTION, use->span,
		"string needs --string or --hex-string");
	return false;
}

void tz_bytes_mss(const struct tz_sema_option *option, uint64_t ends[2])
{
	const char *s = option->args[0]->text, *end = s + strlen(s);
	const char *colon = strchr(s, ':');

	ends[0] = 0;
	ends[1] = 65535;
	tz_value_number(s, colon ? colon : end, 65535, &ends[0]);
	if (!colon)
		ends[1] = ends[0];
	else
		tz_value_number(colon + 1, end, 65535, &ends[1]);
}

static bool check_mss(struct tz_sema *sema, const struct tz_sema_use *use)
{
	const struct tz_sema_option *mss = tz_sema_option(use, "mss");
	uint64_t ends[2];

	tz_bytes_mss(mss, ends);
	return ends[0] <= ends[1] ||
	       fail(sema, mss, "the range ends before it begins");
}

bool tz_bytes_check_use(struct tz_sema *sema, const struct tz_sema_use *use)
{
	if (strcmp(use->ext->name, "string") == 0)
		return check_string(sema, use);
	if (strcmp(use->ext->name, "tcpmss") == 0)
		return check_mss(sema, use);
	return true;
}
