/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every use of a match on IPv6 extension headers is one test, with the
 * arguments that model/test.def and tamiz/exthdr.h name.
 */
#include "lower/match_ext6.h"

#include <string.h>

#include <tamiz/exthdr.h>

#include "base/vec.h"
#include "sema/exthdr.h"

struct args {
	TZ_VEC(uint64_t) list;
	struct tz_arena *arena;
	const struct tz_sema_use *use;
	enum tz_test_id id;
};

static void add(struct args *a, uint64_t arg)
{
	tz_vec_push(a->arena, &a->list, arg);
}

static const struct tz_sema_option *given(const struct args *a,
					  const char *option)
{
	return tz_sema_option(a->use, option);
}

/* @flag if the option is given, with '!' @inverted too. */
static uint64_t flag(const struct args *a, const char *option, uint64_t flag,
		     uint64_t inverted)
{
	const struct tz_sema_option *o = given(a, option);

	if (!o)
		return 0;
	return flag | (o->is_inverted ? inverted : 0);
}

/* Both ends of a range option; all there is when it is not given. */
static void add_range(struct args *a, const char *option)
{
	const struct tz_sema_option *o = given(a, option);
	uint64_t low = 0, high = UINT32_MAX;

	if (o)
		tz_exthdr_range(o->args[0]->text, UINT32_MAX, &low, &high);
	add(a, low);
	add(a, high);
}

/* `--fraglen` is taken and tested by nobody (ip6t_frag.c). */
static void frag(struct args *a)
{
	a->id = TZ_TEST_FRAG;
	add_range(a, "fragid");
	add(a, flag(a, "fragid", 0, TZ_FRAG_NOT_ID) |
		       flag(a, "fragres", TZ_FRAG_RES, 0) |
		       flag(a, "fragfirst", TZ_FRAG_FIRST, 0) |
		       flag(a, "fragmore", TZ_FRAG_MORE, 0) |
		       flag(a, "fraglast", TZ_FRAG_LAST, 0));
}

static void options(struct args *a, uint64_t number, const char *len,
		    const char *list)
{
	const struct tz_sema_option *o = given(a, list);
	uint16_t options[TZ_EXTHDR_LIST_MAX];
	size_t n = 0;

	a->id = TZ_TEST_OPTIONS;
	if (o)
		tz_exthdr_options(o->args[0]->text, options, &n);
	add(a, number);
	add(a, flag(a, len, TZ_OPTIONS_LEN, TZ_OPTIONS_NOT_LEN));
	add(a, tz_exthdr_number(a->use, len));
	add(a, n);
	for (size_t i = 0; i < n; i++)
		add(a, options[i]);
}

static void hbh(struct args *a)
{
	options(a, 0, "hbh-len", "hbh-opts");
}

static void dst(struct args *a)
{
	options(a, 60, "dst-len", "dst-opts");
}

static void add_address(struct args *a, tz_value address)
{
	add(a, (uint64_t)(address >> 64));
	add(a, (uint64_t)address);
}

static void rt(struct args *a)
{
	const struct tz_sema_option *o = given(a, "rt-0-addrs");
	tz_value addresses[TZ_EXTHDR_LIST_MAX];
	size_t n = 0;

	a->id = TZ_TEST_RT;
	if (o)
		tz_exthdr_addresses(o->args[0]->text, addresses, &n);
	add_range(a, "rt-segsleft");
	add(a, flag(a, "rt-type", TZ_RT_TYPE, TZ_RT_NOT_TYPE) |
		       flag(a, "rt-len", TZ_RT_LEN, TZ_RT_NOT_LEN) |
		       flag(a, "rt-segsleft", 0, TZ_RT_NOT_SEGMENTS) |
		       flag(a, "rt-0-res", TZ_RT_RES, 0) |
		       (n ? TZ_RT_ADDRESSES : 0) |
		       flag(a, "rt-0-not-strict", TZ_RT_AMONG, 0));
	add(a, tz_exthdr_number(a->use, "rt-type"));
	add(a, tz_exthdr_number(a->use, "rt-len"));
	for (size_t i = 0; i < n; i++)
		add_address(a, addresses[i]);
}

static void ah(struct args *a)
{
	a->id = TZ_TEST_AH6;
	add_range(a, "ahspi");
	add(a, flag(a, "ahspi", 0, TZ_AH_NOT_SPI) |
		       flag(a, "ahlen", 0, TZ_AH_NOT_LEN) |
		       flag(a, "ahres", TZ_AH_RES, 0));
	add(a, tz_exthdr_number(a->use, "ahlen"));
}

static void ipv6header(struct args *a)
{
	const struct tz_sema_option *o = given(a, "header");
	unsigned int headers = 0;

	a->id = TZ_TEST_IPV6HEADER;
	tz_exthdr_headers(o->args[0]->text, &headers);
	add(a, headers);
	add(a, o->is_inverted);
	add(a, given(a, "soft") != NULL);
}

static void mh(struct args *a)
{
	const struct tz_sema_option *o = given(a, "mh-type");
	uint64_t low = 0, high = 255;

	a->id = TZ_TEST_MH;
	if (o)
		tz_exthdr_mobility(o->args[0]->text, &low, &high);
	add(a, low);
	add(a, high);
	add(a, o && o->is_inverted);
}

static void add_segment(struct args *a, const char *option)
{
	const struct tz_sema_option *o = given(a, option);
	tz_value address = 0, mask = 0;

	if (o)
		tz_exthdr_segment(o->args[0]->text, &address, &mask);
	add_address(a, address);
	add_address(a, mask);
}

static void srh(struct args *a)
{
	static const struct {
		const char *option;
		uint64_t bit;
	} rows[] = {
		{ "srh-next-hdr", TZ_SRH_NEXT },
		{ "srh-hdr-len-eq", TZ_SRH_LEN_EQ },
		{ "srh-hdr-len-gt", TZ_SRH_LEN_GT },
		{ "srh-hdr-len-lt", TZ_SRH_LEN_LT },
		{ "srh-segs-left-eq", TZ_SRH_SEGS_EQ },
		{ "srh-segs-left-gt", TZ_SRH_SEGS_GT },
		{ "srh-segs-left-lt", TZ_SRH_SEGS_LT },
		{ "srh-last-entry-eq", TZ_SRH_LAST_EQ },
		{ "srh-last-entry-gt", TZ_SRH_LAST_GT },
		{ "srh-last-entry-lt", TZ_SRH_LAST_LT },
		{ "srh-tag", TZ_SRH_TAG },
		{ "srh-psid", TZ_SRH_PSID },
		{ "srh-nsid", TZ_SRH_NSID },
		{ "srh-lsid", TZ_SRH_LSID },
	};
	uint64_t bits = 0;

	a->id = TZ_TEST_SRH;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		bits |= flag(a, rows[i].option, rows[i].bit,
			     rows[i].bit << TZ_SRH_NOT);
	add(a, bits);
	add(a, tz_exthdr_number(a->use, "srh-next-hdr"));
	add(a, tz_exthdr_number(a->use, "srh-hdr-len-eq"));
	add(a, tz_exthdr_number(a->use, "srh-segs-left-eq"));
	add(a, tz_exthdr_number(a->use, "srh-last-entry-eq"));
	add(a, tz_exthdr_number(a->use, "srh-tag"));
	add_segment(a, "srh-psid");
	add_segment(a, "srh-nsid");
	add_segment(a, "srh-lsid");
}

static void eui64(struct args *a)
{
	a->id = TZ_TEST_EUI64;
}

bool tz_lower_ext6(struct tz_arena *arena, const struct tz_sema_use *use,
		   struct tz_test *test)
{
	static const struct {
		const char *ext;
		void (*lower)(struct args *a);
	} rows[] = {
		{ "frag", frag }, { "hbh", hbh }, { "dst", dst },
		{ "rt", rt },     { "ah", ah },   { "ipv6header", ipv6header },
		{ "mh", mh },     { "srh", srh }, { "eui64", eui64 },
	};
	struct args a = { .arena = arena, .use = use };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(rows[i].ext, use->ext->name) != 0 ||
		    use->ext->families != TZ_FOR_6)
			continue;
		rows[i].lower(&a);
		*test = (struct tz_test){
			.id = a.id,
			.n_args = a.list.n,
			.args = a.list.at,
		};
		return true;
	}
	return false;
}
