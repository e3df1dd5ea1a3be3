/* SPDX-License-Identifier: GPL-2.0-only */
#include "lib/xdp_functions.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tamiz/runtime.h>

#include "backend/ebpf/emit.h"

/* The header of IPv6 behind that of Ethernet: no test run takes less of it. */
#define TC_FRAME_MIN 54

static void begin(struct xdp_functions *f)
{
	const char *const *headers =
		f->at_tc ? tz_ebpf_tc_headers : tz_ebpf_headers;

	tz_buf_puts(&f->text, "#define TZ_N_COUNTERS 1\n"
			      "#define TZ_HAS_bpf\n"
			      "#define TZ_HAS_frames\n");
	if (f->at_tc)
		tz_buf_puts(&f->text, "#define TZ_AT_TC\n");
	if (f->is_net)
		tz_buf_puts(&f->text, "#define TZ_LINK_IS_NET\n");
	for (size_t i = 0; headers[i]; i++)
		tz_buf_puts(&f->text, headers[i]);
}

void xdp_functions_add(struct xdp_functions *f, const struct tz_flow *flow,
		       const char *prefix)
{
	if (!f->n)
		begin(f);
	tz_buf_printf(
		&f->text,
		"__noinline int f%zu(TZ_CTX *ctx, struct tz_scratch *s)\n",
		f->n++);
	tz_ebpf_flow(flow, prefix, &f->text);
}

/*
 * Test runs refuse an IP header that is cut short, so frames come longer. A tag
 * comes in the frame; what becomes of it is __netif_receive_skb_core, in short.
 */
static const char prepare[] =
	"static long (*tz_push)(void *, __u16, __u16) = (void *)18;\n"
	"static long (*tz_pop)(void *) = (void *)19;\n"
	"static long (*tz_trim)(void *, __u32, __u64) = (void *)38;\n"
	"static void prepare(struct __sk_buff *ctx)\n{\n"
	"\t__u16 tag[2];\n"
	"\t__u32 len;\n"
	"\tif (ctx->cb[0] < ctx->len)\n\t\ttz_trim(ctx, ctx->cb[0], 0);\n"
	"#ifdef TZ_LINK_IS_NET\n\treturn;\n#endif\n"
	"\tif (bpf_skb_load_bytes(ctx, 12, tag, 4))\n\t\treturn;\n"
	"\tif (tag[0] != bpf_htons(0x8100) && tag[0] != bpf_htons(0x88a8))\n"
	"\t\treturn;\n"
	"\tlen = ctx->len;\n"
	"\ttz_pop(ctx);\n" /* which takes two, or fails on the second */
	"\tif (ctx->len != len)\n"
	"\t\ttz_push(ctx, tag[0], bpf_ntohs(tag[1]));\n}\n";

static const char main_at_xdp[] =
	"SEC(\"xdp.frags\")\nint tz_rules(struct xdp_md *ctx)\n{\n";
static const char main_at_tc[] =
	"SEC(\"tc\")\nint tz_rules(struct __sk_buff *ctx)\n{\n";

static void end(struct xdp_functions *f)
{
	tz_buf_printf(&f->text,
		      "struct {\n"
		      "\t__uint(type, BPF_MAP_TYPE_ARRAY);\n"
		      "\t__uint(max_entries, 1);\n"
		      "\t__type(key, __u32);\n"
		      "\t__type(value, __u32[%d]);\n"
		      "} answers SEC(\".maps\");\n",
		      XDP_FUNCTIONS_MAX);
	if (f->at_tc)
		tz_buf_puts(&f->text, prepare);
	tz_buf_puts(&f->text, f->at_tc ? main_at_tc : main_at_xdp);
	tz_buf_puts(&f->text,
		    "\tstruct tz_scratch *s = tz_scratch_get();\n"
		    "\t__u32 zero = 0;\n"
		    "\t__u32 *a = bpf_map_lookup_elem(&answers, &zero);\n"
		    "\tif (!s || !a)\n\t\treturn TZ_DROP;\n"
		    "\ts->at = TZ_AT_PREROUTING;\n"
		    "\ts->key.l3_off = 0;\n"
		    "\ts->key.ip_len = tz_frame_len(ctx);\n");
	if (f->at_tc)
		tz_buf_puts(&f->text, "\tprepare(ctx);\n");
	for (size_t i = 0; i < f->n; i++)
		tz_buf_printf(&f->text, "\ta[%zu] = f%zu(ctx, s);\n", i, i);
	tz_buf_puts(&f->text, "\treturn TZ_PASS;\n}\n"
			      "char tz_license[] SEC(\"license\") = "
			      "\"Dual BSD/GPL\";\n");
}

bool xdp_functions_load(struct xdp_functions *f)
{
	struct tamiz_message message = { 0 };
	struct tamiz_object built = { 0 };

	end(f);
	if (tamiz_build(f->text.text, f->text.len, getenv("CLANG"), &built,
			&message)) {
		fprintf(stderr, "%s\n%s\n", message.text,
			message.log ? message.log : "");
		tamiz_message_clear(&message);
		return false;
	}
	f->object = bpf_object__open_mem(built.data, built.len, NULL);
	tamiz_object_clear(&built);
	if (!f->object || bpf_object__load(f->object)) {
		perror("load");
		return false;
	}
	f->program = bpf_program__fd(
		bpf_object__find_program_by_name(f->object, "tz_rules"));
	f->map = bpf_object__find_map_fd_by_name(f->object, "answers");
	return true;
}

static bool run_at_tc(struct xdp_functions *f, const uint8_t *bytes, size_t len)
{
	uint8_t room[TC_FRAME_MAX] = { 0 };
	struct __sk_buff context = { .cb = { (uint32_t)len } };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = room,
		    .data_size_in = (uint32_t)len, .ctx_in = &context,
		    .ctx_size_in = sizeof(context));
	uint32_t zero = 0;

	memcpy(room, bytes, len);
	if (len < TC_FRAME_MIN)
		opts.data_size_in = TC_FRAME_MIN;
	if (!bpf_prog_test_run_opts(f->program, &opts) &&
	    !bpf_map_lookup_elem(f->map, &zero, f->answers))
		return true;
	perror("test run");
	return false;
}

bool xdp_functions_run(struct xdp_functions *f, const uint8_t *bytes,
		       size_t len)
{
	if (f->at_tc)
		return run_at_tc(f, bytes, len);

	struct xdp_md context = { .data_end = (uint32_t)f->first_piece };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = bytes,
		    .data_size_in = (uint32_t)len);
	uint32_t zero = 0;
	int error;

	if (f->first_piece) {
		opts.ctx_in = &context;
		opts.ctx_size_in = sizeof(context);
	}
	error = bpf_prog_test_run_opts(f->program, &opts);
	if (error == -EINVAL && f->first_piece) {
		f->n_uncut++;
		opts.ctx_in = NULL;
		opts.ctx_size_in = 0;
		error = bpf_prog_test_run_opts(f->program, &opts);
	}
	if (!error && !bpf_map_lookup_elem(f->map, &zero, f->answers))
		return true;
	perror("test run");
	return false;
}

void xdp_functions_free(struct xdp_functions *f)
{
	bpf_object__close(f->object);
	tz_buf_free(&f->text);
	*f = (struct xdp_functions){ 0 };
}
