/* SPDX-License-Identifier: GPL-2.0-only */
/* Constructors of the tree of a tcpdump expression. */
#include "ast/pcap.h"

static unsigned int deeper(unsigned int a, unsigned int b)
{
	return (a > b ? a : b) + 1;
}

static struct tz_span join(struct tz_span a, struct tz_span b)
{
	return (struct tz_span){ a.begin, b.end };
}

static struct tz_pcap_arith *new_arith(struct tz_arena *arena,
				       enum tz_pcap_arith_kind kind,
				       struct tz_span span)
{
	struct tz_pcap_arith *arith = tz_new(arena, struct tz_pcap_arith);

	arith->kind = kind;
	arith->span = span;
	return arith;
}

struct tz_pcap_arith *tz_pcap_arith_number(struct tz_arena *arena,
					   struct tz_pcap_number number)
{
	struct tz_pcap_arith *arith =
		new_arith(arena, TZ_PCAP_NUMBER, number.span);

	arith->number = number.value;
	return arith;
}

struct tz_pcap_arith *tz_pcap_arith_len(struct tz_arena *arena,
					struct tz_span span)
{
	return new_arith(arena, TZ_PCAP_LEN, span);
}

struct tz_pcap_arith *tz_pcap_arith_index(struct tz_arena *arena,
					  struct tz_span span,
					  enum tz_pcap_proto proto,
					  struct tz_pcap_arith *at,
					  struct tz_pcap_number size)
{
	struct tz_pcap_arith *arith = new_arith(arena, TZ_PCAP_INDEX, span);

	arith->proto = proto;
	arith->left = at;
	arith->number = size.span.end ? size.value : 1;
	arith->number_span = size.span;
	arith->depth = at->depth + 1;
	return arith;
}

struct tz_pcap_arith *tz_pcap_arith_neg(struct tz_arena *arena,
					struct tz_span span,
					struct tz_pcap_arith *of)
{
	struct tz_pcap_arith *arith = new_arith(arena, TZ_PCAP_NEG, span);

	arith->left = of;
	arith->depth = of->depth + 1;
	return arith;
}

struct tz_pcap_arith *tz_pcap_arith_binary(struct tz_arena *arena, char op,
					   struct tz_pcap_arith *left,
					   struct tz_pcap_arith *right)
{
	struct tz_pcap_arith *arith =
		new_arith(arena, TZ_PCAP_BINARY, join(left->span, right->span));

	arith->op = op;
	arith->left = left;
	arith->right = right;
	arith->depth = deeper(left->depth, right->depth);
	return arith;
}

struct tz_pcap_node *tz_pcap_node_new(struct tz_arena *arena,
				      enum tz_pcap_kind kind,
				      struct tz_span span)
{
	struct tz_pcap_node *node = tz_new(arena, struct tz_pcap_node);

	node->kind = kind;
	node->span = span;
	return node;
}

struct tz_pcap_node *tz_pcap_numbered(struct tz_arena *arena,
				      enum tz_pcap_kind kind,
				      struct tz_span span,
				      const struct tz_pcap_number *number)
{
	struct tz_pcap_node *node = tz_pcap_node_new(arena, kind, span);

	node->has_number = number;
	if (number)
		node->number = *number;
	return node;
}

struct tz_pcap_node *tz_pcap_named(struct tz_arena *arena,
				   enum tz_pcap_kind kind, struct tz_span span,
				   struct tz_pcap_text text)
{
	struct tz_pcap_node *node = tz_pcap_node_new(arena, kind, span);

	node->text = text;
	return node;
}

struct tz_pcap_node *tz_pcap_prefix(struct tz_arena *arena,
				    enum tz_pcap_kind kind, struct tz_span span,
				    struct tz_pcap_text text,
				    struct tz_pcap_number bits)
{
	struct tz_pcap_node *node = tz_pcap_named(arena, kind, span, text);

	node->has_number = true;
	node->number = bits;
	return node;
}

struct tz_pcap_node *tz_pcap_mask(struct tz_arena *arena, struct tz_span span,
				  struct tz_pcap_text text,
				  struct tz_pcap_text mask)
{
	struct tz_pcap_node *node =
		tz_pcap_named(arena, TZ_PCAP_ID_MASK, span, text);

	node->other = mask;
	return node;
}

struct tz_pcap_node *tz_pcap_not(struct tz_arena *arena, struct tz_span span,
				 struct tz_pcap_node *of)
{
	struct tz_pcap_node *node = tz_pcap_node_new(arena, TZ_PCAP_NOT, span);

	node->first = of;
	node->depth = of->depth + 1;
	return node;
}

struct tz_pcap_node *tz_pcap_head(struct tz_arena *arena, struct tz_span span,
				  struct tz_pcap_quals quals,
				  struct tz_pcap_node *ids)
{
	struct tz_pcap_node *node = tz_pcap_node_new(arena, TZ_PCAP_HEAD, span);

	node->quals = quals;
	node->first = ids;
	node->depth = ids->depth + 1;
	return node;
}

struct tz_pcap_node *tz_pcap_qualified(struct tz_arena *arena,
				       enum tz_pcap_kind kind,
				       struct tz_span span,
				       enum tz_pcap_proto proto)
{
	struct tz_pcap_node *node = tz_pcap_node_new(arena, kind, span);

	node->quals.proto = proto;
	node->quals.span = span;
	return node;
}

struct tz_pcap_node *tz_pcap_relate(struct tz_arena *arena, struct tz_span span,
				    enum tz_pcap_relation relation,
				    struct tz_pcap_arith *left,
				    struct tz_pcap_arith *right)
{
	struct tz_pcap_node *node =
		tz_pcap_node_new(arena, TZ_PCAP_RELATION, span);

	node->relation = relation;
	node->left = left;
	node->right = right;
	node->depth = deeper(left->depth, right->depth);
	return node;
}

struct tz_pcap_node *tz_pcap_byte(struct tz_arena *arena, struct tz_span span,
				  struct tz_pcap_number at, char op,
				  struct tz_pcap_number value)
{
	struct tz_pcap_node *node =
		tz_pcap_numbered(arena, TZ_PCAP_BYTE, span, &at);

	node->number2 = value;
	node->op = op;
	return node;
}

struct tz_pcap_list tz_pcap_list_add(struct tz_pcap_list list,
				     struct tz_pcap_node *node, bool is_or)
{
	node->is_or = is_or;
	if (list.last)
		list.last->next = node;
	else
		list.first = node;
	list.last = node;
	return list;
}

struct tz_pcap_node *tz_pcap_list_node(struct tz_arena *arena,
				       enum tz_pcap_kind kind,
				       struct tz_span span,
				       struct tz_pcap_list list)
{
	struct tz_pcap_node *node = tz_pcap_node_new(arena, kind, span);

	node->first = list.first;
	for (struct tz_pcap_node *n = list.first; n; n = n->next)
		if (n->depth >= node->depth)
			node->depth = n->depth + 1;
	return node;
}
