/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * libtamiz: rule files in, programs out. No kernel, no root, no libbpf.
 * One struct tamiz holds one compilation; it is not thread-safe, two of them
 * are independent. The library never prints and never exits.
 */
#ifndef TAMIZ_COMPILE_H
#define TAMIZ_COMPILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct tamiz;

enum tamiz_target {
	TAMIZ_TARGET_XDP,
	/*
	 * Classic BPF. Of an expression or a program it matches what that
	 * matches. Of a rule file of expressions SOCKET and CBPF match what it
	 * accepts, XT_BPF what it drops.
	 */
	TAMIZ_TARGET_SOCKET, /* a filter on a socket: what matches arrives */
	TAMIZ_TARGET_XT_BPF, /* iptables -m bpf: packets from the IP header */
	TAMIZ_TARGET_CBPF,   /* of frames, as tcpdump's */
	/*
	 * eBPF, as XDP, for a classifier of tc: of rules of expressions, and
	 * of what stands alone, of which what matches is dropped.
	 */
	TAMIZ_TARGET_TC,
};

/* What a text is written in. */
enum tamiz_language {
	TAMIZ_LANGUAGE_AUTO, /* told by its content and its name */
	TAMIZ_LANGUAGE_IPTABLES,
	TAMIZ_LANGUAGE_PCAP,       /* rules with tcpdump expressions (.pcapf) */
	TAMIZ_LANGUAGE_EXPRESSION, /* one tcpdump expression */
	TAMIZ_LANGUAGE_CBPF,       /* a program: bytecode, -ddd, -dd, asm */
	TAMIZ_LANGUAGE_IPSET,      /* what `ipset save` prints */
	/* What generators make filters of; told by nothing but the caller. */
	TAMIZ_LANGUAGE_DNS,       /* patterns of DNS names, between blanks */
	TAMIZ_LANGUAGE_DNS_VALID, /* any text: sane DNS queries */
	TAMIZ_LANGUAGE_P0F,       /* a signature of p0f 3 */
	TAMIZ_LANGUAGE_SUFFIX,    /* last bytes of a datagram, hexadecimal */
};

/* What a packet begins with, for a filter. */
enum tamiz_link {
	/* RAW of XT_BPF, NET of SOCKET, else EN10MB */
	TAMIZ_LINK_DEFAULT,
	TAMIZ_LINK_EN10MB,
	TAMIZ_LINK_RAW, /* IPv4 or IPv6 */
	TAMIZ_LINK_IPV4,
	TAMIZ_LINK_IPV6,
	TAMIZ_LINK_LINUX_SLL,
	TAMIZ_LINK_LINUX_SLL2,
	TAMIZ_LINK_NULL, /* BSD loopback: the family in host byte order */
	TAMIZ_LINK_LOOP, /* the same in network byte order */
	TAMIZ_LINK_NET,  /* a TCP or UDP socket: IP is at SKF_NET_OFF */
};

enum tamiz_mode { TAMIZ_MODE_OFFLOAD, TAMIZ_MODE_REPLACE };

/* Which of the kernel's rule engines holds the rules beside the program. */
enum tamiz_backend {
	TAMIZ_BACKEND_BOTH, /* only what both would drop */
	TAMIZ_BACKEND_LEGACY,
	TAMIZ_BACKEND_NFT,
};

enum tamiz_emit {
	TAMIZ_EMIT_AST,
	TAMIZ_EMIT_SAVE, /* as iptables-save prints the rules */
	TAMIZ_EMIT_IR,
	TAMIZ_EMIT_PLAN,
	TAMIZ_EMIT_C, /* includes <tamiz/...>, see tamiz_options.standalone */
	/* Of filters: targets SOCKET, XT_BPF and CBPF. */
	TAMIZ_EMIT_BYTECODE, /* "N,c t f k,...": iptables -m bpf */
	TAMIZ_EMIT_DDD,      /* numbers, one instruction a line: tcpdump */
	TAMIZ_EMIT_DD,       /* C initialisers */
	TAMIZ_EMIT_ASM,      /* with labels, for bpf_asm and for people */
	TAMIZ_EMIT_CBPF_C,   /* an array of struct sock_filter */
	TAMIZ_EMIT_JSON,
	TAMIZ_EMIT_FLOW,       /* the graph that the program was made from */
	TAMIZ_EMIT_EXPRESSION, /* what it matches, in words for people */
	TAMIZ_EMIT_SOCKET_C,   /* a socket filter in C, for tamiz_build() */
	TAMIZ_EMIT_COMMANDS,   /* XT_BPF: the rules as iptables commands */
	TAMIZ_N_EMITS
};

/* Every @every-th packet that counts in a rule and is dropped is logged. */
struct tamiz_sample {
	/* TABLE/CHAIN/NUMBER, TABLE/CHAIN/policy or FILE:LINE */
	const char *rule;
	unsigned int every; /* at least 1 */
};

/* Bytes of a frame that an event of the log holds. */
#define TAMIZ_SNAPLEN_DEFAULT 256
#define TAMIZ_SNAPLEN_MAX 2048

/* How the rules of iptables that hold a filter are written. NULL: "". */
struct tamiz_xt_options {
	const char *chain; /* CHAIN or TABLE/CHAIN they go to; "": INPUT */
	const char *jump;  /* what becomes of what matches; "": DROP */
	/* Of what is made: a user chain, a table of hashlimit; "": tamiz. */
	const char *name;
	/*
	 * Where a socket filter (TAMIZ_EMIT_SOCKET_C) is pinned: the rule names
	 * it, and has no limit.
	 */
	const char *object;
	/* Matches of the rule before the filter, as they are; NULL: none. */
	const char *match;
	/* Too large for a rule: several, in a chain of their own. */
	bool split;
};

#define TAMIZ_HIDES_ROUTES4 1u
#define TAMIZ_HIDES_ROUTES6 2u
#define TAMIZ_HIDES_SOCKETS 4u

/* Of the languages from TAMIZ_LANGUAGE_DNS on. */
struct tamiz_generator {
	bool icase;           /* DNS: letters of either case */
	bool bare;            /* not P0F: a rule before looks at the headers */
	bool not_valid;       /* DNS_VALID: what is not sane */
	bool reply;           /* P0F: SYN+ACK, not SYN */
	bool labels_given;    /* else as many as there is room for */
	unsigned int labels;  /* DNS_VALID: that are looked at, up to 127 */
	unsigned int port;    /* DNS and DNS_VALID; 0: 53 */
	unsigned int headers; /* of IPv6, before that of UDP; up to 8 */
};

/* Whether a program asks the kernel for the connection of a packet. */
enum tamiz_conntrack {
	TAMIZ_CONNTRACK_LOOKUP, /* before it drops, where rules go by states */
	TAMIZ_CONNTRACK_NONE,   /* it cannot: states are unknown */
};

#define TAMIZ_ANSWER_RATE_MAX 1000000u

/* Who answers what a REJECT ends. */
enum tamiz_answers {
	TAMIZ_ANSWERS_KERNEL, /* it goes up */
	TAMIZ_ANSWERS_XDP,    /* the program, as the kernel would */
	TAMIZ_ANSWERS_NOBODY, /* it is dropped */
};

struct tamiz_options {
	enum tamiz_target target;
	enum tamiz_mode mode;
	enum tamiz_backend backend;
	int family; /* 4, 6; 0: by the content of each file */
	/* The device that the program is for; NULL: -i is unknown. */
	const char *ifname;
	/* Names of base chains as TABLE/CHAIN or CHAIN; NULL: all. */
	const char *const *chains;
	size_t n_chains;
	/* The device hands several UDP datagrams to the kernel as one. */
	bool udp_merges;
	/*
	 * Of which families rpfilter follows other routes than a lookup at XDP
	 * shows, and whether -m socket finds other sockets: TAMIZ_HIDES_*.
	 */
	uint32_t hides_routes;
	/*
	 * Rates, quotas and counts of rules are the program's alone; else they
	 * are the kernel's, and what meets them goes up. In TAMIZ_MODE_REPLACE
	 * there is nobody else.
	 */
	bool owns_state;
	unsigned int hz;   /* jiffies of the kernel in a second; 0: 250 */
	/*
	 * Of -m recent, parameters of its module: how many addresses a list
	 * has (ip_list_tot), and at least how often it remembers each
	 * (ip_pkt_list_tot); 0: as it is by default.
	 */
	unsigned int recent_entries, recent_stamps;
	bool host_has_nat; /* the host translates, whatever the files say */
	enum tamiz_conntrack conntrack;
	/* Of the host's connection tracking, whatever the files say. */
	bool host_has_expectations; /* helpers may expect connections */
	bool host_has_zones;        /* entries may be in others than zone 0 */
	bool host_has_notrack;      /* packets may go untracked */
	bool host_has_requests;     /* others ping since before the rules */
	bool host_has_one_device;   /* by which packets come in, besides lo */
	bool host_is_loose;         /* net.netfilter.nf_conntrack_tcp_loose */
	/*
	 * What rules of the host that are not in the files may write of a
	 * packet behind the raw table: tamiz_rule.writes, ored.
	 */
	uint32_t host_writes;
	bool assume_no_nat;  /* the operator says nobody translates */
	bool fragments_drop; /* the operator drops all fragments */
	enum tamiz_answers answers;
	/* Errors of ICMP a second, at most TAMIZ_ANSWER_RATE_MAX; 0: 1000 */
	unsigned int answer_rate;
	/* Of what the host sends; 0: 64. */
	unsigned int host_ttl, host_hops;
	bool standalone;     /* C that includes no header at all */
	bool rules_only;     /* ends before the plan: AST, SAVE and IR */
	/*
	 * LOG, NFLOG, ULOG and TRACE do not keep a packet from being dropped:
	 * the program logs it itself.
	 */
	bool log_ring;
	unsigned int sample_every; /* of all drops; 0: none */
	const struct tamiz_sample *samples;
	size_t n_samples;
	unsigned int snaplen;     /* 0: TAMIZ_SNAPLEN_DEFAULT */
	enum tamiz_language from; /* of texts that were added as AUTO */
	enum tamiz_link link;     /* of expressions */
	bool resolve_hosts;       /* names in expressions: asks name servers */
	/* Of the network, for `ip broadcast` in expressions; host byte order */
	bool netmask_given;
	uint32_t netmask;
	/* Instructions of classic BPF; 0: as many as the target takes. */
	unsigned int max_insns;
	bool unoptimized; /* classic BPF straight from the text */
	struct tamiz_xt_options xt;
	struct tamiz_generator generator;
};

/* NULL only without memory. */
struct tamiz *tamiz_new(void);
void tamiz_free(struct tamiz *tamiz);

/*
 * Adds a rule file; "-" is standard input. 0, or -errno when it cannot be
 * read (-EFBIG: too large). The text is copied.
 */
int tamiz_add_file(struct tamiz *tamiz, const char *path);
int tamiz_add_text(struct tamiz *tamiz, const char *name, const char *text,
		   size_t len);
/* The same for a text whose language is known. */
int tamiz_add(struct tamiz *tamiz, enum tamiz_language language,
	      const char *name, const char *text, size_t len);

/*
 * Runs the compiler over all that was added, once. 0; -EINVAL when the rules
 * are at fault: the diagnostics say how.
 */
int tamiz_compile(struct tamiz *tamiz, const struct tamiz_options *options);

/* What the last tamiz_compile found; texts live as long as @tamiz. */
enum tamiz_severity { TAMIZ_ERROR, TAMIZ_WARNING, TAMIZ_NOTE };

struct tamiz_diagnostic {
	enum tamiz_severity severity;
	const char *file; /* NULL: no place */
	unsigned int line, column;
	const char *slug, *text;
	const char *printed; /* as it is shown to a person, with newlines */
};

size_t tamiz_n_diagnostics(const struct tamiz *tamiz);
struct tamiz_diagnostic tamiz_diagnostic(const struct tamiz *tamiz, size_t i);

/*
 * Text of one form; valid until tamiz_free. NULL when the compilation did not
 * get that far.
 */
const char *tamiz_emit(struct tamiz *tamiz, enum tamiz_emit form, size_t *len);

struct sock_filter;

/*
 * The program of a filter, as setsockopt(SO_ATTACH_FILTER) takes it; valid
 * until tamiz_free. NULL when the compilation did not get that far, or made
 * several programs (tamiz_xt_options.split).
 */
const struct sock_filter *tamiz_cbpf(const struct tamiz *tamiz, size_t *n);

/* How well a rule can be judged at the hook of the target. */
enum tamiz_fit { TAMIZ_EXACT, TAMIZ_PARTIAL, TAMIZ_IMPOSSIBLE };

/*
 * Everything that counts packets: each rule, and the policy of each base
 * chain. The index is the key in the program's counter map.
 */
struct tamiz_rule {
	int family; /* 4 or 6 */
	const char *table, *chain;
	unsigned int number; /* in the chain, from 1; 0: the policy */
	const char *file;    /* as given to tamiz_add_* */
	unsigned int line;
	const char *text;    /* iptables-save form without "-A CHAIN" */
	const char *target;  /* "DROP", a chain's name, ""; the policy's name */
	const char *comment; /* of -m comment, or NULL */
	bool is_own; /* a match of it is tamiz's own: no kernel has the rule */
	/* the program keeps what a match of it counts */
	bool keeps_state;
	bool is_ingress; /* reachable from the chains that ingress stands for */
	uint32_t writes; /* what of a packet its target may write; 0: nothing */
	enum tamiz_fit offload, replace;
	const char *offload_why, *replace_why; /* "" when exact */
	/*
	 * offload, of packets of known connections as well: what their entries
	 * tell. Programs leave all of these to the kernel.
	 */
	enum tamiz_fit tracked;
	const char *tracked_why;
};

size_t tamiz_n_rules(const struct tamiz *tamiz);
struct tamiz_rule tamiz_rule(const struct tamiz *tamiz, size_t i);

/*
 * Whether these are rules of expressions for XDP or tc: they judge frames, as
 * TAMIZ_MODE_REPLACE does and whatever the options say; their family is 0.
 */
bool tamiz_judges_frames(const struct tamiz *tamiz);

struct tamiz_summary {
	size_t n_rules; /* all, policies not counted */
	size_t n_ingress, n_exact, n_partial, n_impossible; /* offload */
	bool has_nat, has_v4, has_v6;
	/* Of `sampled` packets made from the rules, how many the rules drop
	 * when unknown matches are false, and how many of these XDP drops. */
	size_t sampled, dropped_by_rules, dropped_by_xdp;
};

/* Takes a moment: it draws packets from the rules and judges them. */
struct tamiz_summary tamiz_summary(struct tamiz *tamiz);

#ifdef __cplusplus
}
#endif

#endif
