/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Made packets begin as one of a capture, or as random bytes. Then libpcap's
 * unoptimised program is walked, and where it tests bytes of the packet they
 * are changed, mostly so that the shortest way to a match is taken. In the
 * end bytes are flipped in some, and half of them are cut off anywhere.
 */
#include "pcap_packets.h"

#include <glob.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 20000 };

static uint32_t roll(struct maker *maker, uint32_t n)
{
	maker->dice ^= maker->dice << 13;
	maker->dice ^= maker->dice >> 7;
	maker->dice ^= maker->dice << 17;
	return (uint32_t)(maker->dice >> 32) % n;
}

static void *checked(void *p)
{
	if (!p) {
		fprintf(stderr, "no memory\n");
		exit(1);
	}
	return p;
}

static void add(struct packets *packets, const uint8_t *bytes,
		const struct pcap_pkthdr *header)
{
	uint32_t n = header->caplen;

	if (!(packets->n & (packets->n - 1)))
		packets->at = checked(
			realloc(packets->at,
				sizeof(*packets->at) *
					(packets->n ? packets->n * 2 : 1)));

	struct packet *p = &packets->at[packets->n++];

	/* Of its own, so that a sanitizer sees reads behind it. */
	p->bytes = checked(malloc(n ? n : 1));
	memcpy(p->bytes, bytes, n);
	p->caplen = n;
	p->len = header->len;
}

struct packets packets_read(const char *folder, int dlt)
{
	struct packets packets = { 0 };
	char pattern[4096], error[PCAP_ERRBUF_SIZE];
	glob_t files;

	snprintf(pattern, sizeof(pattern), "%s/*.pcap", folder);
	if (glob(pattern, 0, NULL, &files) != 0)
		return packets;
	for (size_t i = 0; i < files.gl_pathc; i++) {
		pcap_t *pcap = pcap_open_offline(files.gl_pathv[i], error);
		struct pcap_pkthdr *header;
		const uint8_t *bytes;

		if (!pcap)
			continue;
		while (pcap_datalink(pcap) == dlt &&
		       pcap_next_ex(pcap, &header, &bytes) == 1)
			add(&packets, bytes, header);
		pcap_close(pcap);
	}
	globfree(&files);
	return packets;
}

void packets_free(struct packets *packets)
{
	for (size_t i = 0; i < packets->n; i++)
		free(packets->at[i].bytes);
	free(packets->at);
}

/* Where a number came from: @size bytes at @at, of which @mask was kept. */
struct origin {
	bool is_known;
	uint32_t at, size, mask;
};

struct walk {
	struct maker *maker; /* NULL: nothing is changed */
	const struct bpf_program *program;
	const uint16_t *distance; /* of each instruction to a match */
	struct packet *packet;
	uint32_t a, x, mem[BPF_MEMWORDS];
	struct origin from;
	bool is_apart; /* as in struct verdict */
};

static bool load(const struct walk *walk, uint32_t at, uint32_t size,
		 uint32_t *to)
{
	const struct packet *p = walk->packet;
	uint32_t value = 0;

	if (at > p->caplen || p->caplen - at < size)
		return false;
	for (uint32_t i = 0; i < size; i++)
		value = value << 8 | p->bytes[at + i];
	*to = value;
	return true;
}

static void store(struct walk *walk, const struct origin *to, uint32_t value)
{
	uint32_t old = 0;

	load(walk, to->at, to->size, &old);
	value = (old & ~to->mask) | (value & to->mask);
	for (uint32_t i = 0; i < to->size; i++)
		walk->packet->bytes[to->at + i] =
			(uint8_t)(value >> 8 * (to->size - 1 - i));
	walk->a = value & to->mask;
}

static bool holds(const struct bpf_insn *insn, uint32_t a, uint32_t b)
{
	switch (BPF_OP(insn->code)) {
	case BPF_JEQ:
		return a == b;
	case BPF_JGT:
		return a > b;
	case BPF_JGE:
		return a >= b;
	default:
		return a & b;
	}
}

/* Changes the packet so that the test goes the nearer way, mostly. */
static void steer(struct walk *walk, const struct bpf_insn *insn, size_t at)
{
	uint32_t k = BPF_SRC(insn->code) == BPF_X ? walk->x : insn->k;
	bool yes;

	if (!walk->from.is_known || !walk->maker)
		return;
	yes = walk->distance[at + 1 + insn->jt] <
	      walk->distance[at + 1 + insn->jf];
	if (roll(walk->maker, 12) == 0)
		yes = !yes;
	if (holds(insn, walk->a, k) == yes)
		return;
	switch (BPF_OP(insn->code)) {
	case BPF_JEQ:
		store(walk, &walk->from,
		      yes ? k : k + 1 + roll(walk->maker, 9));
		break;
	case BPF_JGT:
	case BPF_JGE:
		store(walk, &walk->from,
		      yes ? k + 1 : roll(walk->maker, k ? k : 1));
		break;
	default:
		store(walk, &walk->from, yes ? k : 0);
	}
}

static bool compute(struct walk *walk, const struct bpf_insn *insn)
{
	uint32_t b = BPF_SRC(insn->code) == BPF_X ? walk->x : insn->k;
	struct origin from = walk->from;

	walk->from.is_known = false;
	switch (BPF_OP(insn->code)) {
	case BPF_ADD:
		walk->a += b;
		break;
	case BPF_SUB:
		walk->a -= b;
		break;
	case BPF_MUL:
		walk->a *= b;
		break;
	case BPF_DIV:
	case BPF_MOD:
		if (!b)
			return false;
		walk->a = BPF_OP(insn->code) == BPF_DIV ? walk->a / b
							: walk->a % b;
		break;
	case BPF_AND:
		walk->a &= b;
		walk->from = from;
		walk->from.mask &= b;
		break;
	case BPF_OR:
		walk->a |= b;
		break;
	case BPF_XOR:
		walk->a ^= b;
		break;
	case BPF_LSH:
	case BPF_RSH:
		walk->is_apart |= b > 31;
		walk->a = b > 31                          ? 0
			  : BPF_OP(insn->code) == BPF_LSH ? walk->a << b
							  : walk->a >> b;
		break;
	default:
		walk->a = -walk->a;
	}
	return true;
}

/*
 * Where the kernel finds offset @k + @x. libpcap's interpreter finds nothing
 * there when the sum wraps, or has its sign bit set.
 */
static uint32_t place(struct walk *walk, uint32_t k, uint32_t x)
{
	uint32_t at = k + x;

	walk->is_apart |= at < k || at > INT32_MAX;
	if (at >= (uint32_t)SKF_NET_OFF)
		return at - (uint32_t)SKF_NET_OFF;
	return at >= (uint32_t)SKF_LL_OFF ? at - (uint32_t)SKF_LL_OFF : at;
}

static bool load_a(struct walk *walk, const struct bpf_insn *insn)
{
	uint32_t size = BPF_SIZE(insn->code) == BPF_W   ? 4
			: BPF_SIZE(insn->code) == BPF_H ? 2
							: 1;
	uint32_t at;

	walk->from.is_known = false;
	switch (BPF_MODE(insn->code)) {
	case BPF_IMM:
		walk->a = insn->k;
		return true;
	case BPF_LEN:
		walk->a = walk->packet->len;
		return true;
	case BPF_MEM:
		walk->a = walk->mem[insn->k];
		return true;
	}
	at = place(walk, insn->k,
		   BPF_MODE(insn->code) == BPF_IND ? walk->x : 0);
	walk->from = (struct origin){ true, at, size,
				      size == 4 ? UINT32_MAX
						: (1u << 8 * size) - 1 };
	return load(walk, at, size, &walk->a);
}

static bool load_x(struct walk *walk, const struct bpf_insn *insn)
{
	switch (BPF_MODE(insn->code)) {
	case BPF_IMM:
		walk->x = insn->k;
		return true;
	case BPF_LEN:
		walk->x = walk->packet->len;
		return true;
	case BPF_MEM:
		walk->x = walk->mem[insn->k];
		return true;
	}
	if (!load(walk, insn->k, 1, &walk->x))
		return false;
	walk->x = 4 * (walk->x & 0xf);
	return true;
}

/* One instruction; *at becomes the next. False when the program ends. */
static bool step(struct walk *walk, size_t *at)
{
	const struct bpf_insn *insn = &walk->program->bf_insns[*at];
	size_t next = *at + 1;
	bool goes_on = true;

	switch (BPF_CLASS(insn->code)) {
	case BPF_LD:
		goes_on = load_a(walk, insn);
		break;
	case BPF_LDX:
		goes_on = load_x(walk, insn);
		break;
	case BPF_ST:
		walk->mem[insn->k] = walk->a;
		break;
	case BPF_STX:
		walk->mem[insn->k] = walk->x;
		break;
	case BPF_ALU:
		goes_on = compute(walk, insn);
		break;
	case BPF_JMP:
		if (BPF_OP(insn->code) == BPF_JA) {
			next += (size_t)(int32_t)insn->k;
			break;
		}
		steer(walk, insn, *at);
		next += holds(insn, walk->a,
			      BPF_SRC(insn->code) == BPF_X ? walk->x : insn->k)
				? insn->jt
				: insn->jf;
		break;
	case BPF_RET:
		return false;
	case BPF_MISC:
		if (BPF_MISCOP(insn->code) == BPF_TAX)
			walk->x = walk->a;
		else
			walk->a = walk->x;
		walk->from.is_known = false;
	}
	if (goes_on)
		*at = next;
	return goes_on;
}

/* How many tests are between each instruction and a match, at least. */
static void measure(const struct bpf_program *program, uint16_t *distance)
{
	for (size_t i = program->bf_len; i-- > 0;) {
		const struct bpf_insn *insn = &program->bf_insns[i];
		uint16_t yes, no;

		distance[i] = UINT16_MAX;
		if (BPF_CLASS(insn->code) == BPF_RET) {
			distance[i] = insn->k ? 0 : UINT16_MAX - 1;
		} else if (BPF_CLASS(insn->code) != BPF_JMP) {
			distance[i] = distance[i + 1];
		} else if (BPF_OP(insn->code) == BPF_JA) {
			if ((int32_t)insn->k >= 0)
				distance[i] = distance[i + 1 + insn->k];
		} else {
			yes = distance[i + 1 + insn->jt];
			no = distance[i + 1 + insn->jf];
			distance[i] = yes < no ? yes : no;
			if (distance[i] < UINT16_MAX - 1)
				distance[i]++;
		}
	}
}

static void begin(struct maker *maker, uint8_t *room, struct packet *packet)
{
	const struct packet *base = NULL;

	if (maker->bases->n && roll(maker, 8))
		base = &maker->bases
				->at[roll(maker, (uint32_t)maker->bases->n)];
	packet->bytes = room;
	packet->caplen = base ? base->caplen : 40 + roll(maker, 120);
	if (packet->caplen > PACKET_MAX)
		packet->caplen = PACKET_MAX;
	if (base)
		memcpy(room, base->bytes, packet->caplen);
	else
		for (uint32_t i = 0; i < packet->caplen; i++)
			room[i] =
				roll(maker, 3) ? 0 : (uint8_t)roll(maker, 256);
	/* Long enough, mostly, for what is to be written. */
	while (roll(maker, 4) && packet->caplen < 160)
		room[packet->caplen++] = (uint8_t)roll(maker, 256);
	packet->len = base ? base->len : packet->caplen;
	if (packet->len < packet->caplen)
		packet->len = packet->caplen;
}

bool packet_judge(const struct bpf_program *program,
		  const struct packet *packet, struct verdict *verdict)
{
	struct packet copy = *packet;
	struct walk walk = { .program = program, .packet = &copy };
	const struct bpf_insn *last;
	size_t n = 0, at = 0;

	while (n < STEPS_MAX && step(&walk, &at))
		n++;
	last = &program->bf_insns[at];
	verdict->ends_early = BPF_CLASS(last->code) != BPF_RET;
	verdict->is_match = !verdict->ends_early && last->k;
	verdict->is_apart = walk.is_apart;
	return n < STEPS_MAX;
}

bool packet_would(const struct bpf_program *program,
		  const struct packet *packet, bool is_match)
{
	enum { TRIALS = 16 };
	uint8_t room[PACKET_MAX];
	struct packet longer = { .bytes = room,
				 .caplen = PACKET_MAX,
				 .len = packet->len };
	struct maker maker = { .dice = packet->caplen + 1 };
	struct verdict verdict;
	size_t n_ends = 0;

	memcpy(room, packet->bytes, packet->caplen);
	for (size_t trial = 0; trial < TRIALS; trial++) {
		for (uint32_t i = packet->caplen; i < PACKET_MAX; i++)
			room[i] = trial < 2 ? (uint8_t)(0 - trial)
					    : (uint8_t)roll(&maker, 256);
		if (!packet_judge(program, &longer, &verdict))
			return false;
		if (!verdict.ends_early && verdict.is_match != is_match)
			return false;
		n_ends += verdict.ends_early;
	}
	return n_ends < TRIALS;
}

bool packet_make(struct maker *maker, const struct bpf_program *program,
		 uint8_t *room, struct packet *packet)
{
	uint16_t *distance =
		checked(calloc(program->bf_len + 1, sizeof(*distance)));
	struct walk walk = {
		.maker = maker,
		.program = program,
		.distance = distance,
		.packet = packet,
	};
	struct verdict verdict;
	size_t at = 0, n = 0;

	measure(program, distance);
	begin(maker, room, packet);
	while (n < STEPS_MAX && step(&walk, &at))
		n++;
	if (roll(maker, 4) == 0 && packet->caplen)
		room[roll(maker, packet->caplen)] = (uint8_t)roll(maker, 256);
	if (roll(maker, 4) == 0)
		packet->caplen = roll(maker, packet->caplen + 1);
	if (roll(maker, 16) == 0)
		packet->len = packet->caplen;

	free(distance);
	return packet_judge(program, packet, &verdict);
}
