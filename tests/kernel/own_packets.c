/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `own_packets DIRECTORY` writes what tests/kernel/own.sh looks at: `capture`,
 * packets of DNS and of TCP that opens connections; `v4` and `v6`, rules of dns
 * and p0f that drop some of them; `expected`, for each packet the number of the
 * rule that drops it, 0 for none, as the tests' own readings have it
 * (p0f_help.c; names are written out here).
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/p0f_systems.h"

#define RULES_OF_DNS 2

struct out {
	FILE *capture, *expected;
	struct tz_p0f signatures[P0F_SYSTEMS];
};

static FILE *create(const char *directory, const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "we");
	if (!file) {
		perror(path);
		exit(1);
	}
	return file;
}

static void put32(FILE *file, uint32_t value)
{
	fwrite(&value, sizeof(value), 1, file);
}

/* pcap, in the byte order of the host: pcap-savefile(5). */
static void put_packet(struct out *out, struct gen_packet *packet,
		       size_t expected)
{
	static const uint8_t macs[12] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9 };

	memcpy(packet->bytes, macs, sizeof(macs));
	/* From one address to another. */
	if (packet->bytes[12] == 0x08) {
		memcpy(packet->bytes + GEN_ETH + 12, "\x0a\0\0\1\x0a\0\0\2", 8);
	} else {
		packet->bytes[GEN_ETH + 8] = 0x20;
		packet->bytes[GEN_ETH + 24] = 0x20;
	}
	gen_fix(packet);
	put32(out->capture, 1000000000);
	put32(out->capture, 0);
	put32(out->capture, (uint32_t)packet->len);
	put32(out->capture, (uint32_t)packet->len);
	fwrite(packet->bytes, packet->len, 1, out->capture);
	fprintf(out->expected, "%zu\n", expected);
}

static void put_head(FILE *file)
{
	put32(file, 0xa1b2c3d4);
	put32(file, 2 | 4 << 16);
	put32(file, 0);
	put32(file, 0);
	put32(file, 65535);
	put32(file, 1);
}

/* The rules of one family; the first ones are of DNS. */
static void put_rules(FILE *file, bool is_ipv6)
{
	fputs("*raw\n:PREROUTING ACCEPT [0:0]\n"
	      "-A PREROUTING -p udp -m dns --qname *.example.com "
	      "--qname ex*{3-8}.test --icase -j DROP\n"
	      "-A PREROUTING -p udp -m dns --not-valid -j DROP\n",
	      file);
	for (size_t i = 0; i < P0F_SYSTEMS; i++)
		fprintf(file, "-A PREROUTING -p tcp -m p0f --sig %s -j DROP\n",
			p0f_systems[i].signature);
	/* An address tells the family of the file. */
	fprintf(file, "-A PREROUTING -s %s -j ACCEPT\nCOMMIT\n",
		is_ipv6 ? "2001:db8::/32" : "192.0.2.0/24");
	fclose(file);
}

static void put_queries(struct out *out)
{
	static const struct {
		const char *name; /* with the lengths of labels */
		size_t expected;
		bool is_reply;
	} names[] = {
		{ "\3www\7example\3com", 1, false },
		{ "\1x\7eXaMpLe\3cOm", 1, false },
		{ "\7example\3com", 0, false },
		{ "\3www\3www\7example\3com", 0, false },
		{ "\5exabc\4test", 1, false },
		{ "\4exab\4test", 0, false },
		{ "\4exab\4test", 2, true },
		{ "\5exabc\4test", 1, true },
		{ "\x40@", 2, false },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names) * 4; i++) {
		const char *name = names[i / 4].name;
		size_t len = strlen(name) + 1, expected = names[i / 4].expected;
		uint8_t m[128] = { 0x12, 0x34, 1, 0, 0, 1 };
		struct gen_ip ip = { .is_ipv6 = i & 1, .protocol = 17 };
		struct gen_packet p;

		m[2] = names[i / 4].is_reply ? 0x85 : 1;
		memcpy(m + 12, name, len);
		memcpy(m + 12 + len, "\0\1\0\1", 4);
		/* Behind options and extension headers, the other half. */
		if (i & 2) {
			ip.option_words = 2;
			ip.n_headers = 2;
			ip.headers[1] = 60;
		}
		p = gen_udp(&ip, 53, m, 16 + len);
		put_packet(out, &p, expected);
		p = gen_udp(&ip, 54, m, 16 + len);
		put_packet(out, &p, 0);
		p = gen_udp(&ip, 53, m, 14 + len);
		put_packet(out, &p, 2);
	}
}

static size_t rule_of(const struct out *out, const struct gen_packet *packet)
{
	struct p0f_seen seen;

	if (!p0f_see(packet, &seen) || seen.is_reply)
		return 0;
	for (size_t i = 0; i < P0F_SYSTEMS; i++)
		if (p0f_fits(&out->signatures[i], &seen))
			return RULES_OF_DNS + i + 1;
	return 0;
}

static void put_segments(struct out *out)
{
	for (size_t i = 0; i < P0F_SYSTEMS; i++)
		for (int a = -1; a < P0F_TOGGLES; a++)
			for (int b = a; b < P0F_TOGGLES; b++) {
				struct p0f_segment s = p0f_systems[i].segment;
				struct gen_packet p;

				p0f_toggle(&s, a);
				if (b != a)
					p0f_toggle(&s, b);
				p = p0f_packet(&s);
				put_packet(out, &p, rule_of(out, &p));
			}
}

int main(int argc, char **argv)
{
	struct tz_arena *arena = tz_arena_new();
	struct out out = { 0 };

	if (argc != 2)
		return 2;
	for (size_t i = 0; i < P0F_SYSTEMS; i++) {
		const char *text = p0f_systems[i].signature;
		struct gen_text t = gen_text(arena, text, strlen(text));

		if (!tz_p0f_parse(arena, t.diags, t.span, t.text, t.len,
				  &out.signatures[i]))
			return 1;
	}
	out.capture = create(argv[1], "capture");
	out.expected = create(argv[1], "expected");
	put_head(out.capture);
	put_queries(&out);
	put_segments(&out);
	put_rules(create(argv[1], "v4"), false);
	put_rules(create(argv[1], "v6"), true);
	fclose(out.capture);
	fclose(out.expected);
	tz_arena_free(arena);
	return 0;
}
