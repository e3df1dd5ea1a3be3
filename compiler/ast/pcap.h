/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The syntax tree of a tcpdump expression: what was written, where, and nothing
 * about what it means. Grammar actions call the constructors below and nothing
 * else. Lists of terms are flat: their length costs no depth.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/source.h"

enum tz_pcap_proto {
	TZ_PCAP_ANY, /* no protocol was written */
#define PROTO(id, word, kind, number, index) TZ_PCAP_##id,
#include "ast/pcap_proto.def"
#undef PROTO
	TZ_N_PCAP_PROTOS
};

enum tz_pcap_dir {
	TZ_PCAP_EITHER, /* none was written */
	TZ_PCAP_SRC,
	TZ_PCAP_DST,
	TZ_PCAP_SRC_OR_DST,
	TZ_PCAP_SRC_AND_DST,
};

enum tz_pcap_type {
	TZ_PCAP_UNTYPED, /* none was written: a host */
	TZ_PCAP_HOST,
	TZ_PCAP_NET,
	TZ_PCAP_PORT,
	TZ_PCAP_PORTRANGE,
	TZ_PCAP_GATEWAY,
	TZ_PCAP_PROTO,
	TZ_PCAP_PROTOCHAIN,
};

/* What stands before an id, and holds for those that follow without any. */
struct tz_pcap_quals {
	enum tz_pcap_proto proto;
	enum tz_pcap_dir dir;
	enum tz_pcap_type type;
	struct tz_span span;
};

/* A text of the expression, in the arena and terminated. */
struct tz_pcap_text {
	const char *text;
	struct tz_span span;
};

struct tz_pcap_number {
	uint32_t value;
	struct tz_span span;
};

enum tz_pcap_arith_kind {
	TZ_PCAP_NUMBER,
	TZ_PCAP_LEN,
	TZ_PCAP_INDEX, /* proto[left : size] */
	TZ_PCAP_NEG,   /* - left */
	TZ_PCAP_BINARY,
};

/* The characters are those of the language, but '<' and '>' are shifts. */
struct tz_pcap_arith {
	enum tz_pcap_arith_kind kind;
	struct tz_span span;
	unsigned int depth;
	uint32_t number; /* of NUMBER, or the size of INDEX */
	struct tz_span number_span;
	enum tz_pcap_proto proto;
	char op;
	struct tz_pcap_arith *left, *right;
};

enum tz_pcap_relation {
	TZ_PCAP_EQ,
	TZ_PCAP_NE,
	TZ_PCAP_GT,
	TZ_PCAP_GE,
	TZ_PCAP_LT,
	TZ_PCAP_LE,
};

enum tz_pcap_kind {
	TZ_PCAP_LIST,  /* first, each with how it follows the one before */
	TZ_PCAP_GROUP, /* the same, in parentheses */
	TZ_PCAP_NOT,   /* first */
	TZ_PCAP_HEAD,  /* quals, and first: the ids that they are for */
	/* Ids */
	TZ_PCAP_ID_NUMBER,
	TZ_PCAP_ID_NAME,
	TZ_PCAP_ID_DOTTED, /* an IPv4 address or a part of one */
	TZ_PCAP_ID_MASK,   /* text mask other */
	TZ_PCAP_ID_PREFIX, /* text / number */
	TZ_PCAP_ID_IP6,
	TZ_PCAP_ID_PREFIX6,
	TZ_PCAP_ID_MAC,
	/* Terms */
	TZ_PCAP_PROTOCOL, /* quals.proto alone */
	TZ_PCAP_RELATION, /* left relation right */
	TZ_PCAP_BROADCAST,
	TZ_PCAP_MULTICAST,
	TZ_PCAP_LESS,
	TZ_PCAP_GREATER,
	TZ_PCAP_BYTE, /* byte number op number2 */
	TZ_PCAP_INBOUND,
	TZ_PCAP_OUTBOUND,
	TZ_PCAP_IFINDEX,
	TZ_PCAP_LLC, /* text: NULL or which frames */
	TZ_PCAP_VLAN,
	TZ_PCAP_MPLS,
	TZ_PCAP_PPPOED,
	TZ_PCAP_PPPOES,
	TZ_PCAP_GENEVE,
	TZ_PCAP_VXLAN,
};

struct tz_pcap_node {
	enum tz_pcap_kind kind;
	struct tz_span span;
	unsigned int depth;
	struct tz_pcap_node *next; /* in its list */
	bool is_or;                /* how it follows the one before it */
	struct tz_pcap_node *first;
	struct tz_pcap_quals quals;
	struct tz_pcap_text text, other;
	bool has_number;
	struct tz_pcap_number number, number2;
	char op;
	enum tz_pcap_relation relation;
	struct tz_pcap_arith *left, *right;
};

/* Terms in order, while the grammar collects them. */
struct tz_pcap_list {
	struct tz_pcap_node *first, *last;
};

/* Parentheses, nots and operators inside each other; deeper is refused. */
#define TZ_PCAP_DEPTH_MAX 200

struct tz_pcap_arith *tz_pcap_arith_number(struct tz_arena *arena,
					   struct tz_pcap_number number);
struct tz_pcap_arith *tz_pcap_arith_len(struct tz_arena *arena,
					struct tz_span span);
/* @size.value 0 with no place: none was written, one byte. */
struct tz_pcap_arith *tz_pcap_arith_index(struct tz_arena *arena,
					  struct tz_span span,
					  enum tz_pcap_proto proto,
					  struct tz_pcap_arith *at,
					  struct tz_pcap_number size);
struct tz_pcap_arith *tz_pcap_arith_neg(struct tz_arena *arena,
					struct tz_span span,
					struct tz_pcap_arith *of);
struct tz_pcap_arith *tz_pcap_arith_binary(struct tz_arena *arena, char op,
					   struct tz_pcap_arith *left,
					   struct tz_pcap_arith *right);

struct tz_pcap_node *tz_pcap_node_new(struct tz_arena *arena,
				      enum tz_pcap_kind kind,
				      struct tz_span span);
/* Ids and terms with an optional number: NULL when there is none. */
struct tz_pcap_node *tz_pcap_numbered(struct tz_arena *arena,
				      enum tz_pcap_kind kind,
				      struct tz_span span,
				      const struct tz_pcap_number *number);
struct tz_pcap_node *tz_pcap_named(struct tz_arena *arena,
				   enum tz_pcap_kind kind, struct tz_span span,
				   struct tz_pcap_text text);
struct tz_pcap_node *tz_pcap_prefix(struct tz_arena *arena,
				    enum tz_pcap_kind kind, struct tz_span span,
				    struct tz_pcap_text text,
				    struct tz_pcap_number bits);
struct tz_pcap_node *tz_pcap_mask(struct tz_arena *arena, struct tz_span span,
				  struct tz_pcap_text text,
				  struct tz_pcap_text mask);
struct tz_pcap_node *tz_pcap_not(struct tz_arena *arena, struct tz_span span,
				 struct tz_pcap_node *of);
struct tz_pcap_node *tz_pcap_head(struct tz_arena *arena, struct tz_span span,
				  struct tz_pcap_quals quals,
				  struct tz_pcap_node *ids);
struct tz_pcap_node *tz_pcap_qualified(struct tz_arena *arena,
				       enum tz_pcap_kind kind,
				       struct tz_span span,
				       enum tz_pcap_proto proto);
struct tz_pcap_node *tz_pcap_relate(struct tz_arena *arena, struct tz_span span,
				    enum tz_pcap_relation relation,
				    struct tz_pcap_arith *left,
				    struct tz_pcap_arith *right);
struct tz_pcap_node *tz_pcap_byte(struct tz_arena *arena, struct tz_span span,
				  struct tz_pcap_number at, char op,
				  struct tz_pcap_number value);
/* @list with @node at the end. */
struct tz_pcap_list tz_pcap_list_add(struct tz_pcap_list list,
				     struct tz_pcap_node *node, bool is_or);
/* LIST or GROUP. */
struct tz_pcap_node *tz_pcap_list_node(struct tz_arena *arena,
				       enum tz_pcap_kind kind,
				       struct tz_span span,
				       struct tz_pcap_list list);
