/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Matches on IPv6 extension headers as iptables-save 1.8.9 prints them: the
 * options in its order, numbers decimal, ranges that hold all left out.
 */
#include <inttypes.h>
#include <string.h>

#include <tamiz/exthdr.h>

#include "sema/exthdr.h"
#include "sema/text.h"
#include "sema/value.h"

enum style {
	FLAG,
	NUMBER,
	RANGE,
	OPTIONS,
	ADDRESSES,
	HEADERS,
	MOBILITY,
	SEGMENT
};

static const struct {
	const char *ext, *option;
	enum style style;
} rows[] = {
	{ "frag", "fragid", RANGE },
	{ "frag", "fraglen", NUMBER },
	{ "frag", "fragres", FLAG },
	{ "frag", "fragfirst", FLAG },
	{ "frag", "fragmore", FLAG },
	{ "frag", "fraglast", FLAG },
	{ "hbh", "hbh-len", NUMBER },
	{ "hbh", "hbh-opts", OPTIONS },
	{ "dst", "dst-len", NUMBER },
	{ "dst", "dst-opts", OPTIONS },
	{ "rt", "rt-type", NUMBER },
	{ "rt", "rt-segsleft", RANGE },
	{ "rt", "rt-len", NUMBER },
	{ "rt", "rt-0-res", FLAG },
	{ "rt", "rt-0-addrs", ADDRESSES },
	{ "rt", "rt-0-not-strict", FLAG },
	{ "ah", "ahspi", RANGE },
	{ "ah", "ahlen", NUMBER },
	{ "ah", "ahres", FLAG },
	{ "ipv6header", "header", HEADERS },
	{ "ipv6header", "soft", FLAG },
	{ "mh", "mh-type", MOBILITY },
	{ "srh", "srh-next-hdr", NUMBER },
	{ "srh", "srh-hdr-len-eq", NUMBER },
	{ "srh", "srh-hdr-len-gt", NUMBER },
	{ "srh", "srh-hdr-len-lt", NUMBER },
	{ "srh", "srh-segs-left-eq", NUMBER },
	{ "srh", "srh-segs-left-gt", NUMBER },
	{ "srh", "srh-segs-left-lt", NUMBER },
	{ "srh", "srh-last-entry-eq", NUMBER },
	{ "srh", "srh-last-entry-gt", NUMBER },
	{ "srh", "srh-last-entry-lt", NUMBER },
	{ "srh", "srh-tag", NUMBER },
	{ "srh", "srh-psid", SEGMENT },
	{ "srh", "srh-nsid", SEGMENT },
	{ "srh", "srh-lsid", SEGMENT },
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static void print_range(struct tz_printer *p, uint64_t low, uint64_t high)
{
	tz_buf_printf(&p->out, " %" PRIu64, low);
	if (low != high)
		tz_buf_printf(&p->out, ":%" PRIu64, high);
}

static void print_list(struct tz_printer *p, const char *s)
{
	uint16_t list[TZ_EXTHDR_LIST_MAX];
	size_t n = 0;

	tz_exthdr_options(s, list, &n);
	for (size_t i = 0; i < n; i++) {
		tz_buf_printf(&p->out, i ? ",%u" : " %u", list[i] >> 8);
		if ((list[i] & 0xff) != TZ_OPTION_ANY_LEN)
			tz_buf_printf(&p->out, ":%u", list[i] & 0xff);
	}
}

static void print_addresses(struct tz_printer *p, const char *s)
{
	tz_value list[TZ_EXTHDR_LIST_MAX];
	size_t n = 0;

	tz_exthdr_addresses(s, list, &n);
	for (size_t i = 0; i < n; i++)
		tz_buf_printf(&p->out, i ? ",%s" : " %s",
			      tz_value_address_text(p->sema->arena, TZ_IPV6,
						    list[i]));
}

static void print_headers(struct tz_printer *p, const char *s)
{
	unsigned int set = 0, header;
	const char *separator = " ";

	tz_exthdr_headers(s, &set);
	for (size_t i = 0; (header = tz_exthdr_header_at(i)); i++) {
		if (!(set & header))
			continue;
		tz_buf_printf(&p->out, "%s%s", separator,
			      tz_exthdr_header_name(header));
		separator = ",";
	}
}

static void print_segment(struct tz_printer *p, const char *s)
{
	tz_value address = 0, mask = 0;

	tz_exthdr_segment(s, &address, &mask);
	tz_buf_printf(&p->out, " %s/",
		      tz_value_address_text(p->sema->arena, TZ_IPV6, address));

	unsigned int prefix = 0;

	while (prefix < 128 && mask >> (127 - prefix) & 1)
		prefix++;
	if (prefix == 128 || !(mask << prefix))
		tz_buf_printf(&p->out, "%u", prefix);
	else
		tz_buf_puts(&p->out, tz_value_address_text(p->sema->arena,
							   TZ_IPV6, mask));
}

/* Whether the option tests nothing; one that is negated is not lost here. */
static bool is_idle(enum style style, const char *ext,
		    const struct tz_sema_option *o)
{
	const char *s = o->args[0] ? o->args[0]->text : "";
	uint64_t low = 1, high = 0;

	if (o->is_inverted)
		return false;
	if (style == RANGE)
		return tz_exthdr_range(s, UINT32_MAX, &low, &high) && !low &&
		       high == UINT32_MAX;
	if (style == MOBILITY)
		return tz_exthdr_mobility(s, &low, &high) && !low &&
		       high == 255;
	return style == NUMBER && !strcmp(ext, "ah") && !o->number;
}

static void print_argument(struct tz_printer *p, enum style style,
			   const struct tz_sema_option *o, uint64_t number)
{
	const char *s = o->args[0] ? o->args[0]->text : "";
	uint64_t low = 0, high = 0;

	switch (style) {
	case FLAG:
		return;
	case NUMBER:
		tz_buf_printf(&p->out, " %" PRIu64, number);
		return;
	case RANGE:
		tz_exthdr_range(s, UINT32_MAX, &low, &high);
		print_range(p, low, high);
		return;
	case MOBILITY:
		tz_exthdr_mobility(s, &low, &high);
		print_range(p, low, high);
		return;
	case OPTIONS:
		print_list(p, s);
		return;
	case ADDRESSES:
		print_addresses(p, s);
		return;
	case HEADERS:
		print_headers(p, s);
		return;
	case SEGMENT:
		print_segment(p, s);
		return;
	}
}

bool tz_text_exthdr(struct tz_printer *p, const struct tz_sema_use *use)
{
	bool is_known = false;

	for (size_t i = 0; i < N_ROWS; i++) {
		const struct tz_sema_option *o;

		if (strcmp(rows[i].ext, use->ext->name) != 0)
			continue;
		is_known = true;
		o = tz_sema_option(use, rows[i].option);
		if (!o || is_idle(rows[i].style, rows[i].ext, o))
			continue;
		tz_text_bang(p, o);
		tz_buf_printf(&p->out, " --%s", rows[i].option);
		print_argument(p, rows[i].style, o,
			       tz_exthdr_number(use, rows[i].option));
	}
	return is_known;
}
