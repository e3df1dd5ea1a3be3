/* SPDX-License-Identifier: GPL-2.0-only */
#include "lib/xdp_functions.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <stdlib.h>

#include <tamiz/runtime.h>

#include "backend/ebpf/emit.h"

void xdp_functions_add(struct xdp_functions *f, const struct tz_flow *flow,
		       const char *prefix)
{
	if (!f->n) {
		tz_buf_puts(&f->text, "#define TZ_N_COUNTERS 1\n"
				      "#define TZ_HAS_bpf\n"
				      "#define TZ_HAS_frames\n");
		for (size_t i = 0; tz_ebpf_headers[i]; i++)
			tz_buf_puts(&f->text, tz_ebpf_headers[i]);
	}
	tz_buf_printf(&f->text, "__noinline int f%zu" TZ_EBPF_PARAMETERS "\n",
		      f->n++);
	tz_ebpf_flow(flow, prefix, &f->text);
}

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
	tz_buf_puts(&f->text,
		    "SEC(\"xdp.frags\")\nint tz_rules(struct xdp_md *ctx)\n{\n"
		    "\tstruct tz_scratch *s = tz_scratch_get();\n"
		    "\t__u32 zero = 0;\n"
		    "\t__u32 *a = bpf_map_lookup_elem(&answers, &zero);\n"
		    "\tif (!s || !a)\n\t\treturn XDP_DROP;\n"
		    "\ts->at = TZ_AT_PREROUTING;\n"
		    "\ts->key.l3_off = 0;\n"
		    "\ts->key.ip_len = bpf_xdp_get_buff_len(ctx);\n");
	for (size_t i = 0; i < f->n; i++)
		tz_buf_printf(&f->text, "\ta[%zu] = f%zu(ctx, s);\n", i, i);
	tz_buf_puts(&f->text, "\treturn XDP_PASS;\n}\n"
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

bool xdp_functions_run(struct xdp_functions *f, const uint8_t *bytes,
		       size_t len)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = bytes,
		    .data_size_in = (uint32_t)len);
	uint32_t zero = 0;

	if (!bpf_prog_test_run_opts(f->program, &opts) &&
	    !bpf_map_lookup_elem(f->map, &zero, f->answers))
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
