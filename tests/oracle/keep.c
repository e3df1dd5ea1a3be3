/* SPDX-License-Identifier: GPL-2.0-only */
#include "keep.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <linux/if_link.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "lib/spawn.h"

enum { FENCE_TIMEOUT_MS = 30000 };

const char *const keep_side_names[KEEP_N_SIDES] = { "legacy", "nft", "XDP",
						    "XDP as nft" };

/* A program that says the jiffies. */
static int load_clock(void)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_jiffies64 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "tz_clock", "GPL", code,
			       sizeof(code) / sizeof(code[0]), NULL);

	if (fd < 0)
		err(1, "the clock");
	return fd;
}

void keep_open(struct keep_lab *k)
{
	struct tz_lab_options options = { .dev = "tz-rx" };

	k->hz = tamiz_kernel_hz();
	if (tz_lab_open(&k->lab, &options) || tz_lab_start(&k->lab, &options))
		exit(1);
	tz_lab_pin();
	k->clock_prog = load_clock();
	k->fence_fd = keep_listen(KEEP_FENCE);
}

void keep_close(struct keep_lab *k)
{
	tz_lab_close(&k->lab);
}

struct keep_instant keep_now(const struct keep_lab *k)
{
	char frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = sizeof(frame), .repeat = 1);
	struct timespec t;

	if (bpf_prog_test_run_opts(k->clock_prog, &opts))
		err(1, "the clock");
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct keep_instant){ opts.retval,
				      (uint64_t)t.tv_sec * 1000000000 +
					      (uint64_t)t.tv_nsec };
}

int keep_listen(uint16_t port)
{
	struct sockaddr_in6 at = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
	};
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof(at)))
		err(1, "a socket for port %u", port);
	return fd;
}

bool keep_arrives(int fd, int timeout_ms, uint16_t *from)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	struct sockaddr_in6 sender = { 0 };
	socklen_t len = sizeof(sender);
	char byte;

	if (poll(&p, 1, timeout_ms) != 1 ||
	    recvfrom(fd, &byte, 1, MSG_DONTWAIT | MSG_TRUNC,
		     (struct sockaddr *)&sender, &len) < 0)
		return false;
	if (from)
		*from = ntohs(sender.sin6_port);
	return true;
}

void keep_frame(struct tz_frame *frame, const char *src, const char *dst,
		uint16_t sport, uint16_t dport, size_t payload_len)
{
	struct tz_frame_spec spec = {
		.src = src,
		.dst = dst,
		.protocol = IPPROTO_UDP,
		.sport = sport,
		.dport = dport,
		.payload_len = payload_len,
	};

	memcpy(spec.src_mac, tz_lab_sender_mac, 6);
	memcpy(spec.dst_mac, tz_lab_mac, 6);
	tz_frame_build(frame, &spec);
}

void keep_send(const struct keep_lab *k, const struct tz_frame *frame)
{
	if (send(k->lab.tx, frame->bytes, frame->len, 0) != (ssize_t)frame->len)
		err(1, "send");
}

static void make_fence(struct tz_frame *fence)
{
	keep_frame(fence, "198.19.0.1", "198.19.255.254", 1024, KEEP_FENCE, 1);
}

void keep_fence(const struct keep_lab *k)
{
	struct tz_frame fence;

	make_fence(&fence);
	keep_send(k, &fence);
	if (!keep_arrives(k->fence_fd, FENCE_TIMEOUT_MS, NULL))
		errx(1, "frames get lost");
}

void keep_warm_up(const struct keep_lab *k)
{
	struct tz_frame fence;

	make_fence(&fence);
	for (int i = 0; i < 300; i++) {
		keep_send(k, &fence);
		if (!keep_arrives(k->fence_fd, 100, NULL))
			continue;
		while (keep_arrives(k->fence_fd, 100, NULL))
			;
		return;
	}
	errx(1, "no frame gets through");
}

void keep_restore(bool is_ipv6, enum keep_side side, const char *rules)
{
	static const char *const programs[2][2] = {
		{ "iptables-legacy-restore", "iptables-nft-restore" },
		{ "ip6tables-legacy-restore", "ip6tables-nft-restore" },
	};
	const char *argv[] = { programs[is_ipv6][side == KEEP_NFT], NULL };
	char *errors = NULL;

	if (tz_spawn(argv, rules, strlen(rules), NULL, &errors))
		errx(1, "%s: %s", argv[0], errors ? errors : "");
	free(errors);
}

struct tamiz *keep_compile(const struct keep_lab *k, bool is_ipv6,
			   const char *rules, const char *sets,
			   enum keep_side side, enum tamiz_mode mode)
{
	struct tamiz_options options = {
		.backend = side == KEEP_NFT || side == KEEP_XDP_NFT
				   ? TAMIZ_BACKEND_NFT
				   : TAMIZ_BACKEND_LEGACY,
		.family = is_ipv6 ? 6 : 4,
		.owns_state = true,
		.mode = mode,
		.hz = k->hz,
		.standalone = true,
		.ifname = k->lab.dev,
	};
	struct tamiz *tamiz = tamiz_new();

	tamiz_kernel_recent(&options.recent_entries, &options.recent_stamps);
	if ((sets && tamiz_add(tamiz, TAMIZ_LANGUAGE_IPSET, "kept.ipset", sets,
			       strlen(sets))) ||
	    tamiz_add_text(tamiz, "kept.rules", rules, strlen(rules)) ||
	    tamiz_compile(tamiz, &options))
		errx(1, "does not compile: %s", rules);
	return tamiz;
}

struct tamiz_program *keep_attach(const struct keep_lab *k, struct tamiz *tamiz)
{
	struct tamiz_message message = { 0 };
	struct tamiz_object object = { 0 };
	struct tamiz_device device = { .ifindex = k->lab.ifindex };
	struct tamiz_program *program;
	size_t len;
	const char *text = tamiz_emit(tamiz, TAMIZ_EMIT_C, &len);

	memcpy(device.mac, tz_lab_mac, sizeof(device.mac));
	if (tamiz_build(text, len, getenv("CLANG"), &object, &message) ||
	    tamiz_load(&object, text, &device, &program, &message) ||
	    tamiz_fill(program, tamiz, &message))
		errx(1, "%s", message.text ? message.text : "load");
	tamiz_object_clear(&object);
	if (bpf_xdp_attach((int)k->lab.ifindex,
			   tamiz_program_fd(program, TAMIZ_ROOT),
			   XDP_FLAGS_DRV_MODE, NULL))
		err(1, "attach");
	return program;
}

void keep_detach(const struct keep_lab *k, struct tamiz_program *program)
{
	bpf_xdp_detach((int)k->lab.ifindex, XDP_FLAGS_DRV_MODE, NULL);
	tamiz_program_free(program);
}

void keep_sleep_until(uint64_t ms)
{
	struct timespec at = { .tv_sec = (time_t)(ms / 1000),
			       .tv_nsec = (long)(ms % 1000) * 1000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL))
		;
}

/* xorshift64; the packets of a run are the same each time. */
uint32_t keep_draw(uint64_t *seed, uint32_t n)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return (uint32_t)(*seed >> 20) % n;
}
