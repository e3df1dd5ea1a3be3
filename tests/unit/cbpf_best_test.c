/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many instructions of classic BPF expressions take: what was won is not to
 * be lost. What libpcap 1.10.3 makes of them stands beside it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "backend/cbpf/best.h"
#include "lower/pcap.h"

static bool compile(struct tz_arena *arena, const char *expression,
		    unsigned int max_insns, struct tz_cbpf *program,
		    size_t *needed)
{
	const struct tz_pcap_options options = { .link = TZ_LINK_EN10MB };
	struct tz_sources *sources = tz_sources_new(arena);
	const struct tz_source *source = tz_sources_add(
		sources, "expression", expression, strlen(expression));
	struct tz_span span = { source->base,
				source->base + (uint32_t)source->len };
	struct tz_flow *flow =
		tz_pcap_lower(arena, tz_diags_new(arena, sources), span,
			      source->text, source->len, &options);

	assert_non_null(flow);
	return tz_cbpf_best(arena, flow, max_insns, program, needed);
}

static void expressions_stay_short(void **state)
{
	static const struct {
		const char *expression;
		size_t most, libpcap;
	} rows[] = {
		/* Both families of addresses share the tests of ports, ... */
		{ "port 53", 19, 24 },
		{ "portrange 10-20", 21, 27 },
		{ "udp port 53", 17, 20 },
		{ "vlan and port 53", 23, 28 },
		{ "not udp port 53", 17, 20 },
		/* ... which are loaded once for a list of them. */
		{ "port 53 or port 80 or port 443", 23, 30 },
		{ "tcp and (port 80 or port 443 or port 22)", 21, 26 },
		{ "src host 1.2.3.4 and dst port (80 or 443 or 8080)", 17, 17 },
		{ "host 1.2.3.4 or host 1.2.3.5", 17, 17 },
		/* A test that all ways have made is made once. */
		{ "tcp port 80 and (((ip[2:2] - ((ip[0] & 0xf) << 2)) - "
		  "((tcp[12] & 0xf0) >> 2)) != 0)",
		  22, 30 },
		{ "geneve and geneve", 67, 124 },
		{ "ip6 multicast", 6, 6 },
		{ "udp and dst port 53 and udp[10:2] & 0x8000 = 0", 13, 13 },
	};
	bool is_worse = false;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tz_arena *arena = tz_arena_new();
		struct tz_cbpf program;

		assert_true(compile(arena, rows[i].expression, TZ_CBPF_MAX,
				    &program, NULL));
		if (program.n > rows[i].most)
			printf("%s: %zu instructions, once %zu\n",
			       rows[i].expression, program.n, rows[i].most);
		is_worse |= program.n > rows[i].most;
		assert_in_range(rows[i].most, 1, rows[i].libpcap);
		tz_arena_free(arena);
	}
	assert_false(is_worse);
}

static void ports_are_tested_once(void **state)
{
	struct tz_arena *arena = tz_arena_new();
	struct tz_buf text = { 0 };
	struct tz_cbpf program;

	(void)state;
	assert_true(compile(arena, "port 53", TZ_CBPF_MAX, &program, NULL));
	tz_cbpf_print(&program, TZ_CBPF_ASM, &text);
	assert_string_equal(text.text, "\tldh [12]\n"
				       "\tjneq #0x800, L7\n"
				       "\tldh [20]\n"
				       "\tjset #0x1fff, L18\n"
				       "\tldxb 4*([14]&0xf)\n"
				       "\tldb [23]\n"
				       "\tjmp L10\n"
				       "L7:\tjneq #0x86dd, L18\n"
				       "\tldx #0x28\n"
				       "\tldb [20]\n"
				       "L10:\tjeq #0x6, L13\n"
				       "\tjeq #0x11, L13\n"
				       "\tjneq #0x84, L18\n"
				       "L13:\tldh [x + 14]\n"
				       "\tjeq #0x35, L17\n"
				       "\tldh [x + 16]\n"
				       "\tjneq #0x35, L18\n"
				       "L17:\tret #0xffffffff\n"
				       "L18:\tret #0\n");
	tz_buf_free(&text);
	tz_arena_free(arena);
}

/* A list of @n ports; the caller's room is large enough. */
static void list_ports(char *text, size_t size, unsigned int n)
{
	size_t len = 0;

	for (unsigned int i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, size - len, "%sport %u",
					i ? " or " : "", 7 * i + 1);
}

static void long_lists_are_written_soon_and_short(void **state)
{
	char text[20000];
	struct tz_arena *arena = tz_arena_new();
	struct tz_cbpf program;

	(void)state;
	list_ports(text, sizeof(text), 1000);
	assert_true(compile(arena, text, TZ_CBPF_MAX, &program, NULL));
	/* A port takes three instructions, and far jumps some. */
	assert_in_range(program.n, 2000, 3050);
	tz_arena_free(arena);
}

static void what_does_not_fit_is_counted(void **state)
{
	char text[2000];
	struct tz_arena *arena = tz_arena_new();
	struct tz_cbpf program = { 0 };
	size_t needed = 0;

	(void)state;
	list_ports(text, sizeof(text), 28);
	assert_false(compile(arena, text, TZ_CBPF_XT_MAX, &program, &needed));
	assert_null(program.insns);
	assert_true(compile(arena, text, (unsigned int)needed, &program, NULL));
	assert_int_equal(program.n, needed);
	tz_arena_free(arena);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(expressions_stay_short),
		cmocka_unit_test(ports_are_tested_once),
		cmocka_unit_test(long_lists_are_written_soon_and_short),
		cmocka_unit_test(what_does_not_fit_is_counted),
	};

	return cmocka_run_group_tests_name("cbpf_best", tests, NULL, NULL);
}
