/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A flow graph as a socket filter: for SO_ATTACH_BPF, and pinned for -m bpf
 * --object-pinned. Loads are the instructions that eBPF has taken over from
 * classic BPF for such programs (LD_ABS, LD_IND): offsets with the sign bit
 * mean the same, and past the end they end the program with 0. For clang they
 * are functions without effects, whose calls it drops or moves where the value
 * is of no use: so each value is used where it is loaded.
 */
#include "backend/ebpf/socket.h"

#include "backend/ebpf/flow.h"

/* As linux/bpf.h numbers helpers and lays out struct __sk_buff. */
static const char head[] =
	"/* A socket filter, made by tamiz. */\n"
	"typedef unsigned short __u16;\n"
	"typedef unsigned int __u32;\n"
	"typedef unsigned long long __u64;\n"
	"\n"
	"struct __sk_buff {\n"
	"\t__u32 len, pkt_type, mark, queue_mapping, protocol;\n"
	"\t__u32 vlan_present, vlan_tci, vlan_proto, priority;\n"
	"\t__u32 ingress_ifindex, ifindex, tc_index, cb[5], hash;\n"
	"};\n"
	"\n"
	"__u64 tz_load1(void *skb, __u64 off) "
	"__asm__(\"llvm.bpf.load.byte\");\n"
	"__u64 tz_load2(void *skb, __u64 off) "
	"__asm__(\"llvm.bpf.load.half\");\n"
	"__u64 tz_load4(void *skb, __u64 off) "
	"__asm__(\"llvm.bpf.load.word\");\n"
	"static __u32 (*const tz_random)(void) = (void *)7;\n"
	"static __u32 (*const tz_cpu)(void) = (void *)8;\n"
	"\n"
	"#define TZ_UNUSED __attribute__((unused))\n"
	"#define TZ_BE16(n) ((__u16)__builtin_bswap16((__u16)(n)))\n"
	"#define TZ_SKB_BEGIN (void)0\n"
	"#define TZ_SKB_GET(to, size, offset) \\\n"
	"\tdo { \\\n"
	"\t\tto = tz_load##size(ctx, offset); \\\n"
	"\t\t__asm__ volatile(\"\" : : \"r\"(to)); \\\n"
	"\t} while (0)\n"
	"#define TZ_SKB_CALL TZ_SKB_GET\n"
	"#define TZ_SKB_LEN ctx->len\n"
	"#define TZ_SKB_AD(number) TZ_SKB_AD_##number\n";

/* Behind the names: SKF_AD_* of linux/filter.h. */
static const struct {
	uint32_t number;
	const char *c;
} extensions[] = {
	{ SKF_AD_PROTOCOL, "TZ_BE16(ctx->protocol)" },
	{ SKF_AD_PKTTYPE, "ctx->pkt_type" },
	{ SKF_AD_IFINDEX, "ctx->ifindex" },
	{ SKF_AD_MARK, "ctx->mark" },
	{ SKF_AD_QUEUE, "ctx->queue_mapping" },
	{ SKF_AD_RXHASH, "ctx->hash" },
	{ SKF_AD_CPU, "tz_cpu()" },
	{ SKF_AD_VLAN_TAG, "ctx->vlan_tci" },
	{ SKF_AD_VLAN_TAG_PRESENT, "ctx->vlan_present" },
	{ SKF_AD_VLAN_TPID, "TZ_BE16(ctx->vlan_proto)" },
	{ SKF_AD_RANDOM, "tz_random()" },
};

#define N_EXTENSIONS (sizeof(extensions) / sizeof(extensions[0]))

static const char tail[] = "#define TZ_SKB_NO 0\n"
			   "#define TZ_SKB_YES 0xffffffffu\n"
			   "#define TZ_SKB_VALUE(number) (number)\n"
			   "#define tz_filter_vars_get() ((__u32[18]){ 0 })\n"
			   "\n"
			   "static inline __u32 tz_shl(__u32 a, __u32 b)\n"
			   "{\n\treturn b < 32 ? a << (b & 31) : 0;\n}\n"
			   "\n"
			   "static inline __u32 tz_shr(__u32 a, __u32 b)\n"
			   "{\n\treturn b < 32 ? a >> (b & 31) : 0;\n}\n"
			   "\n"
			   "__attribute__((section(\"socket\"), used))\n"
			   "__u32 tamiz_filter(struct __sk_buff *ctx)\n";

bool tz_ebpf_socket_knows(const struct tz_flow *flow)
{
	for (size_t i = 0; i < flow->terms.n; i++) {
		const struct tz_term *t = &flow->terms.at[i];
		size_t at = 0;

		while (at < N_EXTENSIONS && extensions[at].number != t->k)
			at++;
		if (t->kind == TZ_TERM_AD && at == N_EXTENSIONS)
			return false;
	}
	return true;
}

void tz_ebpf_socket(const struct tz_flow *flow, struct tz_buf *out)
{
	tz_buf_puts(out, head);
	for (size_t i = 0; i < N_EXTENSIONS; i++)
		tz_buf_printf(out, "#define TZ_SKB_AD_%u %s\n",
			      extensions[i].number, extensions[i].c);
	tz_buf_puts(out, tail);
	tz_ebpf_flow(flow, "TZ_SKB", out);
	tz_buf_puts(out, "\nchar tz_license[] "
			 "__attribute__((section(\"license\"), used)) = "
			 "\"GPL\";\n");
}
