/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long generated programs are: no longer than issue 4 asks for (13 for a
 * name behind `-p udp --dport 53`, 45 for the SYN of Linux), and what must fit
 * in a rule of iptables does.
 */
#include "lower/dns.h"
#include "lower/p0f.h"
#include "tests/unit/gen_help.h"

static size_t size_of(struct tz_arena *arena, const struct tz_flow *flow,
		      enum tz_link link)
{
	return gen_filter(arena, flow, link).program.n;
}

static size_t size_of_name(const char *pattern,
			   const struct tz_dns_options *options)
{
	struct tz_arena *arena = tz_arena_new();
	struct gen_text t = gen_text(arena, pattern, strlen(pattern));
	struct tz_dns_name name;
	size_t n;

	assert_true(tz_dns_parse(arena, t.diags, t.span, t.text, t.len, &name));
	n = size_of(arena, tz_dns_lower(arena, &name, 1, options),
		    options->link);
	tz_arena_free(arena);
	return n;
}

static void names(void **state)
{
	struct tz_dns_options options = {
		.link = TZ_LINK_RAW,
		.ipv4 = true,
		.is_bare = true,
		.port = TZ_DNS_PORT,
		.n_headers = 4,
	};

	(void)state;
	assert_in_range(size_of_name("example.com", &options), 1, 13);
	assert_in_range(size_of_name("*.example.com", &options), 1, 18);
	options.is_bare = false;
	assert_in_range(size_of_name("example.com", &options), 1, 21);
	options.link = TZ_LINK_IPV4;
	options.ignores_case = true;
	assert_in_range(size_of_name("*.example.com", &options), 1, 30);
	options = (struct tz_dns_options){
		.link = TZ_LINK_IPV6,
		.ipv6 = true,
		.port = TZ_DNS_PORT,
		.n_headers = 2,
	};
	assert_in_range(size_of_name("example.com", &options), 1, 64);
	options.n_headers = 0;
	assert_in_range(size_of_name("example.com", &options), 1, 20);
}

static size_t size_of_signature(const char *text, enum tz_link link)
{
	struct tz_arena *arena = tz_arena_new();
	struct gen_text t = gen_text(arena, text, strlen(text));
	struct tz_p0f_options options = { .link = link };
	struct tz_p0f p;
	size_t n;

	assert_true(tz_p0f_parse(arena, t.diags, t.span, t.text, t.len, &p));
	n = size_of(arena, tz_p0f_lower(arena, &p, &options), link);
	tz_arena_free(arena);
	return n;
}

#define LINUX "64:0:*:mss*10,6:mss,sok,ts,nop,ws:df,id+:0"

static void signatures(void **state)
{
	(void)state;
	assert_in_range(size_of_signature("4:" LINUX, TZ_LINK_RAW), 1, 45);
	assert_in_range(size_of_signature("4:" LINUX, TZ_LINK_EN10MB), 1, 45);
	assert_in_range(size_of_signature("*:" LINUX, TZ_LINK_IPV4), 1, 45);
	assert_in_range(size_of_signature("*:" LINUX, TZ_LINK_IPV6), 1, 45);
}

/* Two labels in a rule of iptables, all of them elsewhere. */
static void queries(void **state)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_dns_options options = {
		.link = TZ_LINK_RAW,
		.ipv4 = true,
		.is_bare = true,
	};

	(void)state;
	assert_in_range(size_of(arena,
				tz_dns_lower_valid(arena, 2, true, &options),
				options.link),
			1, TZ_CBPF_XT_MAX);
	assert_in_range(size_of(arena,
				tz_dns_lower_valid(arena, TZ_DNS_LABELS_MAX,
						   true, &options),
				options.link),
			1, TZ_CBPF_MAX);
	tz_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(signatures),
		cmocka_unit_test(queries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
