/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Readers of what stands behind options on IPv6 extension headers; their
 * diagnostics. Plain numbers and ranges are rows of forms.def.
 */
#include "sema/exthdr.h"

#include <string.h>
#include <strings.h>

#include <tamiz/exthdr.h>

#include "sema/value.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

bool tz_exthdr_range(const char *s, uint64_t max, uint64_t *low, uint64_t *high)
{
	const char *colon = strchr(s, ':'), *end = s + strlen(s);
	uint64_t first = 0, last = max;

	if (!(colon == s) &&
	    !tz_value_number(s, colon ? colon : end, max, &first))
		return false;
	if (!colon)
		last = first;
	else if (colon + 1 < end &&
		 !tz_value_number(colon + 1, end, max, &last))
		return false;
	*low = first;
	*high = last;
	return true;
}

/* Only the low byte of a number counts; Pad1 has no length. */
static bool read_option(const char *s, const char *end, uint16_t *option)
{
	const char *colon = memchr(s, ':', (size_t)(end - s));
	uint64_t type, len = TZ_OPTION_ANY_LEN;

	if (!tz_value_number(s, colon ? colon : end, UINT32_MAX, &type) ||
	    (colon && (!tz_value_number(colon + 1, end, UINT32_MAX, &len) ||
		       !(type & 0xff))))
		return false;
	*option = (uint16_t)((type & 0xff) << 8 | (len & 0xff));
	return true;
}

bool tz_exthdr_options(const char *s, uint16_t list[TZ_EXTHDR_LIST_MAX],
		       size_t *n)
{
	for (size_t i = 0; i < TZ_EXTHDR_LIST_MAX; i++) {
		const char *end = strchrnul(s, ',');

		if (!read_option(s, end, &list[i]))
			return false;
		*n = i + 1;
		if (!*end)
			return true;
		s = end + 1;
	}
	return false;
}

bool tz_exthdr_addresses(const char *s, tz_value list[TZ_EXTHDR_LIST_MAX],
			 size_t *n)
{
	for (size_t i = 0; i < TZ_EXTHDR_LIST_MAX; i++) {
		const char *end = strchrnul(s, ',');

		if (!tz_value_address(TZ_IPV6, s, end, &list[i]))
			return false;
		*n = i + 1;
		if (!*end)
			return true;
		s = end + 1;
	}
	return false;
}

/* ---- ipv6header ---- */

/* In the order of iptables-save; its own names first. */
static const struct {
	unsigned int header;
	uint8_t number;
	const char *names; /* space-separated */
} headers[] = {
	{ TZ_HEADER_HOPOPTS, 0, "hop-by-hop hop hopopt HOPOPT" },
	{ TZ_HEADER_DSTOPTS, 60, "ipv6-opts dst IPv6-Opts" },
	{ TZ_HEADER_ROUTING, 43, "ipv6-route route IPv6-Route" },
	{ TZ_HEADER_FRAGMENT, 44, "ipv6-frag frag IPv6-Frag" },
	{ TZ_HEADER_AUTH, 51, "ah auth IPSEC-AH" },
	{ TZ_HEADER_ESP, 50, "esp IPSEC-ESP" },
	{ TZ_HEADER_NONE, 59, "ipv6-nonxt none IPv6-NoNxt" },
	{ TZ_HEADER_PROTO, 255, "protocol prot" },
};

static bool has_word(const char *words, const char *s, size_t len)
{
	for (; *words; words += strspn(words, " ")) {
		size_t n = strcspn(words, " ");

		if (n == len && !strncmp(words, s, len))
			return true;
		words += n;
	}
	return false;
}

bool tz_exthdr_headers(const char *s, unsigned int *found)
{
	unsigned int set = 0;

	for (;; s++) {
		const char *end = strchrnul(s, ',');
		uint64_t number = 256;
		size_t i = 0;

		tz_value_number(s, end, 255, &number);
		while (i < N(headers) && headers[i].number != number &&
		       !has_word(headers[i].names, s, (size_t)(end - s)))
			i++;
		if (i == N(headers))
			return false;
		set |= headers[i].header;
		s = end;
		if (!*end)
			break;
	}
	*found = set;
	return true;
}

unsigned int tz_exthdr_header_at(size_t i)
{
	return i < N(headers) ? headers[i].header : 0;
}

const char *tz_exthdr_header_name(unsigned int header)
{
	static const char *const names[] = {
		"hop-by-hop", "ipv6-opts", "ipv6-route", "ipv6-frag",
		"ah",         "esp",       "ipv6-nonxt", "protocol",
	};

	for (size_t i = 0; i < N(headers); i++)
		if (headers[i].header == header)
			return names[i];
	return "";
}

/* ---- mh ---- */

/* A beginning is enough; the first that fits is meant, but a whole name. */
static bool read_mobility(const char *s, const char *end, uint64_t *type)
{
	static const struct {
		const char *name;
		uint64_t type;
	} names[] = {
		{ "binding-refresh-request", 0 },
		{ "brr", 0 },
		{ "home-test-init", 1 },
		{ "hoti", 1 },
		{ "careof-test-init", 2 },
		{ "coti", 2 },
		{ "home-test", 3 },
		{ "hot", 3 },
		{ "careof-test", 4 },
		{ "cot", 4 },
		{ "binding-update", 5 },
		{ "bu", 5 },
		{ "binding-acknowledgement", 6 },
		{ "ba", 6 },
		{ "binding-error", 7 },
		{ "be", 7 },
	};
	size_t len = (size_t)(end - s), found = N(names);

	for (size_t i = 0; len && i < N(names); i++)
		if (!strncasecmp(names[i].name, s, len) &&
		    (found == N(names) || strlen(names[i].name) == len))
			found = i;
	if (found == N(names))
		return tz_value_number(s, end, 255, type);
	*type = names[found].type;
	return true;
}

bool tz_exthdr_mobility(const char *s, uint64_t *low, uint64_t *high)
{
	const char *colon = strchr(s, ':'), *end = s + strlen(s);
	uint64_t first = 0, last = 255;

	if (colon != s && !read_mobility(s, colon ? colon : end, &first))
		return false;
	if (!colon)
		last = first;
	else if (colon + 1 < end && !read_mobility(colon + 1, end, &last))
		return false;
	if (first > last)
		return false;
	*low = first;
	*high = last;
	return true;
}

bool tz_exthdr_segment(const char *s, tz_value *address, tz_value *mask)
{
	const char *slash = strchr(s, '/'), *end = s + strlen(s);
	tz_value value, bits = ~(tz_value)0;

	if (!tz_value_address(TZ_IPV6, s, slash ? slash : end, &value) ||
	    (slash && !tz_value_mask(TZ_IPV6, slash + 1, end, &bits)))
		return false;
	*address = value;
	*mask = bits;
	return true;
}

uint64_t tz_exthdr_number(const struct tz_sema_use *use, const char *option)
{
	const char *dash = strrchr(option, '-');
	size_t len = strlen(option);
	uint64_t number = 0;

	if (dash && (!strcmp(dash, "-eq") || !strcmp(dash, "-gt") ||
		     !strcmp(dash, "-lt")))
		len = (size_t)(dash - option) + 1;
	for (const struct tz_sema_option *o = use->options; o; o = o->next)
		if (!strncmp(o->meaning->name, option, len) &&
		    strlen(o->meaning->name) == strlen(option))
			number = o->number;
	return number;
}

/* ---- checks ---- */

enum kind { OPTIONS, ADDRESSES, HEADERS, MOBILITY, SEGMENT };

static const struct {
	const char *ext, *option;
	enum kind kind;
} rows[] = {
	{ "hbh", "hbh-opts", OPTIONS },    { "dst", "dst-opts", OPTIONS },
	{ "rt", "rt-0-addrs", ADDRESSES }, { "ipv6header", "header", HEADERS },
	{ "mh", "mh-type", MOBILITY },     { "srh", "srh-psid", SEGMENT },
	{ "srh", "srh-nsid", SEGMENT },    { "srh", "srh-lsid", SEGMENT },
};

/* NULL: iptables takes it; else what it should be. */
static const char *complaint(enum kind kind, const char *s)
{
	uint16_t options[TZ_EXTHDR_LIST_MAX];
	tz_value addresses[TZ_EXTHDR_LIST_MAX];
	unsigned int set;
	uint64_t low, high;
	size_t n;

	switch (kind) {
	case OPTIONS:
		return tz_exthdr_options(s, options, &n)
			       ? NULL
			       : "up to 16 options TYPE[:LENGTH]";
	case ADDRESSES:
		return tz_exthdr_addresses(s, addresses, &n)
			       ? NULL
			       : "up to 16 IPv6 addresses";
	case HEADERS:
		return tz_exthdr_headers(s, &set)
			       ? NULL
			       : "a list of hop, dst, route, frag, auth, esp, "
				 "none and prot";
	case MOBILITY:
		return tz_exthdr_mobility(s, &low, &high)
			       ? NULL
			       : "a type of mobility header, or a range";
	case SEGMENT:
		return tz_exthdr_segment(s, &addresses[0], &addresses[1])
			       ? NULL
			       : "an IPv6 address, with /MASK if need be";
	}
	return NULL;
}

bool tz_exthdr_check(struct tz_sema *sema, const struct tz_sema_use *use,
		     const struct tz_sema_option *option)
{
	for (size_t i = 0; i < N(rows); i++) {
		const char *text = option->args[0]->text, *wanted;

		if (strcmp(rows[i].ext, use->ext->name) != 0 ||
		    strcmp(rows[i].option, option->meaning->name) != 0)
			continue;
		wanted = complaint(rows[i].kind, text);
		if (!wanted)
			return true;
		tz_diag(sema->diags, TZ_DIAG_KEYWORD, option->args[0]->span,
			"--%s takes %s, not '%s'", option->row->name, wanted,
			text);
		return false;
	}
	return true;
}

/* The kernel reads the data of a routing header of type 0 only. */
bool tz_exthdr_check_use(struct tz_sema *sema, const struct tz_sema_use *use)
{
	const struct tz_sema_option *type = NULL;

	if (strcmp(use->ext->name, "rt") != 0)
		return true;
	for (const struct tz_sema_option *o = use->options; o; o = o->next) {
		if (strcmp(o->meaning->name, "rt-type") == 0)
			type = o;
		if (strncmp(o->meaning->name, "rt-0-", 5) != 0 ||
		    (type && !type->is_inverted && type->number == 0))
			continue;
		tz_diag(sema->diags, TZ_DIAG_MISSING_OPTION, o->span,
			"--%s needs --rt-type 0 before it", o->row->name);
		return false;
	}
	return true;
}
