/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rules cost that keep something for each of a million sources, over the
 * same set without them: an entry for each is there, and none is in a cache.
 */
#include "bench.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/lab.h"

#define RULES(match)                                                  \
	"*raw\n:PREROUTING ACCEPT [0:0]\n"                            \
	"-A PREROUTING -p udp -m udp --dport 53" match " -j ACCEPT\n" \
	"-A PREROUTING -p udp -m udp --dport 53 -j DROP\nCOMMIT\n"

#define LIMIT                                                                \
	" -m hashlimit --hashlimit-upto 1000/second --hashlimit-burst 1000 " \
	"--hashlimit-mode srcip --hashlimit-name sources "                   \
	"--hashlimit-htable-size 1048576 --hashlimit-htable-max 1048576 "    \
	"--hashlimit-htable-expire 600000"

enum { MOST = 120 };

/* @path: sources.bpf.o. A program that calls @program for each source. */
static struct bpf_object *wrap(const char *path, struct tamiz_program *program,
			       int *fd)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	uint32_t zero = 0;
	int root = tamiz_program_fd(program, TAMIZ_ROOT);

	if (!object || bpf_object__load(object))
		err(3, "%s", path);
	*fd = bpf_program__fd(
		bpf_object__find_program_by_name(object, "tz_sources"));
	if (bpf_map_update_elem(
		    bpf_object__find_map_fd_by_name(object, "tz_next"), &zero,
		    &root, BPF_ANY))
		err(3, "%s: the program behind it", path);
	return object;
}

static struct bench_frames frame_of_nobody(void)
{
	struct tz_frame_spec spec = { .src = "0.0.0.0",
				      .dst = "198.51.100.1",
				      .protocol = IPPROTO_UDP,
				      .sport = 4000,
				      .dport = 53,
				      .payload_len = 18 };
	struct bench_frames frames = { calloc(1, sizeof(struct tz_frame)), 1 };

	if (!frames.frame)
		err(3, "memory");
	memcpy(spec.src_mac, tz_lab_sender_mac, 6);
	memcpy(spec.dst_mac, tz_lab_mac, 6);
	tz_frame_build(frames.frame, &spec);
	return frames;
}

void bench_sources(const char *path)
{
	struct tamiz_program *without = bench_load_own(RULES("")),
			     *with = bench_load_own(RULES(LIMIT));
	struct bench_row rows[2] = {
		{ "a million sources, no limit",
		  -1,
		  frame_of_nobody(),
		  XDP_PASS,
		  { 0 } },
		{ "a million sources, hashlimit",
		  -1,
		  frame_of_nobody(),
		  XDP_PASS,
		  { 0 } },
	};
	struct bpf_object *objects[2] = {
		wrap(path, without, &rows[0].fd),
		wrap(path, with, &rows[1].fd),
	};
	double extra;

	bench_measure(rows, 2);
	extra = bench_extra(&rows[1], &rows[0]);
	for (int i = 0; i < 2; i++) {
		printf("%-42s %6.1f ns", rows[i].name,
		       bench_median(rows[i].ns, BENCH_ROUNDS));
		if (i)
			printf("  %+.1f, at most +%d: %s", extra, MOST,
			       extra <= MOST ? "met" : "MISSED");
		putchar('\n');
		bpf_object__close(objects[i]);
		bench_frames_free(&rows[i].frames);
	}
	tamiz_program_free(without);
	tamiz_program_free(with);
}
