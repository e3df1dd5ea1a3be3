/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What programs of one device share with each other and with user space: the
 * stages of the program chain, the scratch area, the counters. Plain C types,
 * included from BPF C and from the runtime.
 */
#ifndef TAMIZ_ABI_H
#define TAMIZ_ABI_H

#include <linux/types.h>

#define TZ_ABI_VERSION 2

/*
 * The root program tail-calls the stages in this order; an empty slot falls
 * through to the next, past the last is XDP_PASS.
 */
enum tz_stage {
	TZ_STAGE_HOP,   /* second hop of the load balancer: decapsulates */
	TZ_STAGE_RULES, /* the compiled rules */
	TZ_STAGE_LB,    /* load balancer */
	/* Not called by the root but by a trial (trial.bpf.c) in RULES. */
	TZ_STAGE_TRIED,  /* the rules to be confirmed */
	TZ_STAGE_BEFORE, /* those that come back otherwise */
	TZ_N_STAGES
};

/* States of connection tracking, as a set (SEMANTICS 8.7). */
#define TZ_CT_NEW 1u
#define TZ_CT_ESTABLISHED 2u
#define TZ_CT_RELATED 4u
#define TZ_CT_INVALID 8u
#define TZ_CT_UNTRACKED 16u
#define TZ_CT_ALL 31u

/* How a packet's layer 4 can be judged: bits of tz_packet_key.class. */
enum tz_packet_class {
	TZ_CLASS_WHOLE = 0,    /* no fragment, the L4 header is whole */
	TZ_CLASS_SHORT = 1,    /* the L4 header is not whole, or not there */
	TZ_CLASS_FRAGMENT = 2, /* MF or offset, or an IPv6 fragment header */
	TZ_CLASS_STUB = 4,     /* SHORT, no fragment, not even the ports */
};

/* Why the root leaves a packet to the kernel; 0: it can be judged. */
enum tz_packet_skip {
	TZ_SKIP_NONE,
	TZ_SKIP_NOT_IP,     /* neither IPv4 nor IPv6, or tagged */
	TZ_SKIP_OTHER_HOST, /* unicast to another MAC address */
	TZ_SKIP_BAD_HEADER, /* the kernel drops it before netfilter */
	TZ_SKIP_EXTENSIONS, /* IPv6: a chain that does not parse, too long */
	TZ_SKIP_UNREADABLE, /* the L4 header is not in the first piece */
};

/*
 * The parsed packet. Numbers are in host order; addresses are the packet's
 * bytes read as big-endian numbers: IPv4 in addr[0] as src << 32 | dst, IPv6
 * in addr[0..1] (source, high half first) and addr[2..3].
 */
struct tz_packet_key {
	__u64 addr[4];
	__u64 l4;             /* TZ_L4(...) below */
	__u64 mac;            /* source MAC address, 48 bits */
	__u16 l3_off, l4_off; /* bytes from the start of the frame */
	__u16 l4_len;         /* bytes from l4_off that belong to the packet */
	__u16 ip_len;         /* bytes from the IP header: what counters add */
	__u8 family;          /* 4 or 6 */
	__u8 class;           /* TZ_CLASS_* */
	__u8 skip;            /* enum tz_packet_skip */
	__u8 dst_is_unicast;  /* the frame's destination is this device */
	__u8 ttl;             /* IPv4 TTL or IPv6 hop limit */
	__u8 tos;             /* IPv4 TOS or IPv6 traffic class */
	__u8 first_nexthdr;   /* IPv6: of the fixed header */
	__u8 has_auth; /* IPv6: an authentication header stands before L4 */
	__u8 link_type; /* 0 to us, 1 broadcast, 2 multicast: PACKET_HOST ... */
	__u8 pad;
	/* of its ways that ended in a drop: bits of TZ_ANSWER_* */
	__u16 answers;
};

/*
 * The word of layer 4: sport 63-48, dport 47-32 (ICMP: sport 0, dport type <<
 * 8 | code; ESP, AH: both are the SPI; IPComp: dport is the CPI), protocol
 * 31-24, TCP flags 23-16 (DCCP: the type), segment bit 11 (a TCP data segment,
 * or a packet of a tunnel, that GRO may merge with those before or behind it),
 * malformed bit 13 (what TCP or UDP says of lengths in it cannot be),
 * fragment with offset 8 bit 10, later fragment bit 9, mergeable bit 8 (a TCP
 * data segment that GRO may merge with later ones), class bits 2-0. What a
 * short packet does not have is 0: flags always, the ports of a stub or a
 * fragment.
 *
 * Programs that ask for the state of connections (ct.bpf.h) also set bit 12 for
 * what the kernel's table can be asked about (an ICMP error: about what it
 * quotes), and bits 7-3: the states that the packet may have if it is well
 * formed and no entry is found, which is looked for before it is dropped
 * (SEMANTICS 8.12, 14.3). Elsewhere these are 0.
 */
#define TZ_L4_CT_ASKABLE (1ull << 12)
#define TZ_L4_CT_SHIFT 3
#define TZ_L4_CT_STATES (31ull << TZ_L4_CT_SHIFT)
#define TZ_L4_SPORT_SHIFT 48
#define TZ_L4_DPORT_SHIFT 32
#define TZ_L4_PROTO_SHIFT 24
#define TZ_L4_FLAGS_SHIFT 16
#define TZ_L4_MALFORMED (1ull << 13)
#define TZ_L4_SEGMENT (1ull << 11)
#define TZ_L4_OFFSET_EIGHT (1ull << 10)
#define TZ_L4_LATER_FRAGMENT (1ull << 9)
#define TZ_L4_MERGEABLE (1ull << 8)
#define TZ_L4_SHORT 1ull
#define TZ_L4_FRAGMENT 2ull
#define TZ_L4_STUB 4ull

/* What a test of a program says (tz_test_* of test_*.bpf.h). */
enum tz_test_result {
	TZ_TEST_FALSE,
	TZ_TEST_TRUE,
	TZ_TEST_HOTDROP,    /* the packet is dropped at once */
	TZ_TEST_UNREADABLE, /* it reaches beyond what is read */
	TZ_TEST_UNKNOWN,    /* only the kernel knows */
};

/*
 * What the sender is told of a packet that is dropped: nothing, a RST, or that
 * its destination is unreachable, of which this is the first code.
 */
enum tz_answer {
	TZ_ANSWER_NONE,
	TZ_ANSWER_RESET,
	TZ_ANSWER_UNREACHABLE,
	TZ_ANSWER_MAX = TZ_ANSWER_UNREACHABLE + 13,
};

/* Where a packet is on its way, for tests on what the kernel changes. */
enum tz_at { TZ_AT_PREROUTING, TZ_AT_INPUT, TZ_AT_FORWARD };

/* Rules and policies that count on the way of one packet. */
#define TZ_PATH_MAX 32

/* LOG rules and the like that one packet may meet. */
#define TZ_LOGS_MAX 16

struct tz_scratch {
	__u32 abi_version;
	__u32 n_path;
	struct tz_packet_key key;
	__u32 path[TZ_PATH_MAX]; /* counter ids */
	__u32 first_counter;     /* replace: of the counters of its mode */
	/* Programs that log: */
	__u32 n_logs; /* rules of `logs` and more */
	__u32 sampled; /* a rule whose turn it is to be sampled, + 1; 0: none */
	__u8 at;        /* enum tz_at: what is asked now */
	__u8 is_copied; /* by test_bytes.bpf.h, as it is there */
	/* Programs that keep state (state.bpf.h): */
	__u8 route;    /* enum tz_route */
	__u8 spending; /* TZ_SPENDING_* */
	__u32 logs[TZ_LOGS_MAX]; /* ids of LOG rules that it met, or may have */
};

struct tz_counter {
	__u64 packets, bytes; /* bytes from the IP header */
};

/*
 * What user space may change of a generation that is in force, and what tells
 * it from others: the one entry of `tz_control`.
 */
#define TZ_CONTROL_MONITOR 1u /* what would be dropped is passed */
/* The device cannot send back what came: what wants an answer goes up. */
#define TZ_CONTROL_NO_ANSWERS 2u
/* Others' requests of ICMP may have entries, since other rules were in force. */
#define TZ_CONTROL_REQUESTS 4u

struct tz_control {
	__u32 flags;      /* TZ_CONTROL_* */
	__u32 generation; /* of the pins */
};

/* What became of a packet that is logged. */
enum tz_log_verdict {
	TZ_LOG_DROPPED,
	TZ_LOG_WOULD_DROP, /* monitor */
	TZ_LOG_PASSED,     /* replace: a LOG rule took it, a later one passed */
	TZ_LOG_N_VERDICTS
};

/* Why it is logged: bits. */
#define TZ_LOG_BY_RULE 1u /* a LOG rule took it, or may have */
#define TZ_LOG_SAMPLE 2u  /* it was its turn of --sample */

#define TZ_LOG_VERSION 1
#define TZ_LOG_SNAPLEN_MAX 2048

/* A record of the ring `tz_log`, cut behind what was captured. */
struct tz_log_event {
	__u8 version; /* TZ_LOG_VERSION */
	__u8 verdict; /* enum tz_log_verdict */
	__u8 reasons; /* TZ_LOG_* bits */
	__u8 pad;
	__u32 generation; /* whose counter ids these are; 0: not told */
	__u64 boot_ns;    /* CLOCK_BOOTTIME */
	__u32 frame_len;
	__u32 captured; /* bytes of `data` */
	__u32 n_path;   /* may be more than there is room for */
	__u32 n_logs;   /* as well */
	__u32 sampled;  /* as in the scratch area */
	__u32 pad2;
	__u32 path[TZ_PATH_MAX];
	__u32 logs[TZ_LOGS_MAX];
	__u8 data[TZ_LOG_SNAPLEN_MAX]; /* from the Ethernet header on */
};

/* Per CPU: what became of events, and what may be written still. */
struct tz_log_counts {
	__u64 written;
	__u64 lost_to_rate; /* more than the program writes in a second */
	__u64 lost_to_room; /* nobody read, and the ring was full */
	__u64 tokens, tokens_at;
};

/* Per device, filled at attach; read-only to the programs. */
struct tz_device_config {
	__u32 ifindex;
	__u8 mac[6];
	__u8 pad[2];
};

/* Frames that the rules stage judged, by outcome: keys of `outcomes`. */
enum tz_outcome {
	TZ_OUTCOME_PASSED,
	TZ_OUTCOME_DROPPED,
	TZ_OUTCOME_UNJUDGED, /* skipped: enum tz_packet_skip */
	TZ_OUTCOME_WOULD_DROP, /* passed in monitor mode */
	TZ_N_OUTCOMES
};

#endif
