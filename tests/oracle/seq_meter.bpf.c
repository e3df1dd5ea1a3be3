/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two stages of the program chain embrace the rules: the first notes how many
 * packets they would have dropped so far, the second whether there is one more
 * now, and labels the packet. The label rides as metadata: packets with
 * different ones are not merged by GRO (skb_metadata_differs), so that what
 * netfilter sees has one verdict. Reassembly loses labels but the first, so a
 * fragment that XDP would drop is remembered by what all fragments share.
 */
#include <linux/bpf.h>
#include <stdbool.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>
#include <linux/pkt_cls.h>

#include <tamiz/abi.h>
#include <tamiz/maps.bpf.h>

#include "seq_meter.h"

enum { VERDICT_ACCEPT = 1 };           /* NF_ACCEPT */
enum { NFCT_INFO = 7, CONFIRMED = 8 }; /* NFCT_INFOMASK, IPS_CONFIRMED */
/* IP_CT_RELATED, IP_CT_RELATED_REPLY */
enum { CT_RELATED = 1, CT_RELATED_REPLY = 4 };
enum { CURRENT_NETNS = -1 }; /* BPF_F_CURRENT_NETNS */
/* IPS_EXPECTED, IPS_SEEN_REPLY; IP_CT_TCP_FLAG_CLOSE_INIT */
enum { EXPECTED = 1, SEEN_REPLY = 2, CLOSE_INIT = 4 };
/* enum tcp_conntrack; TCP_RST_SET of nf_conntrack_proto_tcp.c */
enum { IN_TIME_WAIT = 7, IN_CLOSE = 8, WAS_RST = 4 };
enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };

struct net_device {
	int ifindex;
} __attribute__((preserve_access_index));

struct nf_hook_state {
	struct net_device *in;
} __attribute__((preserve_access_index));

struct sk_buff {
	unsigned int len, data_len;
	unsigned char *data;
	unsigned long _nfct;
	__u16 tc_index;
} __attribute__((preserve_access_index));

struct ip_ct_tcp_state {
	__u8 flags;
} __attribute__((preserve_access_index));

struct ip_ct_tcp {
	struct ip_ct_tcp_state seen[2];
	__u8 state, last_dir, last_index;
} __attribute__((preserve_access_index));

union nf_conntrack_proto {
	struct ip_ct_tcp tcp;
} __attribute__((preserve_access_index));

struct nf_conn {
	unsigned long status;
	union nf_conntrack_proto proto;
} __attribute__((preserve_access_index));

struct bpf_nf_ctx {
	const struct nf_hook_state *state;
	struct sk_buff *skb;
} __attribute__((preserve_access_index));

struct bpf_ct_opts___meter {
	__s32 netns_id, error;
	__u8 l4proto, dir, reserved[2];
};

struct nf_conn *bpf_xdp_ct_lookup(struct xdp_md *ctx,
				  struct bpf_sock_tuple *tuple, __u32 tuple_len,
				  struct bpf_ct_opts___meter *opts,
				  __u32 opts_len) __ksym;
void bpf_ct_release(struct nf_conn *ct) __ksym;

/* Names that the kernel of another version may number otherwise. */
enum skb_drop_reason { SKB_DROP_REASON_NETFILTER_DROP };

/* The rules': reused. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, TZ_N_OUTCOMES);
	__type(key, __u32);
	__type(value, struct tz_counter);
} tz_outcomes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} before SEC(".maps");

/* Fragments that XDP would drop, by what reassembly leaves as it was. */
struct datagram {
	__u64 addr[4];
	__u32 id; /* IPv4; IPv6: the flow label */
	__u32 pad;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, struct datagram);
	__type(value, __u32);
} torn SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 18);
} events SEC(".maps");

volatile __u32 watched_ifindex;
volatile __u32 explains_misses;
volatile __u64 judged[TZ_METER_N_CLASSES];
volatile __u64 at[TZ_METER_N_STAGES][TZ_METER_N_CLASSES];
volatile __u32 burst_next, burst_ifindex;
struct tz_meter_frame burst[TZ_METER_BURST_MAX];

static __always_inline __u64 would_drop(void)
{
	__u32 key = TZ_OUTCOME_WOULD_DROP;
	const struct tz_counter *counter =
		bpf_map_lookup_elem(&tz_outcomes, &key);

	return counter ? counter->packets : 0;
}

SEC("xdp.frags")
int tz_before(struct xdp_md *ctx)
{
	__u64 n = would_drop();
	__u32 zero = 0;

	bpf_map_update_elem(&before, &zero, &n, BPF_ANY);
	bpf_tail_call(ctx, &tz_stages, TZ_STAGE_RULES);
	return XDP_ABORTED;
}

/* Whether a SYN ends the entry: nf_conntrack_tcp_packet. */
static __always_inline bool opens_anew(const struct nf_conn *ct, __u8 dir)
{
	const struct ip_ct_tcp *tcp = &ct->proto.tcp;

	if (tcp->state != IN_TIME_WAIT && (tcp->state != IN_CLOSE || dir))
		return false;
	return (tcp->seen[0].flags | tcp->seen[1].flags) & CLOSE_INIT ||
	       (tcp->last_dir == dir && tcp->last_index == WAS_RST);
}

/* TZ_METER_STATE_*: resolve_normal_ct, and SEMANTICS 8.12. */
static __always_inline __u32 state_of(const struct nf_conn *ct, __u8 dir,
				      const struct tz_packet_key *key)
{
	__u32 flags = key->l4 >> TZ_L4_FLAGS_SHIFT & (FIN | SYN | RST | ACK);
	bool is_tcp = (key->l4 >> TZ_L4_PROTO_SHIFT & 0xff) == 6;
	bool is_open = dir || ct->status & SEEN_REPLY;
	__u32 state = TZ_METER_STATE_NEW;

	if (is_open)
		state = TZ_METER_STATE_ESTABLISHED;
	else if (ct->status & EXPECTED)
		state = TZ_METER_STATE_RELATED;
	if (!is_tcp)
		return state;
	if (flags != SYN)
		return state + TZ_METER_STATE_DOUBT;
	if (!is_open)
		return state;
	return opens_anew(ct, dir) ? TZ_METER_STATE_NEW
				   : state + TZ_METER_STATE_DOUBT;
}

/* The state by conntrack's entry for a whole packet of TCP or UDP, or 0. */
static __always_inline __u32 find_state(struct xdp_md *ctx,
					const struct tz_packet_key *key)
{
	struct bpf_sock_tuple tuple = {};
	struct bpf_ct_opts___meter opts = {
		.netns_id = CURRENT_NETNS,
		.l4proto = key->l4 >> TZ_L4_PROTO_SHIFT,
	};
	__be16 sport = bpf_htons((__u16)(key->l4 >> TZ_L4_SPORT_SHIFT));
	__be16 dport = bpf_htons((__u16)(key->l4 >> TZ_L4_DPORT_SHIFT));
	__u32 len = sizeof(tuple.ipv6);

	if (key->skip || key->class)
		return 0;
	if (key->family == 4) {
		tuple.ipv4.saddr = bpf_htonl(key->addr[0] >> 32);
		tuple.ipv4.daddr = bpf_htonl((__u32)key->addr[0]);
		tuple.ipv4.sport = sport;
		tuple.ipv4.dport = dport;
		len = sizeof(tuple.ipv4);
	} else {
		for (int i = 0; i < 2; i++) {
			__be64 *to = i ? (__be64 *)tuple.ipv6.daddr
				       : (__be64 *)tuple.ipv6.saddr;
			__be64 high = bpf_cpu_to_be64(key->addr[2 * i]);
			__be64 low = bpf_cpu_to_be64(key->addr[2 * i + 1]);

			__builtin_memcpy(to, &high, sizeof(high));
			__builtin_memcpy(to + 1, &low, sizeof(low));
		}
		tuple.ipv6.sport = sport;
		tuple.ipv6.dport = dport;
	}
	struct nf_conn *ct =
		bpf_xdp_ct_lookup(ctx, &tuple, len, &opts, sizeof(opts));

	if (!ct)
		return 0;

	__u32 state = state_of(ct, opts.dir, key);

	bpf_ct_release(ct);
	return state;
}

static __always_inline bool is_other(const struct tz_packet_key *key)
{
	__u8 proto = key->l4 >> TZ_L4_PROTO_SHIFT;

	return key->skip || (proto != 6 && proto != 17);
}

static __always_inline bool is_request(const struct tz_packet_key *key)
{
	__u8 proto = key->l4 >> TZ_L4_PROTO_SHIFT;
	__u8 type = key->l4 >> (TZ_L4_DPORT_SHIFT + 8);

	return !key->skip &&
	       ((proto == 1 && type == 8) || (proto == 58 && type == 128));
}

/* Of the IP header at @ip, in the first bytes of a packet. */
static __always_inline bool get_datagram(const __u8 *ip,
					 struct datagram *datagram)
{
	__builtin_memset(datagram, 0, sizeof(*datagram));
	if (ip[0] >> 4 == 4) {
		__builtin_memcpy(datagram->addr, ip + 12, 8);
		datagram->id = (__u32)ip[4] << 8 | ip[5];
		return true;
	}
	__builtin_memcpy(datagram->addr, ip + 8, 32);
	datagram->id = (__u32)(ip[1] & 15) << 16 | (__u32)ip[2] << 8 | ip[3];
	return ip[0] >> 4 == 6;
}

static __always_inline void remember_fragment(struct xdp_md *ctx,
					      const struct tz_packet_key *key)
{
	struct datagram datagram;
	__u8 ip[40] = {};
	__u32 one = 1;

	if (bpf_xdp_load_bytes(ctx, key->l3_off, ip, 20) ||
	    (key->family == 6 &&
	     bpf_xdp_load_bytes(ctx, key->l3_off, ip, sizeof(ip))))
		return;
	if (get_datagram(ip, &datagram))
		bpf_map_update_elem(&torn, &datagram, &one, BPF_ANY);
}

static __always_inline void put_label(struct xdp_md *ctx, __u32 label)
{
	if (bpf_xdp_adjust_meta(ctx, -(int)sizeof(label)))
		return;
	__u32 *meta = (__u32 *)(long)ctx->data_meta;

	if ((void *)(meta + 1) <= (void *)(long)ctx->data)
		*meta = label;
}

SEC("xdp.frags")
int tz_label(struct xdp_md *ctx)
{
	struct tz_scratch *s = tz_scratch_get();
	__u32 zero = 0, class = 0, state;
	const __u64 *n = bpf_map_lookup_elem(&before, &zero);

	if (!s || !n)
		return XDP_ABORTED;
	if (would_drop() != *n)
		class |= TZ_METER_DROP;
	state = find_state(ctx, &s->key);
	if (state)
		class |= TZ_METER_FOUND;
	if (!s->key.skip && s->key.class & TZ_CLASS_FRAGMENT) {
		class |= TZ_METER_FRAGMENT;
		if (class & TZ_METER_DROP)
			remember_fragment(ctx, &s->key);
	}
	if (is_other(&s->key))
		class |= TZ_METER_OTHER;
	if (is_request(&s->key))
		class |= TZ_METER_REQUEST;
	__sync_fetch_and_add(&judged[class & (TZ_METER_N_CLASSES - 1)], 1);
	put_label(ctx, TZ_METER_LABEL | state << TZ_METER_STATE_SHIFT | class);
	return XDP_PASS;
}

SEC("tc")
int tz_keep_label(struct __sk_buff *skb)
{
	const __u32 *meta = (const __u32 *)(long)skb->data_meta;

	/* becomes tc_index (net/core/dev.c, tc_run) */
	skb->tc_classid = 0;
	if ((const void *)(meta + 1) <= (const void *)(long)skb->data)
		skb->tc_classid = *meta;
	return TC_ACT_OK;
}

static __always_inline bool is_labelled(__u16 label)
{
	return (label & ~TZ_METER_LABEL_MASK) == TZ_METER_LABEL;
}

/*
 * The class of @skb; its confirmed entry is not read before conntrack. An ICMP
 * error has that of the packet that it quotes, and does nothing to it.
 */
static __always_inline __u32 class_of(struct sk_buff *skb, __u16 label)
{
	unsigned long nfct = skb->_nfct, info = nfct & NFCT_INFO;
	const struct nf_conn *ct = (const void *)(nfct - info);
	__u32 class = label & ((1u << TZ_METER_STATE_SHIFT) - 1);

	if (ct && info != CT_RELATED && info != CT_RELATED_REPLY &&
	    BPF_CORE_READ(ct, status) & CONFIRMED)
		class |= TZ_METER_TRACKED;
	return class;
}

static __always_inline void report(struct sk_buff *skb, __u32 class,
				   __u32 stage)
{
	struct tz_meter_event *event =
		bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return;
	event->class = class;
	event->stage = stage;
	event->ctinfo = skb->_nfct ? skb->_nfct & NFCT_INFO : TZ_METER_NO_CT;
	event->len = skb->len;
	__builtin_memset(event->bytes, 0, sizeof(event->bytes));
	bpf_probe_read_kernel(event->bytes, sizeof(event->bytes), skb->data);
	bpf_ringbuf_submit(event, 0);
}

/* Whether @skb was put together of a fragment that XDP would have dropped. */
static __always_inline bool is_torn(struct sk_buff *skb)
{
	struct datagram datagram;
	__u8 ip[40] = {};

	bpf_probe_read_kernel(ip, sizeof(ip), skb->data);
	return get_datagram(ip, &datagram) &&
	       bpf_map_lookup_elem(&torn, &datagram);
}

/* A packet of the device that is watched comes by @stage. */
static __always_inline void note(struct bpf_nf_ctx *ctx, __u32 stage)
{
	struct net_device *in = ctx->state->in;
	struct sk_buff *skb = ctx->skb;
	__u16 label = skb->tc_index;

	if (!in || in->ifindex != watched_ifindex || !is_labelled(label))
		return;
	__u32 class = class_of(skb, label) & (TZ_METER_N_CLASSES - 1);
	bool survived = stage == TZ_METER_INPUT_PASSED ||
			stage == TZ_METER_FORWARD_PASSED;

	if (survived && class & TZ_METER_FRAGMENT && is_torn(skb))
		class |= TZ_METER_DROP;
	__sync_fetch_and_add(&at[stage][class & (TZ_METER_N_CLASSES - 1)], 1);
	if (survived && class & TZ_METER_DROP)
		report(skb, class, stage);
}

#define WATCH(name, stage)                    \
	SEC("netfilter/" #name)               \
	int tz_##name(struct bpf_nf_ctx *ctx) \
	{                                     \
		note(ctx, stage);             \
		return VERDICT_ACCEPT;        \
	}

WATCH(raw, TZ_METER_RAW)
WATCH(raw_passed, TZ_METER_RAW_PASSED)
WATCH(track, TZ_METER_TRACK)
WATCH(prerouted, TZ_METER_PREROUTED)
WATCH(input, TZ_METER_INPUT)
WATCH(input_passed, TZ_METER_INPUT_PASSED)
WATCH(forward, TZ_METER_FORWARD)
WATCH(forward_passed, TZ_METER_FORWARD_PASSED)

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 22);
} packets SEC(".maps");

/* Tells of a packet of the watched device that is about to be filtered. */
static __always_inline void tell(struct bpf_nf_ctx *ctx, __u32 is_forwarded)
{
	struct net_device *in = ctx->state->in;
	struct sk_buff *skb = ctx->skb;
	struct tz_meter_packet *packet;
	__u32 n = skb->len - skb->data_len;

	if (!in || in->ifindex != watched_ifindex)
		return;
	packet = bpf_ringbuf_reserve(&packets, sizeof(*packet), 0);
	if (!packet)
		return;
	if (n > sizeof(packet->bytes))
		n = sizeof(packet->bytes);
	packet->label = skb->tc_index;
	packet->ctinfo = skb->_nfct ? skb->_nfct & NFCT_INFO : TZ_METER_NO_CT;
	packet->is_forwarded = is_forwarded;
	packet->len = skb->len;
	packet->n_bytes = n;
	if (bpf_probe_read_kernel(packet->bytes, n, skb->data))
		packet->n_bytes = 0;
	bpf_ringbuf_submit(packet, 0);
}

SEC("netfilter/filter_input")
int tz_filter_input(struct bpf_nf_ctx *ctx)
{
	tell(ctx, 0);
	return VERDICT_ACCEPT;
}

SEC("netfilter/filter_forward")
int tz_filter_forward(struct bpf_nf_ctx *ctx)
{
	tell(ctx, 1);
	return VERDICT_ACCEPT;
}

/*
 * What the rules dropped and XDP let up, although there was no entry, or would
 * have dropped, although there was one.
 */
SEC("tp_btf/kfree_skb")
int tz_missed(__u64 *ctx)
{
	struct sk_buff *skb = (struct sk_buff *)ctx[0];
	int reason = (int)ctx[2];
	__u16 label = skb->tc_index;

	if (!explains_misses || !is_labelled(label) ||
	    reason != bpf_core_enum_value(enum skb_drop_reason,
					  SKB_DROP_REASON_NETFILTER_DROP))
		return 0;
	__u32 class = class_of(skb, label);

	bool has_entry = class & (TZ_METER_FOUND | TZ_METER_TRACKED);

	if (has_entry == !!(class & TZ_METER_DROP))
		report(skb, class, TZ_METER_N_STAGES);
	return 0;
}

/*
 * Gives the live frame of a test run the next contents of the burst and sends
 * it: all of a burst are in the receiver's ring before it polls.
 */
SEC("xdp")
int tz_source(struct xdp_md *ctx)
{
	__u32 i = burst_next++;

	if (i >= TZ_METER_BURST_MAX)
		return XDP_ABORTED;
	__u32 len = burst[i].len;

	if (len == 0 || len > TZ_METER_FRAME_MAX)
		return XDP_ABORTED;
	/* The test run hands each frame over in its full length. */
	if (bpf_xdp_adjust_tail(ctx, (int)len - TZ_METER_FRAME_MAX) ||
	    bpf_xdp_store_bytes(ctx, 0, burst[i].bytes, len))
		return XDP_ABORTED;
	return bpf_redirect(burst_ifindex, 0);
}

char _license[] SEC("license") = "GPL";
