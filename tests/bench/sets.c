/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `make bench-sets`: what a rule that asks a set of a million members costs,
 * beside the same rule with one address, over packets of many sources; and how
 * long the members take to be read and put into the map, and all of it, with
 * clang and the verifier, by the clock.
 */
#include "bench.h"

#include <err.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/lab.h"

enum { MEMBERS = 1000000, FRAMES = 500 };

#define RULES(match)                                                        \
	"*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING " match " -j DROP\n" \
	"COMMIT\n"

/* Addresses of 32.0.0.0/3 and behind, spread: every odd one is a member. */
static uint32_t address(uint32_t i)
{
	return 0x20000000u + i * 1181u % 0x40000000u;
}

static char *make_set(const char *type, bool is_net)
{
	size_t len = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		err(3, "memory");
	fprintf(out, "create s hash:%s maxelem %d\n", type, MEMBERS);
	for (uint32_t i = 0; i < MEMBERS; i++) {
		uint32_t a = address(2 * i + 1);
		unsigned int bits = is_net ? 24 + i % 8 : 32;

		if (is_net)
			a &= ~0u << (32 - bits);
		fprintf(out, "add s %u.%u.%u.%u", a >> 24, a >> 16 & 255,
			a >> 8 & 255, a & 255);
		fprintf(out, bits < 32 ? "/%u\n" : "\n", bits);
	}
	fclose(out);
	return text;
}

/* Every member, or what is none of an address set. */
static struct bench_frames make_frames(bool are_members)
{
	struct bench_frames frames = { calloc(FRAMES, sizeof(struct tz_frame)),
				       FRAMES };

	if (!frames.frame)
		err(3, "memory");
	for (uint32_t i = 0; i < FRAMES; i++) {
		uint32_t a = address(2 * (i * 1999) + are_members);
		char src[32];
		struct tz_frame_spec spec = { .src = src,
					      .dst = "198.51.100.1",
					      .protocol = IPPROTO_UDP,
					      .sport = 4000,
					      .dport = 9,
					      .payload_len = 18 };

		snprintf(src, sizeof(src), "%u.%u.%u.%u", a >> 24,
			 a >> 16 & 255, a >> 8 & 255, a & 255);
		memcpy(spec.src_mac, tz_lab_sender_mac, 6);
		memcpy(spec.dst_mac, tz_lab_mac, 6);
		tz_frame_build(&frames.frame[i], &spec);
	}
	return frames;
}

static double wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static struct tamiz_program *load(const char *rules, const char *sets)
{
	struct tamiz_options options = { .standalone = true,
					 .ifname = BENCH_DEV };
	struct tamiz_device device = { 0 };
	struct tamiz_message message = { 0 };
	struct tamiz_object object = { 0 };
	struct tamiz_program *program = NULL;
	struct tamiz *tamiz = tamiz_new();
	double began = bench_now_ns(), began_wall = wall_ns(), read, loaded;
	const char *text;
	size_t len;

	memcpy(device.mac, tz_lab_mac, sizeof(device.mac));
	if (!tamiz || tamiz_add_text(tamiz, "rules", rules, strlen(rules)) ||
	    (sets && tamiz_add_text(tamiz, "sets", sets, strlen(sets))) ||
	    tamiz_compile(tamiz, &options))
		errx(3, "rules do not compile");
	read = bench_now_ns();
	text = tamiz_emit(tamiz, TAMIZ_EMIT_C, &len);
	if (tamiz_build(text, len, NULL, &object, &message) ||
	    tamiz_load(&object, text, &device, &program, &message))
		errx(3, "%s", message.text ? message.text : "load");
	loaded = bench_now_ns();
	if (tamiz_fill(program, tamiz, &message))
		errx(3, "%s", message.text ? message.text : "fill");
	if (sets)
		printf("%d members: %.0f ms of CPU to read, %.0f into the "
		       "map; all %.0f by the clock\n",
		       MEMBERS, (read - began) / 1e6,
		       (bench_now_ns() - loaded) / 1e6,
		       (wall_ns() - began_wall) / 1e6);
	tamiz_object_clear(&object);
	tamiz_free(tamiz);
	return program;
}

int main(void)
{
	char *ips = make_set("ip", false), *nets = make_set("net", true);
	struct tamiz_program *one = load(RULES("-s 10.9.8.7/32"), NULL);
	struct tamiz_program *ip = load(RULES("-m set --match-set s src"), ips);
	struct tamiz_program *net =
		load(RULES("-m set --match-set s src"), nets);
	struct bench_row rows[] = {
		{ .name = "one address, no match",
		  .fd = tamiz_program_fd(one, TAMIZ_ROOT),
		  .frames = make_frames(false),
		  .verdict = XDP_PASS },
		{ .name = "hash:ip, no match",
		  .fd = tamiz_program_fd(ip, TAMIZ_ROOT),
		  .frames = make_frames(false),
		  .verdict = XDP_PASS },
		{ .name = "hash:ip, drops",
		  .fd = tamiz_program_fd(ip, TAMIZ_ROOT),
		  .frames = make_frames(true),
		  .verdict = XDP_DROP },
		{ .name = "hash:net, any",
		  .fd = tamiz_program_fd(net, TAMIZ_ROOT),
		  .frames = make_frames(true),
		  .verdict = BENCH_ANY },
	};
	const size_t n = sizeof(rows) / sizeof(rows[0]);

	bench_measure(rows, n);
	for (size_t i = 0; i < n; i++) {
		printf("%-24s %6.1f ns %+7.1f\n", rows[i].name,
		       bench_median(rows[i].ns, BENCH_ROUNDS),
		       bench_extra(&rows[i], &rows[0]));
		bench_frames_free(&rows[i].frames);
	}
	tamiz_program_free(one);
	tamiz_program_free(ip);
	tamiz_program_free(net);
	free(ips);
	free(nets);
	return 0;
}
