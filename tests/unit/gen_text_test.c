/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Patterns of DNS names and signatures of p0f that are none: what is said, and
 * where; and signatures that no segment can have.
 */
#include "lower/dns.h"
#include "lower/p0f.h"
#include "tests/unit/gen_help.h"

static void names(void **state)
{
	static const struct {
		const char *pattern, *said;
	} cases[] = {
		{ "", "text:1:1: error: a name is missing; the root is '.'" },
		{ "a..b", "text:1:3: error: this label is empty" },
		{ ".a", "text:1:1: error: this label is empty" },
		{ "a.b*c*", "text:1:6: error: a label may have one '*'" },
		{ "**.a", "text:1:2: error: a label may have one '*'" },
		{ "a*{5-3}", "text:1:2: error: from 5 to 3 is nothing" },
		{ "a*{5", "text:1:2: error: a number of bytes is written" },
		{ "a*{64}", "text:1:4: error: 64 is out of range 0-63" },
		{ "a*{}", "text:1:4: error: a number from 0 to 63 is missing" },
		{ "*{0}", "text:1:1: error: a label has at least one byte" },
		{ "a*{63}", "text:1:1: error: this label has more than 63" },
		{ "ab\\", "text:1:3: error: nothing stands behind" },
		{ "ab\\25", "text:1:3: error: a byte by its number has three" },
		{ "ab\\256", "text:1:3: error: byte 256 is over 255" },
	};
	struct tz_arena *arena = tz_arena_new();
	char text[300] = "";
	struct tz_dns_name name;
	struct gen_text t;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		t = gen_text(arena, cases[i].pattern, strlen(cases[i].pattern));
		assert_false(tz_dns_parse(arena, t.diags, t.span, t.text, t.len,
					  &name));
		if (!strstr(gen_said(&t), cases[i].said) ||
		    !strstr(gen_said(&t), "[dns-name]"))
			fail_msg("%s: %s", cases[i].pattern, gen_said(&t));
	}
	memset(text, 'a', 64);
	t = gen_text(arena, text, 64);
	assert_false(
		tz_dns_parse(arena, t.diags, t.span, t.text, t.len, &name));
	for (size_t i = 0; i < 256; i++)
		text[i] = i % 2 ? '.' : 'a';
	/* 127 labels of one byte are 255 bytes with the root. */
	t = gen_text(arena, text, 254);
	assert_true(tz_dns_parse(arena, t.diags, t.span, t.text, t.len, &name));
	t = gen_text(arena, text, 255);
	assert_false(
		tz_dns_parse(arena, t.diags, t.span, t.text, t.len, &name));
	tz_arena_free(arena);
}

static void signatures(void **state)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{ "", "1:1: error: the version of IP is 4, 6 or *" },
		{ "5:64:0:*:*,*:::0", "1:1: error: the version of IP is 4" },
		{ "4", "1:1: error: a ':' must stand behind the version" },
		{ "4:0:0:*:*,*:::0", "1:3: error: 0 is out of range 1-255" },
		{ "4:256:0:*:*,*:::0", "1:3: error: 256 is out of range" },
		{ "4:64+?:0:*:*,*:::0", "1:6: error: the distance is not" },
		{ "4:250+9:0:*:*,*:::0", "1:3: error: 250+9 is over 255" },
		{ "4:64:x:*:*,*:::0", "1:6: error: a number from 0 to 255" },
		{ "4:64:0:70000:*,*:::0", "1:8: error: 70000 is out of range" },
		{ "4:64:0:*:mss*0,*:::0", "1:14: error: 0 is out of range 1" },
		{ "4:64:0:*:%1,*:::0", "1:11: error: 1 is out of range 2" },
		{ "4:64:0:*:5:*:::0", "1:11: error: a ',' must stand behind" },
		{ "4:64:0:*:5,*:mss,,ts::0", "1:18: error: no option of TCP" },
		{ "4:64:0:*:5,*:mssts::0", "1:17: error: a ',' must stand" },
		{ "4:64:0:*:5,*:eol::0", "1:17: error: behind eol stands" },
		{ "4:64:0:*:5,*:eol+1,nop::0", "1:19: error: eol is the last" },
		{ "4:64:0:*:5,*:?300::0", "1:15: error: 300 is out of range" },
		{ "4:64:0:*:5,*::df,di:0", "1:18: error: no quirk; they are" },
		{ "4:64:0:*:5,*::flow:0", "1:15: error: 'flow' is not valid" },
		{ "6:64:0:*:5,*::id+:0", "1:15: error: 'id+' is not valid" },
		{ "4:64:0:*:5,*:::x", "1:16: error: the payload is 0, + or *" },
		{ "4:64:0:*:5,*:::0:", "1:17: error: nothing stands behind" },
	};
	struct tz_arena *arena = tz_arena_new();
	struct tz_p0f p;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct gen_text t =
			gen_text(arena, cases[i].text, strlen(cases[i].text));

		assert_false(tz_p0f_parse(arena, t.diags, t.span, t.text, t.len,
					  &p));
		if (!strstr(gen_said(&t), cases[i].said) ||
		    !strstr(gen_said(&t), "[p0f-signature]"))
			fail_msg("%s: %s", cases[i].text, gen_said(&t));
	}
	tz_arena_free(arena);
}

/* What no segment can show is known to be nothing. */
static void impossible(void **state)
{
	static const char *const texts[] = {
		"4:64:0:*:5,*::id+:0",
		"4:64:0:*:5,*::df,id-:0",
		"4:64:0:*:5,*::ack-:0",
		"4:64:0:*:5,*::urgf+,uptr+:0",
		"4:64:0:1400:5,*:::0",
		"4:64:0:*:5,7:::0",
		"4:64:0:*:mss*3,*:::0",
		"4:64:0:*:5,*:mss,nop::0",
		"4:64:0:*:5,*:mss:opt+:0",
		"4:64:0:*:5,*:mss:ts1-:0",
		"4:64:0:*:5,*:mss:exws:0",
		"4:64:3:*:5,*:::0",
		"4:64:0:*:5,*:?0,mss,eol+2::0",
		"4:64:0:*:5,*::bad:0",
		"4:64:0:*:5,*:ts,ts,ts,ts,ts::0",
		"4:64:0:*:5,*:ws,eol+0:exws,opt+:0",
	};

	struct tz_arena *arena = tz_arena_new();
	struct tz_p0f_options options = { .link = TZ_LINK_EN10MB };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct gen_text t = gen_text(arena, texts[i], strlen(texts[i]));
		struct tz_p0f p;

		if (!tz_p0f_parse(arena, t.diags, t.span, t.text, t.len, &p))
			fail_msg("%s", gen_said(&t));
		if (tz_p0f_lower(arena, &p, &options)->root != TZ_FLOW_REJECT)
			fail_msg("%s may match", texts[i]);
	}
	tz_arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(signatures),
		cmocka_unit_test(impossible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
